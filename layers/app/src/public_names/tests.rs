#![allow(clippy::unwrap_used)]

use std::time::SystemTime;

use super::*;
use crate::SourceKind;
use crate::hash::hash_sources;
use crate::sources::SourceFile;
use crate::stat_cache::StatCache;
use crate::testing::write;

fn found(files: &[(&str, &str)], values: &[&str]) -> Vec<String> {
    let manifest = (
        "package.json",
        r#"{"dependencies": {"next": "15", "react-scripts": "5"}, "scripts": {"dev": "vite dev"}}"#,
    );
    found_in(&[files, &[manifest]].concat(), values)
}

fn found_in(files: &[(&str, &str)], values: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let sources = files.iter().map(|(path, _)| SourceFile {
        path: (*path).to_owned(),
        kind: SourceKind::File { executable: false },
    });
    let hashed =
        hash_sources(folder.path(), sources.collect(), &mut StatCache::default(), SystemTime::now()).unwrap();
    let values = values.iter().copied().collect();
    without_value(folder.path(), &hashed, &values)
        .into_iter()
        .map(|(name, file)| format!("{name} {file}"))
        .collect()
}

#[test]
fn names_that_are_written_into_what_is_built_are_found_where_they_have_no_value() {
    let files = [
        (
            "web/a.tsx",
            "fetch(process.env.NEXT_PUBLIC_API_URL + process.env['NEXT_PUBLIC_B'] + process.env.NEXT_PUBLIC_SET)",
        ),
        (
            "web/b.ts",
            "import.meta.env.VITE_X; import.meta.env?.PUBLIC_Y; process.env?.[\"REACT_APP_Z\"]; process.env.NEXT_PUBLIC_API_URL",
        ),
        // Read at run time.
        (
            "api/main.ts",
            "process.env.PUBLIC_URL; process.env.DATABASE_URL; const NEXT_PUBLIC_OTHER = 1; x.NEXT_PUBLIC_MORE",
        ),
        ("web/readme.md", "process.env.NEXT_PUBLIC_DOCS"),
    ];
    assert_eq!(
        found(&files, &["NEXT_PUBLIC_SET"]),
        [
            "NEXT_PUBLIC_API_URL web/a.tsx",
            "NEXT_PUBLIC_B web/a.tsx",
            "PUBLIC_Y web/b.ts",
            "REACT_APP_Z web/b.ts",
            "VITE_X web/b.ts"
        ]
    );
}

#[test]
fn a_value_may_stand_in_a_file_that_the_build_reads() {
    let code = ("web/a.js", "process.env.NEXT_PUBLIC_A");
    for other in [
        (".env", "NEXT_PUBLIC_A=1\n"),
        ("web/.env.production", "# x\nexport NEXT_PUBLIC_A = 1\n"),
        ("web/next.config.js", "module.exports = { env: { 'NEXT_PUBLIC_A': '1' } }"),
        ("web/package.json", r#"{"scripts": {"build": "NEXT_PUBLIC_A=1 next build"}}"#),
    ] {
        assert_eq!(found(&[code, other], &[]), Vec::<String>::new(), "{}", other.0);
    }
    for other in [
        (".env.development", "NEXT_PUBLIC_A=1\n"),
        (".env", "NEXT_PUBLIC_AB=1\nXNEXT_PUBLIC_A=1\n"),
        ("web/next.config.js", "if (process.env.NEXT_PUBLIC_A == 1) {}"),
    ] {
        assert_eq!(found(&[code, other], &[]), ["NEXT_PUBLIC_A web/a.js"], "{}", other.0);
    }
}

#[test]
fn large_files_are_passed_over() {
    let large = format!("process.env.NEXT_PUBLIC_A;{}", " ".repeat(2 << 20));
    assert_eq!(found(&[("a.js", &large)], &[]), Vec::<String>::new());
}

#[test]
fn what_nothing_writes_into_the_build_is_read_when_the_service_runs() {
    let code = ("api/main.js", "process.env.NEXT_PUBLIC_API");
    let with = |manifest| found_in(&[code, ("api/package.json", manifest)], &[]);
    for plain in ["{}", r#"{"dependencies": {"next-auth": "5", "@next/env": "15", "vitest": "3"}}"#] {
        assert_eq!(with(plain), Vec::<String>::new(), "{plain}");
    }
    for built in
        [r#"{"dependencies": {"next": "15"}}"#, r#"{"scripts": {"build": "webpack --mode production"}}"#]
    {
        assert_eq!(with(built), ["NEXT_PUBLIC_API api/main.js"], "{built}");
    }
}
