//! Pushing and pulling with Debian's docker-registry. skopeo reads the results. A proxy in between simulates a bad
//! network and unusual registries.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fourply_blob::{Category, Codec, Digest};
use fourply_oci::image::{Image, ImageSettings};
use fourply_oci::registry::{Credentials, RegistryError, RegistrySettings, http_clients};
use fourply_oci::{Layer, Reference, Remedy};
use fourply_store::{NoProgress, Progress};
use serde_json::{Value, json};

mod chunks;
mod peers;

use fourply_testing::client::{Client, image, own_layer, pull, raw, skopeo};
use fourply_testing::proxy::{self, Action, Proxy};
use fourply_testing::registry::Registry;
use fourply_testing::sample::Sample;

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn what_is_pushed_arrives_whole_and_once() {
    let (registry, sample, client) = (Registry::start(), Sample::new(), Client::new());
    let image = image(&sample, None);
    let name = format!("{}/erp/auth:1", registry.host());

    let report = client.push(&image, &[&name]).unwrap();
    assert_eq!((report.uploaded, report.present, report.mounted, report.tagged), (6, 0, 0, 1));
    assert_eq!(report.bytes, image.size());

    assert_eq!(raw(&name).as_bytes(), image.manifest);
    let inspected: Value =
        serde_json::from_str(&skopeo(&["inspect", "--tls-verify=false", &format!("docker://{name}")]))
            .unwrap();
    assert_eq!(inspected["Digest"], image.digest().to_string());
    assert_eq!(inspected["Layers"].as_array().unwrap().len(), 5);
    // skopeo fetches every blob and checks it against its digest.
    let layout = format!("oci:{}:x", sample.folder.path().join("copy").display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{name}"), &layout]);

    let report = client.push(&image, &[&name]).unwrap();
    assert_eq!((report.uploaded, report.tagged, report.bytes), (0, 0, 0));
    let fresh = Client::new().push(&image, &[&name]).unwrap();
    assert_eq!((fresh.uploaded, fresh.present, fresh.tagged, fresh.bytes), (0, 6, 0, 0));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn the_second_push_asks_little_and_sends_nothing() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let proxy = Proxy::start(&registry.host(), |_| Action::Pass);
    let image = image(&sample, None);
    let name = format!("{}/erp/auth:1", proxy.host());
    Client::new().push(&image, &[&name]).unwrap();
    let first = proxy.seen().len();
    // Each blob has one lookup, one session and one upload.
    assert_eq!(
        (proxy.count("HEAD", "/blobs/"), proxy.count("POST", "/uploads/"), proxy.count("PUT", "digest=")),
        (5, 5, 5)
    );
    let puts: Vec<String> = proxy
        .seen()
        .iter()
        .filter(|request| request.method == "PUT")
        .map(|request| request.target.clone())
        .collect();
    assert!(puts[5].ends_with(&format!("/manifests/{}", image.digest())), "{puts:?}");
    assert!(puts[6].ends_with("/manifests/1"), "{puts:?}");
    Client::new().push(&image, &[&name]).unwrap();
    let second: Vec<String> = proxy.seen()[first..].iter().map(|request| request.method.clone()).collect();
    assert_eq!(second, ["GET", "HEAD", "HEAD"]);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn several_tags_and_repositories_share_blobs() {
    let (registry, sample, client) = (Registry::start(), Sample::new(), Client::new());
    let image = image(&sample, None);
    let names = ["a:1", "b:1", "a:2"].map(|name| format!("{}/erp/{name}", registry.host()));
    let report = client.push(&image, &names.each_ref().map(String::as_str)).unwrap();
    assert_eq!((report.uploaded, report.mounted, report.tagged), (6 + 1, 5, 3));
    for name in &names {
        assert_eq!(client.digest(name), Some(image.digest()));
        assert_eq!(raw(name).as_bytes(), image.manifest);
    }
    assert_eq!(client.digest(&format!("{}/erp/a:3", registry.host())), None);
    assert_eq!(client.digest(&format!("{}/none:1", registry.host())), None);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn the_bases_layers_are_mounted_from_its_repository() {
    let (registry, sample, client) = (Registry::start(), Sample::new(), Client::new());
    let base_name = format!("{}/base/node:22", registry.host());
    let base = Image::assemble(&sample.base(None), &[], &ImageSettings::default()).unwrap();
    client.push(&base, &[&base_name]).unwrap();

    let image = image(&sample, Some(&base_name));
    let report = Client::new().push(&image, &[&format!("{}/erp/auth:1", registry.host())]).unwrap();
    assert_eq!((report.mounted, report.uploaded), (2, 2 + 1 + 1));

    // A registry that answers a mount request with an upload session, and one that refuses the request.
    for status in [202, 405] {
        let proxy = Proxy::start(&registry.host(), move |request| match request.is("POST", "mount=") {
            true if status == 202 => Action::Answer(
                202,
                vec![("Location", "/v2/erp/x/blobs/uploads/nothing".into())],
                String::new(),
            ),
            true => Action::Answer(405, Vec::new(), "{}".into()),
            false => Action::Pass,
        });
        let base_name = format!("{}/base/node:22", proxy.host());
        let image = self::image(&sample, Some(&base_name));
        let report = Client::new().push(&image, &[&format!("{}/erp/x{status}:1", proxy.host())]).unwrap();
        assert_eq!((report.mounted, report.uploaded, proxy.count("POST", "mount=")), (0, 6, 2));
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn passing_troubles_are_waited_out() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    let noise = image.layers[2].blob.descriptor.digest.to_string();
    // Each kind of request fails twice, then works.
    let proxy =
        Proxy::start(&registry.host(), move |request| match (request.method.as_str(), request.earlier) {
            ("GET", 0) => Action::Answer(503, Vec::new(), String::new()),
            ("HEAD", 0) => Action::Answer(500, Vec::new(), String::new()),
            ("HEAD", 1) => Action::Answer(429, vec![("Retry-After", "0".into())], String::new()),
            // A date in the past by the registry's own clock.
            ("HEAD", 2) => {
                let day = |day: u8| format!("Thu, {day:02} Oct 2026 07:28:00 GMT");
                Action::Answer(503, vec![("Retry-After", day(22)), ("Date", day(22))], String::new())
            }
            ("POST", 0 | 1) => Action::Answer(502, Vec::new(), "<html>bad gateway</html>".into()),
            ("PUT", 0) if request.target.contains("/manifests/") => {
                Action::Answer(504, Vec::new(), String::new())
            }
            _ => Action::Pass,
        });
    let name = format!("{}/erp/auth:1", proxy.host());
    Client::new().push(&image, &[&name]).unwrap();
    assert_eq!(raw(&format!("{}/erp/auth:1", registry.host())).as_bytes(), image.manifest);
    assert!(proxy.count("HEAD", &format!("/blobs/{noise}")) >= 3);
}

/// Sums up the reported progress.
#[derive(Default)]
struct Count(AtomicU64);

impl Progress for Count {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, count: u64) {
        self.0.fetch_add(count, Ordering::SeqCst);
    }
    fn end(&self) {}
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_cut_upload_begins_anew() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    let cuts = Mutex::new(0);
    let proxy = Proxy::start(&registry.host(), move |request| {
        let large = request.header("content-length").is_some_and(|length| length.len() > 6);
        let mut cuts = cuts.lock().unwrap();
        if request.is("PUT", "digest=") && large && *cuts < 2 {
            *cuts += 1;
            return Action::CutRequest(1_000_000);
        }
        Action::Pass
    });
    let (name, count) = (format!("{}/erp/auth:1", proxy.host()), Count::default());
    let report =
        Client::new().registries.push(&image.tree(), &[Reference::parse(&name).unwrap()], &count).unwrap();
    assert_eq!(report.uploaded, 6);
    // Bytes that are sent again are not counted again.
    let total: u64 = image.tree().blobs.iter().map(|blob| blob.descriptor.size).sum();
    assert_eq!(count.0.load(Ordering::SeqCst), total);
    // Failed sessions are not left open: of those for the large blob, only the last one stays.
    let seen = proxy.seen();
    let log =
        || seen.iter().map(|request| format!("{} {}\n", request.method, request.target)).collect::<String>();
    let sessions = |method: &str, least: usize| {
        let requests =
            seen.iter().filter(|request| request.is(method, "/uploads/") && request.length() >= least);
        requests.map(|request| request.path().rsplit('/').next().unwrap()).collect::<BTreeSet<_>>()
    };
    let (all, large, closed) = (sessions("PUT", 0), sessions("PUT", 1_000_000), sessions("DELETE", 0));
    assert_eq!(proxy.count("POST", "/uploads/"), all.len(), "{}", log());
    assert!(large.len() >= 2 && closed.is_subset(&large), "{}", log());
    assert!(large.difference(&closed).count() <= 1, "{}", log());
    let layout = format!("oci:{}:x", sample.folder.path().join("copy").display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{}/erp/auth:1", registry.host()), &layout]);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_failed_push_leaves_the_old_tag() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let old = Image::assemble(&sample.base(None), &[], &ImageSettings::default()).unwrap();
    let name = format!("{}/erp/auth:1", registry.host());
    Client::new().push(&old, &[&name]).unwrap();
    let new = image(&sample, None);
    for part in ["digest=", "/manifests/sha256", "/manifests/1"] {
        let proxy = Proxy::start(&registry.host(), move |request| match request.is("PUT", part) {
            true => {
                Action::Answer(507, Vec::new(), r#"{"errors":[{"code":"QUOTA","message":"full"}]}"#.into())
            }
            false => Action::Pass,
        });
        let error = Client::new().push(&new, &[&format!("{}/erp/auth:1", proxy.host())]).unwrap_err();
        assert_eq!(error.category(), Category::Outside);
        let text = error.to_string();
        assert!(
            text.contains("507") && text.contains("QUOTA (full)") && text.contains("/erp/auth"),
            "{text}"
        );
        assert_eq!(Client::new().digest(&name), Some(old.digest()));
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn locations_relative_missing_and_foreign() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    let upstream = registry.host();
    // Relative: the docker-registry's URL without scheme and host. The proxy opens the session itself to learn it.
    let open = move |path: &str| -> String {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(&upstream).unwrap();
        write!(stream, "POST {path} HTTP/1.0\r\nHost: {upstream}\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with("location:")).unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    };
    let proxy = Proxy::start(&registry.host(), move |request| match request.method.as_str() {
        "POST" => {
            let absolute = open(&request.target);
            let relative = absolute.splitn(4, '/').nth(3).unwrap();
            Action::Answer(202, vec![("Location", format!("/{relative}"))], String::new())
        }
        // Some registries omit the Location when a manifest is pushed by digest.
        "PUT" if request.target.contains("/manifests/") => Action::Headers(vec![("Location", None)]),
        _ => Action::Pass,
    });
    Client::new().push(&image, &[&format!("{}/erp/relative:1", proxy.host())]).unwrap();
    assert_eq!(raw(&format!("{}/erp/relative:1", registry.host())).as_bytes(), image.manifest);

    // Missing, and nothing else identifies the session.
    let proxy = Proxy::start(&registry.host(), |request| match request.method.as_str() {
        "POST" => Action::Headers(vec![("Location", None), ("Docker-Upload-UUID", None)]),
        _ => Action::Pass,
    });
    let error = Client::new().push(&image, &[&format!("{}/erp/missing:1", proxy.host())]).unwrap_err();
    assert!(error.to_string().contains("no Location"), "{error}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_foreign_location_gets_the_bytes_but_no_password() {
    let (registry, sample) = (Registry::with_password("me", "hunter2"), Sample::new());
    let image = image(&sample, None);
    let storage = Proxy::start(&registry.host(), |_| Action::Answer(201, Vec::new(), String::new()));
    let elsewhere = storage.host();
    let proxy = Proxy::start(&registry.host(), move |request| match request.method.as_str() {
        "POST" if request.header("authorization").is_some() => Action::Answer(
            202,
            vec![("Location", format!("http://{elsewhere}/store?signature=1"))],
            String::new(),
        ),
        _ => Action::Pass,
    });
    let login = login(&sample, &proxy.host(), "hunter2");
    let client = Client::with(|settings| settings.credentials = login.clone());
    // The manifest is refused because the registry itself never received the blobs.
    let error = client.push(&image, &[&format!("{}/erp/auth:1", proxy.host())]).unwrap_err();
    assert!(error.to_string().contains("MANIFEST_BLOB_UNKNOWN"), "{error}");
    assert_eq!(storage.count("PUT", "/store?signature=1&digest=sha256"), 5);
    assert!(storage.seen().iter().all(|request| request.header("authorization").is_none()));
    assert!(
        proxy
            .seen()
            .iter()
            .filter(|request| request.method == "HEAD")
            .all(|request| request.header("authorization").is_some())
    );
}

/// A credentials file for a registry.
fn login(sample: &Sample, host: &str, password: &str) -> Credentials {
    use base64::Engine;
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("me:{password}"));
    let path = sample.folder.path().join(format!("config-{password}.json"));
    std::fs::write(&path, json!({ "auths": { host: { "auth": auth } } }).to_string()).unwrap();
    Credentials::from_files(vec![path])
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_password_opens_the_registry() {
    let (registry, sample) = (Registry::with_password("me", "hunter2"), Sample::new());
    let image = image(&sample, None);
    let name = format!("{}/erp/auth:1", registry.host());
    for credentials in [Credentials::default(), login(&sample, &registry.host(), "wrong")] {
        let error = Client::with(|settings| settings.credentials = credentials.clone())
            .push(&image, &[&name])
            .unwrap_err();
        let text = format!("{error} {error:?} {:?}", error.remedy());
        assert!(text.contains("401"), "{text}");
        assert_eq!(error.remedy(), Some(Remedy::LogIn { registry: registry.host() }));
        assert!(!text.contains("wrong") && !text.contains("bWU6"), "{text}");
    }
    let credentials = login(&sample, &registry.host(), "hunter2");
    Client::with(|settings| settings.credentials = credentials.clone()).push(&image, &[&name]).unwrap();
    let raw = skopeo(&[
        "inspect",
        "--tls-verify=false",
        "--creds",
        "me:hunter2",
        "--raw",
        &format!("docker://{name}"),
    ]);
    assert_eq!(raw.as_bytes(), image.manifest);
}

/// A registry with a token server: each token is valid for `uses` requests.
fn token_proxy(registry: &Registry, uses: usize, own_host: std::sync::Arc<Mutex<String>>) -> Proxy {
    let state = Mutex::new((0_usize, 0_usize));
    Proxy::start(&registry.host(), move |request| {
        let (issued, left) = &mut *state.lock().unwrap();
        if request.is("GET", "/token") {
            if request.header("authorization") != Some("Basic bWU6aHVudGVyMg==") {
                return Action::Answer(
                    401,
                    Vec::new(),
                    r#"{"errors":[{"code":"UNAUTHORIZED","message":"no"}]}"#.into(),
                );
            }
            (*issued, *left) = (*issued + 1, uses);
            return Action::Answer(
                200,
                Vec::new(),
                json!({ "token": format!("t{issued}"), "expires_in": 60 }).to_string(),
            );
        }
        if *left > 0 && request.header("authorization") == Some(&format!("Bearer t{issued}")) {
            *left -= 1;
            return Action::Pass;
        }
        let realm = format!(r#"Bearer realm="http://{}/token",service="tests""#, own_host.lock().unwrap());
        Action::Answer(401, vec![("WWW-Authenticate", realm)], String::new())
    })
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn tokens_are_fetched_once_and_renewed_when_they_expire() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    for (uses, repository) in [(1000, "long"), (3, "short")] {
        let host = std::sync::Arc::new(Mutex::new(String::new()));
        let proxy = token_proxy(&registry, uses, host.clone());
        *host.lock().unwrap() = proxy.host();
        let credentials = login(&sample, &proxy.host(), "hunter2");
        let client = Client::with(|settings| {
            settings.credentials = credentials.clone();
            settings.parallel = if uses < 10 { 1 } else { 6 };
        });
        client.push(&image, &[&format!("{}/erp/{repository}:1", proxy.host())]).unwrap();
        let tokens = proxy.count("GET", "/token");
        assert!(if uses < 10 { tokens > 3 } else { tokens == 1 }, "{tokens}");
        let asked = proxy.seen().into_iter().find(|request| request.is("GET", "/token")).unwrap().target;
        assert!(
            asked.contains("service=tests")
                && asked.contains(&format!("scope=repository%3Aerp%2F{repository}%3Apull%2Cpush")),
            "{asked}"
        );
        assert_eq!(raw(&format!("{}/erp/{repository}:1", registry.host())).as_bytes(), image.manifest);
    }
    let host = std::sync::Arc::new(Mutex::new(String::new()));
    let proxy = token_proxy(&registry, 1000, host.clone());
    *host.lock().unwrap() = proxy.host();
    let error = Client::new().push(&image, &[&format!("{}/erp/none:1", proxy.host())]).unwrap_err();
    assert!(
        error.to_string().contains("get a token for") && matches!(error.remedy(), Some(Remedy::LogIn { .. })),
        "{error}"
    );
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn what_skopeo_pushed_is_pulled_by_tag_and_digest() {
    let (registry, sample, client) = (Registry::start(), Sample::new(), Client::new());
    let image = image(&sample, None);
    let archive = sample.folder.path().join("image.tar");
    use fourply_oci::sink::Sink;
    fourply_oci::sink::OciArchive::new(&archive).put(&image.tree(), &[], &NoProgress).unwrap();
    let name = format!("{}/erp/auth:1", registry.host());
    skopeo(&[
        "copy",
        "--dest-tls-verify=false",
        &format!("oci-archive:{}", archive.display()),
        &format!("docker://{name}"),
    ]);

    let by_digest = format!("{}/erp/auth@{}", registry.host(), image.digest());
    for name in [&name, &by_digest] {
        let source = client.source(name);
        let (manifest, layers) = pull(&source).unwrap();
        assert_eq!(manifest, image.manifest);
        for (bytes, layer) in layers.iter().zip(&image.layers) {
            assert_eq!(Digest::of(bytes), layer.blob.descriptor.digest);
        }
        assert!(source.document(None, 10).unwrap_err().to_string().contains("more than 10 bytes"));
    }
    // A registry that does not report a document's digest.
    let silent = Proxy::start(&registry.host(), |_| Action::Headers(vec![("Docker-Content-Digest", None)]));
    assert_eq!(client.digest(&format!("{}/erp/auth:1", silent.host())), Some(image.digest()));

    let absent = client.source(&format!("{}/erp/auth:2", registry.host()));
    let error = absent.document(None, 1 << 20).unwrap_err();
    assert_eq!(error.category(), Category::Outside);
    assert!(error.to_string().contains("404") && error.to_string().contains("MANIFEST_UNKNOWN"), "{error}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_cut_download_goes_on_where_it_ended() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    Client::new().push(&image, &[&format!("{}/erp/auth:1", registry.host())]).unwrap();
    let proxy = Proxy::start(&registry.host(), |request| match request.earlier {
        0..7 if request.is("GET", "/blobs/") => Action::CutResponse(500_000),
        _ => Action::Pass,
    });
    // There are fewer retries than cuts, but every attempt receives some bytes.
    let client = Client::with(|settings| settings.retries = 2);
    let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
    let (_, layers) = pull(&source).unwrap();
    assert_eq!(Digest::of(&layers[2]), image.layers[2].blob.descriptor.digest);
    let ranges: Vec<String> =
        proxy.seen().iter().filter_map(|request| request.header("range").map(str::to_owned)).collect();
    assert!(ranges.len() >= 5, "{ranges:?}");

    // A registry that ignores ranges.
    let proxy = Proxy::start(&registry.host(), |request| match request.earlier {
        0 if request.is("GET", "/blobs/") => Action::CutResponse(500_000),
        _ => Action::Without("range"),
    });
    let client = Client::new();
    let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
    assert_eq!(Digest::of(&pull(&source).unwrap().1[2]), image.layers[2].blob.descriptor.digest);

    // A registry that returns another range than the requested one.
    let proxy = Proxy::start(&registry.host(), |request| match request.earlier {
        0 if request.is("GET", "/blobs/") => Action::CutResponse(500_000),
        1 if request.header("range").is_some() => {
            Action::Headers(vec![("Content-Range", Some("bytes 7-8/9".into()))])
        }
        _ => Action::Pass,
    });
    let client = Client::new();
    let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
    let error = pull(&source).unwrap_err();
    assert!(error.to_string().contains("bytes 7-8/9"), "{error}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn other_bytes_than_the_digest_promises_are_refused() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    Client::new().push(&image, &[&format!("{}/erp/auth:1", registry.host())]).unwrap();
    let size = usize::try_from(image.layers[0].blob.descriptor.size).unwrap();
    let lies = ["x".repeat(size), "x".repeat(size + 1), String::new()];
    for lie in lies {
        let proxy = Proxy::start(&registry.host(), move |request| match request.is("GET", "/blobs/") {
            true => Action::Answer(200, Vec::new(), lie.clone()),
            false => Action::Pass,
        });
        let client = Client::new();
        let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
        let error = pull(&source).unwrap_err().to_string();
        assert!(error.contains("should be sha256") || error.contains("more than the"), "{error}");
    }
    let proxy = Proxy::start(&registry.host(), |request| match request.is("GET", "/manifests/") {
        true => Action::Answer(
            200,
            vec![("Docker-Content-Digest", format!("sha256:{}", "0".repeat(64)))],
            "{}".into(),
        ),
        false => Action::Pass,
    });
    let client = Client::new();
    let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
    assert!(source.document(None, 1000).unwrap_err().to_string().contains("should be sha256:000"));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn two_pushes_at_once_send_each_blob_once() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let proxy = Proxy::start(&registry.host(), |_| Action::Pass);
    let (image, client) = (image(&sample, None), Client::new());
    let names = ["1", "2", "3"].map(|tag| format!("{}/erp/auth:{tag}", proxy.host()));
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| client.push(&image, &[name]).unwrap());
        }
    });
    assert_eq!(proxy.count("PUT", "digest="), 5);
    for name in &names {
        assert_eq!(client.digest(name), Some(image.digest()));
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_forbidden_look_is_no_refusal_and_a_redirected_upload_is_followed() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = image(&sample, None);
    let proxy = Proxy::start(&registry.host(), |request| match request.method.as_str() {
        // Artifactory's answer for a missing blob.
        "HEAD" => Action::Answer(403, Vec::new(), String::new()),
        "PUT" if request.target.contains("digest=") && request.earlier == 0 => {
            Action::Answer(307, vec![("Location", format!("{}&again=1", request.target))], String::new())
        }
        _ => Action::Pass,
    });
    let report = Client::new().push(&image, &[&format!("{}/erp/auth:1", proxy.host())]).unwrap();
    assert_eq!(report.uploaded, 6);
    assert_eq!(proxy.count("PUT", "digest="), 2 * 5);
    assert_eq!(raw(&format!("{}/erp/auth:1", registry.host())).as_bytes(), image.manifest);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn https_with_an_authority_of_its_own() {
    let ((registry, certificate), sample) = (Registry::with_certificate(), Sample::new());
    let image = image(&sample, None);
    let name = format!("{}/erp/auth:1", registry.host());
    let settings = RegistrySettings { backoff: Duration::from_millis(1), ..RegistrySettings::default() };
    let client = |authorities: &[Vec<u8>]| {
        Client::over(
            settings.clone(),
            http_clients(authorities).unwrap(),
            tokio::runtime::Runtime::new().unwrap(),
        )
    };
    let error = client(&[]).push(&image, &[&name]).unwrap_err();
    assert!(matches!(error, RegistryError::Network { .. }), "{error}");
    assert_eq!(client(&[certificate]).push(&image, &[&name]).unwrap().uploaded, 6);
    assert_eq!(raw(&name).as_bytes(), image.manifest);
}

/// The helper's test runs itself again with another PATH: changing that of a running program is not safe.
const HELPED: &str = "FOURPLY_TEST_HELPED_REGISTRY";

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_helper_is_asked_for_the_password() {
    use std::os::unix::fs::PermissionsExt;
    let sample = Sample::new();
    if let Ok(host) = std::env::var(HELPED) {
        let path = sample.folder.path().join("config.json");
        std::fs::write(&path, json!({ "credHelpers": { host.as_str(): "fourplytest" } }).to_string())
            .unwrap();
        let client =
            Client::with(|settings| settings.credentials = Credentials::from_files(vec![path.clone()]));
        client.push(&image(&sample, None), &[&format!("{host}/erp/auth:1")]).unwrap();
        return;
    }
    let registry = Registry::with_password("me", "hunter2");
    let helper = sample.folder.path().join("docker-credential-fourplytest");
    let script = format!(
        "#!/bin/sh\nread host\n[ \"$1 $host\" = \"get {}\" ] || exit 1\necho '{{\"Username\":\"me\",\"Secret\":\"hunter2\"}}'\n",
        registry.host()
    );
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", sample.folder.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_helper_is_asked_for_the_password", "--include-ignored"])
        .env("PATH", path)
        .env(HELPED, registry.host())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let name = format!("docker://{}/erp/auth:1", registry.host());
    skopeo(&["inspect", "--tls-verify=false", "--creds", "me:hunter2", &name]);
}

#[test]
fn authorities_must_be_certificates() {
    let error = http_clients(&[b"no PEM at all".to_vec()]).unwrap_err();
    assert!(matches!(error, RegistryError::Authority), "{error}");
    assert_eq!(error.category(), Category::User);
}

#[test]
fn a_registry_that_is_not_there_is_named() {
    let (sample, client) = (Sample::new(), Client::new());
    let image = image(&sample, None);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = client.push(&image, &[&format!("127.0.0.1:{port}/erp/auth:1")]).unwrap_err();
    assert_eq!(error.category(), Category::Outside);
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}

#[test]
fn offline_asks_nobody() {
    let proxy = Proxy::start("127.0.0.1:1", |_| Action::Pass);
    let client = Client::with(|settings| settings.offline = true);
    let sample = Sample::new();
    let error = client.push(&image(&sample, None), &[&format!("{}/erp/auth:1", proxy.host())]).unwrap_err();
    assert!(matches!(error, RegistryError::Offline { .. }), "{error}");
    let source = client.source(&format!("{}/erp/auth:1", proxy.host()));
    source.document(None, 1000).unwrap_err();
    assert!(proxy.seen().is_empty());
}
