//! A root file system in one tarball, in every compression, against Alpine's own.

use std::path::PathBuf;

use crate::support::{Place, minirootfs, run};
use fourply_base::{AccountConflict, Base, BaseError, BaseSpec, Location, RootfsSpec, UserSpec, accounts};
use fourply_blob::Digest;
use fourply_platform::Libc;
use fourply_rootfs::TreeKind;

fn spec(location: Location, sha256: Digest) -> BaseSpec {
    BaseSpec::Rootfs(RootfsSpec { location, sha256 })
}

fn of_file(place: &Place, path: PathBuf) -> Base {
    let sha256 = Digest::of(&std::fs::read(&path).unwrap());
    place.compose(&spec(Location::File(path), sha256), "linux/amd64").unwrap()
}

#[test]
#[ignore = "needs the fixtures"]
fn a_gzipped_tarball_is_a_layer_as_it_is() {
    let place = Place::new();
    let path = minirootfs("x86_64");
    let base = of_file(&place, path.clone());
    let [layer] = base.layers.as_slice() else { panic!("{:?}", base.layers) };
    assert_eq!(layer.digest, Digest::of(&std::fs::read(&path).unwrap()));
    let plain = std::fs::read(place.minirootfs("x86_64")).unwrap();
    assert_eq!(layer.diff_id, Digest::of(&plain));
    assert_eq!(base.config.rootfs().diff_ids(), &[layer.diff_id.to_string()]);
    assert_eq!(base.config.history().as_ref().unwrap().len(), 1);
    let env = base.config.config().clone().unwrap().env().clone().unwrap();
    assert_eq!(env, [format!("PATH={}", fourply_rootfs::DEFAULT_PATH)]);
    assert_eq!((base.rootfs.libc, base.rootfs.node.clone()), (Some(Libc::Musl), None));
    assert_eq!(base.rootfs.which("sh", fourply_rootfs::DEFAULT_PATH).as_deref(), Some("/bin/sh"));
    assert_eq!(base.rootfs.directory_meta("tmp").mode, 0o1777);
}

#[test]
#[ignore = "needs the fixtures"]
fn the_entries_are_those_that_tar_lists() {
    let place = Place::new();
    let base = of_file(&place, minirootfs("x86_64"));
    let listing = run("tar", &["--numeric-owner", "-tvzf", minirootfs("x86_64").to_str().unwrap()]);
    let mut count = 0;
    for line in listing.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let path = words[5].trim_start_matches("./").trim_end_matches('/');
        if path.is_empty() {
            continue;
        }
        count += 1;
        let entry = &base.rootfs.entries[path];
        assert_eq!(words[1], format!("{}/{}", entry.uid, entry.gid), "{path}");
        match &entry.kind {
            TreeKind::File(size) => assert_eq!(words[2], size.to_string(), "{path}"),
            TreeKind::Symlink(target) => assert_eq!(words[7], target, "{path}"),
            TreeKind::Directory => assert!(line.starts_with('d'), "{path}"),
            TreeKind::Other => panic!("{path}"),
        }
        let bits = [(0o400, 1), (0o200, 2), (0o040, 4), (0o020, 5), (0o004, 7), (0o002, 8)];
        for (bit, column) in bits {
            assert_eq!(entry.mode & bit != 0, line.as_bytes()[column] != b'-', "{path} {line}");
        }
    }
    assert_eq!(count, base.rootfs.entries.len());
}

#[test]
#[ignore = "needs the fixtures"]
fn other_compressions_become_the_same_gzip() {
    let place = Place::new();
    let plain = place.minirootfs("x86_64");
    run("xz", &["-k", "-0", &plain]);
    let zstd =
        place.write("rootfs.tar.zst", zstd::encode_all(std::fs::File::open(&plain).unwrap(), 3).unwrap());
    let bases =
        [PathBuf::from(&plain), format!("{plain}.xz").into(), zstd].map(|path| of_file(&Place::new(), path));
    assert!(bases.iter().all(|base| base.layers == bases[0].layers && base.rootfs == bases[0].rootfs));
    let gzip = of_file(&place, minirootfs("x86_64"));
    assert_eq!(gzip.layers[0].diff_id, bases[0].layers[0].diff_id);
    assert_eq!(gzip.rootfs, bases[0].rootfs);
}

#[test]
#[ignore = "needs the fixtures"]
fn a_url_is_as_good_as_a_path_and_the_checksum_decides() {
    let place = Place::new();
    let path = minirootfs("x86_64");
    let sha256 = Digest::of(&std::fs::read(&path).unwrap());
    let url = Location::parse(&format!("file://{}", path.display()), place.dir.path()).unwrap();
    let base = place.compose(&spec(url.clone(), sha256), "linux/amd64").unwrap();
    assert_eq!(base.layers[0].digest, sha256);
    let wrong = Digest::of(b"wrong");
    for location in [url, Location::File(path)] {
        let error = place.compose(&spec(location, wrong), "linux/amd64").unwrap_err().to_string();
        assert!(error.contains(&wrong.to_string()) && error.contains(&sha256.to_string()), "{error}");
    }
    let error = place
        .compose(&spec(Location::File(minirootfs("x86_64")), sha256), "linux/arm64")
        .unwrap_err()
        .to_string();
    assert!(error.contains("its programs are"), "{error}");
    assert!(place.leftovers().is_empty());
}

#[test]
fn what_is_no_root_file_system_says_so() {
    let place = Place::new();
    for (name, bytes) in [("text", b"not a tar at all".repeat(100)), ("gzip", b"\x1f\x8b\x08broken".to_vec())]
    {
        let path = place.write(name, &bytes);
        let error =
            place.compose(&spec(Location::File(path), Digest::of(&bytes)), "linux/amd64").unwrap_err();
        assert_eq!(error.category(), fourply_blob::Category::User, "{error}");
    }
    let missing = spec(Location::File(place.path("missing")), Digest::of(b""));
    assert!(place.compose(&missing, "linux/amd64").unwrap_err().to_string().contains("missing"));
}

#[test]
#[ignore = "needs the fixtures"]
fn a_user_is_added_as_alpine_s_own_adduser_would() {
    let place = Place::new();
    let base = of_file(&place, minirootfs("x86_64"));
    let account = accounts(&base.rootfs, &"nodejs:1001".parse::<UserSpec>().unwrap()).unwrap();
    let paths: Vec<&str> = account.entries.keys().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["etc", "etc/group", "etc/passwd", "etc/shadow", "home", "home/nodejs"]);
    let taken = accounts(&base.rootfs, &"nodejs:0".parse().unwrap()).unwrap_err();
    let BaseError::Account { reason, .. } = taken else { panic!("{taken}") };
    assert_eq!(reason, AccountConflict::UserNumberTaken { uid: 0, by: "root".into() });
}
