//! A base with a toolchain: its packages come from the base's own package manager, the resolution gives the same result
//! again, and its files are on disk.

use fourply_apk::AlpineSpec;
use fourply_base::{
    AddedToBase, Base, BaseError, BaseSpec, Pins, ToolchainRequest, files_key, unpacked, with_toolchain,
};
use fourply_platform::Platform;
use fourply_rootfs::Tools;
use fourply_store::{FetchSettings, Fetcher, NoProgress};

use super::made::{Put, Repo, package, smallest};

fn with(
    repo: &Repo,
    base: &Base,
    packages: &[&str],
    locked: Option<&Pins>,
) -> Result<(Base, Pins), BaseError> {
    let packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
    let spec = BaseSpec::Alpine(AlpineSpec { sources: repo.sources.clone(), ..AlpineSpec::default() });
    let fetcher =
        Fetcher::new(repo.place.store.clone(), FetchSettings { offline: true, ..Default::default() });
    let platform: Platform = "linux/amd64".parse().unwrap();
    let tools = Tools {
        platform: &platform,
        store: &repo.place.store,
        fetcher: &fetcher,
        progress: &NoProgress,
        codec: fourply_blob::Codec::Gzip,
    };
    let added = AddedToBase::default();
    let held = locked.map_or(fourply_rootfs::Held::Nothing, fourply_rootfs::Held::Whole);
    let request = ToolchainRequest { packages: &packages, spec: &spec, added: &added, held };
    with_toolchain(base, &request, &tools, || panic!("all layers are here"))
}

#[test]
#[ignore = "needs openssl"]
fn a_toolchain_lies_on_a_base_that_stays_as_it_is() {
    let make =
        package("make", "", &[Put::File("usr/bin/make", b"make"), Put::Symlink("usr/bin/gmake", "make")]);
    let etc = package("x", "", &[Put::Symlink("etc/resolv.conf", "/run/resolv.conf")]);
    let repo = Repo::new(&smallest().into_iter().chain([make, etc]).collect::<Vec<_>>());
    let base = repo.compose(&["x"]).unwrap();
    let (root, pins) = with(&repo, &base, &["make"], None).unwrap();
    assert!(root.rootfs.lookup("/usr/bin/gmake").is_some() && base.rootfs.lookup("/usr/bin/gmake").is_none());
    assert_eq!(root.layers[..base.layers.len()], base.layers[..]);
    let names: Vec<&str> =
        pins.apk.iter().flat_map(|apk| &apk.packages).map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["make"]);

    let folder = repo.place.path("roots");
    let files = unpacked(&root, &folder, &repo.place.store).unwrap();
    assert_eq!(files, folder.join(files_key(&root).hex()));
    assert_eq!(std::fs::read_to_string(files.join("usr/bin/gmake")).unwrap(), "make");
    // Paths that are replaced while a script runs, whatever the base has there.
    for path in ["etc/passwd", "etc/resolv.conf"] {
        assert!(files.join(path).symlink_metadata().unwrap().is_file(), "{path}");
    }
    assert!(files.join("var/tmp").is_dir() && files.join("dev").is_dir());
    assert_eq!(unpacked(&root, &folder, &repo.place.store).unwrap(), files);

    // From the resolution, without the index; and not from missing packages.
    std::fs::remove_file(repo.file("APKINDEX.tar.gz")).unwrap();
    let (again, _) = with(&repo, &base, &["make"], Some(&pins)).unwrap();
    assert_eq!(files_key(&again), files_key(&root));
    assert!(with(&repo, &base, &["gcc"], None).is_err());
    assert_ne!(files_key(&base), files_key(&root));
}
