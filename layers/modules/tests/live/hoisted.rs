//! `nodeLinker: hoisted`: random workspaces, and the fixtures' with the settings that matter.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use fourply_testing::npm_registry::Registry;
use fourply_testing::real_pnpm;

use crate::{Setting, compare, random_locked};

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

fn fixtures(rules: &'static Rules) {
    let _registry = Registry::start();
    let mut failed = Vec::new();
    for (variant, settings) in VARIANTS {
        for (name, importer, scripts) in
            [("ws1", "services/api", false), ("ws1", "services/api", true), ("ws3", "app", false)]
        {
            match compare(rules, name, importer, variant, settings, scripts) {
                Ok(paths) => println!("pnpm {} {name} {variant}, scripts {scripts}: {paths} paths, 0 differ", rules.major()),
                Err(message) => failed.push(message),
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn random(rules: &'static Rules) {
    let name = format!("{}-hoisted", rules.major());
    random_locked(rules, &name, &[HOISTED], &|root| real_pnpm::lock(rules, root));
}

macro_rules! versions {
    ($($fixtures:ident, $random:ident: $rules:expr;)*) => {$(
        #[test]
        #[ignore = "needs the fixtures and real pnpm"]
        fn $fixtures() {
            fixtures($rules);
        }

        #[test]
        #[ignore = "needs the fixtures and real pnpm"]
        fn $random() {
            random($rules);
        }
    )*};
}

versions! {
    fixtures_9, random_9: &PNPM_9;
    fixtures_10, random_10: &PNPM_10;
    fixtures_11, random_11: &PNPM_11;
    fixtures_12, random_12: &PNPM_12;
}
