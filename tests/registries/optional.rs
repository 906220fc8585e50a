//! Optional packages that cannot be fetched. The right trees are those of pnpm 9.15.9, 10.34.9, 11.28.11 and 12.21.0.

use super::Case;
use fourply_testing::program;
use fourply_testing::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

const LIB: &str = "node_modules/.pnpm/@my+lib@1.0.0";

/// The paths of the tree, when the package is optional and refused.
fn paths(case: &Case, settings: &str) -> (Vec<String>, String) {
    case.write(
        "ws/services/a/package.json",
        r#"{"name":"a","version":"1.0.0","optionalDependencies":{"@my/lib":"1.0.0"}}"#,
    );
    let lockfile = std::fs::read_to_string(case.path("ws/pnpm-lock.yaml")).unwrap();
    let lockfile = lockfile
        .replace("    dependencies:", "    optionalDependencies:")
        .replace("'@my/lib@1.0.0': {}", "'@my/lib@1.0.0':\n    optional: true");
    case.write("ws/pnpm-lock.yaml", &lockfile);
    case.write("ws/.npmrc", &format!("@my:registry={{URL}}\n{settings}"));
    let output = program::run(&mut case.tree());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let rows = String::from_utf8(output.stdout).unwrap();
    (rows.lines().map(|row| row.split('\t').next().unwrap().to_owned()).collect(), said)
}

#[test]
fn the_install_goes_on_without_it() {
    for (version, folder, links) in [
        ("9.15.9", true, true),
        ("10.34.9", true, true),
        ("11.28.3", true, true),
        ("11.28.11", true, false),
        ("12.21.0", false, false),
    ] {
        let case = Case::new(version);
        let (paths, said) = paths(&case, "");
        assert!(said.contains("@my/lib@1.0.0 is optional and cannot be fetched"), "{said}");
        let has = |path: &str| paths.iter().any(|known| known == path);
        assert_eq!(has(&format!("{LIB}/node_modules")), folder, "{version} {paths:?}");
        assert_eq!(has("services/a/node_modules/@my/lib"), links, "{version} {paths:?}");
        assert_eq!(has("node_modules/.pnpm/node_modules/@my/lib"), links, "{version} {paths:?}");
        assert!(!has(&format!("{LIB}/node_modules/@my/lib")), "{version} {paths:?}");
        // The next one finds it.
        case.write("home/.npmrc", "{PLACE}:_authToken=right\n");
        assert!(case.fetched(&mut case.tree_again()).is_some());
    }
}

#[test]
fn it_leaves_no_folder_among_hoisted_packages() {
    let case = Case::new("10.34.9");
    let (paths, said) = paths(&case, "node-linker=hoisted\n");
    assert!(said.contains("cannot be fetched, so is left out"), "{said}");
    assert!(!paths.iter().any(|path| path.contains("@my")), "{paths:?}");
}

impl Case {
    /// The tree again, when nothing but the first request was refused.
    fn tree_again(&self) -> std::process::Command {
        self.registry.asked();
        self.tree()
    }
}

/// A workspace whose only package is optional.
fn optional(version: &str, registry: &str) -> Tiny {
    let tiny = Tiny::new(&tarball(&HARMLESS), registry);
    let change = |path: &str, from: &str, to: &str| {
        let path = tiny.root.join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    change("package.json", "9.14.2", version);
    change("services/a/package.json", "dependencies", "optionalDependencies");
    change("pnpm-lock.yaml", "    dependencies:", "    optionalDependencies:");
    change("pnpm-lock.yaml", "thing@1.0.0: {}", "thing@1.0.0:\n    optional: true");
    change("services/a/dist/main.js", "require('thing');", "try { require('thing') } catch {}");
    tiny
}

/// The image's digest, and what was said.
fn build(tiny: &Tiny, registry: &str) -> (String, String) {
    std::fs::write(tiny.root.join(".npmrc"), format!("registry={registry}\nfetch-retries=0\n")).unwrap();
    let output = program::run(&mut tiny.build());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

#[test]
fn an_image_without_it_is_never_taken_for_the_whole_one() {
    let gone = Npm::start(Answer::Status(404, Vec::new()));
    let there = Npm::start(Answer::Status(200, tarball(&HARMLESS)));
    for version in ["9.14.2", "12.21.0"] {
        let (tiny, other) = (optional(version, &gone.url()), optional(version, &there.url()));
        let (without, said) = build(&tiny, &gone.url());
        assert!(said.contains("thing@1.0.0 is optional and cannot be fetched"), "{said}");
        let (whole, said) = build(&other, &there.url());
        assert!(whole != without && !said.contains("cannot be fetched"), "{said}");
        // It is asked for again each time, and once it is there it stays.
        let (again, said) = build(&tiny, &gone.url());
        assert!(again == without && said.contains("cannot be fetched"), "{said}");
        assert_eq!(build(&tiny, &there.url()).0, whole);
        assert_eq!(build(&tiny, &gone.url()).0, whole);
        // The same is missing anywhere: the same image.
        assert_eq!(build(&optional(version, &gone.url()), &gone.url()).0, without);
    }
}
