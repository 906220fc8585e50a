//! The planned trees against those that real pnpm of many versions made, one of them on each side of every version that changed a layout:
//! `tests/pnpm-versions`, which `run` there recorded.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{NodePathRule, PnpmVersion};
use fourply_testing::made::Made;
use fourply_testing::planned::{plan_at, scratch};
use fourply_testing::recorded::{Recorded, VARIANTS, Variant, tree};
use fourply_testing::{fixtures, real_pnpm};

/// Paths that pnpm makes one way or the other from run to run, or that docs/pnpm.md lists among what it is not of one mind about.
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

/// What is not compared for some versions.
fn except(variant: &Variant, version: &str, rules: &Rules) -> &'static [&'static str] {
    let PnpmVersion { major, minor, patch } = PnpmVersion::parse(version).unwrap();
    match (variant.name, major, minor) {
        // Links to optional packages that were skipped, which lead to the root: a fault of that release.
        (_, 11, 28) if patch == 3 => {
            &["/native-parent/node_modules/@native/", "native-parent@1.0.0/node_modules/@native/"]
        }
        // The path of the folder that it was recorded in: NODE_PATH holds all folders above.
        ("shop" | "shop-scripts", ..) if rules.bins.node_path == NodePathRule::EveryFolderAbove => {
            &["services/orders/node_modules/.bin/stock", "/modes/m645.txt", "/modes/m654.txt"]
        }
        // 9 takes a file for executable only if all may execute it, as 8 does, before 9.13.
        (_, 9, ..13) => &["/modes/m645.txt", "/modes/m654.txt"],
        // Packages that lie there twice, and links of importers to packages of the root, before 12.20: docs/pnpm.md.
        ("shop-hoisted", 12, 0) => &[
            "node_modules/has-peer/node_modules",
            "services/orders/node_modules/b-alias",
            "bin-conflict-2/two.js",
        ],
        ("shop-hoisted", 12, ..20) => {
            &["node_modules/has-peer/node_modules", "services/orders/node_modules/b-alias"]
        }
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

fn planned(variant: &Variant, version: &str, rules: &'static Rules) -> BTreeSet<String> {
    let root = scratch(&format!("versions-{}", variant.name));
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
            .or_insert_with(|| planned(variant, version, rules));
        let (mut real, except) = (real.clone(), except(variant, version, rules));
        // What pnpm keeps its own records in.
        let records = "node_modules/.pnpm\td\t0755\t-";
        if !real.iter().any(|row| row.starts_with("node_modules/.pnpm/")) {
            real.remove(records);
        }
        let ours: BTreeSet<&String> = plan.iter().filter(|row| is_compared(row, except)).collect();
        let real: BTreeSet<&String> = real.iter().filter(|row| is_compared(row, except)).collect();
        let mut lines: Vec<String> =
            ours.difference(&real).map(|row| format!("    fourply: {row}")).collect();
        lines.extend(real.difference(&ours).map(|row| format!("    pnpm:    {row}")));
        lines.sort_by_key(|line| line[13..].to_owned());
        println!("{} {version} as {rules}: {} paths, {} lines differ", variant.name, real.len(), lines.len());
        if !lines.is_empty() {
            let count = lines.len();
            lines.truncate(20);
            failed.push(format!("{} {version} as {rules}: {count}\n{}", variant.name, lines.join("\n")));
        }
    }
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
}
