#![allow(clippy::unwrap_used)]

use super::*;

const READING: ScriptReading<'static> = ScriptReading { pre_post: true, values: &BTreeMap::new() };

#[test]
fn what_no_output_names_is_known_to_be_missing() {
    let foresee = |path: &str, files: &[(&str, Option<&str>)], manifest: &str| {
        let spec = |(from, to): &(&str, Option<&str>)| IncludedFiles {
            from: (*from).to_owned(),
            to: to.map(str::to_owned),
        };
        let files: Vec<IncludedFiles> = files.iter().map(spec).collect();
        let manifest = Manifest::parse(manifest, "/w").unwrap();
        let service = ImporterId::new("services/a").unwrap();
        let cmd = ["node".to_owned(), path.to_owned()];
        let outputs = ["dist".to_owned(), "*.mjs".to_owned()];
        super::foresee(&service, &manifest, (&outputs, true), &files, &cmd, &|_| false).is_ok()
    };
    for path in [
        "dist/main.js",
        "dist/x/y.js",
        "run.mjs",
        "/app/x.js",
        "../b/x.js",
        "node_modules/x/cli.js",
        "src/main",
    ] {
        assert!(foresee(path, &[], "{}"), "{path}");
    }
    assert!(
        !foresee("src/main.js", &[], "{}") && !foresee("src/main.js", &[("srv", None), ("/src", None)], "{}")
    );
    for files in [[("src", None)], [("x", Some("src"))], [("src/*.js", None)], [("/services/a/src", None)]] {
        assert!(foresee("src/main.js", &files, "{}"), "{files:?}");
    }
    assert!(foresee("src/main.js", &[], r#"{"files": ["src"]}"#));
    let (manifest, cmd) = (Manifest::parse("{}", "/w").unwrap(), ["node", ".out/x.mjs"].map(str::to_owned));
    let service = ImporterId::new("services/a").unwrap();
    let unnamed = super::foresee(&service, &manifest, (&["dist".to_owned()], false), &[], &cmd, &|_| false);
    assert!(unnamed.is_ok(), "the folder that a build makes it in comes along");
}

#[test]
fn a_script_of_one_plain_command_stands_in() {
    let command = |scripts: &str, programs: &[&str]| {
        let manifest = Manifest::parse(&format!(r#"{{"scripts": {scripts}}}"#), "/w").unwrap();
        let service = ImporterId::new("services/a").unwrap();
        let programs: Vec<String> = programs.iter().map(|path| (*path).to_owned()).collect();
        let outputs =
            Outputs { service: &service, manifest: &manifest, programs: &programs, reading: READING };
        outputs.entry(None).ok().flatten().and_then(|entry| entry.command).map(|words| words.join(" "))
    };
    for (script, expected) in [
        ("next start", Some("next start")),
        ("NODE_ENV=production next start -p 3000", Some("next start -p 3000")),
        ("cross-env NODE_ENV=production tsx src/main.ts", Some("tsx src/main.ts")),
        ("sirv dist --port 3100", Some("sirv dist --port 3100")),
        ("concurrently \"node a\" \"node b\"", Some("concurrently node a node b")),
        ("node node_modules/x/cli.js", Some("node node_modules/x/cli.js")),
        ("PORT=3000 next start", Some("next start")),
        ("pnpm exec tsx src/main.ts", Some("tsx src/main.ts")),
        ("npx next start && true", None),
        ("next start && echo", Some("next start")),
        ("pnpm -r start", Some("pnpm -r start")),
        ("next start $PORT", None),
        ("tsx watch src/main.ts", None),
        ("nodemon src/main.js", None),
        ("node absent.js", None),
        ("", None),
    ] {
        let scripts = format!(r#"{{"start": {script:?}}}"#);
        assert_eq!(command(&scripts, &[]).as_deref(), expected, "{script}");
    }
    let both = r#"{"start": "tsx src/main.ts", "start:prod": "next start"}"#;
    assert_eq!(command(both, &[]).as_deref(), Some("next start"));
    // The script has priority, unless it runs sources that the image lacks.
    assert_eq!(command(both, &["dist/main.js"]).as_deref(), Some("next start"));
    let sources = r#"{"start": "tsx src/main.ts"}"#;
    assert_eq!(command(sources, &["dist/main.js"]), None);
    assert_eq!(command(sources, &["dist/main.js", "src/main.ts"]).as_deref(), Some("tsx src/main.ts"));
    let entry = |scripts: &str, main: &str, program: &str| {
        let manifest =
            Manifest::parse(&format!(r#"{{"main": {main:?}, "scripts": {scripts}}}"#), "/w").unwrap();
        let (service, programs) = (ImporterId::new("services/a").unwrap(), [program.to_owned()]);
        Outputs { service: &service, manifest: &manifest, programs: &programs, reading: READING }
            .entry(None)
            .unwrap()
            .unwrap()
    };
    let of_folder = entry(r#"{"start": "PORT=4000 node ."}"#, "lib/x.js", "lib/x.js");
    assert_eq!((of_folder.path.as_str(), &of_folder.command), ("lib/x.js", &None));
    assert_eq!(of_folder.beside.variables, BTreeMap::from([("PORT".to_owned(), Some("4000".to_owned()))]));
    // The variables of the script that starts the program, not of the other one.
    let scripts = r#"{"start:prod": "migrate && A=1 node dist/main", "start": "B=1 node src/dev.js"}"#;
    let of_script = entry(scripts, "", "dist/main.js").beside;
    assert_eq!(
        (of_script.script.as_str(), of_script.variables.len(), of_script.left_out),
        ("start:prod", 1, vec!["migrate".to_owned()])
    );
    let loaded = entry(r#"{"start": "dotenv -e .env -- node dist/main.js"}"#, "", "dist/main.js");
    assert_eq!(loaded.beside.loaders, ["dotenv -e .env --"]);
    let instead = entry(sources, "", "dist/main.js").beside.instead;
    assert_eq!(instead.as_deref(), Some("tsx src/main.ts"));
    assert_eq!(entry(r#"{"start": "nest start"}"#, "", "dist/main.js").beside.instead, None);
    let moved = entry(r#"{"start": "cd dist && node main.js"}"#, "", "dist/main.js");
    let folder = moved.beside.folder.as_deref();
    assert_eq!((moved.path.as_str(), folder), ("dist/main.js", Some("dist")));
    assert_eq!(moved.command.unwrap(), ["node", "main.js"]);
    let chain = entry(r#"{"start": "migrate && node dist/main.js $X"}"#, "", "dist/main.js");
    assert_eq!((chain.command, chain.beside.shell.unwrap().programs.len()), (None, 2));
    let source = r#"{"start": "node --import tsx src/main.ts"}"#;
    assert_eq!(command(source, &["src/main.ts"]).as_deref(), Some("node --import tsx src/main.ts"));
}
use crate::testing::{id, manifest};

fn entry(json: &str, programs: &[&str], cmd: Option<&[&str]>) -> Result<Option<EntryPoint>> {
    let mut programs: Vec<String> = programs.iter().map(|path| (*path).to_owned()).collect();
    programs.sort();
    let cmd: Option<Vec<String>> = cmd.map(|cmd| cmd.iter().map(|word| (*word).to_owned()).collect());
    let (service, manifest) = (id("services/a"), manifest(json));
    Outputs { service: &service, manifest: &manifest, programs: &programs, reading: READING }
        .entry(cmd.as_deref())
}

fn found(json: &str, programs: &[&str]) -> (String, String) {
    let entry = entry(json, programs, None).unwrap().unwrap();
    (entry.path, entry.reason)
}

#[test]
fn what_package_json_declares_counts_where_it_is_there() {
    let json = r#"{"main": "./dist/main.js"}"#;
    assert_eq!(found(json, &["dist/main.js", "dist/src/main.js"]).0, "dist/main.js");
    let json = r#"{"scripts": {"start:prod": "NODE_ENV=production node -r dotenv/config --enable-source-maps dist/server"}}"#;
    let (path, reason) = found(json, &["dist/server.js", "dist/main.js"]);
    assert_eq!((path.as_str(), reason.as_str()), ("dist/server.js", "script \"start:prod\" of package.json"));
    let json = r#"{"main": "dist", "scripts": {"start": "node dist/index.js"}}"#;
    assert_eq!(found(json, &["dist/index.js"]).0, "dist/index.js");
}

#[test]
fn a_program_in_bin_needs_no_ending() {
    let json = r#"{"scripts": {"start": "NODE_ENV=production node ./bin/www"}}"#;
    assert_eq!(found(json, &["app.js", "bin/www"]).0, "bin/www");
    assert!(is_program("server/bin/www") && !is_program("bin/run.sh") && !is_program("LICENSE"));
}

#[test]
fn the_usual_places_count_where_nothing_declared_is_there() {
    // In some monorepos the compiler keeps src in the path, and package.json still names dist/main.js.
    let json = r#"{"main": "dist/main.js", "scripts": {"start": "nest start"}}"#;
    let (path, reason) = found(json, &["dist/src/main.js", "dist/seed/x.js"]);
    assert_eq!((path.as_str(), reason.as_str()), ("dist/src/main.js", "the usual place"));
}

#[test]
fn the_start_script_counts_before_main_and_two_usual_places_are_an_error() {
    let json = r#"{"main": "dist/index.js", "scripts": {"start": "node dist/main.js"}}"#;
    assert_eq!(found(json, &["dist/index.js", "dist/main.js"]).0, "dist/main.js");
    assert_eq!(found(json, &["dist/index.js"]).0, "dist/index.js");
    let json = r#"{"scripts": {"start": "node dist/dev.js", "start:prod": "node dist/main.js"}}"#;
    assert_eq!(found(json, &["dist/dev.js", "dist/main.js"]).0, "dist/main.js");
    assert!(matches!(
        entry("{}", &["dist/main.js", "dist/src/main.js"], None),
        Err(AppError::ManyEntries { .. })
    ));
}

#[test]
fn a_package_that_is_downloaded_at_the_start_is_refused() {
    let json = r#"{"scripts": {"start": "pnpm dlx serve dist"}}"#;
    assert!(matches!(entry(json, &[], None), Err(AppError::StartDownloads { .. })));
}

#[test]
fn nothing_is_guessed() {
    let error = entry(r#"{"main": "lib/a.js"}"#, &["dist/server.js"], None).unwrap_err();
    let expected =
        "no entry point in the outputs of services/a: looked for lib/a.js, dist/main.js, dist/src/main.js";
    assert_eq!(error.to_string(), expected);
    assert_eq!(instead(error), ["dist/server.js"]);
}

#[test]
fn a_configured_command_decides() {
    let programs = ["dist/main.js", "dist/worker.js"];
    let path = |cmd: &[&str]| entry("{}", &programs, Some(cmd)).unwrap().map(|entry| entry.path);
    assert_eq!(path(&["node", "dist/worker.js"]).as_deref(), Some("dist/worker.js"));
    assert_eq!(path(&["/usr/bin/node", "--inspect", "./dist/worker"]).as_deref(), Some("dist/worker.js"));
    assert_eq!(path(&["node", "/opt/other.js"]), None);
    assert_eq!(path(&["./server", "dist/main.js"]), None);
    let error = entry("{}", &programs, Some(&["node", "dist/absent.js"])).unwrap_err();
    assert!(matches!(&error, AppError::EntryMissing { path, .. } if path == "dist/absent.js"), "{error}");
}

#[test]
fn a_path_out_of_the_service_is_not_there() {
    let json = r#"{"main": "../../etc/passwd.js"}"#;
    assert!(matches!(entry(json, &["etc/passwd.js"], None), Err(AppError::NoEntry { .. })));
}

/// The programs of the outputs, as listed by the error.
fn instead(error: AppError) -> Vec<String> {
    let AppError::NoEntry { found, .. } = error else { panic!("{error}") };
    found
}

#[test]
fn an_entry_that_lies_deeper_is_among_those_that_are_told() {
    let json = r#"{"scripts": {"start:prod": "node dist/main"}}"#;
    let programs = ["dist/apps/a/src/app.js", "dist/apps/a/src/main.js", "dist/shared/kit/index.js"];
    let error = entry(json, &programs, None).unwrap_err();
    assert!(matches!(&error, AppError::NoEntry { service, .. } if *service == id("services/a")), "{error}");
    assert_eq!(instead(error), programs);
}
