#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{Verdict, reported_as};
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use crate::settings::Sources;
use crate::{DepPath, Manifest, PnpmSettings, Rules};

/// The verdict with settings in the place where the version reads them: package.json for 9, pnpm-workspace.yaml for the
/// others.
fn verdict(rules: &'static Rules, said: &str, package: &str) -> Verdict {
    let said: Value = serde_json::from_str(said).unwrap();
    let manifest = Manifest::parse(&format!("{{\"pnpm\": {said}}}"), "/w").unwrap();
    let sources = Sources {
        npmrc: Vec::new(),
        environment: &BTreeMap::new(),
        manifest: (rules == &PNPM_9).then_some(&manifest),
        workspace: said.as_object().unwrap(),
        root: Path::new("/w"),
    };
    PnpmSettings::read(&sources, &rules.settings).unwrap().may_build(&rules.builds, &DepPath::new(package))
}

#[test]
fn each_version_has_its_rule() {
    use Verdict::{Build, Ignored, Never};
    let cases = [
        (&PNPM_9, "{}", "a@1.0.0", Build),
        (&PNPM_9, r#"{"neverBuiltDependencies": ["a"]}"#, "a@1.0.0", Never),
        (&PNPM_9, r#"{"neverBuiltDependencies": ["a"]}"#, "b@1.0.0", Build),
        (&PNPM_9, r#"{"onlyBuiltDependencies": []}"#, "a@1.0.0", Never),
        (&PNPM_9, r#"{"onlyBuiltDependencies": ["a"]}"#, "a@1.0.0(p@2.0.0)", Build),
        (&PNPM_10, "{}", "a@1.0.0", Ignored),
        (&PNPM_10, r#"{"onlyBuiltDependencies": ["a"]}"#, "a@1.0.0", Build),
        (&PNPM_10, r#"{"onlyBuiltDependencies": ["a@1.0.0 || 2.0.0"]}"#, "a@2.0.0", Build),
        (&PNPM_10, r#"{"onlyBuiltDependencies": ["a@1.0.0 || 2.0.0"]}"#, "a@3.0.0", Ignored),
        (&PNPM_10, r#"{"ignoredBuiltDependencies": ["a"]}"#, "a@1.0.0", Never),
        (&PNPM_10, r#"{"neverBuiltDependencies": ["b"]}"#, "a@1.0.0", Build),
        (&PNPM_10, r#"{"allowBuilds": {"a": true, "b": false}}"#, "a@1.0.0", Build),
        (&PNPM_10, r#"{"dangerouslyAllowAllBuilds": true}"#, "a@1.0.0", Build),
        (&PNPM_11, r#"{"onlyBuiltDependencies": ["a"]}"#, "a@1.0.0", Ignored),
        (&PNPM_11, r#"{"allowBuilds": {"a": true, "b": false}}"#, "a@1.0.0(p@1.0.0)", Build),
        (&PNPM_12, r#"{"allowBuilds": {"a": true, "b": false}}"#, "b@1.0.0", Never),
        (&PNPM_12, r#"{"allowBuilds": {"a": true, "a@2.0.0": false}}"#, "a@2.0.0", Never),
        // A name does not match a package that is not from a registry.
        (&PNPM_11, r#"{"allowBuilds": {"a": true}}"#, "a@https://x.invalid/a.tgz", Ignored),
        (
            &PNPM_11,
            r#"{"allowBuilds": {"a@https://x.invalid/a.tgz": true}}"#,
            "a@https://x.invalid/a.tgz",
            Build,
        ),
    ];
    for (rules, yaml, package, expected) in cases {
        assert_eq!(verdict(rules, yaml, package), expected, "{rules}, {yaml}, {package}");
    }
}

#[test]
fn a_package_is_reported_without_its_peers() {
    assert_eq!(reported_as(&DepPath::new("a@1.0.0(patch_hash=ab)(p@1.0.0)")), "a@1.0.0(patch_hash=ab)");
}
