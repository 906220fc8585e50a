//! Files in the image in addition to `dist`, from real builds of small workspaces.
#![allow(clippy::unwrap_used)]

mod support;

use fourply_app::{AppError, BuiltApp, Elsewhere, IncludedFiles, WritableFolders, layers};
use fourply_blob::{Codec, Directories};
use fourply_modules::ImageRoot;
use fs_err::os::unix::fs::symlink;
use support::{Bench, Way, id, write};

const LOCKFILE: &str = "lockfileVersion: '9.0'
settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false
importers:
  .: {}
  apps/client:
    dependencies:
      '@x/ui':
        specifier: workspace:*
        version: link:../../shared/ui
  services/a: {}
  shared/texts: {}
  shared/ui: {}
";

/// A service, a client that it serves, a package that the client needs, and one that is not built.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let a = r#"{"name": "a", "scripts": {"build": "mkdir -p dist public && ls .. . > dist/main.js; echo made > public/script.js"}}"#;
    let client = r#"{"name": "client", "dependencies": {"@x/ui": "workspace:*"},
        "scripts": {"build": "mkdir -p dist/js && cat node_modules/@x/ui/dist/ui.js > dist/js/app.js && ln -s js/app.js dist/app.js"}}"#;
    let ui = r#"{"name": "@x/ui", "scripts": {"build": "mkdir -p dist && echo ui > dist/ui.js"}}"#;
    write(
        folder.path(),
        &[
            ("package.json", r#"{"private": true, "packageManager": "pnpm@9.14.2"}"#),
            ("pnpm-workspace.yaml", "packages: [services/*, shared/*, apps/*]\n"),
            ("pnpm-lock.yaml", LOCKFILE),
            ("locales/en.json", "{}"),
            ("services/a/package.json", a),
            ("services/a/public/logo.svg", "<svg/>"),
            ("services/a/migrations/0001.sql", "select 1"),
            ("apps/client/package.json", client),
            ("apps/client/src/app.ts", ""),
            ("shared/ui/package.json", ui),
            ("shared/texts/package.json", r#"{"name": "texts"}"#),
            ("shared/texts/en/x.txt", "text"),
        ],
    );
    folder
}

fn way(outputs: &[&str], files: &[(&str, Option<&str>)]) -> Way {
    let spec = |(from, to): &(&str, Option<&str>)| IncludedFiles {
        from: (*from).to_owned(),
        to: to.map(str::to_owned),
    };
    Way {
        outputs: outputs.iter().map(|text| (*text).to_owned()).collect(),
        named: true,
        files: files.iter().map(spec).collect(),
        ..Way::default()
    }
}

fn build(bench: &Bench, workspace: &tempfile::TempDir, way: &Way) -> Result<BuiltApp, AppError> {
    bench.build_as(workspace.path(), "services/a", way)
}

#[test]
fn committed_outputs_are_there_for_the_build_and_merged_with_what_it_makes() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let built = build(&bench, &workspace, &way(&["dist", "public", "migrations"], &[])).unwrap();
    let expected = [
        "package.json",
        "services/a/dist/main.js",
        "services/a/migrations/0001.sql",
        "services/a/package.json",
        "services/a/public/logo.svg",
        "services/a/public/script.js",
    ];
    assert_eq!(bench.paths(&built), expected);
    assert!(bench.text(&built, "services/a/dist/main.js").contains("migrations"));
    // An ignored file is not included, and this is reported.
    write(workspace.path(), &[(".gitignore", "migrations\n")]);
    let error = build(&bench, &workspace, &way(&["dist", "migrations"], &[])).unwrap_err();
    assert!(
        matches!(&error, AppError::MissingOutput { elsewhere: Some(place), .. } if **place == Elsewhere::Ignored("migrations".to_owned())),
        "{error}"
    );
}

#[test]
fn a_default_output_that_nothing_ignores_is_left_out_with_a_warning() {
    let (bench, workspace) = (Bench::new(true), workspace());
    write(workspace.path(), &[("services/a/dist/stale.js", "")]);
    let usual = Way::default();
    let built = build(&bench, &workspace, &usual).unwrap();
    assert!(!bench.paths(&built).contains(&"services/a/dist/stale.js".to_owned()));
    let told = bench.told();
    assert!(told.iter().any(|line| line.starts_with("warning: services/a/dist/ is taken for")), "{told:?}");
    // If it is named, it is included.
    let named = build(&bench, &workspace, &way(&["dist"], &[])).unwrap();
    assert!(bench.paths(&named).contains(&"services/a/dist/stale.js".to_owned()));
    // If it is ignored, nothing is reported.
    write(workspace.path(), &[(".gitignore", "dist\n")]);
    bench.told();
    let ignored = build(&bench, &workspace, &usual).unwrap();
    assert_eq!(ignored.pack, built.pack);
    assert!(!bench.told().iter().any(|line| line.starts_with("warning")));
}

#[test]
fn files_of_another_project_are_built_with_what_it_needs() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let files = [
        ("/apps/client/dist", Some("client")),
        ("/shared/texts/en", Some("texts")),
        ("/locales", None),
        ("migrations", None),
    ];
    let built = build(&bench, &workspace, &way(&["dist"], &files)).unwrap();
    let expected = [
        "locales/en.json",
        "package.json",
        "services/a/client/app.js",
        "services/a/client/js/app.js",
        "services/a/dist/main.js",
        "services/a/migrations/0001.sql",
        "services/a/package.json",
        "services/a/texts/x.txt",
    ];
    assert_eq!(bench.paths(&built), expected);
    assert_eq!(bench.text(&built, "services/a/client/js/app.js"), "ui\n");
    assert_eq!(built.programs, ["client/app.js", "client/js/app.js", "dist/main.js"]);
    let told = bench.told();
    let ran: Vec<_> = told.iter().filter(|line| line.ends_with(" build")).collect();
    assert_eq!(ran, ["services/a build", "shared/ui build", "apps/client build"], "{told:?}");
    let again = build(&bench, &workspace, &way(&["dist"], &files)).unwrap();
    assert!(again.reused && again.pack == built.pack && bench.told().is_empty());
    // A change in the project affects only the project.
    write(workspace.path(), &[("apps/client/src/app.ts", "1")]);
    build(&bench, &workspace, &way(&["dist"], &files)).unwrap();
    let told = bench.told();
    assert!(told.contains(&"apps/client build".to_owned()), "{told:?}");
    assert!(!told.contains(&"services/a build".to_owned()), "{told:?}");
}

#[test]
fn files_of_a_project_say_what_is_missing() {
    let (bench, workspace) = (Bench::new(true), workspace());
    for entry in ["/apps/client/build", "/shared/texts/de", "/apps/none", "views"] {
        let error = build(&bench, &workspace, &way(&["dist"], &[(entry, None)])).unwrap_err();
        assert!(matches!(error, AppError::MissingIncluded { .. }), "{entry}: {error}");
    }
}

#[test]
fn secrets_of_outputs_and_projects_are_an_error_until_they_are_named() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    let key = ["-----BEGIN ", "PRIVATE KEY-----\n", line, "\n", line, "\n"].concat();
    write(workspace.path(), &[("services/a/public/tls", &key), ("shared/texts/en/.env", "A=1")]);
    let outputs = ["dist", "public"];
    let error = build(&bench, &workspace, &way(&outputs, &[])).unwrap_err();
    assert!(
        error.to_string().contains("services/a/public/tls") && error.to_string().contains("private key"),
        "{error}"
    );
    let named = [("public/tls", None), ("/shared/texts/en", Some("t"))];
    let error = build(&bench, &workspace, &way(&outputs, &named)).unwrap_err();
    assert!(error.to_string().contains("shared/texts/en/.env"), "{error}");
    let all = [&named[..], &[("/shared/texts/en/.env", Some("t/.env"))]].concat();
    let built = build(&bench, &workspace, &way(&outputs, &all)).unwrap();
    assert!(bench.paths(&built).contains(&"services/a/t/.env".to_owned()));
}

#[test]
fn prebuilt_files_are_taken_as_they_lie() {
    let (bench, workspace) = (Bench::new(true), workspace());
    write(workspace.path(), &[("apps/client/dist/x.js", ""), ("services/a/dist/main.js", "")]);
    let way = Way { script: None, ..way(&["dist"], &[("/apps/client/dist", Some("client"))]) };
    let built = build(&bench, &workspace, &way).unwrap();
    assert!(bench.paths(&built).contains(&"services/a/client/x.js".to_owned()));
    assert!(bench.told().iter().all(|line| !line.ends_with("build")));
}

/// The entries in the layer of outputs, as GNU tar lists them.
fn listed(bench: &Bench, built: &BuiltApp, writable: &[&str]) -> Result<String, AppError> {
    let folders: Vec<String> = writable.iter().map(|text| (*text).to_owned()).collect();
    let writable = WritableFolders::new(&folders, &id("services/a"), &[], "/app", (1001, 1002))?;
    let directories = Directories::default();
    let image = ImageRoot { path: "/app", directories: &directories, codec: Codec::Gzip };
    let made = layers(&bench.store, built, &id("services/a"), &writable, &image)?;
    let layer = made.last().unwrap();
    let blob = bench.store.blob_path(&layer.blob.digest).unwrap();
    let output =
        std::process::Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(blob).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        format!("{} {} {}\n", words[0], words[1], words[5..].join(" "))
    };
    Ok(text.lines().map(line).collect())
}

#[test]
fn writable_folders_and_what_they_hold_are_the_users() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let built = build(&bench, &workspace, &way(&["dist", "public"], &[])).unwrap();
    let expected = "\
drwxr-xr-x 0/0 app/
-rw-r--r-- 0/0 app/package.json
drwxr-xr-x 0/0 app/services/
drwxr-xr-x 0/0 app/services/a/
drwxr-xr-x 0/0 app/services/a/dist/
-rw-r--r-- 0/0 app/services/a/dist/main.js
-rw-r--r-- 0/0 app/services/a/package.json
drwxr-xr-x 1001/1002 app/services/a/public/
-rw-r--r-- 1001/1002 app/services/a/public/logo.svg
-rw-r--r-- 1001/1002 app/services/a/public/script.js
drwxr-xr-x 1001/1002 app/services/a/src/
drwxr-xr-x 1001/1002 app/services/a/src/gen/
";
    assert_eq!(listed(&bench, &built, &["public", "src", "src/gen"]).unwrap(), expected);
    let error = listed(&bench, &built, &["dist/main.js", "a-b"]).unwrap_err().to_string();
    assert!(error.contains("services/a/dist/main.js") && error.contains("it is a file"), "{error}");
    let own = listed(&bench, &built, &["."]).unwrap();
    assert!(
        own.lines().filter(|line| line.contains("services/a/")).all(|line| line.contains(" 1001/1002 ")),
        "{own}"
    );
    assert!(own.contains("0/0 app/package.json"), "{own}");
}

#[test]
fn links_in_the_image_lead_where_they_led() {
    let (bench, workspace) = (Bench::new(true), workspace());
    let a = r#"{"name": "a", "scripts": {"build": "mkdir -p dist/server/node_modules/p && echo 1 > dist/server/node_modules/p/index.js && ln -s $PWD/public/logo.svg dist/absolute && ln -s ../public dist/relative"}}"#;
    write(workspace.path(), &[("services/a/package.json", a)]);
    let built = build(&bench, &workspace, &way(&["dist", "public"], &[])).unwrap();
    let text = listed(&bench, &built, &["uploads"]).unwrap();
    for line in [
        "app/services/a/dist/absolute -> /app/services/a/public/logo.svg",
        "app/services/a/dist/relative -> ../public",
        "app/services/a/dist/server/node_modules/p/index.js",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let error = listed(&bench, &built, &["dist/relative"]).unwrap_err().to_string();
    assert!(error.contains("is a link"), "{error}");
    let again = build(&bench, &workspace, &way(&["dist", "public"], &[])).unwrap();
    assert!(again.reused && again.absolute == built.absolute && again.absolute.len() == 1);
    // For prebuilt outputs, the user's own folder stands for /app.
    let dist = workspace.path().join("services/a/dist");
    write(workspace.path(), &[("services/a/dist/main.js", "")]);
    symlink(workspace.path().join("locales"), dist.join("texts")).unwrap();
    let way = Way { script: None, ..way(&["dist"], &[]) };
    let prebuilt = build(&bench, &workspace, &way).unwrap();
    let text = listed(&bench, &prebuilt, &[]).unwrap();
    assert!(text.contains("app/services/a/dist/texts -> /app/locales"), "{text}");
}
