#![allow(clippy::unwrap_used)]

use super::*;
use crate::check::testing::{Bed, env};

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn words_variables_and_tools_name_files() {
    let bed = Bed::new(&[("apps/api/dist/main.js", "1"), ("apps/api/config/a.json", "1")]);
    let tree = bed.tree();
    let names = Names { tree: &tree, folder: "/app/apps/api" };
    let found = |start: &[&str], variables: &[(&str, &str)]| {
        let start: Vec<String> = start.iter().map(|word| (*word).to_owned()).collect();
        shown(&names.of_start(&start, &env(variables)))
    };
    let absent = ["the command names apps/api/config/b.json, which the image does not have"];
    assert_eq!(found(&["node", "dist/main.js", "--config=config/b.json"], &[]), absent);
    assert_eq!(found(&["node", "dist/main.js", "--config", "./config/b.json"], &[]), absent);
    assert_eq!(found(&["sh", "-c", "CONFIG=config/b.json node dist/main.js"], &[]), absent);
    assert_eq!(
        found(&["node", "dist/main.js"], &[("CONFIG", "./config/b.json"), ("OTHER", "config/a.json")]),
        ["the variable CONFIG names apps/api/config/b.json, which the image does not have"]
    );
    assert_eq!(found(&["node", "dist/main.js", "config/a.json"], &[]), [""; 0]);
    assert_eq!(
        found(&["sh", "-c", "prisma migrate deploy && node dist/main.js"], &[])[0],
        "prisma, which the container starts or depends on, reads apps/api/prisma, which the image does not have"
    );
    assert_eq!(found(&["knex", "migrate:latest", "--knexfile", "config/a.json"], &[]), [""; 0]);
}

#[test]
fn a_path_that_the_build_did_not_make_leads_to_its_source() {
    let dir = tempfile::tempdir().unwrap();
    for path in ["a/src/proto/x.proto", "a/src/worker.ts", "a/data/y.json", "dist/main.js"] {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let source = |path: &str| source_of_output(dir.path(), path);
    assert_eq!(source("a/dist/proto/x.proto").as_deref(), Some("a/src/proto/x.proto"));
    assert_eq!(source("a/dist/worker.js").as_deref(), Some("a/src/worker.ts"));
    assert_eq!(source("a/dist/data/y.json").as_deref(), Some("a/data/y.json"));
    for path in ["a/dist/z.js", "a/dist", "a/data/z.json", "b/dist/worker.js"] {
        assert_eq!(source(path), None, "{path}");
    }
}
