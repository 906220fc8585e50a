use super::*;

/// A folder of apt's configuration with these files.
fn apt(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

fn chosen(spec: &DebianSpec, files: &[(&str, &str)]) -> Result<Chosen<'static>> {
    chosen_on(spec, files, None)
}

/// The same for packages on a base with these files. The result is leaked, which is harmless in a short test.
fn chosen_on(
    spec: &DebianSpec,
    files: &[(&str, &str)],
    base: Option<&'static RootfsMetadata>,
) -> Result<Chosen<'static>> {
    let folder = apt(files);
    let mut spec = spec.clone();
    spec.options.apt = folder.path().to_path_buf();
    choose(Box::leak(Box::new(spec)), base, "amd64")
}

fn suite(suite: &str) -> DebianSpec {
    DebianSpec { suite: Some(suite.into()), ..DebianSpec::default() }
}

const DEB822: &str = "\
Types: deb deb-src
URIs: http://mirror.example/debian http://other.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://mirror.example/debian-security/
Suites: bookworm-security
Components: main
Check-Valid-Until: no
Signed-By: /keys/archive.gpg
";

#[test]
fn reads_paragraphs_and_takes_the_companions_of_the_suite() {
    let chosen = chosen(&DebianSpec::default(), &[("sources.list.d/debian.sources", DEB822)]).unwrap();
    assert_eq!(chosen.suite, "bookworm");
    let shown: Vec<String> = chosen
        .sources
        .iter()
        .map(|s| format!("{}{} {}", s.archive, s.suite, s.components.join("+")))
        .collect();
    assert_eq!(
        shown,
        [
            "http://mirror.example/debian/bookworm main+contrib",
            "http://mirror.example/debian/bookworm-updates main+contrib",
            "http://mirror.example/debian-security/bookworm-security main",
        ]
    );
    assert!(chosen.sources.iter().all(|source| source.keys == Keys::Files(vec!["/keys/archive.gpg".into()])));
    assert_eq!(chosen.sources.iter().map(|s| s.check_valid_until).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn reads_lines_with_options() {
    let text = "# deb http://no.example/debian sid main\n\
        deb [ arch=amd64 signed-by=/keys/a.gpg,/keys/b.asc check-valid-until=no ] file:/srv/debian trixie main # why\n\
        deb-src http://mirror.example/debian trixie main\n\
        deb http://flat.example/ ./\n\
        deb cdrom:[Debian]/ trixie main\n";
    let chosen = chosen(&DebianSpec::default(), &[("sources.list", text)]).unwrap();
    let [source] = chosen.sources.as_slice() else { panic!("{chosen:?}") };
    assert_eq!((source.archive.as_str(), source.suite.as_str()), ("file:///srv/debian/", "trixie"));
    assert_eq!(source.keys, Keys::Files(vec!["/keys/a.gpg".into(), "/keys/b.asc".into()]));
    assert!(!source.check_valid_until);
}

#[test]
fn takes_no_other_archive_that_has_a_suite_of_that_name() {
    let other = "deb [signed-by=/keys/other.gpg] http://other.example/ bookworm main\n";
    let files = [("sources.list.d/a-other.list", other), ("sources.list.d/debian.sources", DEB822)];
    let chosen = chosen(&suite("bookworm"), &files).unwrap();
    assert!(
        chosen.sources.iter().all(|source| source.archive.as_str().starts_with("http://mirror.example/"))
    );
    assert_eq!(chosen.sources.len(), 3);
}

#[test]
fn takes_no_source_that_is_switched_off_or_not_for_packages() {
    let off = DEB822
        .replace("Types: deb\n", "Types: deb-src\n")
        .replace("Types: deb deb-src", "Enabled: no\nTypes: deb");
    let error = chosen(&DebianSpec::default(), &[("sources.list.d/debian.sources", &off)]).unwrap_err();
    assert!(matches!(error, DebianError::NoSource { .. }), "{error}");
}

#[test]
fn says_what_there_is_where_the_suite_is_not() {
    let error = chosen(&suite("trixie"), &[("sources.list.d/debian.sources", DEB822)]).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("no archive is known for trixie") && message.contains("bookworm-updates"),
        "{message}"
    );
    assert!(matches!(error, DebianError::NoSource { .. }), "{error:?}");
    let error = chosen(&DebianSpec::default(), &[]).unwrap_err();
    assert!(error.to_string().contains("no archive is known for a Debian suite"), "{error}");
}

#[test]
fn a_mirror_needs_no_sources() {
    let spec = DebianSpec {
        mirror: Some("http://mirror.example/debian".parse().unwrap()),
        keyring: Some("/keys/own.gpg".into()),
        ..suite("sid")
    };
    let chosen = chosen(&spec, &[]).unwrap();
    let [source] = chosen.sources.as_slice() else { panic!("{chosen:?}") };
    assert_eq!((source.archive.as_str(), source.suite.as_str()), ("http://mirror.example/debian/", "sid"));
    assert_eq!(source.keys, Keys::Files(vec!["/keys/own.gpg".into()]));
    assert_eq!(source.components, ["main"]);
}

#[test]
fn understands_keys_that_stand_in_the_source() {
    let text = "Types: deb\nURIs: http://m.example\nSuites: s\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----\n";
    let inline = chosen(&suite("s"), &[("sources.list.d/a.sources", text)]).unwrap();
    let key = "\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc=\n-----END PGP PUBLIC KEY BLOCK-----\n";
    assert_eq!(inline.sources[0].keys, Keys::Inline(key.into()));
    let text = "deb [signed-by=ABCDEF0123456789ABCDEF0123456789ABCDEF01!] http://m.example s main";
    let print = chosen(&suite("s"), &[("sources.list", text)]).unwrap();
    assert_eq!(
        print.sources[0].keys,
        Keys::Fingerprints(vec!["abcdef0123456789abcdef0123456789abcdef01".into()])
    );
}

/// A base with these files.
fn base(files: &[(&str, &str)]) -> &'static RootfsMetadata {
    use fourply_rootfs::{Base64Bytes, TreeEntry, TreeKind};
    let mut rootfs = RootfsMetadata::default();
    for (path, text) in files {
        let kind = TreeKind::File(text.len() as u64);
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        rootfs.entries.extend(folders.map(|path| (path.to_owned(), TreeEntry::implied_directory())));
        rootfs.entries.insert((*path).into(), TreeEntry { kind, ..TreeEntry::implied_directory() });
        rootfs.databases.insert((*path).into(), Base64Bytes(text.as_bytes().to_vec()));
    }
    Box::leak(Box::new(rootfs))
}

fn shown(chosen: &Chosen<'_>) -> Vec<String> {
    let keys = |source: &AptSource<'_>| match &source.keys {
        Keys::Files(files) => format!("{}", files[0].display()),
        other => format!("{other:?}"),
    };
    let place = |source: &AptSource<'_>| if matches!(source.apt, Apt::Base(_)) { "base" } else { "machine" };
    let show = |source: &AptSource<'_>| {
        format!("{}{} {}:{}", source.archive, source.suite, place(source), keys(source))
    };
    chosen.sources.iter().map(show).collect()
}

const OF_MACHINE: (&str, &str) =
    ("sources.list", "deb [signed-by=/keys/m.gpg] http://machine.example bookworm main\n");

#[test]
fn packages_on_a_base_come_from_where_the_base_says() {
    let debian = base(&[("etc/apt/sources.list.d/debian.sources", DEB822)]);
    let chosen = chosen_on(&suite("bookworm"), &[OF_MACHINE], Some(debian)).unwrap();
    assert!(!chosen.by_machine);
    assert_eq!(shown(&chosen)[0], "http://mirror.example/debian/bookworm base:/keys/archive.gpg");
    assert_eq!(chosen.sources.len(), 3);

    let stable = base(&[("etc/apt/sources.list", "deb http://mirror.example stable main\n")]);
    for release in [suite("bookworm"), DebianSpec::default()] {
        let chosen = chosen_on(&release, &[OF_MACHINE], Some(stable)).unwrap();
        assert_eq!((chosen.suite.as_str(), shown(&chosen).len()), ("stable", 1));
        assert_eq!(shown(&chosen)[0], "http://mirror.example/stable base:Trusted");
    }
}

#[test]
fn the_machine_is_asked_only_for_the_release_of_a_base_without_sources() {
    let chosen = chosen_on(&suite("bookworm"), &[OF_MACHINE], Some(base(&[]))).unwrap();
    assert!(chosen.by_machine);
    assert_eq!(shown(&chosen), ["http://machine.example/bookworm machine:/keys/m.gpg"]);
    let other = chosen_on(&suite("trixie"), &[OF_MACHINE], Some(base(&[]))).unwrap_err();
    assert!(other.to_string().contains("no archive is known for trixie"), "{other}");
    let own = base(&[("etc/apt/sources.list", "deb [trusted=yes] file:///srv bookworm main\n")]);
    assert!(
        chosen_on(&suite("bookworm"), &[OF_MACHINE], Some(own)).unwrap().by_machine,
        "a path of the base"
    );
    let none = chosen_on(&DebianSpec::default(), &[OF_MACHINE], Some(base(&[]))).unwrap_err();
    assert!(none.to_string().contains("the base's /etc/apt has no source that names a suite"), "{none}");
    assert!(matches!(none, DebianError::NoSource { .. }), "{none:?}");
}

#[test]
fn named_lines_are_taken_alone_with_the_keys_that_are_known() {
    let mut spec = suite("bookworm");
    spec.options.root = "/ws".into();
    spec.options.repositories = vec![
        "deb [signed-by=keys/own.asc] http://own.example bookworm own".into(),
        "deb [check-valid-until=no] http://snapshot.example/20260101T000000Z bookworm main".into(),
    ];
    let debian = base(&[("etc/apt/sources.list.d/debian.sources", DEB822)]);
    let on = chosen_on(&spec, &[OF_MACHINE], Some(debian)).unwrap();
    assert_eq!(
        shown(&on),
        [
            "http://own.example/bookworm machine:/ws/keys/own.asc",
            "http://snapshot.example/20260101T000000Z/bookworm base:/keys/archive.gpg"
        ]
    );
    assert!(!on.by_machine && !on.sources[1].check_valid_until);
    let keyring = base(&[("usr/share/keyrings/debian-archive-keyring.gpg", "k")]);
    let on = chosen_on(&spec, &[], Some(keyring)).unwrap();
    assert_eq!(shown(&on)[1].split(' ').next_back(), Some(format!("base:{ARCHIVE_KEYRING}").as_str()));
    spec.options.keys = vec!["/ws/given.gpg".into()];
    let on = chosen_on(&spec, &[OF_MACHINE], Some(debian)).unwrap();
    assert!(shown(&on)[1].ends_with("machine:/ws/given.gpg"), "{:?}", shown(&on));
    spec.options.repositories = vec!["http://own.example".into()];
    let error = chosen_on(&spec, &[], None).unwrap_err();
    assert!(
        error.to_string().contains("is no source of packages") && matches!(error, DebianError::Source { .. }),
        "{error}"
    );
}

#[test]
fn of_sources_for_one_architecture_each_the_fitting_one_counts() {
    let two = "deb [arch=arm64] http://ports.example jammy main\ndeb [arch=amd64,i386] http://main.example jammy main\n";
    let chosen = chosen(&suite("jammy"), &[("sources.list", two)]).unwrap();
    assert_eq!(shown(&chosen), ["http://main.example/jammy machine:Trusted"]);
    // Sources for this host's architecture only, while an image is built for another.
    let one = "deb [arch=riscv64] http://main.example jammy main\n";
    assert_eq!(super::tests::chosen(&suite("jammy"), &[("sources.list", one)]).unwrap().sources.len(), 1);
}
