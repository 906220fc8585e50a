//! Blobs that do not go in one request: chunks by setting, after a refusal for their size, after a cut; and resuming
//! after a cut.

use fourply_testing::second_registry::Second;

use super::*;

const MB: usize = 1_000_000;

/// An image with layers of random bytes of these sizes, on a base of two small layers.
fn noisy(sample: &Sample, sizes: &[usize]) -> Image {
    let own_layers = sizes.iter().zip(1..).map(|(size, seed)| {
        own_layer(sample, Codec::Gzip, &[("app/noise", Sample::noise(seed, *size).as_slice())])
    });
    let own_layers: Vec<Layer> = own_layers.collect();
    Image::assemble(&sample.base(None), &own_layers, &ImageSettings::default()).unwrap()
}

/// Checks the image with skopeo, which fetches every blob and checks it against its digest.
fn is_whole(sample: &Sample, name: &str) {
    let folder = tempfile::tempdir_in(sample.folder.path()).unwrap();
    let layout = format!("oci:{}:x", folder.path().display());
    skopeo(&["copy", "--src-tls-verify=false", &format!("docker://{name}"), &layout]);
}

/// The sizes of all sent chunks.
fn chunks(proxy: &Proxy) -> Vec<usize> {
    let seen = proxy.seen();
    seen.iter().filter(|request| request.method == "PATCH").map(proxy::Request::length).collect()
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn chunks_arrive_and_go_on_after_a_failure() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = noisy(&sample, &[3 * MB]);
    // With Docker's registry, a cut chunk ends the session; a refused chunk does not.
    for (repository, cut, sessions) in [("cut", true, 4 + 1), ("refused", false, 4)] {
        let left = Mutex::new(1);
        let proxy = Proxy::start(&registry.host(), move |request| {
            let second = request.header("content-range").is_some_and(|range| range.starts_with("1000000-"));
            let mut left = left.lock().unwrap();
            match request.method == "PATCH" && second && *left > 0 {
                true => *left -= 1,
                false => return Action::Pass,
            }
            if cut { Action::CutRequest(400_000) } else { Action::Answer(503, Vec::new(), String::new()) }
        });
        let client = Client::with(|settings| settings.chunk = Some(1_000_000));
        client.push(&image, &[&format!("{}/erp/{repository}:1", proxy.host())]).unwrap();
        assert_eq!(proxy.count("POST", "/uploads/"), sessions);
        is_whole(&sample, &format!("{}/erp/{repository}:1", registry.host()));
    }
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn what_a_proxy_refuses_as_too_large_goes_in_chunks() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = noisy(&sample, &[2 * MB, 3 * MB]);
    // nginx's default limit. It answers before it has read anything, or after it has read everything.
    for (repository, early) in [("early", true), ("late", false)] {
        let proxy = Proxy::start(&registry.host(), move |request| match request.length() > 1 << 20 {
            true if early => Action::Refuse(413),
            true => Action::Answer(413, Vec::new(), "<html>too large</html>".into()),
            false => Action::Pass,
        });
        let client = Client::with(|settings| settings.parallel = 1);
        client.push(&image, &[&format!("{}/erp/{repository}:1", proxy.host())]).unwrap();
        assert!(chunks(&proxy).iter().all(|size| *size <= 1 << 20), "{:?}", chunks(&proxy));
        assert_eq!(chunks(&proxy).len(), 2 + 3);
        // The second push uses what the first one learned.
        let whole =
            proxy.seen().iter().filter(|request| request.method == "PUT" && request.length() > MB).count();
        assert_eq!(whole, 1);
        is_whole(&sample, &format!("{}/erp/{repository}:1", registry.host()));
    }
    // A registry answers a chunk that is too large as if its offset were wrong.
    let proxy = Proxy::start(&registry.host(), |request| match request.length() > 1 << 20 {
        true => Action::Answer(if request.method == "PATCH" { 416 } else { 413 }, Vec::new(), String::new()),
        false => Action::Pass,
    });
    let name = "erp/range:1";
    Client::new().push(&noisy(&sample, &[6 * MB]), &[&format!("{}/{name}", proxy.host())]).unwrap();
    let (refused, sent): (Vec<usize>, Vec<usize>) = chunks(&proxy).iter().partition(|size| **size > 1 << 20);
    assert_eq!((refused, sent.len()), (vec![4 << 20; 2], 6));
    is_whole(&sample, &format!("{}/{name}", registry.host()));
    // If the user disables chunks, the error says so and gives the fix.
    let proxy = Proxy::start(&registry.host(), |request| match request.length() > MB {
        true => Action::Answer(413, Vec::new(), String::new()),
        false => Action::Pass,
    });
    let never = Client::with(|settings| settings.chunk = Some(0));
    for client in [never, Client::new()] {
        // A limit below the smallest chunk size.
        let error = client.push(&image, &[&format!("{}/erp/never:1", proxy.host())]).unwrap_err();
        assert!(error.to_string().contains("413"), "{error}");
        assert_eq!(error.remedy(), Some(Remedy::SmallerChunks), "{error}");
    }
    assert_eq!(Client::new().digest(&format!("{}/erp/never:1", registry.host())), None);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_large_blob_whose_line_broke_goes_on_where_it_broke() {
    let (registry, sample) = (Second::start(), Sample::new());
    let image = noisy(&sample, &[36 * MB]);
    // The whole blob is cut, then the second chunk twice. Bytes that arrived before are not sent again.
    let cuts = Mutex::new(0);
    let proxy = Proxy::start(registry.host(), move |request| {
        let second = request.header("content-range").is_some_and(|range| range.starts_with("16777216-"));
        let mut cuts = cuts.lock().unwrap();
        match request.length() > MB && (second || request.method == "PUT") && *cuts < 3 {
            true => *cuts += 1,
            false => return Action::Pass,
        }
        Action::CutRequest(5 * MB)
    });
    let name = format!("{}/erp/auth:1", proxy.host());
    let count = Count::default();
    Client::new().registries.push(&image.tree(), &[Reference::parse(&name).unwrap()], &count).unwrap();
    assert_eq!(
        count.0.load(Ordering::SeqCst),
        image.tree().blobs.iter().map(|blob| blob.descriptor.size).sum::<u64>()
    );
    let starts: Vec<String> = proxy
        .seen()
        .iter()
        .filter_map(|request| request.header("content-range").map(str::to_owned))
        .collect();
    let firsts = starts.iter().filter(|range| range.starts_with("0-")).count();
    assert_eq!((firsts, starts.len()), (1, 1 + 3 + 1), "{starts:?}");
    is_whole(&sample, &format!("{}/erp/auth:1", registry.host()));
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_registry_that_takes_no_chunks_gets_the_whole() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let image = noisy(&sample, &[17 * MB]);
    let cuts = Mutex::new(0);
    let proxy = Proxy::start(&registry.host(), move |request| {
        let mut cuts = cuts.lock().unwrap();
        match request.method.as_str() {
            "PATCH" => Action::Answer(405, Vec::new(), String::new()),
            "PUT" if request.length() > MB && *cuts == 0 => {
                *cuts += 1;
                Action::CutRequest(5 * MB)
            }
            _ => Action::Pass,
        }
    });
    Client::new().push(&image, &[&format!("{}/erp/auth:1", proxy.host())]).unwrap();
    assert_eq!(chunks(&proxy).len(), 1);
    is_whole(&sample, &format!("{}/erp/auth:1", registry.host()));
    // A user who requests chunks gets an error: the registry accepts none.
    let fresh = noisy(&sample, &[2 * MB + 1]);
    let client = Client::with(|settings| settings.chunk = Some(1_000_000));
    let error = client.push(&fresh, &[&format!("{}/erp/chunks:1", proxy.host())]).unwrap_err();
    assert!(error.to_string().contains("405"), "{error}");
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn the_registry_says_how_small_chunks_may_be_and_where_they_begin() {
    let (registry, sample) = (Second::start(), Sample::new());
    let image = noisy(&sample, &[3 * MB]);
    let proxy = Proxy::start(registry.host(), |request| match request.method.as_str() {
        "POST" => Action::Headers(vec![("OCI-Chunk-Min-Length", Some("2000000".into()))]),
        _ => Action::Pass,
    });
    let client = Client::with(|settings| settings.chunk = Some(1_000_000));
    client.push(&image, &[&format!("{}/erp/least:1", proxy.host())]).unwrap();
    assert_eq!(chunks(&proxy)[..1], [2_000_000]);
    assert_eq!(chunks(&proxy).len(), 2);

    // A chunk that arrived despite an error response is not sent again: the registry reports what it has.
    let image = noisy(&sample, &[3 * MB + 1]);
    let lies = Mutex::new(1);
    let proxy = Proxy::start(registry.host(), move |request| {
        let second = request.header("content-range").is_some_and(|range| range.starts_with("1000000-"));
        let mut lies = lies.lock().unwrap();
        match second && *lies > 0 {
            true => *lies -= 1,
            false => return Action::Pass,
        }
        Action::Status(502)
    });
    client.push(&image, &[&format!("{}/erp/lies:1", proxy.host())]).unwrap();
    assert_eq!(chunks(&proxy).len(), 4, "{:?}", chunks(&proxy));
    is_whole(&sample, &format!("{}/erp/lies:1", registry.host()));

    // A stale range, as ECR reports, and chunks from there are refused: only a new session helps.
    let image = noisy(&sample, &[3 * MB + 2]);
    let stale = Mutex::new(1);
    let proxy = Proxy::start(registry.host(), move |request| {
        let mut stale = stale.lock().unwrap();
        match (request.method.as_str(), *stale) {
            ("PATCH", 1) if request.earlier == 1 => {
                *stale = 2;
                Action::Answer(503, Vec::new(), String::new())
            }
            ("GET", 2) => Action::Headers(vec![("Range", Some("0-499999".into()))]),
            _ => Action::Pass,
        }
    });
    client.push(&image, &[&format!("{}/erp/stale:1", proxy.host())]).unwrap();
    is_whole(&sample, &format!("{}/erp/stale:1", registry.host()));
}
