//! Registries that are slow, silent or unusual, with small limits.

use fourply_oci::MediaTypes;
use fourply_store::Pace;

use super::*;

#[test]
fn a_silent_registry_is_asked_twice_and_named() {
    let silent = Proxy::start("127.0.0.1:1", |_| Action::Silence);
    let client = Client::with(|settings| settings.pace = Pace::of(Duration::from_millis(50)));
    let sample = Sample::new();
    let error = client.push(&image(&sample, None), &[&format!("{}/erp/auth:1", silent.host())]).unwrap_err();
    assert!(matches!(error, RegistryError::Stalled { .. }), "{error}");
    assert!(error.to_string().ends_with(&format!("from {}", silent.host())), "{error}");
    assert_eq!(silent.seen().len(), 2);
}

#[test]
fn a_silent_token_server_is_given_up_and_named() {
    let tokens = Proxy::start("127.0.0.1:1", |_| Action::Silence);
    let realm = format!("Bearer realm=\"http://{}/token\"", tokens.host());
    let registry = Proxy::start("127.0.0.1:1", move |_| {
        Action::Answer(401, vec![("WWW-Authenticate", realm.clone())], String::new())
    });
    let client = Client::with(|settings| settings.pace = Pace::of(Duration::from_millis(50)));
    let error = client.source(&format!("{}/erp/auth:1", registry.host())).document(None, 1000).unwrap_err();
    assert!(error.to_string().contains(&tokens.host()), "{error}");
    assert_eq!(tokens.seen().len(), 2);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_token_server_that_takes_one_scope_is_asked_for_one() {
    let (registry, sample) = (Registry::start(), Sample::new());
    for (status, body) in [(400, "{}"), (500, "oops"), (200, "{}")] {
        let host = std::sync::Arc::new(Mutex::new(String::new()));
        let own = host.clone();
        let proxy = Proxy::start(&registry.host(), move |request| {
            if request.is("GET", "/token") {
                let single = request.target.matches("scope=").count() == 1;
                let good = json!({ "token": "good" }).to_string();
                return Action::Answer(
                    if single { 200 } else { status },
                    Vec::new(),
                    if single { good } else { body.to_owned() },
                );
            }
            let realm = format!("Bearer realm=\"http://{}/token\"", own.lock().unwrap());
            match request.header("authorization") {
                Some("Bearer good") => Action::Pass,
                _ => Action::Answer(401, vec![("WWW-Authenticate", realm)], String::new()),
            }
        });
        *host.lock().unwrap() = proxy.host();
        let base = Image::assemble(&sample.base(None), &[], &ImageSettings::default()).unwrap();
        let base_name = format!("{}/base/node:22", proxy.host());
        Client::new().push(&base, &[&base_name]).unwrap();
        let before = proxy.count("GET", "/token");
        let image = image(&sample, Some(&base_name));
        Client::new().push(&image, &[&format!("{}/erp/x{status}:1", proxy.host())]).unwrap();
        assert_eq!(proxy.count("GET", "/token") - before, 2, "{status}");
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_registry_that_knows_dockers_media_types_alone_gets_them() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let own = own_layer(&sample, Codec::Gzip, &[("app/main.js", b"hello")]);
    let image = Image::assemble(&sample.base(None), &[own], &ImageSettings::default()).unwrap();
    for (status, answer) in [
        (415, String::new()),
        (
            400,
            json!({ "errors": [{ "code": "MANIFEST_INVALID", "message": "manifest invalid" }] }).to_string(),
        ),
    ] {
        let proxy = Proxy::start(&registry.host(), move |request| {
            let kind = request.header("content-type").unwrap_or_default();
            match request.method == "PUT" && kind.starts_with("application/vnd.oci.image") {
                true => Action::Answer(status, Vec::new(), answer.clone()),
                false => Action::Pass,
            }
        });
        let name = format!("{}/erp/docker{status}:1", proxy.host());
        let error = Client::new().push(&image, &[&name]).unwrap_err();
        assert_eq!(error.remedy(), Some(Remedy::DockerMediaTypes), "{error}");
        let (tree, left) = MediaTypes::Docker.of(image.tree()).unwrap();
        let target = Reference::parse(&name).unwrap();
        Client::new().registries.push(&tree, &[target], &fourply_store::NoProgress).unwrap();
        let there = format!("{}/erp/docker{status}:1", registry.host());
        assert_eq!((raw(&there).into_bytes(), left), (tree.root_manifest().unwrap().bytes.clone(), 0));
        // skopeo reads the whole image, and its digests are those of the layers.
        let folder = tempfile::tempdir_in(sample.folder.path()).unwrap();
        let archive = format!("docker-archive:{}/image.tar:x:1", folder.path().display());
        skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{there}"), &archive]);
    }
}
