#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::git_ignored;

fn found(log: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (".gitignore", "*.log\n\n**/__generated__/*.ts\n"),
        ("apps/web/.gitignore", "/data\n!/data/kept\n"),
        ("apps/web/src/__generated__/Query.graphql.ts", ""),
        ("apps/web/src/__generated__/index.ts", ""),
        ("apps/web/src/seen.ts", ""),
        ("apps/web/data/prices.json", ""),
        ("apps/web/debug.log", ""),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let seen: BTreeSet<&str> = ["apps/web/src/seen.ts"].into();
    let all = git_ignored(folder.path(), log, &seen, |path, _| !path.ends_with(".gitignore"));
    all.into_iter().map(|one| format!("{} {}:{} {}", one.path, one.file, one.line, one.pattern)).collect()
}

#[test]
fn what_a_log_speaks_of_is_found_with_its_line() {
    let query = "apps/web/src/__generated__/Query.graphql.ts .gitignore:3 **/__generated__/*.ts";
    assert_eq!(found("Could not resolve \"./__generated__/Query.graphql\" from \"src/a.tsx\""), [query]);
    assert_eq!(found("error TS2307: Cannot find module '~/src/__generated__/Query.graphql'"), [query]);
    let index = "apps/web/src/__generated__/index.ts .gitignore:3 **/__generated__/*.ts";
    assert_eq!(found("Cannot find module '../__generated__'"), [index]);
    let prices = "apps/web/data/prices.json apps/web/.gitignore:1 /data";
    assert_eq!(found("ENOENT: no such file or directory, open '/b/apps/web/data/prices.json'"), [prices]);
    assert_eq!(found("Cannot find module '/b/apps/web/data/prices.json'"), [prices]);
    // By its bare name, or relative to its package.
    for log in [
        "cp: cannot stat 'prices.json': No such file or directory",
        "cp: cannot stat 'data/prices.json': No such file or directory",
        "cp: can't stat 'data': No such file or directory",
        "cat: ./data/prices.json: No such file or directory",
        "/bin/sh: 1: cannot open data/prices.json: No such file",
        "Error: ENOENT: no such file or directory, copyfile 'data/prices.json' -> 'dist/c.json'",
    ] {
        assert_eq!(found(log), [prices], "{log}");
    }
}

#[test]
fn other_files_are_not() {
    for log in [
        "",
        "Cannot find module './seen'",
        "Cannot find module 'Query'",
        "Cannot find module './Other.graphql'",
        "Cannot find module './'",
        "copied data/prices.json",
        "cp: cannot stat 'web/prices.json': No such file or directory",
    ] {
        assert_eq!(found(log), Vec::<String>::new(), "{log}");
    }
}
