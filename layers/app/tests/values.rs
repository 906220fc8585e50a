//! Values for scripts, and skipped packages, in whole builds of small workspaces.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_app::{AppError, ScriptValues};
use fourply_scripts::Secrets;
use fourply_store::Secret;
use support::{Bench, Way, write};

const LOCKFILE: &str = "lockfileVersion: '9.0'
settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false
importers:
  .: {}
  packages/kit: {}
  services/a:
    dependencies:
      kit:
        specifier: workspace:*
        version: link:../../packages/kit
";

/// A script that writes a variable of its environment to a file of `dist`, and prints it.
fn prints(name: &str) -> String {
    format!("mkdir -p dist && echo ${name} > dist/{name}.txt && echo \\\"it is ${name}.\\\"")
}

/// Service `a`, which needs `kit`, with these scripts.
fn workspace(a: &str, kit: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let a = format!(
        r#"{{"name": "a", "main": "dist/main.js", "scripts": {{{a}}}, "dependencies": {{"kit": "workspace:*"}}}}"#
    );
    let kit = format!(r#"{{"name": "kit", "files": ["dist"], "scripts": {{{kit}}}}}"#);
    write(
        folder.path(),
        &[
            ("package.json", r#"{"private": true, "packageManager": "pnpm@10.33.4"}"#),
            ("pnpm-workspace.yaml", "packages: [services/*, packages/*]\n"),
            ("pnpm-lock.yaml", LOCKFILE),
            (".gitignore", "dist\n"),
            ("services/a/package.json", &a),
            ("services/a/index.ts", "console.log(1)\n"),
            ("packages/kit/package.json", &kit),
        ],
    );
    folder
}

fn build_script(command: &str) -> String {
    format!(r#""build": "{command}""#)
}

fn values(env: &[(&str, &str)], secrets: &[(&str, &str)]) -> ScriptValues {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let secret = |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::new((*value).to_owned()));
    ScriptValues {
        env: env.iter().map(pair).collect(),
        secrets: Secrets::new(secrets.iter().map(secret).collect()),
        own_script: true,
    }
}

fn way(values: ScriptValues) -> Way {
    Way { values, ..Way::default() }
}

#[test]
fn variables_of_a_build_reach_all_scripts_and_decide() {
    let bench = Bench::new(true);
    let folder = workspace(&build_script(&prints("NEXT_PUBLIC_X")), &build_script(&prints("NEXT_PUBLIC_X")));
    let mut one = way(values(&[("NEXT_PUBLIC_X", "build")], &[]));
    // The build's variables override the install's.
    one.env = BTreeMap::from([("NEXT_PUBLIC_X".to_owned(), "install".to_owned())]);
    let built = bench.build_as(folder.path(), "services/a", &one).unwrap();
    assert_eq!(bench.text(&built, "services/a/dist/NEXT_PUBLIC_X.txt"), "build\n");
    assert_eq!(bench.text(&built, "packages/kit/dist/NEXT_PUBLIC_X.txt"), "build\n");
    let other = way(values(&[("NEXT_PUBLIC_X", "other")], &[]));
    let again = bench.build_as(folder.path(), "services/a", &other).unwrap();
    assert_eq!(bench.text(&again, "packages/kit/dist/NEXT_PUBLIC_X.txt"), "other\n");
    assert!(bench.build_as(folder.path(), "services/a", &one).unwrap().reused);
}

const SECRET: &str = "s3cr3t-Wert/of=it";

#[test]
fn a_secret_is_the_services_own_scripts_alone() {
    let bench = Bench::new(true);
    let there = "mkdir -p dist && echo ${TOKEN:+given} > dist/main.js";
    let scripts = format!(r#""prepare": "echo prepare ${{TOKEN:-none}}", {}"#, build_script(there));
    let folder = workspace(&scripts, &build_script(there));
    let way = Way { install_scripts: true, ..way(values(&[], &[("TOKEN", SECRET)])) };
    let built = bench.build_as(folder.path(), "services/a", &way).unwrap();
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "given\n");
    assert_eq!(bench.text(&built, "packages/kit/dist/main.js"), "\n");
    assert!(bench.told().contains(&"services/a: prepare none".to_owned()));
    assert_eq!(built.secrets.iter().collect::<Vec<_>>(), ["TOKEN"]);
    // Its presence matters, its value does not; a result built with a secret stays marked.
    let other = Way { install_scripts: true, ..self::way(values(&[], &[("TOKEN", "another value")])) };
    let again = bench.build_as(folder.path(), "services/a", &other).unwrap();
    assert!(again.reused && again.secrets.contains("TOKEN"));
    let without = Way { install_scripts: true, ..Way::default() };
    let plain = bench.build_as(folder.path(), "services/a", &without).unwrap();
    assert!(!plain.reused && plain.secrets.is_empty());
}

/// The first file below a folder that contains the text.
fn holds(folder: &Path, text: &str) -> Option<String> {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        let found = if kind.is_dir() {
            holds(&entry.path(), text)
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            found.then(|| entry.path().display().to_string())
        } else {
            None
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[test]
fn the_value_of_a_secret_is_in_no_log_error_output_or_file() {
    let kit = build_script("mkdir -p dist && touch dist/main.js");
    let given = || way(values(&[], &[("TOKEN", SECRET)]));
    for (command, file) in [
        ("mkdir dist && echo \\\"x $TOKEN y\\\" > dist/main.js", "services/a/dist/main.js"),
        ("mkdir dist && printf \\\"u:$TOKEN\\\" | base64 > dist/main.js", "services/a/dist/main.js"),
        (
            "mkdir dist && touch dist/main.js && ln -s \\\"$(echo $TOKEN | tr / -)\\\" dist/l && touch dist/z && echo $TOKEN > dist/z",
            "services/a/dist/z",
        ),
    ] {
        let bench = Bench::new(true);
        let folder = workspace(&build_script(command), &kit);
        let error = bench.build_as(folder.path(), "services/a", &given()).unwrap_err();
        let AppError::SecretFound { path, name } = &error else { panic!("{error:?}") };
        assert_eq!((path.as_str(), name.as_str()), (file, "TOKEN"));
        assert_eq!(holds(bench.folder.path(), SECRET), None);
    }
    let bench = Bench::new(true);
    let fails = "echo $TOKEN > $HOME/x; echo $TOKEN > $TMPDIR/y; echo $TOKEN > z; echo it is $TOKEN; exit 3";
    let folder = workspace(&build_script(fails), &kit);
    let error = bench.build_as(folder.path(), "services/a", &given()).unwrap_err();
    let AppError::Script(failure) = &error else { panic!("{error:?}") };
    assert_eq!(failure.log, "it is [secret]");
    assert!(!format!("{error} {error:?}").contains(SECRET));
    let told = bench.told();
    assert!(told.contains(&"services/a: it is [secret]".to_owned()), "{told:?}");
    assert_eq!(holds(bench.folder.path(), SECRET), None);
}

#[test]
fn packages_and_services_without_the_script_are_passed_over() {
    let bench = Bench::new(true);
    let folder = workspace("", &build_script("mkdir -p dist && echo kit > dist/index.js"));
    let way = Way { outputs: vec!["index.ts".to_owned()], ..Way::default() };
    let built = bench.build_as(folder.path(), "services/a", &way).unwrap();
    assert_eq!(bench.text(&built, "packages/kit/dist/index.js"), "kit\n");
    assert_eq!(bench.text(&built, "services/a/index.ts"), "console.log(1)\n");
    // Only the service has it.
    let folder = workspace(&build_script("mkdir -p dist && echo a > dist/main.js"), "");
    write(folder.path(), &[("packages/kit/dist/index.js", "committed\n")]);
    let built = bench.build_as(folder.path(), "services/a", &Way::default()).unwrap();
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "a\n");
}

#[test]
fn where_nobody_has_the_script_that_is_an_error_with_those_that_there_are() {
    let bench = Bench::new(true);
    let folder = workspace(r#""compile": "x", "test": "y""#, r#""lint": "z""#);
    let error = bench.build_as(folder.path(), "services/a", &Way::default()).unwrap_err();
    assert_eq!(error.to_string(), "neither services/a nor a package that it needs has a script \"build\"");
    let AppError::NoScript { available, .. } = &error else { panic!("{error}") };
    assert_eq!(available, &["compile", "lint", "test"]);
    let folder = workspace("", r#""lint": "z""#);
    let error = bench.build_as(folder.path(), "services/a", &Way::default()).unwrap_err();
    let AppError::NoScript { available, .. } = &error else { panic!("{error}") };
    assert_eq!(available, &["lint"]);
}

#[test]
fn a_service_whose_script_is_off_is_taken_as_it_lies_there_and_its_packages_are_built() {
    let bench = Bench::new(true);
    let folder =
        workspace(&build_script("exit 1"), &build_script("mkdir -p dist && echo kit > dist/index.js"));
    // Its outputs are ignored, as build results are.
    write(folder.path(), &[("services/a/dist/main.js", "before\n"), ("services/a/dist/sub/x.js", "x\n")]);
    let off =
        || Way { values: ScriptValues { own_script: false, ..ScriptValues::default() }, ..Way::default() };
    let built = bench.build_as(folder.path(), "services/a", &off()).unwrap();
    assert_eq!(bench.text(&built, "packages/kit/dist/index.js"), "kit\n");
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "before\n");
    assert_eq!(bench.text(&built, "services/a/dist/sub/x.js"), "x\n");
    assert!(bench.build_as(folder.path(), "services/a", &off()).unwrap().reused);
    write(folder.path(), &[("services/a/dist/main.js", "changed\n")]);
    let built = bench.build_as(folder.path(), "services/a", &off()).unwrap();
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "changed\n");
    // If no package has the script either, nothing runs at all.
    let folder = workspace("", "");
    write(folder.path(), &[("services/a/dist/main.js", "there\n"), ("packages/kit/dist/index.js", "kit\n")]);
    bench.told();
    let built = bench.build_as(folder.path(), "services/a", &Way { node_version: "", ..off() }).unwrap();
    assert_eq!(bench.text(&built, "services/a/dist/main.js"), "there\n");
    assert_eq!(bench.told(), Vec::<String>::new());
}
