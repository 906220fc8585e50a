//! Bases that others built from Debian packages: with dpkg's single file, and with one file per package, as in images
//! without a shell. dpkg-deb unpacks them and umoci builds images of them; packages and npm's Node.js are added on top.

use std::path::{Path, PathBuf};

use fourply_base::{AddedToBase, Base, BaseError, BaseSpec, ImageRef, Notice, compose_with};
use fourply_platform::Libc;
use fourply_store::NoProgress;

use super::support::{Place, run};
use super::{NODE, debs, fetched, fetcher, inside, spec, unpacked};

/// A folder with the smallest set of packages as dpkg-deb unpacks them, and the paragraph of each in dpkg's database.
fn root(place: &Place) -> (PathBuf, Vec<(String, String)>) {
    fetched(place, &spec(None), "linux/amd64", false).unwrap();
    let root = place.path("foreign");
    for folder in ["usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "var/lib/dpkg", "etc"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        std::os::unix::fs::symlink(format!("usr/{name}"), root.join(name)).unwrap();
    }
    let mut database = Vec::new();
    for deb in debs(place) {
        let (deb, root) = (deb.to_str().unwrap(), root.to_str().unwrap());
        let unpack = format!("dpkg-deb --fsys-tarfile {deb} | tar -xp --keep-directory-symlink -C {root}");
        run("sh", &["-c", &unpack]);
        let name = run("dpkg-deb", &["--field", deb, "Package"]).trim().to_owned();
        database.push((name, run("dpkg-deb", &["--field", deb])));
    }
    std::fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n").unwrap();
    (root, database)
}

/// The base of an image of that folder, with additions.
fn on_top(place: &Place, name: &str, packages: &[&str], node: Option<&str>) -> Result<Base, BaseError> {
    let tar = place.tar("foreign", &format!("{name}.tar"));
    place.umoci("layout", name, "amd64", &[&tar]);
    let image = ImageRef::parse(&format!("oci:layout:{name}"), place.dir.path()).unwrap();
    let added = AddedToBase {
        packages: packages.iter().map(|name| (*name).to_owned()).collect(),
        node: node.map(str::to_owned),
        debian: spec(None).packages.options,
        ..AddedToBase::default()
    };
    let (fetcher, platform) = (fetcher(place, false), "linux/amd64".parse().unwrap());
    let none = |name: &str| panic!("asked for {name}");
    let spec = BaseSpec::Image(image);
    Ok(compose_with(
        &spec,
        &added,
        fourply_rootfs::Held::Nothing,
        &platform,
        &place.store,
        &fetcher,
        &none,
        &NoProgress,
    )?
    .0)
}

/// This host's own sources and keys in the base, as in an image in which apt was used.
fn with_sources(root: &Path) {
    let copy = "tar -C / -cf - etc/apt usr/share/keyrings | tar -xf - -C \"$0\"";
    run("sh", &["-c", copy, root.to_str().unwrap()]);
}

#[test]
#[ignore = "needs a Debian archive, an npm registry and umoci"]
fn packages_and_node_are_put_on_a_base_that_dpkg_made() {
    let place = Place::new();
    let (root, database) = root(&place);
    let installed = |(_, control): &(String, String)| format!("{control}Status: install ok installed\n\n");
    std::fs::write(root.join("var/lib/dpkg/status"), database.iter().map(installed).collect::<String>())
        .unwrap();
    with_sources(&root);
    let base = on_top(&place, "dpkg", &["dumb-init"], Some(NODE)).unwrap();
    assert_eq!(base.notices, [], "the base itself says where packages come from");
    assert_eq!((base.layers.len(), base.rootfs.node.as_deref()), (3, Some(NODE)));
    assert_eq!(base.rootfs.libc, Some(Libc::Glibc));
    let env = base.config.config().as_ref().unwrap().env().clone().unwrap();
    assert!(env.contains(&format!("NODE_VERSION={NODE}")), "{env:?}");

    let root = unpacked(&place, &base, "root");
    assert_eq!(inside(&root, &["/usr/local/bin/node", "-p", "process.version"]), format!("v{NODE}\n"));
    assert_eq!(inside(&root, &["/usr/bin/dumb-init", "/usr/local/bin/node", "-p", "1+1"]), "2\n");
    let admin = format!("--admindir={}", root.join("var/lib/dpkg").display());
    let listed = run("dpkg-query", &[&admin, "-W", "-f", "${db:Status-Abbrev}${Package}\n"]);
    assert_eq!(listed.lines().count(), database.len() + 1, "{listed}");
    assert!(listed.lines().any(|line| line == "ii dumb-init"), "{listed}");
    assert!(run("dpkg-query", &[&admin, "-L", "dumb-init"]).contains("/usr/bin/dumb-init\n"));
    assert_eq!(run("dpkg", &[&format!("--root={}", root.display()), "--verify"]), "");
}

#[test]
#[ignore = "needs a Debian archive, an npm registry and umoci"]
fn a_base_without_a_shell_has_a_file_for_each_package_and_gets_one_more() {
    let place = Place::new();
    let (root, database) = root(&place);
    for (name, control) in &database {
        place.write(&format!("foreign/var/lib/dpkg/status.d/{name}"), control);
    }
    // Such images name their release in one field only.
    let release = "PRETTY_NAME=\"Shell-less\"\nID=\"debian\"\nVERSION_ID=\"12\"\nVERSION=\"Debian GNU/Linux 12 (bookworm)\"\n";
    std::fs::write(root.join("usr/lib/os-release"), release).unwrap();
    std::fs::remove_dir_all(root.join("etc/apt")).unwrap_or_default();
    let base = on_top(&place, "separate", &["dumb-init"], Some(NODE)).unwrap();
    assert_eq!(base.notices, [Notice::MachineSources { suite: "bookworm".into() }]);
    assert!(!base.rootfs.entries.contains_key("var/lib/dpkg/status"));
    let root = unpacked(&place, &base, "root");
    assert_eq!(inside(&root, &["/usr/bin/dumb-init", "/usr/local/bin/node", "-p", "1+1"]), "2\n");
    // In a scanner's form: each file is a paragraph; next to it are the checksums of the package's files.
    let folder = root.join("var/lib/dpkg/status.d");
    let own = std::fs::read_to_string(folder.join("dumb-init")).unwrap();
    std::fs::write(place.path("status"), &own).unwrap();
    std::fs::create_dir_all(place.path("admin/info")).unwrap();
    std::fs::rename(place.path("status"), place.path("admin/status")).unwrap();
    let admin = format!("--admindir={}", place.text("admin"));
    assert_eq!(run("dpkg-query", &[&admin, "-W", "-f", "${Package} ${Architecture}"]), "dumb-init amd64");
    let check = format!(
        "cd {} && md5sum --check --quiet {}",
        root.display(),
        folder.join("dumb-init.md5sums").display()
    );
    assert_eq!(run("sh", &["-c", &check]), "");
    // An installed package is not added again.
    assert_eq!(on_top(&place, "separate", &["tini"], None).unwrap().layers.len(), 1);
}
