#![allow(clippy::unwrap_used)]

use fourply_pnpm::ImporterId;
use fourply_pnpm::rules::PNPM_10;
use fourply_store::Store;
use fs_err::os::unix::fs::symlink;

use super::*;
use crate::included::{Entry, IncludedFiles};
use crate::listing::Listing;
use crate::owner::folders;
use crate::testing::{id, manifests, write};

mod programs;

fn patterns(text: &str) -> Patterns {
    Patterns::new(&[text.to_owned()]).unwrap()
}

struct Case {
    folder: tempfile::TempDir,
    packages: Vec<&'static str>,
    production: Closure,
    built: BTreeSet<ImporterId>,
    /// The files before the build.
    given: Vec<String>,
    files: Vec<(&'static str, Option<&'static str>)>,
    named: bool,
    program: Option<&'static str>,
    of_tasks: &'static [(&'static str, &'static str)],
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
            unlinked: BTreeMap::new(),
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
            given: files
                .iter()
                .map(|(path, _)| *path)
                .filter(|path| !path.contains("/dist/"))
                .map(str::to_owned)
                .collect(),
            files: Vec::new(),
            named: true,
            program: None,
            of_tasks: &[],
        }
    }

    fn all(&self, outputs: &[&str]) -> Result<Vec<Captured>> {
        let outputs: Vec<String> = outputs.iter().map(|text| (*text).to_owned()).collect();
        let outputs = Patterns::new(&outputs).unwrap();
        let manifests = manifests(self.folder.path(), &self.packages);
        let (packages, given) = (folders(manifests.keys()), self.given.iter().cloned().collect());
        let root = self.folder.path();
        let store = Store::open(&root.join(".git/store")).unwrap();
        let entries: Vec<Entry> = self
            .files
            .iter()
            .map(|(from, to)| IncludedFiles { from: (*from).to_owned(), to: to.map(str::to_owned) })
            .map(|spec| Entry::new(&spec, &id("services/a"), &manifests).unwrap())
            .collect();
        let listing = Listing {
            root,
            packages: &packages,
            modules: "node_modules",
            only: None,
            special: None,
            own: None,
        };
        let capture_ = OutputCapture {
            included: IncludedCapture { entries: &entries, listing, workspace: root, root_in_image: "/app" },
            service: &id("services/a"),
            outputs: &outputs,
            named: self.named,
            program: self.program,
            packing: Packing {
                store: &store,
                root,
                rules: &PNPM_10.packing,
                prune: None,
                outputs: &Patterns::new(&["dist".to_owned()]).unwrap(),
                sources: (!self.built.is_empty()).then_some(&given),
            },
            of_tasks: &self.of_tasks.iter().map(|(id, text)| (*id, patterns(text))).collect(),
            production: &self.production,
            manifests: &manifests,
            built: &self.built,
        };
        capture(&capture_)
    }

    fn captured(&self, outputs: &[&str]) -> Result<Vec<String>> {
        Ok(self.all(outputs)?.into_iter().map(|captured| captured.at().to_owned()).collect())
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
        "shared/built/src/index.ts",
        "shared/files/index.js",
        "shared/files/lib/a.js",
        "shared/files/package.json",
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
        "services/a has no output dist: its build left nothing of that name in {}; it has build/, package.json, src/",
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

/// The service with these additional files.
fn with_files(more: &[(&'static str, &'static str)], files: &[(&'static str, Option<&'static str>)]) -> Case {
    let all = [&SERVICE[..], more].concat();
    let mut case = Case::new(&all, &[("services/a", &[])], &["services/a"]);
    case.files = files.to_vec();
    case
}

#[test]
fn files_of_the_service_and_the_root_have_their_places() {
    let more = [
        ("services/a/prisma/migrations/1.sql", ""),
        ("services/a/proto/a.proto", ""),
        ("services/a/proto/b.txt", ""),
        ("locales/en/app.json", ""),
        ("LICENSE", ""),
    ];
    let files = [
        ("prisma/migrations", None),
        ("proto/*.proto", None),
        ("/locales", Some("i18n")),
        ("/locales/en", None),
        ("/LICENSE", Some("licences/")),
    ];
    let expected = [
        "locales/en/app.json",
        "services/a/dist/main.js",
        "services/a/i18n/en/app.json",
        "services/a/licences/LICENSE",
        "services/a/package.json",
        "services/a/prisma/migrations/1.sql",
        "services/a/proto/a.proto",
    ];
    assert_eq!(with_files(&more, &files).captured(&["dist"]).unwrap(), expected);
}

#[test]
fn an_entry_that_names_nothing_says_so() {
    for entry in ["prisma", "proto/*.proto", "/locales", "src/empty"] {
        let case = with_files(&[], &[(entry, None)]);
        fs_err::create_dir_all(case.folder.path().join("services/a/src/empty")).unwrap();
        let error = case.captured(&["dist"]).unwrap_err();
        assert!(
            matches!(&error, AppError::MissingIncluded { entry: found, .. } if found == entry),
            "{error}"
        );
        assert!(error.to_string().contains("names nothing: there is no"), "{error}");
    }
}

#[test]
fn links_of_files_lead_to_what_goes_along() {
    let more = [("locales/en/app.json", ""), ("locales/de.json", ""), ("services/a/x/y", "")];
    let case = with_files(&more, &[("/locales", Some("i18n")), ("current", None)]);
    let root = case.folder.path();
    symlink("en", root.join("locales/default")).unwrap();
    symlink("x", root.join("services/a/current")).unwrap();
    let found = case.captured(&["dist"]).unwrap();
    assert!(found.contains(&"services/a/i18n/default".to_owned()), "{found:?}");
    assert!(found.contains(&"services/a/current/y".to_owned()), "{found:?}");
    symlink("../package.json", root.join("locales/out")).unwrap();
    let error = case.captured(&["dist"]).unwrap_err();
    assert!(matches!(&error, AppError::Included { reason, .. } if reason.contains("locales/out")), "{error}");
    fs_err::remove_file(root.join("locales/out")).unwrap();
    fs_err::remove_file(root.join("services/a/current")).unwrap();
    symlink("/etc", root.join("services/a/current")).unwrap();
    assert!(matches!(case.captured(&["dist"]).unwrap_err(), AppError::LinkOut { .. }));
}

#[test]
fn two_files_have_no_place_in_common() {
    let case = with_files(&[("locales/main.js", "other")], &[("/locales", Some("dist"))]);
    let error = case.captured(&["dist"]).unwrap_err().to_string();
    assert!(error.contains("locales/main.js") && error.contains("services/a/dist/main.js"), "{error}");
}

#[test]
fn package_json_files_of_the_service_count_as_they_are_there() {
    let manifest = r#"{"files": ["dist", "prisma/*.prisma", "absent"]}"#;
    let more = [
        ("services/a/prisma/schema.prisma", ""),
        ("services/a/prisma/x.md", ""),
        ("services/a/README.md", ""),
    ];
    let mut case = with_files(&more, &[]);
    write(case.folder.path(), &[("services/a/package.json", manifest)]);
    let expected = ["services/a/dist/main.js", "services/a/package.json", "services/a/prisma/schema.prisma"];
    assert_eq!(case.captured(&["dist"]).unwrap(), expected);
    // A default without a match is then no error; a configured pattern is.
    fs_err::remove_dir_all(case.folder.path().join("services/a/dist")).unwrap();
    assert!(case.captured(&["dist"]).is_err());
    case.named = false;
    assert_eq!(case.captured(&["dist"]).unwrap(), expected[1..]);
}

#[test]
fn modules_in_an_output_stay_and_links_follow_the_image() {
    let more = [
        ("services/a/dist/server/node_modules/p/index.js", ""),
        ("services/a/dist/node_modules/q/index.js", ""),
        ("services/a/node_modules/dev/index.js", ""),
    ];
    let case = with_files(&more, &[]);
    let root = case.folder.path();
    symlink("../node_modules/p", root.join("services/a/dist/server/p")).unwrap();
    symlink(root.join("services/a/dist/main.js"), root.join("services/a/dist/absolute")).unwrap();
    let all = case.all(&["dist"]).unwrap();
    let found: Vec<&str> = all.iter().map(|captured| captured.at()).collect();
    let expected = [
        "services/a/dist/absolute",
        "services/a/dist/main.js",
        "services/a/dist/node_modules/q/index.js",
        "services/a/dist/server/node_modules/p/index.js",
        "services/a/dist/server/p",
        "services/a/package.json",
    ];
    assert_eq!(found, expected);
    assert!(all[0].absolute && !all[4].absolute);
    assert_eq!(
        all[0].source.kind,
        SourceKind::Symlink { target: "../../../services/a/dist/main.js".to_owned() }
    );
}

#[test]
fn secrets_have_to_be_named_alone() {
    let more =
        [("services/a/dist/.env", ""), ("services/a/dist/.npmrc", ""), ("services/a/dist/.env.example", "")];
    let mut case = with_files(&more, &[]);
    for outputs in [&["dist"][..], &["dist", "dist/.env"], &["dist", "dist/.*"], &["dist", "dist/.npmrc"]] {
        let error = case.captured(outputs).unwrap_err();
        assert!(matches!(error, AppError::Sensitive { .. }), "{outputs:?} {error}");
    }
    assert!(case.captured(&["dist", "dist/.env", "./dist/.npmrc"]).is_ok());
    case.files = vec![("dist/.env", None)];
    assert!(case.captured(&["dist", "dist/.npmrc"]).is_ok());
}

#[test]
fn a_package_without_files_goes_along_whole() {
    let more = [
        ("shared/k/package.json", r#"{"name": "k", "main": "dist/index.js", "scripts": {"build": "tsc"}}"#),
        ("shared/k/src/index.ts", ""),
        ("shared/k/proto/a.proto", ""),
        ("shared/k/views/mail.hbs", ""),
        ("shared/k/.npmrc", ""),
        ("shared/k/dist/index.js", ""),
        ("shared/k/lib/made.js", ""),
        ("shared/k/.turbo/log", ""),
        ("shared/k/tsconfig.tsbuildinfo", ""),
    ];
    let edges: [(&str, &[&str]); 2] = [("services/a", &["shared/k"]), ("shared/k", &[])];
    let mut case = Case::new(&[&SERVICE[..], &more].concat(), &edges, &["services/a", "shared/k"]);
    case.given.retain(|path| !path.ends_with("made.js") && !path.contains(".turbo"));
    let found = case.captured(&["dist"]).unwrap();
    let expected = [
        "shared/k/dist/index.js",
        "shared/k/lib/made.js",
        "shared/k/package.json",
        "shared/k/proto/a.proto",
        "shared/k/src/index.ts",
        "shared/k/views/mail.hbs",
    ];
    assert_eq!(found[2..], expected, "{found:?}");
}

mod sources;
