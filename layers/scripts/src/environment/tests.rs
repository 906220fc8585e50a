#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{manifest, settings};

fn with(
    extra: &[(&str, &str)],
    pnpm: Option<&BuildPnpm>,
    settings: &PnpmSettings,
) -> BTreeMap<String, OsString> {
    let manifest = manifest(r#"{"name": "@x/a", "version": "1.2.3"}"#);
    let node = BuildNode::of_machine("/tools/node/bin".into(), "20.20.2".to_owned());
    let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let around = ScriptEnvironment {
        root: Path::new("/b/app"),
        home: Path::new("/b/home"),
        tmp: Path::new("/b/tmp"),
        node: &node,
        pnpm,
        pnpm_version: Some("9.14.2"),
        extra: &extra,
        source_date_epoch: 42,
        settings,
    };
    let folder = Path::new("/b/app/services/a");
    let step = ScriptStep { folder, manifest: &manifest, event: "prebuild", command: "tsc", secrets: None };
    environment(&around, &step)
}

#[test]
fn everything_that_a_script_finds_stands_here() {
    let found = with(&[], None, &settings());
    let text: Vec<String> =
        found.iter().map(|(name, value)| format!("{name}={}", value.to_string_lossy())).collect();
    let arch = node_arch();
    let expected = format!(
        "ASTRO_TELEMETRY_DISABLED=1
CHECKPOINT_DISABLE=1
CI=1
DO_NOT_TRACK=1
HOME=/b/home
INIT_CWD=/b/app
LANG=C
LC_ALL=C
MOON_CACHE=off
MOON_TELEMETRY=false
NEXT_TELEMETRY_DISABLED=1
NODE=/tools/node/bin/node
NUXT_TELEMETRY_DISABLED=1
NX_DAEMON=false
NX_NO_CLOUD=true
NX_SKIP_NX_CACHE=true
NX_SKIP_REMOTE_CACHE=true
PATH=/b/app/services/a/node_modules/.bin:/b/app/node_modules/.bin:/tools/node/bin:/usr/local/bin:/usr/bin:/bin
PNPM_SCRIPT_SRC_DIR=/b/app/services/a
SOURCE_DATE_EPOCH=42
TMPDIR=/b/tmp
TURBO_FORCE=true
TURBO_NO_UPDATE_NOTIFIER=1
TURBO_TELEMETRY_DISABLED=1
TZ=UTC
npm_command=run-script
npm_config_manage_package_manager_versions=false
npm_config_offline=true
npm_config_pm_on_fail=ignore
npm_config_user_agent=pnpm/9.14.2 npm/? node/v20.20.2 linux {arch}
npm_config_verify_deps_before_run=false
npm_lifecycle_event=prebuild
npm_lifecycle_script=tsc
npm_node_execpath=/tools/node/bin/node
npm_package_json=/b/app/services/a/package.json
npm_package_name=@x/a
npm_package_version=1.2.3
pnpm_config_manage_package_manager_versions=false
pnpm_config_offline=true
pnpm_config_pm_on_fail=ignore
pnpm_config_verify_deps_before_run=false"
    );
    assert_eq!(text.join("\n"), expected);
}

#[test]
fn the_configuration_wins_and_pnpm_comes_before_node() {
    let pnpm = BuildPnpm {
        bin_dir: "/tools/pnpm".into(),
        program: "/tools/pnpm/pnpm.cjs".into(),
        version: "9.14.2".to_owned(),
    };
    let found = with(
        &[("TZ", "Asia/Dhaka"), ("NODE_OPTIONS", "--max-old-space-size=4096")],
        Some(&pnpm),
        &settings(),
    );
    assert_eq!(found["TZ"], "Asia/Dhaka");
    assert_eq!(found["NODE_OPTIONS"], "--max-old-space-size=4096");
    assert_eq!(found["npm_execpath"], "/tools/pnpm/pnpm.cjs");
    assert!(found["PATH"].to_string_lossy().contains(":/tools/pnpm:/tools/node/bin:"));
}

#[test]
fn linked_commands_find_hoisted_packages_by_node_path() {
    let mut settings = settings();
    assert!(!with(&[], None, &settings).contains_key("NODE_PATH"));
    settings.bins.prefer_symlinked_executables = true;
    assert_eq!(with(&[], None, &settings)["NODE_PATH"], "/b/app/node_modules/.pnpm/node_modules");
}
