#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;

/// A build folder next to a host folder, which must not be read or changed.
struct Place {
    all: tempfile::TempDir,
    below: Beneath,
}

impl Place {
    fn new() -> Place {
        let all = tempfile::TempDir::new().unwrap();
        for folder in ["build/services/api", "host/src"] {
            std::fs::create_dir_all(all.path().join(folder)).unwrap();
        }
        std::fs::write(all.path().join("host/src/secret"), "host").unwrap();
        let below = Beneath::open(&all.path().join("build")).unwrap();
        Place { all, below }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.all.path().join(path)
    }

    /// Replaces a path, as a script would.
    fn replace(&self, path: &str, target: &str) {
        let place = self.at("build").join(path);
        let _ = std::fs::remove_dir_all(&place);
        symlink(self.at(target), place).unwrap();
    }
}

fn replaced<T: std::fmt::Debug>(result: Result<T>) -> Replaced {
    match result {
        Err(ScriptsError::Replaced(replaced)) => *replaced,
        other => panic!("{other:?}"),
    }
}

/// Every operation, on a path behind a link to the host's folder.
fn through_a_link(place: &Place, path: &str) {
    let below = &place.below;
    let seen = [
        replaced(below.read(&format!("{path}/src/secret"))),
        replaced(below.found(&format!("{path}/src/secret"))),
        replaced(below.target(&format!("{path}/src/secret"))),
        replaced(below.entries(path)),
        replaced(below.entries(&format!("{path}/src"))),
        replaced(below.has_folder(path)),
        replaced(below.folder(&format!("{path}/src"))),
        replaced(below.make_folder(&format!("{path}/new"))),
        replaced(below.create(&format!("{path}/new"))),
        replaced(below.write(&format!("{path}/src/secret"), false, b"new")),
        replaced(below.link(&format!("{path}/src/secret"), "x")),
        replaced(below.remove(&format!("{path}/src"))),
    ];
    let target = ReplacedBy::Link(place.at("host").to_string_lossy().into_owned());
    assert!(seen.iter().all(|replaced| replaced.path == path && replaced.by == target), "{seen:?}");
    assert_eq!(std::fs::read(place.at("host/src/secret")).unwrap(), b"host");
    assert_eq!(std::fs::read_dir(place.at("host")).unwrap().count(), 1);
}

#[test]
fn no_link_above_a_path_is_followed() {
    let place = Place::new();
    place.replace("services/api", "host");
    through_a_link(&place, "services/api");
    place.replace("services", "host");
    through_a_link(&place, "services");
}

#[test]
fn a_link_in_the_place_of_a_file_is_replaced_and_not_written_through() {
    let place = Place::new();
    let (file, below) = ("services/api/package.json", &place.below);
    place.replace(file, "host/src/secret");
    assert_eq!(replaced(below.read(file)).path, file);
    assert!(below.found(file).unwrap().unwrap().is_link());
    below.write(file, true, b"own").unwrap();
    assert_eq!(below.read(file).unwrap(), b"own");
    assert!(below.found(file).unwrap().unwrap().is_executable());
    place.replace("services/api/link", "host");
    below.remove("services/api/link").unwrap();
    assert_eq!(std::fs::read(place.at("host/src/secret")).unwrap(), b"host");
}

#[test]
fn nothing_outside_can_be_named() {
    let place = Place::new();
    for path in ["../host/src/secret", "services/../../host/src/secret", "/etc/passwd"] {
        assert!(place.below.read(path).is_err(), "{path}");
        assert!(place.below.create(path).is_err(), "{path}");
    }
    // The root itself may be reached by a link: it belongs to the program.
    symlink(place.at("build"), place.at("other")).unwrap();
    assert!(Beneath::open(&place.at("other")).unwrap().has_folder("services/api").unwrap());
}

#[test]
fn a_kernel_without_openat2_gives_the_same() {
    let place = Place::new();
    let open = |path: &str| step_by_step(&place.below.folder, path, PLACE | OFlags::DIRECTORY).map(drop);
    assert_eq!(open("services/api"), Ok(()));
    assert_eq!(open("."), Ok(()));
    assert_eq!(open("services/../.."), Err(Errno::XDEV));
    assert_eq!(open("/etc"), Err(Errno::XDEV));
    assert_eq!(open("services/web"), Err(Errno::NOENT));
    place.replace("services", "host");
    assert_eq!(open("services/src"), Err(Errno::NOTDIR));
    assert_eq!(open("services"), Err(Errno::NOTDIR));
}

#[test]
fn pipes_are_not_waited_for_and_closed_folders_go() {
    let place = Place::new();
    let pipe = place.at("build/services/pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    assert_eq!(replaced(place.below.read("services/pipe")).by, ReplacedBy::Other("a file"));
    assert_eq!(replaced(place.below.entries("services/pipe")).by, ReplacedBy::Other("a folder"));
    std::fs::write(place.at("build/services/api/file"), "x").unwrap();
    std::fs::set_permissions(place.at("build/services/api"), std::fs::Permissions::from_mode(0o000)).unwrap();
    place.below.remove("services").unwrap();
    assert!(!place.at("build/services").exists());
}

#[test]
fn what_a_script_replaced_is_told_with_its_name() {
    let place = Place::new();
    let check = |own: &str| place.below.check_after(("build", "packages/s"), own, ["services/api", "absent"]);
    check("services").unwrap();
    let gone = check("packages/s").unwrap_err().to_string();
    assert_eq!(gone, "after the script \"build\" of packages/s, packages/s is gone from the build folder");
    place.replace("services/api", "host");
    let link = check("services").unwrap_err().to_string();
    assert!(link.starts_with(
        "after the script \"build\" of packages/s, services/api in the build folder is a link to "
    ));
}
