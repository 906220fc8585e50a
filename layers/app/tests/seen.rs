//! A build step's changes in node_modules that fourply sees, and the files of the workspace that a build step sees.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use fourply_testing::program::tool;
use support::{Bench, write};

/// A workspace of one service with one package from a local tarball, and this build script.
fn workspace(root: &Path, script: &str) {
    let manifest = format!(
        r#"{{"name": "x", "packageManager": "pnpm@9.14.2", "main": "dist/main.js", "dependencies": {{"p": "file:p.tgz"}},
            "scripts": {{"build": "{script} && mkdir dist && touch dist/main.js"}}}}"#
    );
    write(
        root,
        &[
            ("pack/package/package.json", r#"{"name": "p", "version": "1.0.0"}"#),
            ("pack/package/index.js", "published\n"),
            ("package.json", &manifest),
        ],
    );
    let (tarball, pack) = (root.join("p.tgz"), root.join("pack"));
    let place = [tarball.to_str().unwrap(), "-C", pack.to_str().unwrap()];
    tool("tar", &[&["--mtime=@0", "-czf"], &place[..], &["package"]].concat());
    fs_err::remove_dir_all(pack).unwrap();
    let hash = "require('crypto').createHash('sha512').update(require('fs').readFileSync(process.argv[1])).digest('base64')";
    let integrity = tool("node", &["-p", hash, tarball.to_str().unwrap()]);
    let lockfile = format!(
        "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      p: {{specifier: 'file:p.tgz', version: 'file:p.tgz'}}\n\
         packages:\n  p@file:p.tgz:\n    resolution: {{integrity: sha512-{}, tarball: 'file:p.tgz'}}\n    version: 1.0.0\n\
         snapshots:\n  p@file:p.tgz: {{}}\n",
        integrity.trim()
    );
    write(root, &[("pnpm-lock.yaml", &lockfile)]);
}

#[test]
fn an_edit_behind_an_old_time_is_seen_and_a_touch_is_none() {
    let bench = Bench::new(true);
    let generated = |script: &str| {
        let folder = tempfile::tempdir().unwrap();
        workspace(folder.path(), script);
        let built = bench.build(folder.path(), ".").unwrap();
        let pack = bench.store.open_pack(&built.generated?).unwrap();
        let of = |entry| String::from_utf8(pack.bytes(entry).unwrap().into_owned()).unwrap();
        let files: Vec<_> = pack.entries().iter().map(|entry| (entry.path.clone(), of(entry))).collect();
        Some(files)
    };
    let forge = "touch -r node_modules/p/index.js time && printf PUBLISHED > node_modules/p/index.js \
        && echo >> node_modules/p/index.js && touch -r time node_modules/p/index.js";
    let file = "node_modules/.pnpm/p@file+p.tgz/node_modules/p/index.js";
    let forged = generated(forge);
    assert_eq!(forged, Some(vec![(file.to_owned(), "PUBLISHED\n".to_owned())]));
    // The next build starts with the published files.
    let published = generated("grep -q published node_modules/p/index.js");
    assert_eq!(published, None);
    // A hard link, and a time that is set to its old value, are no changes.
    assert_eq!(
        generated(
            "ln node_modules/p/index.js linked.js && touch -r node_modules/p/index.js node_modules/p/index.js"
        ),
        None
    );
}

/// A workspace with a service that has the package `p`, and these other packages with their names.
fn with_others(root: &Path, others: &[(&str, &str)]) {
    workspace(root, "ls -A node_modules/.pnpm/node_modules > seen || true");
    let manifest = fs_err::read_to_string(root.join("package.json")).unwrap();
    let lockfile = fs_err::read_to_string(root.join("pnpm-lock.yaml")).unwrap();
    let service = lockfile.replace("\n  .:\n", "\n  .: {}\n  a:\n").replace("file:p.tgz", "file:../p.tgz");
    let importers: String = others.iter().map(|(folder, _)| format!("  {folder}: {{}}\n")).collect();
    let lockfile =
        service.replace("packages:\n", &format!("{importers}packages:\n")).replace("p@file:../", "p@file:");
    let lockfile = lockfile
        .replace("version: 'file:../", "version: 'file:")
        .replace("tarball: 'file:../", "tarball: 'file:");
    write(
        root,
        &[
            ("package.json", r#"{"name": "root", "packageManager": "pnpm@9.14.2"}"#),
            ("pnpm-workspace.yaml", "packages: ['*']\n"),
            ("a/package.json", &manifest.replace("file:p.tgz", "file:../p.tgz")),
            ("pnpm-lock.yaml", &lockfile),
        ],
    );
    for (folder, name) in others {
        write(root, &[(&format!("{folder}/package.json"), &format!(r#"{{"name": "{name}"}}"#))]);
    }
}

#[test]
fn a_package_that_the_service_does_not_need_builds_it_again_only_if_it_hides_another() {
    let bench = Bench::new(true);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let build = |others: &[(&str, &str)]| {
        with_others(root, others);
        bench.build(root, "a").unwrap()
    };
    assert!(!build(&[("b", "b")]).reused);
    // A new package, another name, one package less.
    assert!(build(&[("b", "b"), ("c", "@x/c")]).reused);
    assert!(build(&[("b", "@x/other")]).reused);
    assert!(build(&[]).reused);
    // Hoisting links the workspace's own package instead of one with the same name.
    assert!(!build(&[("b", "p")]).reused);
}
