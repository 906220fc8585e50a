//! A store that is damaged or copied: the same image, and one line that tells of damage. What every kind of damage does is the matter of
//! `benches/reliability/run`.

use std::path::{Path, PathBuf};

use super::program::{digest, error, tool};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

const TOLD: &str = "were not what was put there";

/// A workspace with its registry, and the files of one kind in its store.
fn tiny() -> (Tiny, Npm, impl Fn(&Tiny, &str) -> Vec<PathBuf>) {
    let package = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, package.clone()));
    let files = |tiny: &Tiny, kind: &str| {
        let folder = tiny.store().join("v2").join(kind);
        let list = tool("find", &[folder.to_str().unwrap(), "-type", "f"]);
        list.lines().map(PathBuf::from).collect()
    };
    (Tiny::new(&package, &npm.url()), npm, files)
}

/// The digest of a build, and whether it told of damage.
fn built(tiny: &Tiny) -> (String, bool) {
    let done = tiny.build().output().unwrap();
    let error = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{error}");
    assert!(error.matches(TOLD).count() <= 1, "{error}");
    (String::from_utf8(done.stdout).unwrap().trim().to_owned(), error.contains(TOLD))
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_store_heals_with_one_line() {
    let (tiny, npm, files) = tiny();
    let first = digest(&mut tiny.build());
    for kind in
        ["blobs", "packs", "records/stage-layers", "records/layer", "records/rootfs-layer", "fragments"]
    {
        // What is damaged is looked at only where nothing else answers.
        for above in ["records/stage-layers", "records/layer", "fragments"] {
            if ["packs", "records/layer", "fragments"].contains(&kind) && above != kind {
                let _ = std::fs::remove_dir_all(tiny.store().join("v2").join(above));
            }
        }
        for file in files(&tiny, kind) {
            flip(&file);
        }
        assert_eq!(built(&tiny), (first.clone(), true), "{kind}");
        assert_eq!(built(&tiny), (first.clone(), false), "{kind} healed");
    }
    assert_eq!(npm.asked(), 2, "one package was fetched again");
}

#[test]
fn a_store_is_verified_and_listed() {
    let (tiny, _npm, files) = tiny();
    let first = digest(&mut tiny.build());
    let said = digest(&mut tiny.fourply(&["store", "verify"]));
    assert!(said.contains("packs ") && said.ends_with(", 0 damaged"), "{said}");
    let packs = files(&tiny, "packs");
    flip(&packs[0]);
    let text = error(&mut tiny.fourply(&["store", "verify"]), 1);
    assert!(text.contains("1 file of the store was damaged") && text.contains("/packs/"), "{text}");
    assert_eq!(files(&tiny, "packs"), packs[1..]);
    digest(&mut tiny.fourply(&["store", "verify"]));
    assert_eq!(built(&tiny), (first, false));
    let listed = digest(&mut tiny.fourply(&["store", "ls"]));
    assert!(listed.contains("records/layer ") && listed.contains(tiny.root.to_str().unwrap()), "{listed}");
    let listed: serde_json::Value =
        serde_json::from_str(&digest(&mut tiny.fourply(&["store", "ls", "--format", "json"]))).unwrap();
    assert_eq!(listed["kinds"]["packs"]["count"], packs.len() - 1);
    assert!(listed["workspaces"][0]["alone"]["bytes"].as_u64().unwrap() > 1000, "{listed}");
}

#[test]
fn a_copied_store_is_as_good_and_a_bound_is_kept() {
    let (tiny, npm, _) = tiny();
    let first = digest(&mut tiny.build());
    let store = tiny.store();
    let copy = tiny.dir.path().join("copy");
    tool("cp", &["-r", store.to_str().unwrap(), copy.to_str().unwrap()]);
    std::fs::remove_dir_all(&store).unwrap();
    std::fs::rename(&copy, &store).unwrap();
    assert_eq!((built(&tiny), npm.asked()), ((first.clone(), false), 1));
    let config = tiny.root.join("fourply.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.clone() + "[store]\nkeep = \"1kB\"\n").unwrap();
    std::fs::remove_dir_all(store.join("v2/records/stage-layers")).unwrap();
    let done = tiny.build().output().unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    assert!(told.contains("the store is kept below 1.0 kB"), "{told}");
    let said = digest(&mut tiny.fourply(&["store", "prune", "--dry-run"]));
    assert!(!said.contains("packs"), "{said}");
    std::fs::write(&config, text + "[store]\nkeep = \"much\"\n").unwrap();
    let text = error(&mut tiny.build(), 1);
    assert!(
        text.contains("keep in fourply.toml is no size with its unit")
            && text.contains("write a size such as"),
        "{text}"
    );
}

#[test]
fn a_store_that_is_only_read_serves_builds_and_stays_as_it_is() {
    let (tiny, npm, _) = tiny();
    let first = digest(&mut tiny.build());
    let shared = tiny.root.with_file_name("shared-store");
    std::fs::rename(tiny.store(), &shared).unwrap();
    let sums = "cd \"$1\" && find . -type f -print0 | sort -z | xargs -0 sha256sum";
    let list = || tool("sh", &["-c", sums, "sh", shared.to_str().unwrap()]);
    let before = list();
    let with = |tiny: &Tiny| {
        let done = tiny.build().arg("--store-from").arg(&shared).output().unwrap();
        let error = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{error}");
        (String::from_utf8(done.stdout).unwrap().trim().to_owned(), error)
    };
    let (again, said) = with(&tiny);
    assert_eq!((again, npm.asked()), (first.clone(), 1), "nothing was fetched: {said}");
    assert_eq!(list(), before);
    assert!(!said.contains("are damaged"), "{said}");

    std::fs::remove_dir_all(tiny.store()).unwrap();
    let of_package = tool("find", &[shared.join("v2/packs").to_str().unwrap(), "-type", "f"]);
    of_package.lines().for_each(|pack| flip(Path::new(pack)));
    let damaged = list();
    for kind in ["records", "fragments", "blobs"] {
        std::fs::rename(shared.join("v2").join(kind), shared.join(kind)).unwrap();
    }
    let (again, said) = with(&tiny);
    assert_eq!((again, npm.asked()), (first, 2), "the package was fetched: {said}");
    assert!(said.contains("files of --store-from are damaged") && said.contains(" of packs"), "{said}");
    for kind in ["records", "fragments", "blobs"] {
        std::fs::rename(shared.join(kind), shared.join("v2").join(kind)).unwrap();
    }
    assert!(list() == damaged && damaged != before, "what is damaged stays where it is");
    let text = error(tiny.build().args(["--store-from", "/nowhere"]), 1);
    assert!(text.contains("/nowhere cannot be read from") && text.contains("another store"), "{text}");
}
