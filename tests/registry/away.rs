//! Bases that stay at their registry, and mirrors.

use fourply::base_image;
use fourply_base::{Base, BaseSpec, ImageRef, compose};
use fourply_oci::Reference;
use fourply_oci::image::{Image, ImageSettings};
use fourply_oci::registry::Registries;
use fourply_platform::Platform;
use fourply_store::{FetchSettings, Fetcher, NoProgress, Store};

use super::*;

fn base(registries: &Registries, name: &str, store: &Store) -> Base {
    let fetcher = Fetcher::new(store.clone(), FetchSettings::default());
    let open =
        |name: &str| base_image::source(registries, name).map_err(|error| base_image::into_base(error, name));
    let spec = BaseSpec::Image(ImageRef::Registry(name.to_owned()));
    compose(&spec, &Platform::linux_amd64(), store, &fetcher, &open, &NoProgress).unwrap()
}

fn assembled(sample: &Sample, base: &Base) -> Image {
    let own_layers = [own_layer(sample, Codec::Gzip, &[("app/main.js", b"main")])];
    Image::assemble(&base_image::base_image(base, &sample.store), &own_layers, &ImageSettings::default())
        .unwrap()
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_base_that_the_target_has_is_never_downloaded() {
    let (registry, other, sample) = (Registry::start(), Registry::start(), Sample::new());
    let lower = Image::assemble(&sample.base(None), &[], &ImageSettings::default()).unwrap();
    Client::new().push(&lower, &[&format!("{}/base/node:22", registry.host())]).unwrap();
    let proxy = Proxy::start(&registry.host(), |_| Action::Pass);
    let name = format!("{}/base/node:22", proxy.host());
    let layers = |method: &str| {
        let fetched =
            lower.layers.iter().map(|layer| proxy.count(method, &layer.blob.descriptor.digest.to_string()));
        fetched.sum::<usize>()
    };

    // A store that knows what the layers hold, and has none of them: one that came from a cache, or was cleaned.
    let warm = Sample::new();
    let client = |store: &Store| Client::with(|settings| settings.store = Some(store.clone()));
    base(&client(&warm.store).registries, &name, &warm.store);
    assert_eq!(layers("GET"), 2);
    let runner = Sample::new();
    let records = |sample: &Sample| sample.store.root().join("records");
    let status = Command::new("cp").arg("-r").args([records(&warm), records(&runner)]).status().unwrap();
    assert!(status.success());

    let runner_client = client(&runner.store);
    let found = base(&runner_client.registries, &name, &runner.store);
    assert_eq!(found.rootfs, base(&client(&warm.store).registries, &name, &warm.store).rootfs);
    let image = assembled(&runner, &found);
    let report = runner_client.push(&image, &[&format!("{}/erp/auth:1", proxy.host())]).unwrap();
    assert_eq!((report.mounted, report.uploaded), (2, 3));
    assert_eq!(layers("GET"), 2, "nothing more than the first time");
    assert_eq!(raw(&format!("{}/erp/auth:1", registry.host())).as_bytes(), image.manifest);

    // Another registry lacks it: then it is fetched, checked and sent.
    let target = format!("{}/erp/auth:1", other.host());
    let report = runner_client.push(&image, &[&target]).unwrap();
    assert_eq!((report.uploaded, layers("GET")), (5, 4));
    let layout = format!("oci:{}:x", sample.folder.path().join("copy").display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{target}"), &layout]);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn mirrors_are_read_in_their_order_and_the_registry_itself_last() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    Client::new().push(&image, &[&format!("{}/mirrored/erp/auth:1", registry.host())]).unwrap();
    let dead = Proxy::start("127.0.0.1:1", |_| Action::Answer(404, Vec::new(), String::new()));
    // It has everything, but breaks off in the middle of blobs.
    let weak = Proxy::start(&registry.host(), |request| match request.is("GET", "/blobs/") {
        true => Action::CutResponse(0),
        false => Action::Pass,
    });
    let strong = Proxy::start(&registry.host(), |_| Action::Pass);
    let hosts = [dead.host(), format!("{}/mirrored", weak.host()), format!("{}/mirrored", strong.host())];
    let client = Client::with(|settings| {
        settings.mirrors = [("registry.example".to_owned(), hosts.to_vec())].into();
        settings.retries = 1;
    });
    let source = client.source("registry.example/erp/auth:1");
    let (manifest, layers) = pull(&source).unwrap();
    assert_eq!((manifest, layers.len()), (image.manifest.clone(), image.layers.len()));
    assert!(dead.count("GET", "/v2/erp/auth/manifests/1") > 0);
    assert!(weak.count("GET", "/mirrored/erp/auth/manifests/1") > 0);
    assert!(strong.count("GET", "/mirrored/erp/auth/blobs/") > 0);

    let error = Reference::parse("registry.example/x:1").unwrap().at("no-host").unwrap_err();
    assert!(error.to_string().contains("HOST"), "{error}");
}
