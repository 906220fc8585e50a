//! Builds with more than one script of each package: turbo's graph, a list of scripts, a command of the root.
#![allow(clippy::unwrap_used)]

mod support;

use fourply_app::{AppError, ScriptChoice};
use support::{Bench, Way, write};

const LOCKFILE: &str = "lockfileVersion: '9.0'
importers:
  .: {}
  apps/api:
    dependencies:
      '@x/db':
        specifier: workspace:*
        version: link:../../packages/db
  packages/db: {}
  packages/docs: {}
";

/// `api` uses the results of `generate` of `db`, `gen` of the root and `pages` of `docs`.
fn workspace(turbo: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let build = "mkdir -p dist && cat ../../packages/db/gen/*.js ../../made/*.js ../../packages/docs/pages/*.js > dist/main.js";
    let api = format!(
        r#"{{"name": "@x/api", "scripts": {{"build": "{build}"}}, "dependencies": {{"@x/db": "workspace:*"}}}}"#
    );
    write(
        folder.path(),
        &[
            (
                "package.json",
                r#"{"packageManager": "pnpm@9.14.2", "scripts": {"gen": "mkdir -p made && echo root > made/a.js", "build": "exit 1"}}"#,
            ),
            ("pnpm-workspace.yaml", "packages: [apps/*, packages/*]\n"),
            ("pnpm-lock.yaml", LOCKFILE),
            (".gitignore", "dist\ngen\nmade\npages\n"),
            ("apps/api/package.json", &api),
            (
                "packages/db/package.json",
                r#"{"name": "@x/db", "scripts": {"generate": "mkdir -p gen && echo db > gen/a.js", "lint": "exit 1"}}"#,
            ),
            (
                "packages/docs/package.json",
                r#"{"name": "@x/docs", "scripts": {"pages": "mkdir -p pages && echo docs > pages/a.js"}}"#,
            ),
        ],
    );
    if !turbo.is_empty() {
        write(folder.path(), &[("turbo.json", turbo)]);
    }
    folder
}

const TURBO: &str = r#"{"tasks": {
    "build": {"dependsOn": ["^build", "^generate", "lint", "//#gen", "@x/docs#pages"]},
    "generate": {}, "lint": {"dependsOn": ["^lint"]}, "pages": {}, "//#gen": {}
}}"#;

const ALL: &str = "db\nroot\ndocs\n";

#[test]
fn tasks_of_packages_and_of_the_root_run_before_those_that_wait_for_them() {
    let (bench, workspace) = (Bench::new(true), workspace(TURBO));
    let built = bench.build(workspace.path(), "apps/api").unwrap();
    assert_eq!(bench.text(&built, "apps/api/dist/main.js"), ALL);
    assert!(bench.build(workspace.path(), "apps/api").unwrap().reused);

    // A script of the root sees the files that it names.
    let root = r#"{"packageManager": "pnpm@9.14.2", "scripts": {"gen": "mkdir -p made && sh ./tools/gen.sh > made/a.js"}}"#;
    write(
        workspace.path(),
        &[("package.json", root), ("tools/gen.sh", "cat tools/text"), ("tools/text", "tool\n")],
    );
    let built = bench.build(workspace.path(), "apps/api").unwrap();
    assert_eq!(bench.text(&built, "apps/api/dist/main.js"), "db\ntool\ndocs\n");

    // Another task gives another result.
    write(workspace.path(), &[("turbo.json", &TURBO.replace("\"@x/docs#pages\"", "\"^build\""))]);
    let error = bench.build(workspace.path(), "apps/api").unwrap_err();
    assert!(matches!(&error, AppError::Script(failure) if failure.script == "build"), "{error}");
}

#[test]
fn what_a_task_makes_is_an_output_where_none_is_configured() {
    let bench = Bench::new(true);
    let workspace =
        workspace(&TURBO.replace("\"build\": {", "\"build\": {\"outputs\": [\"out/**\", \"!out/x\"],"));
    let api = r#"{"name": "@x/api", "scripts": {"build": "mkdir out && echo 1 > out/main.js && echo 2 > out/x"}, "dependencies": {"@x/db": "workspace:*"}}"#;
    write(workspace.path(), &[("apps/api/package.json", api)]);
    let built = bench.build(workspace.path(), "apps/api").unwrap();
    assert_eq!(
        bench.paths(&built),
        [
            "apps/api/out/main.js",
            "apps/api/package.json",
            "package.json",
            "packages/db/gen/a.js",
            "packages/db/package.json"
        ]
    );
}

#[test]
fn a_list_of_scripts_runs_in_each_package_that_has_them() {
    let (bench, workspace) = (Bench::new(true), workspace("{ not read"));
    let api = r#"{"name": "@x/api", "dependencies": {"@x/db": "workspace:*"},
        "scripts": {"build": "mkdir -p dist && cat ../../packages/db/gen/a.js own > dist/main.js", "generate": "echo own > own"}}"#;
    write(workspace.path(), &[("apps/api/package.json", api)]);
    let list = ["generate", "build"].map(str::to_owned).to_vec();
    let way = Way { choice: Some(ScriptChoice::Listed(list)), ..Way::default() };
    let built = bench.build_as(workspace.path(), "apps/api", &way).unwrap();
    assert_eq!(bench.text(&built, "apps/api/dist/main.js"), "db\nown\n");
}

#[test]
fn a_command_runs_in_the_root_with_all_sources_there() {
    let (bench, workspace) = (Bench::new(true), workspace("{ not read"));
    write(workspace.path(), &[("README.md", "no input")]);
    let command = "! ls *.md && mkdir -p {path}/dist && echo {name} > {path}/dist/main.js && ls packages >> {path}/dist/main.js";
    let way = Way { choice: Some(ScriptChoice::Command(command.to_owned())), ..Way::default() };
    let built = bench.build_as(workspace.path(), "apps/api", &way).unwrap();
    assert_eq!(bench.text(&built, "apps/api/dist/main.js"), "@x/api\ndb\n");
    assert!(bench.build_as(workspace.path(), "apps/api", &way).unwrap().reused);

    let way = Way { choice: Some(ScriptChoice::Command("exit 3".to_owned())), ..Way::default() };
    let error = bench.build_as(workspace.path(), "apps/api", &way).unwrap_err();
    assert!(matches!(&error, AppError::Script(failure) if failure.package.is_root()), "{error}");
}

/// The image's files for a service that is not built or is built to another location than `dist`.
fn taken(package: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (bench, workspace) = (Bench::new(true), workspace(""));
    write(workspace.path(), &[("packages/db/package.json", r#"{"name": "@x/db", "files": ["x"]}"#)]);
    write(workspace.path(), &[(".gitignore", "out\nsecret.log\n"), ("apps/api/package.json", package)]);
    let files: Vec<_> = files.iter().map(|(path, text)| (format!("apps/api/{path}"), *text)).collect();
    write(workspace.path(), &files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
    let built = bench.build(workspace.path(), "apps/api").unwrap();
    let paths = bench.paths(&built).into_iter();
    paths.filter_map(|path| Some(path.strip_prefix("apps/api/")?.to_owned())).collect()
}

#[test]
fn a_service_that_runs_from_its_sources_goes_along_as_a_whole() {
    let sources = [("src/main.ts", "x"), ("views/a.html", "x"), ("secret.log", "x")];
    let expected = ["package.json", "src/main.ts", "views/a.html"];
    assert_eq!(taken(r#"{"name": "@x/api", "scripts": {"start": "tsx src/main.ts"}}"#, &sources), expected);
    assert_eq!(taken(r#"{"name": "@x/api", "scripts": {"start": "node src/main.ts"}}"#, &sources), expected);
    assert_eq!(taken(r#"{"name": "@x/api", "main": "src/main.ts"}"#, &sources), expected);
}

#[test]
fn outputs_lie_where_the_start_script_says() {
    let api = r#"{"name": "@x/api", "scripts": {"build": "mkdir -p out/lib && echo 1 > out/server.js && echo 1 > out/lib/a.js", "start": "node out/server"}}"#;
    let made = taken(api, &[("src/main.ts", "x"), ("out/stale.js", "x")]);
    assert_eq!(made, ["out/lib/a.js", "out/server.js", "package.json"]);
}
