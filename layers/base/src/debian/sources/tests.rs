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

fn chosen(spec: &DebianSpec, files: &[(&str, &str)]) -> Result<Chosen> {
    choose(spec, apt(files).path())
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
    assert!(error.hint().unwrap().contains("mirror"));
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
