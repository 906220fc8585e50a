#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_configured_command_names_the_file_that_it_starts() {
    let manifest = Manifest::parse(r#"{"main": "src/main.ts"}"#, "/w").unwrap();
    for (cmd, expected) in [
        (&["node", "--import", "tsx", "src/a.ts"][..], Some("src/a.ts")),
        (&["tsx", "--tsconfig", "x.json", "./src/a.ts"], Some("src/a.ts")),
        (&["tini", "--", "node_modules/.bin/tsx", "src/a.ts"], Some("src/a.ts")),
        (&["sh", "-c", "migrate deploy && exec tsx src/a.ts"], Some("src/a.ts")),
        (&["sh", "-c", "cd src && exec tsx a.ts"], Some("src/a.ts")),
        (&["node", "/app/apps/api/src/a.ts"], Some("src/a.ts")),
        (&["node", "."], Some("src/main.ts")),
        (&["node", "/opt/a.js"], None),
        (&["node", "../web/a.js"], None),
        (&["tsx", "watch", "src/a.ts"], None),
        (&["nginx", "-g", "daemon off;"], None),
    ] {
        let words: Vec<String> = cmd.iter().map(|word| (*word).to_owned()).collect();
        let found = configured_program(&manifest, &words, "/app/apps/api");
        assert_eq!(found.as_deref(), expected, "{cmd:?}");
    }
}

#[test]
fn a_command_of_a_package_leads_to_the_source_that_it_is_given() {
    let there = ["app.js", "src/a.ts", "process.yml", "node_modules/x/cli.js"];
    let found = |start: &str| {
        let scripts = format!(
            r#"{{"scripts": {{"start": {start:?}, "start:a": "tsx src/none.ts", "start:b": "tsx src/a.ts", "start:b:c": "x"}}}}"#
        );
        let manifest = Manifest::parse(&scripts, "/w").unwrap();
        declared_program(&manifest, &|path| there.contains(&path))
    };
    for (start, expected) in [
        ("fastify start -l info app.js", Some("app.js")),
        ("concurrently \"tsx src/none.ts\" \"cd src && tsx a.ts\"", Some("src/a.ts")),
        ("concurrently 'npm:start:b'", Some("src/a.ts")),
        ("run-p 'start:*'", Some("src/a.ts")),
        ("concurrently 'concurrently \"fastify start app.js\"'", Some("app.js")),
        ("pm2-runtime process.yml", Some("process.yml")),
        ("migrate && fastify start app.js | pino-pretty", Some("app.js")),
        ("fastify start none.js", None),
        ("next start", None),
        ("serve -s dist", None),
        ("node none.js app.js", None),
    ] {
        assert_eq!(found(start).as_deref(), expected, "{start}");
    }
}
