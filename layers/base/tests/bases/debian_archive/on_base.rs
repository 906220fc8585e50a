//! Packages on a base: from where the base's own apt says, signed by the keys that lie in it; and what is told of scripts.

use fourply_base::{AddedToBase, Base, BaseError, Notice};
use fourply_deb::DebianOptions;
use fourply_deb::DebianSpec;

use super::support::http::Server;
use super::{Archive, NOW, of_packages};

/// An archive of a base whose apt has it as its only source.
fn with_sources() -> (Archive, Server) {
    let archive = Archive::new();
    let key = std::fs::read_to_string(archive.place.path("good.asc")).unwrap();
    let server = Server::new(archive.place.path("archive"), Box::new(|_| None));
    let source = format!(
        "Types: deb\nURIs: http://127.0.0.1:{}\nSuites: tiny\nComponents: main\nSigned-By: /usr/share/keyrings/own.asc\n",
        server.port
    );
    let files = [
        ("usr/lib/os-release", "ID=test\nVERSION=\"1 (tiny)\"\n"),
        ("usr/share/keyrings/own.asc", key.as_str()),
        ("etc/apt/sources.list.d/own.sources", source.as_str()),
    ];
    archive.package("base-files", "1", "", &files);
    archive.package("more", "2", "Depends: tini\n", &[("usr/bin/more", "more")]);
    archive.package("scripted", "1", "", &[("DEBIAN/postinst", "#!/bin/sh\nldconfig\n")]);
    archive.publish();
    (archive, server)
}

fn add(archive: &Archive, packages: &[&str], debian: &DebianOptions) -> Result<Base, BaseError> {
    let packages = packages.iter().map(|name| (*name).to_owned()).collect();
    let added = AddedToBase { packages, debian: debian.clone(), ..AddedToBase::default() };
    archive.place.compose_from(&of_packages(archive.spec()), &added, "linux/amd64", false)
}

#[test]
#[ignore = "needs gnupg"]
fn packages_come_from_the_sources_of_the_base_by_the_keys_in_it() {
    let (archive, server) = with_sources();
    // This machine has neither sources nor keys.
    let nothing =
        DebianOptions { apt: archive.place.path("none"), now: Some(NOW), ..DebianOptions::default() };
    let base = add(&archive, &["more"], &nothing).unwrap();
    assert!(base.rootfs.lookup("/usr/bin/more").is_some());
    assert_eq!(base.notices, []);
    assert_eq!(server.asked().first().map(String::as_str), Some("dists/tiny/InRelease"));
    // A release that is what it was leads to an index that the store has.
    let again = DebianOptions { refresh: true, ..nothing.clone() };
    assert_eq!(add(&archive, &["more"], &again).unwrap().layers, base.layers);
    assert_eq!(server.asked(), ["304 dists/tiny/InRelease"]);

    // Who is named counts more than the base.
    super::key(&archive.place, "other", "20260101T000000", "ed25519", "never");
    let keys = vec![archive.place.path("other.asc")];
    let error = add(&archive, &["more"], &DebianOptions { keys, refresh: true, ..nothing.clone() });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("is not in the keyring"), "{error}");
    std::fs::create_dir(archive.place.path("empty")).unwrap();
    let keys = vec![archive.place.path("empty")];
    let error = add(&archive, &["more"], &DebianOptions { keys, refresh: true, ..nothing.clone() });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("empty: there is no *.gpg or *.asc in this folder"), "{error}");
    let line = format!(
        "deb [signed-by=good.gpg check-valid-until=no] file://{} tiny main",
        archive.place.text("archive")
    );
    let root = archive.place.dir.path().to_path_buf();
    let named = DebianOptions { repositories: vec![line], root, ..nothing.clone() };
    assert_eq!(add(&archive, &["more"], &named).unwrap().layers, base.layers);
    let absent = DebianOptions { repositories: vec!["deb file:///none tiny main".into()], ..nothing };
    let error = add(&archive, &["more"], &absent).unwrap_err().to_string();
    assert!(error.contains("/none/dists/tiny/InRelease"), "{error}");
}

#[test]
#[ignore = "needs gnupg"]
fn this_machines_sources_are_a_last_resort_that_is_told() {
    let archive = Archive::new();
    archive.package("base-files", "1", "", &[("usr/lib/os-release", "VERSION_CODENAME=tiny\n")]);
    archive.package("more", "2", "", &[("usr/bin/more", "more")]);
    archive.publish();
    let base = add(&archive, &["more"], &archive.options).unwrap();
    let [notice] = base.notices.as_slice() else { panic!("{:?}", base.notices) };
    assert!(notice.to_string().contains("names no archive for tiny"), "{notice}");
    // What was found is kept, and nothing is asked any more.
    assert_eq!(add(&archive, &["more"], &archive.options).unwrap().notices, []);
}

#[test]
#[ignore = "needs gnupg"]
fn scripts_that_are_left_out_are_told_unless_they_are_accepted_or_refused() {
    let (archive, _server) = with_sources();
    let with = |of_base: &[&str], on_top: &[&str], accept: Option<&[&str]>| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let spec = of_packages(DebianSpec { packages: owned(of_base), ..archive.spec() });
        let (debian, accept_scripts) = (archive.options.clone(), accept.map(owned));
        let added = AddedToBase { packages: owned(on_top), debian, accept_scripts, ..AddedToBase::default() };
        archive.place.compose_from(&spec, &added, "linux/amd64", false)
    };
    let told = vec![Notice::Scripts { packages: vec!["scripted".into()] }];
    for (of_base, on_top) in [(&["scripted"][..], &[][..]), (&[], &["scripted"])] {
        // The first time the layer is made, the second time it is known.
        for _ in 0..2 {
            assert_eq!(with(of_base, on_top, None).unwrap().notices, told);
        }
        let accepted = with(of_base, on_top, Some(&["scripted", "other"])).unwrap();
        assert_eq!(accepted.notices, []);
        let plain = with(of_base, on_top, None).unwrap();
        assert_eq!(accepted.raw_config, plain.raw_config, "what is accepted changes no byte");
        let error = with(of_base, on_top, Some(&["other"])).unwrap_err();
        assert_eq!(error.to_string(), "these packages have scripts that are not run: scripted");
        assert!(matches!(error, BaseError::Scripts { packages } if packages == ["scripted"]));
    }
    assert_eq!(with(&["more"], &[], Some(&[])).unwrap().notices, []);
}
