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
