//! `nodeLinker: hoisted`: random workspaces, and the test workspaces with the settings that matter.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_8, PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_testing::npm_registry::Registry;
use fourply_testing::planned::scratch;
use fourply_testing::real_pnpm;

use crate::{CASES, Setting, compare, compare_at, random_locked};

const HOISTED: Setting = ("node-linker=hoisted", "nodeLinker: hoisted");

const VARIANTS: [(&str, &[Setting]); 5] = [
    ("hoisted", &[HOISTED]),
    (
        "hoisted-shims",
        &[HOISTED, ("prefer-symlinked-executables=false", "preferSymlinkedExecutables: false")],
    ),
    ("hoisted-dedupe", &[HOISTED, ("dedupe-direct-deps=true", "dedupeDirectDeps: true")]),
    ("hoisted-to-workspaces", &[HOISTED, ("hoisting-limits=workspaces", "hoistingLimits: workspaces")]),
    ("hoisted-to-dependencies", &[HOISTED, ("hoisting-limits=dependencies", "hoistingLimits: dependencies")]),
];

fn made(rules: &'static Rules) {
    let _registry = Registry::start();
    let mut failed = Vec::new();
    for (variant, settings) in VARIANTS {
        for (name, importer, scripts) in
            [("shop", "services/orders", false), ("shop", "services/orders", true), ("depths", "app", false)]
        {
            match compare(rules, name, importer, variant, settings, scripts) {
                Ok(paths) => println!(
                    "pnpm {} {name} {variant}, scripts {scripts}: {paths} paths, 0 differ",
                    rules.major()
                ),
                Err(message) => failed.push(message),
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// The small workspace modelled on real ones, with packages of npm's registry.
fn sample(rules: &'static Rules) {
    let label = format!("live-sample-v{}", rules.major());
    let root = scratch(&label);
    fourply_testing::fixtures::untar_zst(
        &fourply_testing::fixtures::dir().join("erp-variants/hoisted.tar.zst"),
        &root,
    );
    let root = root.join("hoisted");
    if rules.major() > 10 {
        let path = root.join("pnpm-workspace.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}\nnodeLinker: hoisted\n")).unwrap();
    }
    let paths = compare_at(&label, rules, &root, "services/auth", "hoisted", false).unwrap();
    println!("{label}: {paths} paths, 0 differ");
    let _ = std::fs::remove_dir_all(&root);
}

fn random(rules: &'static Rules) {
    // For 12, also the last version without depth-first hoisting.
    let earlier = (rules.major() == 12).then(|| Rules::of_name("12.18.0").unwrap());
    let all: Vec<_> = [rules].into_iter().chain(earlier).collect();
    let cases = if earlier.is_some() { CASES / 2 } else { CASES };
    for rules in all {
        let name = format!("{}-hoisted", rules.release);
        random_locked(rules, cases, &name, &[HOISTED], &|root| real_pnpm::lock(rules, root));
    }
}

macro_rules! versions {
    ($($made:ident, $random:ident, $sample:ident: $rules:expr;)*) => {$(
        #[test]
        #[ignore = "needs real pnpm"]
        fn $made() {
            made($rules);
        }

        #[test]
        #[ignore = "needs real pnpm"]
        fn $random() {
            random($rules);
        }

        #[test]
        #[ignore = "needs the fixtures, a registry and real pnpm"]
        fn $sample() {
            sample($rules);
        }
    )*};
}

versions! {
    made_9, random_9, sample_9: &PNPM_9;
    made_10, random_10, sample_10: &PNPM_10;
    made_11, random_11, sample_11: &PNPM_11;
    made_12, random_12, sample_12: &PNPM_12;
}

#[test]
#[ignore = "needs real pnpm"]
fn random_8() {
    random(&PNPM_8);
}
