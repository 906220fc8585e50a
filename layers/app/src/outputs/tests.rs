#![allow(clippy::unwrap_used)]

use fourply_pnpm::ImporterId;
use fs_err::os::unix::fs::symlink;

use super::*;
use crate::testing::{id, manifests, write};

struct Case {
    folder: tempfile::TempDir,
    packages: Vec<&'static str>,
    production: Closure,
    built: BTreeSet<ImporterId>,
}

impl Case {
    fn new(files: &[(&'static str, &str)], edges: &[(&str, &[&str])], built: &[&str]) -> Case {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        let packages = files.iter().filter_map(|(path, _)| match *path {
            "package.json" => Some("."),
            path => path.strip_suffix("/package.json"),
        });
        let links = |to: &[&str]| to.iter().map(|to| ((*to).to_owned(), Dependency::Link(id(to)))).collect();
        let production = Closure {
            importers: edges.iter().map(|(from, _)| id(from)).collect(),
            others: BTreeSet::new(),
            include: fourply_pnpm::Include::Production,
            direct: edges.iter().map(|(from, to)| (id(from), links(to))).collect(),
            packages: BTreeMap::new(),
            skipped: BTreeMap::new(),
            mismatched: BTreeMap::new(),
        };
        Case {
            packages: packages.collect(),
            folder,
            production,
            built: built.iter().map(|name| id(name)).collect(),
        }
    }

    fn captured(&self, outputs: &[&str]) -> Result<Vec<String>> {
        let outputs: Vec<String> = outputs.iter().map(|text| (*text).to_owned()).collect();
        let capture_ = OutputCapture {
            root: self.folder.path(),
            service: &id("services/a"),
            outputs: &Patterns::new(&outputs).unwrap(),
            production: &self.production,
            manifests: &manifests(self.folder.path(), &self.packages),
            built: &self.built,
        };
        Ok(capture(&capture_)?.into_iter().map(|source| source.path).collect())
    }
}

const SERVICE: [(&str, &str); 4] = [
    ("package.json", "{}"),
    ("services/a/package.json", "{}"),
    ("services/a/src/main.ts", ""),
    ("services/a/dist/main.js", ""),
];

#[test]
fn each_kind_of_package_gives_what_is_its_own() {
    let mut files = SERVICE.to_vec();
    files.extend([
        ("shared/files/package.json", r#"{"files": ["lib"], "main": "index.js"}"#),
        ("shared/files/lib/a.js", ""),
        ("shared/files/index.js", ""),
        ("shared/files/dist/not-listed.js", ""),
        ("shared/files/node_modules/x/index.js", ""),
        ("shared/built/package.json", "{}"),
        ("shared/built/src/index.ts", ""),
        ("shared/built/dist/index.js", ""),
        ("shared/plain/package.json", r#"{"main": "index.js"}"#),
        ("shared/plain/.gitignore", "*.log"),
        ("shared/plain/debug.log", ""),
        ("shared/plain/index.js", ""),
        ("shared/pub/package.json", r#"{"publishConfig": {"directory": "out"}}"#),
        ("shared/pub/out/index.js", ""),
        ("shared/pub/src/index.ts", ""),
        ("shared/unused/package.json", "{}"),
    ]);
    let links = ["shared/files", "shared/built", "shared/plain", "shared/pub/out"];
    let edges: [(&str, &[&str]); 6] = [
        (".", &[]),
        ("services/a", &links),
        ("shared/files", &[]),
        ("shared/built", &[]),
        ("shared/plain", &[]),
        ("shared/pub", &[]),
    ];
    let case = Case::new(&files, &edges, &["services/a", "shared/built"]);
    let expected = [
        "package.json",
        "services/a/dist/main.js",
        "services/a/package.json",
        "shared/built/dist/index.js",
        "shared/built/package.json",
        "shared/files/index.js",
        "shared/files/lib/a.js",
        "shared/files/package.json",
        "shared/plain/.gitignore",
        "shared/plain/index.js",
        "shared/plain/package.json",
        "shared/pub/out/index.js",
        "shared/pub/package.json",
    ];
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
}

#[test]
fn a_missing_output_says_what_was_expected_where_and_what_there_is() {
    let mut files = SERVICE[..3].to_vec();
    files.push(("services/a/build/main.js", ""));
    let case = Case::new(&files, &[("services/a", &[])], &["services/a"]);
    let error = case.captured(&["dist", "build"]).unwrap_err();
    let place = case.folder.path().join("services/a");
    let expected = format!(
        "services/a has no output dist: nothing of that name in {}; it has build/, package.json, src/",
        place.display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(matches!(error, AppError::MissingOutput { built: true, .. }), "{error:?}");
}

#[test]
fn a_built_dependency_that_left_nothing_is_an_error_too() {
    let mut files = SERVICE.to_vec();
    files.extend([("shared/k/package.json", r#"{"files": ["dist"]}"#), ("shared/k/src/index.ts", "")]);
    let edges: [(&str, &[&str]); 2] = [("services/a", &["shared/k"]), ("shared/k", &[])];
    let case = Case::new(&files, &edges, &["services/a", "shared/k"]);
    let error = case.captured(&["dist"]).unwrap_err();
    assert!(
        matches!(&error, AppError::MissingOutput { package, .. } if *package == id("shared/k")),
        "{error}"
    );
    let unbuilt = Case::new(&files, &edges, &["services/a"]);
    assert!(unbuilt.captured(&["dist"]).unwrap().contains(&"shared/k/package.json".to_owned()));
}

#[test]
fn nested_packages_and_links() {
    let mut files = SERVICE.to_vec();
    files.extend([("services/a/dist/inner/package.json", "{}"), ("services/a/dist/inner/x.js", "")]);
    let case = Case::new(&files, &[("services/a", &[])], &["services/a"]);
    let root = case.folder.path();
    symlink("main.js", root.join("services/a/dist/link.js")).unwrap();
    symlink("/etc/passwd", root.join("services/a/not-taken")).unwrap();
    let expected = ["services/a/dist/link.js", "services/a/dist/main.js", "services/a/package.json"];
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    symlink("../../../../etc", root.join("services/a/dist/out")).unwrap();
    let error = case.captured(&["dist"]).unwrap_err();
    assert!(matches!(&error, AppError::LinkOut { target, .. } if target == "../../../../etc"), "{error}");
}
