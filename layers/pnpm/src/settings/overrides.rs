//! `overrides` as the lockfile records them: `$name` becomes the root's own specifier, `catalog:` the catalog's.

use std::collections::BTreeMap;

use crate::Manifest;

/// References without a target stay unchanged, and therefore differ from the lockfile.
pub(super) fn resolve(
    overrides: BTreeMap<String, String>,
    manifest: Option<&Manifest>,
    catalogs: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let resolved = |selector: &str, value: String| {
        let direct = value.strip_prefix('$').and_then(|name| own_specifier(manifest?, name));
        let catalog = value.strip_prefix("catalog:").and_then(|catalog| {
            let catalog = if catalog.trim().is_empty() { "default" } else { catalog.trim() };
            catalogs.get(catalog)?.get(target_name(selector)).cloned()
        });
        direct.or(catalog).unwrap_or(value)
    };
    overrides.into_iter().map(|(selector, value)| (selector.clone(), resolved(&selector, value))).collect()
}

fn own_specifier(manifest: &Manifest, name: &str) -> Option<String> {
    let lists = [&manifest.optional_dependencies, &manifest.dependencies, &manifest.dev_dependencies];
    lists.into_iter().find_map(|list| list.get(name)).cloned()
}

/// `b` of `a@1>b@^2`.
fn target_name(selector: &str) -> &str {
    let target = crate::fresh::Selector::parse(selector).target;
    target.name
}
