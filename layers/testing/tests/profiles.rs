//! What is shipped is fully optimised, whatever the release profile lowers for the sake of a fast first build.
#![allow(clippy::unwrap_used)]

use fourply_testing::house::workspace_root;
use toml::Value;

/// The packages of a profile that are named, with their optimisation.
fn packages(manifest: &Value, profile: &str) -> Vec<(String, i64)> {
    let named = manifest["profile"][profile]["package"].as_table().unwrap();
    named.iter().map(|(name, package)| (name.clone(), package["opt-level"].as_integer().unwrap())).collect()
}

#[test]
fn the_profile_ship_optimises_each_package_fully() {
    let manifest = std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap();
    let manifest: Value = toml::from_str(&manifest).unwrap();
    assert_eq!(manifest["profile"]["ship"]["opt-level"].as_integer(), Some(3));
    let shipped = packages(&manifest, "ship");
    let lowered = packages(&manifest, "release").into_iter().filter(|(_, level)| *level < 3);
    let missing: Vec<_> = lowered.filter(|(name, _)| !shipped.contains(&(name.clone(), 3))).collect();
    assert!(missing.is_empty(), "not in [profile.ship.package] at 3: {missing:?}");
}
