//! The same work against a registry of another kind, which keeps lists of referrers itself: no tag stands in their place. docker-registry is the other
//! side where there are two.

use std::path::Path;

use copy::{layout, refer};
use program::{digest, fourply};

use super::*;

use fourply_testing::second_registry::Second;

/// What skopeo finds under a name, for one machine.
fn digest_of(name: &str) -> String {
    skopeo(&["inspect", "--tls-verify=false", "--format", "{{.Digest}}", &format!("docker://{name}")])
        .trim()
        .to_owned()
}

/// The registry's own list, by the notes of its entries.
fn listed(host: &str, repository: &str, subject: &Digest) -> Vec<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(stream, "GET /v2/{repository}/referrers/{subject} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let list: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let notes = list["manifests"].as_array().unwrap().iter();
    let mut notes: Vec<String> =
        notes.map(|one| one["annotations"]["note"].as_str().unwrap().to_owned()).collect();
    notes.sort();
    notes
}

fn run(folder: &Path, args: &[&str]) -> String {
    digest(fourply(folder, args).env("FOURPLY_STORE", folder.join("cli-store")))
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_push_to_the_second_registry_is_read_by_skopeo_and_pulled() {
    let (second, sample, client) = (Second::start(), Sample::new(), Client::new());
    let image = image(&sample, None);
    let names = ["erp/auth:1", "erp/other:1"].map(|name| format!("{}/{name}", second.host()));
    let report = client.push(&image, &names.each_ref().map(String::as_str)).unwrap();
    // Its blobs are those of all its repositories, so the second lacks the manifest alone.
    assert_eq!((report.uploaded, report.present, report.mounted, report.tagged), (7, 5, 0, 2));
    for name in &names {
        assert_eq!(raw(name).as_bytes(), image.manifest);
        let pulled = client.source(name);
        assert_eq!(pull(&pulled).unwrap().0, image.manifest);
    }
    let again = Client::new().push(&image, &[&names[0]]).unwrap();
    assert_eq!((again.uploaded, again.tagged, again.bytes), (0, 0, 0));
    let layout = format!("oci:{}:x", sample.folder.path().join("copy").display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{}", names[1]), &layout]);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn referrers_go_over_between_a_registry_with_lists_and_one_with_tags() {
    let (second, docker, sample) = (Second::start(), Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let image = layout(&sample, &folder.join("one"), &["signature", "sbom"]);
    let first = format!("{}/erp/auth:1", second.host());
    assert_eq!(run(folder, &["copy", "oci:one:app", &first]), image.digest().to_string());
    assert_eq!(listed(second.host(), "erp/auth", &image.digest()), ["sbom", "signature"]);
    let tag = format!("sha256-{}", image.digest().hex());
    assert_eq!(Client::new().digest(&format!("{}/erp/auth:{tag}", second.host())), None, "it needs no tag");

    // Over to docker's registry, which has no list; and back, to another repository.
    let over = format!("{}/erp/auth:1", docker.host());
    run(folder, &["copy", &first, &over]);
    assert_eq!(copy::notes(&format!("{}/erp/auth", docker.host()), &image.digest()), ["sbom", "signature"]);
    run(folder, &["copy", &over, &format!("{}/back/auth:1", second.host())]);
    assert_eq!(listed(second.host(), "back/auth", &image.digest()), ["sbom", "signature"]);
    let inspected: Value = serde_json::from_str(&run(folder, &["inspect", "--json", &first])).unwrap();
    assert_eq!(inspected["referrers"].as_array().unwrap().len(), 2);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn bundles_and_indexes_of_the_second_registry() {
    let (second, sample) = (Second::start(), Sample::new());
    let folder = sample.folder.path();
    let image = layout(&sample, &folder.join("one"), &["signature"]);
    let name = format!("{}/erp/auth:1", second.host());
    run(folder, &["copy", "oci:one:app", &name]);
    run(folder, &["bundle", "one.tar", &name]);
    let site = format!("{}/site/mirror", second.host());
    run(folder, &["publish", "one.tar", &site]);
    assert_eq!(digest_of(&format!("{site}/erp/auth:1")), image.digest().to_string());
    assert_eq!(listed(second.host(), "site/mirror/erp/auth", &image.digest()), ["signature"]);

    // A second signature alone: the delta has no layer, and what it left out is found on the other side.
    refer(&folder.join("one"), &image.digest(), image.manifest.len(), "second signature");
    run(folder, &["copy", "oci:one:app", &name]);
    run(folder, &["bundle", "two.tar", &name, "--since", "one.tar"]);
    let size = |file: &str| std::fs::metadata(folder.join(file)).unwrap().len();
    assert!(size("two.tar") * 50 < size("one.tar"));
    run(folder, &["publish", "two.tar", &site]);
    assert_eq!(
        listed(second.host(), "site/mirror/erp/auth", &image.digest()),
        ["second signature", "signature"]
    );

    let index = run(folder, &["index", &format!("{}/erp/index:1", second.host()), &name]);
    let found: Value = serde_json::from_str(&raw(&format!("{}/erp/index:1", second.host()))).unwrap();
    assert_eq!(found["manifests"][0]["digest"], image.digest().to_string());
    assert_eq!(
        run(folder, &["copy", &format!("{}/erp/index:1", second.host()), &format!("{site}/index:1")]),
        index
    );
}
