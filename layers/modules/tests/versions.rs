//! The planned trees compared with those of many real pnpm versions, including one on each side of every version that
//! changed a layout. `tests/pnpm-versions` contains them; `run` there recorded them.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{NodePathRule, PnpmVersion};
use fourply_testing::made::Made;
use fourply_testing::planned::{plan_at, scratch};
use fourply_testing::recorded::{Recorded, VARIANTS, Variant, tree};
use fourply_testing::{fixtures, real_pnpm};

/// Paths that vary from run to run, or that docs/pnpm.md lists under "Where pnpm is inconsistent".
const UNDECIDED: [&str; 8] = [
    "node_modules/.pnpm/node_modules/peer-host",
    "node_modules/.pnpm/node_modules/trans-peer",
    "node_modules/.pnpm/node_modules/dup",
    "shared-child",
    "node_modules/.bin/thing",
    "node_modules/@scope/thing/bin.js",
    "lib-link/hard.txt",
    "node_modules/.package-map.json",
];

/// Paths that are not compared for some versions.
fn except(variant: &Variant, version: &str, rules: &Rules) -> &'static [&'static str] {
    let PnpmVersion { major, minor, patch } = PnpmVersion::parse(version).unwrap();
    match (variant.name, major, minor) {
        // If a tarball has two entries of one path, 8 may write either last. NODE_PATH contains the folder of the
        // recording. Only 8.0 links commands of links that it leaves out.
        ("shop" | "shop-scripts", 8, 0) => &[
            "dup-entries/x.txt",
            "services/orders/node_modules/.bin/stock",
            "packages/units/node_modules/.bin",
        ],
        ("shop" | "shop-scripts", 8, _) => &["dup-entries/x.txt", "services/orders/node_modules/.bin/stock"],
        // Before 8.4, importers have no commands of workspace packages.
        ("shop-hoisted", 8, ..4) => &["dup-entries/x.txt", "services/orders/node_modules/.bin"],
        ("shop-hoisted", 8, _) => &["dup-entries/x.txt"],
        // Links to skipped optional packages, which lead to the root: a fault of that release.
        (_, 11, 28) if patch == 3 => {
            &["/native-parent/node_modules/@native/", "native-parent@1.0.0/node_modules/@native/"]
        }
        // The path of the folder of the recording: NODE_PATH contains all folders above.
        ("shop" | "shop-scripts", ..) if rules.bins.node_path == NodePathRule::EveryFolderAbove => {
            &["services/orders/node_modules/.bin/stock"]
        }
        ("shop-hoisted", 12, 0) => &["bin-conflict-2/two.js"],
        _ => &[],
    }
}

fn is_compared(row: &str, except: &[&str]) -> bool {
    let path = row.split('\t').next().unwrap();
    !UNDECIDED.iter().chain(except).any(|undecided| path.contains(undecided))
}

/// Whether a version installs all packages of the workspace, whatever the filter.
fn installs_all(version: &str) -> bool {
    PnpmVersion::parse(version).unwrap() < PnpmVersion::new(9, 5, 0)
}

/// `label` names the folder of the plan.
fn planned(label: &str, variant: &Variant, version: &str, rules: &'static Rules) -> BTreeSet<String> {
    let root = scratch(&format!("versions-{label}"));
    Made::new(variant.workspace, real_pnpm::major(version)).copy_to(&root);
    variant.configure(&root, version);
    let manifests = fourply_pnpm::Workspace::read(&root, Some(rules)).unwrap().manifests;
    let all: Vec<String> = manifests.keys().filter(|id| !id.is_root()).map(ToString::to_string).collect();
    let importers = match installs_all(version) {
        true => all.iter().map(String::as_str).collect(),
        false => vec![variant.service],
    };
    let planned = plan_at(&root, &importers, variant.scripts, Some(rules), "/app");
    tree(planned.rows())
}

fn compare(variant: &Variant) {
    let file = fixtures::project().join("tests/pnpm-versions").join(format!("{}.trees", variant.name));
    let recorded = Recorded::read(&file);
    assert!(recorded.versions().count() >= 20, "{}", file.display());
    let mut plans: BTreeMap<(&str, bool), BTreeSet<String>> = BTreeMap::new();
    let mut failed = Vec::new();
    for (version, real) in recorded.trees() {
        let rules = Rules::of_version(PnpmVersion::parse(version).unwrap());
        let plan = plans
            .entry((rules.release, installs_all(version)))
            .or_insert_with(|| planned(variant.name, variant, version, rules));
        let lines = differing(plan, real, except(variant, version, rules));
        println!("{} {version} as {rules}: {} paths, {} lines differ", variant.name, real.len(), lines.len());
        failed.extend(shown(variant, version, lines));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The lines that only one of the trees has.
fn differing(plan: &BTreeSet<String>, real: &BTreeSet<String>, except: &[&str]) -> Vec<String> {
    let mut real = real.clone();
    // The folder of pnpm's own records.
    if !real.iter().any(|row| row.starts_with("node_modules/.pnpm/")) {
        real.remove("node_modules/.pnpm\td\t0755\t-");
    }
    let ours: BTreeSet<&String> = plan.iter().filter(|row| is_compared(row, except)).collect();
    let real: BTreeSet<&String> = real.iter().filter(|row| is_compared(row, except)).collect();
    let mut lines: Vec<String> = ours.difference(&real).map(|row| format!("    fourply: {row}")).collect();
    lines.extend(real.difference(&ours).map(|row| format!("    pnpm:    {row}")));
    lines.sort_by_key(|line| line[13..].to_owned());
    lines
}

/// The first of them, with their trees.
fn shown(variant: &Variant, version: &str, mut lines: Vec<String>) -> Option<String> {
    let count = lines.len();
    lines.truncate(20);
    (count > 0).then(|| format!("{} {version}: {count}\n{}", variant.name, lines.join("\n")))
}

/// Versions on both sides of the most important boundaries, installed during the test, because the recorded trees may
/// be outdated. pnpm creates some paths either way, so it has three runs.
static BOUNDARIES: [&str; 26] = [
    "8.15.1", "8.15.2", "8.15.8", "8.15.9", "9.1.4", "9.2.0", "9.12.1", "9.12.2", "10.4.1", "10.5.2",
    "10.6.0", "10.8.1", "10.12.1", "10.12.2", "10.30.1", "10.30.2", "11.17.0", "11.27.1", "11.28.0",
    "11.28.10", "12.6.0", "12.7.0", "12.14.0", "12.15.0", "12.18.0", "12.20.0",
];

/// The workspaces for each: two at most. `peers` contains what changed there.
fn asked(version: &str) -> &'static [usize] {
    match version {
        "10.4.1" | "10.5.2" | "10.6.0" | "10.8.1" | "12.6.0" | "12.7.0" => &[4],
        "11.27.1" | "11.28.0" => &[0, 4],
        _ => &[0, 3],
    }
}
const RUNS: usize = 3;

fn live(variant: &Variant, version: &str) -> Option<String> {
    let rules = Rules::of_version(PnpmVersion::parse(version).unwrap());
    let label = format!("live-{}-{version}", variant.name);
    let plan = planned(&label, variant, version, rules);
    let mut lines = Vec::new();
    for _ in 0..RUNS {
        let root = scratch(&label);
        let real = variant.install(version, &root).map_err(|said| vec![said]);
        lines =
            real.map_or_else(|said| said, |real| differing(&plan, &real, except(variant, version, rules)));
        let _ = std::fs::remove_dir_all(&root);
        if lines.is_empty() {
            break;
        }
    }
    println!("{} {version} as {rules}: {} lines differ", variant.name, lines.len());
    shown(variant, version, lines)
}

#[test]
#[ignore = "needs real pnpm"]
fn boundaries() {
    // The lockfiles first: each is made once.
    for version in BOUNDARIES {
        let made = |at: &usize| drop(Made::new(VARIANTS[*at].workspace, real_pnpm::major(version)));
        asked(version).iter().for_each(made);
    }
    let (first, second) = BOUNDARIES.split_at(BOUNDARIES.len() / 2);
    let failed = std::thread::scope(|scope| {
        let run = |versions: &'static [&'static str]| {
            scope.spawn(move || -> Vec<String> {
                versions
                    .iter()
                    .flat_map(|version| asked(version).iter().filter_map(|at| live(&VARIANTS[*at], version)))
                    .collect()
            })
        };
        let [first, second] = [first, second].map(run);
        [first.join().unwrap(), second.join().unwrap()].concat()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

macro_rules! variants {
    ($($test:ident: $at:literal;)*) => {$(
        #[test]
        #[ignore = "needs real pnpm"]
        fn $test() {
            compare(&VARIANTS[$at]);
        }
    )*};
}

variants! {
    shop: 0;
    shop_hoisted: 1;
    shop_scripts: 2;
    depths: 3;
    peers: 4;
}
