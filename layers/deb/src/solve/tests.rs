use url::Url;

use super::*;

/// An index of paragraphs; the fields about a package's file are filled in.
fn index(text: &str) -> PackageIndex {
    let mut index = PackageIndex::default();
    let archive: Url = "http://archive.example/debian/".parse().unwrap();
    let sha256 = "0".repeat(64);
    let rest = format!("Architecture: amd64\nFilename: pool/x.deb\nSize: 1\nSHA256: {sha256}\n");
    let text: String = text.trim().split("\n\n").map(|paragraph| format!("{paragraph}\n{rest}\n")).collect();
    index.add(&archive, "Packages", "amd64", text.as_bytes()).unwrap();
    index
}

fn solved(text: &str, wanted: &[&str]) -> Result<Vec<String>, String> {
    let index = index(text);
    let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
    let packages = solve(&index, SolveOn::default(), &wanted, true).map_err(|error| error.to_string())?;
    Ok(packages.iter().map(|package| format!("{}={}", package.name, package.version)).collect())
}

#[test]
fn takes_the_highest_version_and_all_that_it_needs() {
    let text = "Package: a\nVersion: 9\nDepends: b (>= 2)\n\nPackage: a\nVersion: 10\nPre-Depends: c\nDepends: b\n\n\
        Package: b\nVersion: 1\n\nPackage: c\nVersion: 1\nDepends: a";
    assert_eq!(solved(text, &["a"]).unwrap(), ["a=10", "b=1", "c=1"]);
    assert_eq!(
        solved(text, &["a=9"]).unwrap_err(),
        "the packages cannot be put together: a needs b (>= 2), the archive has 1"
    );
}

#[test]
fn keeps_what_an_earlier_answer_had_while_it_fits() {
    let index = index(
        "Package: a\nVersion: 9\nDepends: b\n\nPackage: a\nVersion: 10\nDepends: b (>= 2)\n\nPackage: b\nVersion: 1\n\n\
         Package: b\nVersion: 2\n\nPackage: c\nVersion: 1\nDepends: b (>= 2)",
    );
    let base = SolveOn { installed: &[], preferred: &[("a", "9"), ("b", "1")], upgrade: false };
    let solved = |wanted: &[&str]| {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let packages = solve(&index, base, &wanted, true).unwrap();
        packages.iter().map(|package| format!("{}={}", package.name, package.version)).collect::<Vec<_>>()
    };
    assert_eq!(solved(&["a"]), ["a=9", "b=1"]);
    assert_eq!(solved(&["c", "a"]), ["a=9", "b=2", "c=1"]);
}

#[test]
fn takes_the_first_alternative_that_there_is_unless_another_is_there_already() {
    let text =
        "Package: a\nVersion: 1\nDepends: gone | b | c\n\nPackage: b\nVersion: 1\n\nPackage: c\nVersion: 1";
    assert_eq!(solved(text, &["a"]).unwrap(), ["a=1", "b=1"]);
    assert_eq!(solved(text, &["a", "c"]).unwrap(), ["a=1", "c=1"]);
}

#[test]
fn takes_the_most_important_provider() {
    let text = "Package: a\nVersion: 1\nDepends: awk\n\nPackage: gawk\nVersion: 5\nProvides: awk\nPriority: optional\n\n\
        Package: mawk\nVersion: 1\nProvides: awk (= 3), x\nPriority: required";
    assert_eq!(solved(text, &["a"]).unwrap(), ["a=1", "mawk=1"]);
    let versioned = text.replace("Depends: awk", "Depends: awk (>= 3)");
    assert_eq!(solved(&versioned, &["a"]).unwrap(), ["a=1", "mawk=1"]);
    let unmet = text.replace("Depends: awk", "Depends: awk (>= 4)");
    assert!(solved(&unmet, &["a"]).unwrap_err().ends_with("a needs awk (>= 4)"));
}

#[test]
fn leaves_out_what_only_scripts_need_unless_it_is_wanted() {
    let text = "Package: ca-certificates\nVersion: 1\nDepends: openssl (>= 1.1), debconf (>= 0.5) | debconf-2.0\n\n\
        Package: openssl\nVersion: 3\n\nPackage: debconf\nVersion: 1\n\nPackage: curl\nVersion: 1\nDepends: openssl";
    assert_eq!(solved(text, &["ca-certificates"]).unwrap(), ["ca-certificates=1"]);
    assert_eq!(solved(text, &["ca-certificates", "debconf"]).unwrap(), ["ca-certificates=1", "debconf=1"]);
    assert_eq!(solved(text, &["curl"]).unwrap(), ["curl=1", "openssl=3"]);
}

#[test]
fn leaves_all_out_where_no_dependencies_are_wanted() {
    let index = index("Package: a\nVersion: 1\nDepends: b, gone");
    let packages = solve(&index, SolveOn::default(), &["a".to_owned()], false).unwrap();
    assert_eq!(packages.len(), 1);
}

#[test]
fn names_what_is_not_there_and_who_provides_it() {
    assert_eq!(
        solved("Package: a\nVersion: 1", &["b"]).unwrap_err(),
        "the packages cannot be put together: there is no b"
    );
    let wrong = solved("Package: a\nVersion: 1", &["a=2"]).unwrap_err();
    assert_eq!(wrong, "the packages cannot be put together: there is no a (= 2), the archive has 1");
    let index = index("Package: mawk\nVersion: 1\nProvides: awk");
    let error = solve(&index, SolveOn::default(), &["awk".to_owned()], true).unwrap_err();
    let DebianError::Unsatisfied { remedy, .. } = error else { panic!("{error}") };
    assert_eq!(remedy, Some(DebianRemedy::NameProvider { providers: vec!["mawk".to_owned()] }));
}

#[test]
fn refuses_packages_that_cannot_be_together() {
    let text = "Package: a\nVersion: 1\nConflicts: mta\n\nPackage: b\nVersion: 1\nProvides: mta\n\n\
        Package: c\nVersion: 2\nBreaks: d (<< 2)\n\nPackage: d\nVersion: 1\n\nPackage: e\nVersion: 1\nProvides: mta\nConflicts: mta";
    assert!(solved(text, &["a", "b"]).unwrap_err().ends_with("a cannot be together with b 1"));
    assert!(solved(text, &["c", "d"]).unwrap_err().ends_with("c cannot be together with d 1"));
    assert!(solved(text, &["e"]).is_ok(), "a package may conflict with what it provides itself");
}

#[test]
fn an_index_is_refused_with_the_package_that_is_wrong() {
    let archive: Url = "http://archive.example/debian/".parse().unwrap();
    let base = format!(
        "Package: a\nVersion: 1\nArchitecture: amd64\nFilename: pool/a.deb\nSize: 1\nSHA256: {}\n",
        "0".repeat(64)
    );
    let read = |text: String| {
        PackageIndex::default()
            .add(&archive, "url", "amd64", text.as_bytes())
            .map_err(|error| error.to_string())
    };
    read(base.clone()).unwrap();
    assert_eq!(read(base.replace("Size: 1", "Size: x")).unwrap_err(), "url: a: its Size is not understood");
    assert_eq!(
        read(base.replace("Package: a", "Package: ../a")).unwrap_err(),
        "url: \"../a\" is no name of a package"
    );
    assert_eq!(read(base.replace("SHA256", "SHA1")).unwrap_err(), "url: a has no SHA256");
    for file in ["/etc/passwd", "../a.deb", "pool//a.deb", "pool/a.deb?x", "pool/a b.deb", "http://x/a.deb"] {
        let mut index = PackageIndex::default();
        index.add(&archive, "url", "amd64", base.replace("pool/a.deb", file).as_bytes()).unwrap();
        let package = index.named("a").next().unwrap();
        assert!(index.url(package).is_err(), "{file}");
    }
    let mut index = PackageIndex::default();
    index
        .add(&archive, "url", "amd64", base.replace("pool/a.deb", "pool/a_1%3a2+b~1.deb").as_bytes())
        .unwrap();
    let url = index.url(index.named("a").next().unwrap()).unwrap();
    assert_eq!(url.as_str(), "http://archive.example/debian/pool/a_1%253a2+b~1.deb");
}
