//! The planned trees compared with those of real pnpm: every path, type, mode, link target and SHA-256.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_pnpm::{Rules, check_fresh};
use fourply_testing::fixtures::{self, FixtureRegistry};
use fourply_testing::made::copy;
use fourply_testing::planned::{differences, is_bookkeeping, plan, scratch};

/// A tree of `erp-variants` or `monorepos`: path, type, size, mode, target, sha256, sha256_app.
fn real_tree(archive: &Path) -> BTreeMap<String, String> {
    let mut text = String::new();
    zstd::Decoder::new(std::fs::File::open(archive).unwrap()).unwrap().read_to_string(&mut text).unwrap();
    let rows =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect::<Vec<_>>());
    let row = |row: Vec<&str>| {
        let column = |at: usize| row.get(at).copied().unwrap_or_default();
        let digest = [column(6), column(5)].into_iter().find(|digest| !digest.is_empty());
        let value = match column(1) {
            "d" => "-",
            "l" => column(4),
            _ => digest.unwrap(),
        };
        (column(0).to_owned(), format!("{}\t{}\t{value}", column(1), column(3)))
    };
    rows.map(row).filter(|(path, _)| !is_bookkeeping(path)).collect()
}

fn check(folder: &str, workspace: &str, importers: &[&str], tree: &str) {
    check_by(folder, workspace, importers, tree, None);
}

fn check_by(folder: &str, workspace: &str, importers: &[&str], tree: &str, rules: Option<&'static Rules>) {
    let dir = fixtures::dir().join(folder);
    let root = scratch(tree);
    fixtures::untar_zst(&dir.join(format!("{workspace}.tar.zst")), &root);
    let planned = plan(&root.join(workspace), importers, false, rules);
    check_fresh(&planned.workspace).unwrap();
    let mut real = real_tree(&dir.join(format!("{tree}.tsv.zst")));
    if workspace == "hoisted" {
        // It contained only a copy of the lockfile.
        real.remove("node_modules/.pnpm");
    }
    same(tree, planned.rows(), real);
}

fn same(tree: &str, mut ours: BTreeMap<String, String>, mut real: BTreeMap<String, String>) {
    for (path, reason) in exceptions(tree) {
        println!("{tree}: {path} is left out: {reason}");
        let inside = |other: &str| {
            other == *path || other.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
        };
        ours.retain(|other, _| !inside(other));
        real.retain(|other, _| !inside(other));
    }
    let (count, shown) = differences(&ours, &real);
    println!("{tree}: {} paths, {count} differ", real.len());
    assert!(count == 0, "{tree}: {count} of {} paths differ\n{shown}", real.len());
}

/// Paths that are not compared, with the reason.
fn exceptions(tree: &str) -> &'static [(&'static str, &'static str)] {
    const RACE: &str = "pnpm 9 hoists either of two direct dependencies; six fresh runs of 9.14.2 all took the one that is taken here";
    const LEAK: &str =
        "a file with the same content is a command of the package, and the tree was made with hard links";
    const HARD_LINK: &str = "12 drops a hard link in a tarball, 9 to 11 and fourply keep an empty file";
    const SCRIPT: &str = "what a script of the package wrote: it was run";
    const FIXED: &str =
        "9 and 10 lose an optional package that an unsupported one needs too; fourply, 11 and 12 do not";
    const LIB_LINK: &[(&str, &str)] =
        &[("node_modules/.pnpm/lib-link@1.0.0/node_modules/lib-link/hard.txt", HARD_LINK)];
    const SHARED_CHILD: &[(&str, &str)] = &[
        ("node_modules/.pnpm/b-any@1.0.0/node_modules/shared-child", FIXED),
        ("node_modules/.pnpm/node_modules/shared-child", FIXED),
        ("node_modules/.pnpm/shared-child@1.0.0", FIXED),
    ];
    match tree {
        "alias.auth" => &[
            ("node_modules/.pnpm/node_modules/uuid", RACE),
            ("node_modules/.pnpm/node_modules/.bin/uuid", RACE),
        ],
        "cosmo.controlplane" | "cosmo.cdn-server" => &[(
            "node_modules/.pnpm/graphql-language-service@5.2.1_graphql@16.9.0_patch_hash=hafdlc54qtxpqvetpefk646rly_/node_modules/graphql-language-service/esm/temp-bin.js",
            LEAK,
        )],
        "ws1-v12" | "ws1-inject-v12" => LIB_LINK,
        "ws2-v9" => {
            &[("node_modules/.pnpm/local-dir@file+vendor+local-dir/node_modules/local-dir/post.txt", SCRIPT)]
        }
        "ws3-v9" | "ws3-v10" => SHARED_CHILD,
        _ => &[],
    }
}

/// pnpm 8 installs every service whatever the filter, so all are planned here.
#[test]
#[ignore = "needs the fixtures and a registry"]
fn pnpm_8() {
    check("erp-variants", "p8", &["services/auth", "services/finance", "services/master-data"], "p8.auth");
}

/// The small workspace with one change in each.
#[test]
#[ignore = "needs the fixtures and a registry"]
fn erp_variants() {
    let folder = fixtures::dir().join("erp-variants");
    let names = std::fs::read_dir(&folder).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        Some(name.strip_suffix(".tar.zst")?.to_owned())
    });
    let names: BTreeSet<String> = names.collect();
    assert!(names.len() >= 19, "{names:?}");
    for name in names.iter().filter(|name| *name != "p8") {
        check("erp-variants", name, &["services/auth"], &format!("{name}.auth"));
    }
}

macro_rules! monorepos {
    ($($test:ident: $workspace:literal, $importer:literal, $tree:literal;)*) => {$(
        #[test]
        #[ignore = "needs the fixtures and a registry"]
        fn $test() {
            check("monorepos", $workspace, &[$importer], concat!($workspace, ".", $tree));
        }
    )*};
}

monorepos! {
    kaneo_api: "kaneo", "apps/api", "api";
    cosmo_cdn_server: "cosmo", "cdn-server", "cdn-server";
    cosmo_controlplane: "cosmo", "controlplane", "controlplane";
}

/// The workspace names 10.17.0, but its trees were made with the newest 10, which writes other shims. Those of 10.17.0
/// itself match its plan.
fn nest(service: &str) {
    let importer = format!("apps/{service}");
    let tree = format!("nest-turbo-starter.{service}");
    check_by("monorepos", "nest-turbo-starter", &[&importer], &tree, Some(&PNPM_10));
}

#[test]
#[ignore = "needs the fixtures and a registry"]
fn nest_notification_service() {
    nest("notification-service");
}

#[test]
#[ignore = "needs the fixtures and a registry"]
fn nest_auth_service() {
    nest("auth-service");
}

/// A tree of `pnpm/trees`: path, D F L, mode, SHA-256 or target.
fn made_up_tree(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).unwrap();
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let mode = if columns[1] == "L" { "777" } else { columns[2] };
        (columns[0].to_owned(), format!("{}\t0{mode}\t{}", columns[1].to_lowercase(), columns[3]))
    };
    text.lines().map(row).filter(|(path, _)| !is_bookkeeping(path)).collect()
}

/// The test workspaces for the difficult rules, installed by each version of pnpm with scripts allowed.
#[test]
#[ignore = "needs the fixtures and node"]
fn made_up_workspaces() {
    let dir = fixtures::dir().join("pnpm");
    let _registry = FixtureRegistry::start();
    let mut failed = Vec::new();
    let mut trees: Vec<_> =
        std::fs::read_dir(dir.join("trees")).unwrap().map(|entry| entry.unwrap().path()).collect();
    trees.sort();
    for tree in trees {
        let name = tree.file_stem().unwrap().to_str().unwrap().to_owned();
        let root = scratch(&name);
        copy(&dir.join("workspaces").join(&name), &root);
        fixtures::untar_zst(&dir.join("git-fixture.tar.zst"), &root);
        move_repository(&root);
        let importers: &[&str] = match name.split('-').next().unwrap() {
            "ws1" => &["services/api"],
            "ws2" => &["services/app"],
            "ws3" => &["app"],
            _ => &["svc"],
        };
        let rules = match name.rsplit("-v").next().unwrap() {
            "9" => &PNPM_9,
            "10" => &PNPM_10,
            "11" => &PNPM_11,
            _ => &PNPM_12,
        };
        let compared = std::panic::catch_unwind(|| {
            same(&name, plan(&root, importers, true, Some(rules)).rows(), made_up_tree(&tree))
        });
        failed.extend(compared.err().map(|_| name));
    }
    assert!(failed.is_empty(), "{failed:?} differ");
}

/// The lockfiles have the git repository in /srv; here it is in the workspace. The names of its packages stay
/// unchanged.
fn move_repository(root: &Path) {
    let lockfile = root.join("pnpm-lock.yaml");
    let text = std::fs::read_to_string(&lockfile).unwrap();
    let here = format!("repo: file://{}/git-fixture", root.display());
    std::fs::write(lockfile, text.replace("repo: file:///srv/git-fixture", &here)).unwrap();
}
