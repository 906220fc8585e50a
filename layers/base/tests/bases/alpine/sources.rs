//! Sources of packages: errors about missing settings, this host's own repositories, and repositories over HTTP.

use std::sync::Mutex;

use fourply_apk::{AlpineSpec, ApkError, ApkSources};
use fourply_base::{AddedToBase, Base, BaseError, BaseSpec, compose_with};
use fourply_blob::Digest;
use fourply_store::{FetchSettings, Fetcher, NoProgress, StoreError};

use super::made::{Put, Repo, package, smallest};
use super::refused;
use super::support::Place;
use super::support::http::{Server, whole};

fn with_x() -> Repo {
    Repo::new(
        &smallest().into_iter().chain([package("x", "", &[Put::File("usr/x", b"x")])]).collect::<Vec<_>>(),
    )
}

#[test]
#[ignore = "needs openssl"]
fn what_is_not_told_is_asked_for_in_the_words_of_fourply_toml() {
    let repo = with_x();
    let nowhere = ApkSources { apk: repo.place.path("none"), ..ApkSources::default() };
    let from_nothing = |sources: &ApkSources| {
        let spec = AlpineSpec { sources: sources.clone(), ..AlpineSpec::default() };
        repo.place.compose(&BaseSpec::Alpine(spec), "linux/amd64")
    };
    let error = refused(from_nothing(&nowhere));
    assert!(error.contains("no repository is known for Alpine's packages: none is named"), "{error}");
    assert_eq!(missing(from_nothing(&nowhere)), ("repository", false, "v3.22".to_owned()));
    let only_place = ApkSources { repositories: repo.sources.repositories.clone(), ..nowhere.clone() };
    let error = refused(from_nothing(&only_place));
    assert!(error.contains("no key is known"), "{error}");
    let (what, on_base, _) = missing(from_nothing(&only_place));
    assert_eq!((what, on_base), ("key", false));

    let on_base = |sources: &ApkSources| {
        let spec = AlpineSpec { sources: repo.sources.clone(), ..AlpineSpec::default() };
        let added =
            AddedToBase { packages: vec!["x".into()], sources: sources.clone(), ..AddedToBase::default() };
        repo.place.compose_with(&BaseSpec::Alpine(spec), &added, "linux/amd64")
    };
    let (what, on, release) = missing(on_base(&nowhere));
    assert_eq!((what, on), ("repository", true));
    assert!(release.starts_with("v3."), "{release}");
    let empty = ApkSources { keys: vec![repo.place.path("none")], ..only_place.clone() };
    std::fs::create_dir(repo.place.path("none")).unwrap();
    let error = refused(on_base(&empty));
    assert!(error.contains("none: there is no *.pub in this folder"), "{error}");
    let error = refused(on_base(&only_place));
    assert!(error.contains("no key is known"), "{error}");
    let (what, on, _) = missing(on_base(&only_place));
    assert_eq!((what, on), ("key", true));
}

/// The missing setting, whether it is for a base, and the release: the program's hint uses these.
fn missing<T: std::fmt::Debug>(result: Result<T, BaseError>) -> (&'static str, bool, String) {
    match result.unwrap_err() {
        BaseError::Apk(ApkError::NoSource { what, on_base, release, .. }) => (what, on_base, release),
        other => panic!("{other:?}"),
    }
}

#[test]
#[ignore = "needs openssl"]
fn a_machine_with_alpine_knows_a_mirror_and_keys() {
    let repo = with_x();
    let mirror = repo.place.path("mirror/v3.22");
    std::fs::create_dir_all(&mirror).unwrap();
    std::os::unix::fs::symlink(repo.place.path("repo"), mirror.join("main")).unwrap();
    let line = format!("file://{}/v3.19/main\n", repo.place.text("mirror"));
    repo.place.write("apk/repositories", line);
    repo.place.write("apk/keys/test.rsa.pub", std::fs::read(&repo.sources.keys[0]).unwrap());
    let of = |release: Option<&str>| {
        let sources = ApkSources { apk: repo.place.path("apk"), ..ApkSources::default() };
        let release = release.map(str::to_owned);
        let spec = AlpineSpec { release, packages: vec!["x".into()], sources, ..AlpineSpec::default() };
        repo.place.compose(&BaseSpec::Alpine(spec), "linux/amd64")
    };
    assert!(of(Some("v3.22")).unwrap().rootfs.entries.contains_key("usr/x"));
    assert!(refused(of(None)).contains("v3.19/main/x86_64/APKINDEX.tar.gz"), "the machine's own release");
}

/// Real apk 2.14 reads them too.
#[test]
#[ignore = "needs openssl"]
fn repositories_may_stand_in_files_of_their_own() {
    let repo = Repo::new(&smallest());
    let server = Server::new(repo.place.dir.path().to_path_buf(), Box::new(|_| None));
    let line: &[u8] = format!("http://127.0.0.1:{}/repo\n", server.port).leak().as_bytes();
    let lists = [
        Put::File("etc/apk/repositories.d/own.list", line),
        Put::File("etc/apk/repositories.d/other.txt", b"http://127.0.0.1:1/other\n"),
    ];
    let mut packages = smallest();
    packages.extend([package("lists", "", &lists), package("x", "", &[Put::File("usr/x", b"x")])]);
    repo.publish(&packages);
    let added = |sources: ApkSources| {
        let from = ApkSources { keys: repo.sources.keys.clone(), ..sources.clone() };
        let packages = vec!["lists".to_owned()];
        let spec = AlpineSpec { packages, sources: repo.sources.clone(), ..AlpineSpec::default() };
        let added = AddedToBase { packages: vec!["x".into()], sources: from, ..AddedToBase::default() };
        repo.place.compose_from(&BaseSpec::Alpine(spec), &added, "linux/amd64", false)
    };
    let nothing = ApkSources { apk: repo.place.path("none"), ..ApkSources::default() };
    assert!(added(nothing).unwrap().rootfs.entries.contains_key("usr/x"));
    assert_eq!(server.asked(), ["repo/x86_64/APKINDEX.tar.gz", "repo/x86_64/x-1-r0.apk"]);

    let file = repo.place.write("apk/repositories.d/own.list", format!("{}\n", repo.place.text("repo")));
    repo.place.write("apk/keys/test.rsa.pub", std::fs::read(&repo.sources.keys[0]).unwrap());
    let of_machine = || {
        let sources = ApkSources { apk: repo.place.path("apk"), refresh: true, ..ApkSources::default() };
        let spec = AlpineSpec { packages: vec!["x".into()], sources, ..AlpineSpec::default() };
        repo.place.compose(&BaseSpec::Alpine(spec), "linux/amd64")
    };
    assert!(of_machine().unwrap().rootfs.entries.contains_key("usr/x"));
    std::fs::rename(&file, file.with_extension("txt")).unwrap();
    assert!(refused(of_machine()).contains("no repository is known"));
}

fn sources(server: &Server, folder: &str, repo: &Repo) -> ApkSources {
    let repositories = vec![format!("http://127.0.0.1:{}/{folder}", server.port)];
    ApkSources { repositories, keys: repo.sources.keys.clone(), ..ApkSources::default() }
}

/// The base with the package `x`, from a separate store or the place's.
fn compose(place: &Place, sources: ApkSources, retries: usize) -> Result<Base, BaseError> {
    let fetcher = Fetcher::new(place.store.clone(), FetchSettings { retries, ..FetchSettings::default() });
    let spec = BaseSpec::Alpine(AlpineSpec { packages: vec!["x".into()], sources, ..AlpineSpec::default() });
    let platform = "linux/amd64".parse().unwrap();
    let none = |name: &str| panic!("asked for {name}");
    Ok(compose_with(
        &spec,
        &AddedToBase::default(),
        fourply_rootfs::Held::Nothing,
        &platform,
        &place.store,
        &fetcher,
        &none,
        &NoProgress,
    )?
    .0)
}

#[test]
#[ignore = "needs openssl"]
fn over_http_an_index_is_asked_once_and_what_it_led_to_is_kept() {
    let repo = with_x();
    let index = "repo/x86_64/APKINDEX.tar.gz";
    let moved = |path: &str| {
        let to = path.strip_prefix("moved/")?;
        Some(whole("302 Found", &format!("Location: /repo/{to}\r\n"), b"", 0))
    };
    let server = Server::new(repo.place.dir.path().to_path_buf(), Box::new(moved));
    let place = Place::new();
    let first = compose(&place, sources(&server, "repo", &repo), 0).unwrap();
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| *path == index).count(), 1, "{asked:?}");
    assert_eq!(asked.len(), 1 + 6, "the index, and each package once: {asked:?}");
    let again = compose(&place, sources(&server, "repo", &repo), 0).unwrap();
    assert_eq!((again.layers, server.asked()), (first.layers.clone(), Vec::<String>::new()));
    // A refresh fetches only what has changed.
    let refreshed = ApkSources { refresh: true, ..sources(&server, "repo", &repo) };
    assert_eq!(compose(&place, refreshed.clone(), 0).unwrap().layers, first.layers);
    assert_eq!(server.asked(), [format!("304 {index}")]);
    let mut packages = smallest();
    packages.push(package("x", "", &[Put::File("usr/y", b"y")]));
    repo.publish(&packages);
    let changed = compose(&place, refreshed.clone(), 0).unwrap();
    assert!(changed.rootfs.entries.contains_key("usr/y"));
    assert_eq!(server.asked(), [index, "repo/x86_64/x-1-r0.apk"]);
    // A damaged file of the store is fetched again.
    let kept = Digest::of(&std::fs::read(repo.file("x-1-r0.apk")).unwrap());
    std::fs::write(place.store.blob_path(&kept).unwrap(), b"damaged").unwrap();
    assert_eq!(compose(&place, refreshed, 0).unwrap().layers, changed.layers);
    assert_eq!(server.asked(), [format!("304 {index}"), "repo/x86_64/x-1-r0.apk".to_owned()]);

    // A mirror that has moved is followed.
    let through = compose(&Place::new(), sources(&server, "moved", &repo), 0).unwrap();
    assert!(through.rootfs.entries.contains_key("usr/y"));
    let repositories = String::from_utf8(through.rootfs.databases["etc/apk/repositories"].0.clone()).unwrap();
    assert_eq!(repositories, format!("http://127.0.0.1:{}/moved\n", server.port), "the name that was given");
}

#[test]
#[ignore = "needs openssl"]
fn over_http_what_is_absent_cut_or_of_another_length_is_refused() {
    let repo = with_x();
    let bytes = std::fs::read(repo.file("x-1-r0.apk")).unwrap();
    let index = std::fs::read(repo.file("APKINDEX.tar.gz")).unwrap();
    let failures = Mutex::new(0);
    let odd = move |path: &str| {
        let half = bytes.len() / 2;
        let of_index = |body: &[u8], length| {
            path.ends_with("APKINDEX.tar.gz").then(|| whole("200 OK", "", body, length))
        };
        let of_package =
            |body: &[u8], length| path.ends_with("/x-1-r0.apk").then(|| whole("200 OK", "", body, length));
        match path.split('/').next()? {
            "cut" => of_package(&bytes[..half], bytes.len()),
            "short" => of_package(&bytes[..half], half),
            "long" => of_package(&[bytes.as_slice(), b"more"].concat(), bytes.len() + 4),
            "cut-index" => of_index(&index[..index.len() / 2], index.len()),
            // The signature is complete, the signed content is not.
            "short-index" => of_index(&index[..index.len() - 1], index.len() - 1),
            "forbidden" => Some(whole("403 Forbidden", "", b"", 0)),
            "failing" => {
                let mut failures = failures.lock().unwrap();
                *failures += 1;
                (*failures == 1).then(|| whole("503 Service Unavailable", "", b"", 0))
            }
            _ => None,
        }
    };
    let root = repo.place.dir.path();
    for name in ["cut", "short", "long", "cut-index", "short-index", "failing"] {
        std::os::unix::fs::symlink(root.join("repo"), root.join(name)).unwrap();
    }
    let server = Server::new(root.to_path_buf(), Box::new(odd));
    for (folder, parts) in [
        ("none", &["none/x86_64/APKINDEX.tar.gz", "404"][..]),
        ("forbidden", &["forbidden/x86_64/APKINDEX.tar.gz", "403"]),
        ("cut", &["cut/x86_64/x-1-r0.apk"]),
        ("short", &["x-1-r0.apk", "bytes, but the index says"]),
        ("long", &["long/x86_64/x-1-r0.apk", "has more than"]),
        ("cut-index", &["cut-index/x86_64/APKINDEX.tar.gz"]),
        ("short-index", &["short-index/x86_64/APKINDEX.tar.gz", "not that of these bytes"]),
        ("failing", &["failing/x86_64/APKINDEX.tar.gz", "503"]),
    ] {
        let place = Place::new();
        let error = compose(&place, sources(&server, folder, &repo), 0).map(drop).unwrap_err();
        let absent = matches!(error, BaseError::Apk(ApkError::Store(StoreError::Absent { .. })));
        assert_eq!(absent, folder == "none", "{error:?}");
        let error = error.to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{folder}: {error}");
        assert!(place.leftovers().is_empty());
    }
    // A server that fails once is requested again.
    assert!(compose(&Place::new(), sources(&server, "failing", &repo), 1).is_ok());
}
