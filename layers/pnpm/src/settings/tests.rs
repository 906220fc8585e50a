#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{PnpmSettings, Sources, npmrc};
use crate::rules::{PNPM_8, PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use crate::{HoistingLimits, Manifest, NodeLinker, PnpmError, Rules};

/// The settings of a workspace, in each place.
#[derive(Default)]
struct Said {
    npmrc: &'static str,
    manifest: Value,
    yaml: Value,
    environment: Vec<(&'static str, &'static str)>,
}

fn read(said: &Said, rules: &'static Rules) -> Result<PnpmSettings, PnpmError> {
    let manifest = Manifest::parse(&said.manifest.to_string(), "/w").ok();
    let workspace: Map<String, Value> = said.yaml.as_object().cloned().unwrap_or_default();
    let environment: BTreeMap<String, String> =
        said.environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let npmrc = vec![(".npmrc".to_owned(), said.npmrc)];
    let sources = Sources {
        npmrc,
        environment: &environment,
        manifest: manifest.as_ref(),
        workspace: &workspace,
        root: Path::new("/w"),
    };
    PnpmSettings::read(&sources, &rules.settings)
}

#[test]
fn defaults_are_those_of_each_pnpm() {
    let of = |rules| read(&Said::default(), rules).unwrap();
    let nine = of(&PNPM_9);
    assert_eq!(nine.hoisting.public_hoist_pattern, ["*eslint*", "*prettier*"]);
    assert_eq!(nine.hoisting.hoist_pattern, ["*"]);
    assert_eq!(nine.folders.virtual_store_dir, "node_modules/.pnpm");
    assert_eq!(nine.folders.virtual_store_dir_max_length, 120);
    assert!(
        nine.hoisting.hoist
            && nine.hoisting.hoist_workspace_packages
            && nine.bins.extend_node_path
            && !nine.builds.strict_dep_builds
    );
    for rules in [&PNPM_10, &PNPM_11, &PNPM_12] {
        assert!(of(rules).hoisting.public_hoist_pattern.is_empty());
    }
    assert!(of(&PNPM_11).builds.strict_dep_builds);
    assert!(nine.pre_post_scripts && !of(&PNPM_8).pre_post_scripts);
}

/// As observed in 10.4.1, 10.5.2, 10.6.0, 10.8.0 and 10.8.1.
#[test]
fn ten_came_to_read_the_workspace_file_step_by_step() {
    let yaml = || {
        json!({"nodeLinker": "hoisted", "hoist": false, "shamefullyHoist": true, "hoistingLimits": "none",
            "overrides": {"a": "1"}})
    };
    let of = |version: &str, yaml: Value| {
        read(&Said { yaml, ..Said::default() }, Rules::of_name(version).unwrap())
    };
    for (version, hoisted, overrides) in
        [("10.4.1", false, false), ("10.5.0", false, true), ("10.5.2", false, true)]
    {
        let settings = of(version, yaml()).unwrap();
        assert_eq!(settings.node_linker == NodeLinker::Hoisted, hoisted, "{version}");
        assert_eq!(!settings.resolution.overrides.is_empty(), overrides, "{version}");
        assert!(settings.hoisting.hoist, "{version}");
    }
    // From here on, these limits make an install fail.
    assert!(of("10.6.0", yaml()).is_err() && of("10.34.9", yaml()).is_err());
    let without = || {
        let mut yaml = yaml();
        yaml.as_object_mut().unwrap().remove("hoistingLimits");
        yaml
    };
    for (version, follows) in [("10.6.0", false), ("10.8.0", false), ("10.8.1", true), ("10.34.9", true)] {
        let settings = of(version, without()).unwrap();
        assert_eq!(settings.node_linker, NodeLinker::Hoisted, "{version}");
        assert_eq!(settings.bins.prefer_symlinked_executables, follows, "{version}");
        assert_eq!(!settings.hoisting.hoist, follows, "{version}");
        assert_eq!(!settings.hoisting.public_hoist_pattern.is_empty(), follows, "{version}");
    }
}

#[test]
fn each_pnpm_has_its_own_sources() {
    let said = Said {
        npmrc: "hoist-pattern[]=from-npmrc\ndedupe-direct-deps=true\n",
        manifest: json!({"pnpm": {"onlyBuiltDependencies": ["manifest"], "hoistPattern": ["no"]}}),
        yaml: json!({"hoistPattern": ["from-yaml"], "onlyBuiltDependencies": ["yaml"]}),
        ..Said::default()
    };
    let nine = read(&said, &PNPM_9).unwrap();
    assert_eq!(
        (nine.hoisting.hoist_pattern, nine.builds.only_built_dependencies),
        (vec!["from-npmrc".to_owned()], Some(vec!["manifest".to_owned()]))
    );
    let ten = read(&said, &PNPM_10).unwrap();
    assert_eq!(
        (ten.hoisting.hoist_pattern, ten.builds.only_built_dependencies),
        (vec!["from-yaml".to_owned()], Some(vec!["yaml".to_owned()]))
    );
    assert!(ten.hoisting.dedupe_direct_deps);
    let eleven = read(&Said { yaml: json!({}), ..said }, &PNPM_11).unwrap();
    assert_eq!(
        (eleven.hoisting.hoist_pattern, eleven.builds.only_built_dependencies),
        (vec!["*".to_owned()], None)
    );
    assert!(!eleven.hoisting.dedupe_direct_deps);
}

#[test]
fn the_environment_is_stronger_than_npmrc() {
    let environment = vec![("npm_config_hoist", "false"), ("pnpm_config_hoist_pattern", "x")];
    let said = || Said { npmrc: "hoist=true", environment: environment.clone(), ..Said::default() };
    assert!(!read(&said(), &PNPM_9).unwrap().hoisting.hoist);
    assert_eq!(read(&said(), &PNPM_11).unwrap().hoisting.hoist_pattern, ["x"]);
}

#[test]
fn shamefully_hoist_wins_over_the_pattern_both_ways() {
    let of = |npmrc| read(&Said { npmrc, ..Said::default() }, &PNPM_9).unwrap().hoisting.public_hoist_pattern;
    assert_eq!(of("shamefully-hoist=true\npublic-hoist-pattern[]=a"), ["*"]);
    assert!(of("shamefully-hoist=false\npublic-hoist-pattern[]=a").is_empty());
    assert_eq!(of("public-hoist-pattern[]=a\npublic-hoist-pattern[]=b"), ["a", "b"]);
    assert!(of("public-hoist-pattern=").is_empty());
}

#[test]
fn what_is_not_followed_is_refused_by_name_value_and_place() {
    for (npmrc, name) in [
        ("node-linker=hoisted\nmodules-dir=deps", "modulesDir"),
        ("node-linker = pnp", "nodeLinker"),
        ("symlink=false", "symlink"),
        ("shared-workspace-lockfile=false", "sharedWorkspaceLockfile"),
        ("enable-modules-dir=false", "enableModulesDir"),
        ("lockfile=false", "lockfile"),
        ("lockfile-dir=..", "lockfileDir"),
        ("git-branch-lockfile=true", "gitBranchLockfile"),
        ("node-experimental-package-map=true", "nodeExperimentalPackageMap"),
        ("deploy-all-files=true", "deployAllFiles"),
        ("virtual-store-only=true", "virtualStoreOnly"),
        ("virtual-store-type=global", "virtualStoreType"),
        ("virtual-store-dir=/elsewhere", "virtualStoreDir"),
        ("virtual-store-dir=../x", "virtualStoreDir"),
        ("modules-dir=.", "modulesDir"),
        ("virtual-store-dir-max-length=5", "virtualStoreDirMaxLength"),
    ] {
        let error = read(&Said { npmrc, ..Said::default() }, &PNPM_9).unwrap_err();
        assert!(
            matches!(&error, PnpmError::Setting { name: found, origin, .. } if *found == name && origin == ".npmrc"),
            "{error}"
        );
    }
    let global = Said { yaml: json!({"enableGlobalVirtualStore": true}), ..Said::default() };
    assert!(read(&global, &PNPM_11).is_err());
    let ignored = Said { npmrc: "node-linker=hoisted", ..Said::default() };
    let settings = read(&ignored, &PNPM_11).unwrap();
    assert_eq!(settings.node_linker, NodeLinker::Isolated, "pnpm 11 does not read it there");
}

#[test]
fn hoisted_packages_have_linked_commands_and_limits_where_there_are_some() {
    let settings = read(&Said { npmrc: "node-linker=hoisted", ..Said::default() }, &PNPM_9).unwrap();
    assert_eq!(settings.node_linker, NodeLinker::Hoisted);
    assert!(settings.bins.prefer_symlinked_executables);
    let limited =
        Said { yaml: json!({"nodeLinker": "hoisted", "hoistingLimits": "workspaces"}), ..Said::default() };
    assert_eq!(read(&limited, &PNPM_11).unwrap().hoisting.limits, HoistingLimits::Workspaces);
    assert_eq!(read(&limited, &PNPM_9).unwrap().hoisting.limits, HoistingLimits::None);
    for rules in [&PNPM_10, Rules::of_name("11.4.0").unwrap()] {
        assert!(matches!(read(&limited, rules), Err(PnpmError::Setting { name: "hoistingLimits", .. })));
        let isolated = Said { yaml: json!({"hoistingLimits": "workspaces"}), ..Said::default() };
        assert_eq!(read(&isolated, rules).unwrap().hoisting.limits, HoistingLimits::None);
    }
    let wrong = Said { yaml: json!({"hoistingLimits": "some"}), ..Said::default() };
    assert!(matches!(read(&wrong, &PNPM_11), Err(PnpmError::Setting { name: "hoistingLimits", .. })));
}

#[test]
fn packages_of_the_workspace_are_hoisted_by_default_from_nine_on() {
    let default = |rules| read(&Said::default(), rules).unwrap().hoisting.hoist_workspace_packages;
    assert!(!default(&PNPM_8) && default(&PNPM_9));
}

#[test]
fn folders_may_be_absolute_within_the_root() {
    let said = Said { npmrc: "virtual-store-dir=/w/node_modules/.store", ..Said::default() };
    assert_eq!(read(&said, &PNPM_9).unwrap().folders.virtual_store_dir, "node_modules/.store");
    let said = Said { npmrc: "modules-dir=deps", ..Said::default() };
    assert_eq!(read(&said, &PNPM_10).unwrap().folders.virtual_store_dir, "deps/.pnpm");
    assert_eq!(read(&said, &PNPM_9).unwrap().folders.virtual_store_dir, "node_modules/.pnpm");
}

#[test]
fn overrides_are_resolved_as_the_lockfile_records_them() {
    let said = Said {
        manifest: json!({
            "dependencies": {"left-pad": "^1.2.0"},
            "resolutions": {"a": "1", "b": "1"},
            "pnpm": {"overrides": {"b": "2", "left-pad": "$left-pad", "x@1>c": "catalog:", "d": "catalog:other"}},
        }),
        yaml: json!({"catalog": {"c": "^3.0.0"}, "catalogs": {"other": {"d": "4.0.0"}}}),
        ..Said::default()
    };
    let overrides = read(&said, &PNPM_9).unwrap().resolution.overrides;
    let expected = [("a", "1"), ("b", "2"), ("d", "4.0.0"), ("left-pad", "^1.2.0"), ("x@1>c", "^3.0.0")];
    assert_eq!(
        overrides,
        expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    );
}

#[test]
fn builds_that_are_ignored_are_not_allowed() {
    let yaml = json!({"allowBuilds": {"a": true, "b": false}, "ignoredBuiltDependencies": ["c"]});
    let allowed = read(&Said { yaml, ..Said::default() }, &PNPM_10).unwrap().builds.allow_builds;
    assert_eq!(
        allowed.into_iter().collect::<Vec<_>>(),
        [("a".to_owned(), true), ("b".to_owned(), false), ("c".to_owned(), false)]
    );
}

#[test]
fn npmrc_is_read_as_npm_reads_it() {
    let environment = BTreeMap::from([("HOME".to_owned(), "/home/x".to_owned())]);
    let text = "\u{feff}; comment\n# comment\n[section]\nquoted = \"a # b\"\ntail=yes # why\nescaped=a\\;b\nflag\nlist[] = 1\nlist[]=2\npath=${HOME}/x\nunset=${NOPE}\n//h/:_authToken=${NOPE}\n";
    let values = npmrc::parse(text, &environment);
    let expected = json!({
        "quoted": "a # b", "tail": "yes", "escaped": "a;b", "flag": "true", "list": ["1", "2"],
        "path": "/home/x/x", "unset": "${NOPE}", "//h/:AuthToken": "${NOPE}",
    });
    assert_eq!(Value::Object(values), expected);
}
