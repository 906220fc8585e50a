//! The files that Node.js loads for a package and a subpath, by package.json only. In: `exports`, `main`, the active
//! conditions. Out: paths in the package, in the order in which Node.js tries them. Whether they exist is checked
//! elsewhere.
//!
//! Source: Node.js documentation, "Packages", "Conditional exports", and the resolver algorithms of `esm.md` and
//! `modules.md`.

use std::collections::BTreeSet;

use serde_json::Value;

/// The conditions of `require` and of `import`.
const LOADERS: [&str; 2] = ["require", "import"];
/// Conditions that are always active.
const ALWAYS: [&str; 3] = ["node", "node-addons", "default"];

/// The targets of a package at one subpath.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offer {
    /// Such as `.` or `./testing`.
    pub subpath: String,
    /// For `require` and for `import`: a path in the package, and how Node.js completes it.
    pub targets: BTreeSet<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// Exactly this file.
    Exact(String),
    /// Completed as by `require`: an extension, the index of a folder.
    Completed(String),
}

/// Every subpath without a star that a package exports for at least one loader.
pub(super) fn offers(manifest: &Value, conditions: &[String]) -> Vec<Offer> {
    match manifest.get("exports").filter(|exports| !exports.is_null()) {
        Some(exports) => of_exports(exports, conditions),
        None => vec![Offer { subpath: ".".to_owned(), targets: of_main(manifest) }],
    }
}

/// The paths that Node.js tries for a subpath; none if `exports` does not offer it to this loader.
pub(super) fn targets(
    manifest: &Value,
    subpath: &str,
    loader: &str,
    conditions: &[String],
) -> Option<Vec<String>> {
    let Some(exports) = manifest.get("exports").filter(|exports| !exports.is_null()) else {
        let main = manifest.get("main").and_then(Value::as_str).filter(|main| !main.is_empty());
        let paths = if subpath == "." { main.into_iter().chain(["index"]).collect() } else { vec![subpath] };
        return Some(paths.into_iter().flat_map(|path| candidates(&Target::Completed(tidy(path)))).collect());
    };
    let map = exports.as_object().filter(|map| map.keys().any(|key| key.starts_with('.')));
    let (value, star) = match map {
        None if subpath == "." => (exports, ""),
        None => return None,
        Some(map) => match map.get(subpath) {
            Some(value) => (value, ""),
            None => pattern(map, subpath)?,
        },
    };
    resolve(value, loader, conditions).map(|path| vec![tidy(&path.replace('*', star))])
}

/// The path in the package for one of its internal names (`#x`); `None` if it leads elsewhere or nowhere.
pub(super) fn own_target(
    manifest: &Value,
    name: &str,
    loader: &str,
    conditions: &[String],
) -> Option<String> {
    let map = manifest.get("imports")?.as_object()?;
    let (value, star) = match map.get(name) {
        Some(value) => (value, ""),
        None => pattern(map, name)?,
    };
    let path = resolve(value, loader, conditions)?.replace('*', star);
    path.strip_prefix("./").map(str::to_owned)
}

/// The key with a star that matches a subpath best, and the part that the star matches. The key with the longest part
/// before the star wins, then the longest key. Source: `PATTERN_KEY_COMPARE`.
fn pattern<'a>(map: &'a serde_json::Map<String, Value>, subpath: &'a str) -> Option<(&'a Value, &'a str)> {
    let fits = |(key, value): (&'a String, &'a Value)| {
        let (before, after) = key.split_once('*')?;
        let star = subpath.strip_prefix(before)?.strip_suffix(after).filter(|star| !star.is_empty())?;
        Some(((before.len(), key.len()), value, star))
    };
    map.iter().filter_map(fits).max_by_key(|(length, ..)| *length).map(|(_, value, star)| (value, star))
}

fn of_main(manifest: &Value) -> BTreeSet<Target> {
    let main = manifest.get("main").and_then(Value::as_str).filter(|main| !main.is_empty());
    let targets = main.into_iter().chain(["index"]).map(|path| Target::Completed(tidy(path)));
    targets.collect()
}

fn of_exports(exports: &Value, conditions: &[String]) -> Vec<Offer> {
    let subpaths = exports.as_object().filter(|map| map.keys().any(|key| key.starts_with('.')));
    let entries: Vec<(&str, &Value)> = match subpaths {
        Some(map) => map.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        None => vec![(".", exports)],
    };
    let offer = |(subpath, value): (&str, &Value)| {
        let of_loader = |loader: &&str| resolve(value, loader, conditions);
        let targets: BTreeSet<Target> =
            LOADERS.iter().filter_map(of_loader).map(|path| Target::Exact(tidy(&path))).collect();
        // No target for either loader: types only, or a closed subpath.
        (!targets.is_empty()).then(|| Offer { subpath: subpath.to_owned(), targets })
    };
    entries.into_iter().filter(|(subpath, _)| !subpath.contains('*')).filter_map(offer).collect()
}

/// Source: `PACKAGE_TARGET_RESOLVE`.
fn resolve(value: &Value, loader: &str, conditions: &[String]) -> Option<String> {
    let holds = |name: &str| {
        name == loader || ALWAYS.contains(&name) || conditions.iter().any(|condition| condition == name)
    };
    match value {
        Value::String(path) => Some(path.clone()),
        Value::Array(all) => all.iter().find_map(|value| resolve(value, loader, conditions)),
        Value::Object(all) => {
            let values = all.iter().filter(|(name, _)| holds(name)).map(|(_, value)| value);
            // An active condition with the value `null` ends the search.
            for value in values {
                if value.is_null() {
                    return None;
                }
                if let Some(found) = resolve(value, loader, conditions) {
                    return Some(found);
                }
            }
            None
        }
        _ => None,
    }
}

/// Whether package.json offers only types.
pub(super) fn is_types_alone(manifest: &Value) -> bool {
    let has = |name: &str| manifest.get(name).is_some_and(|value| !value.is_null());
    let types = has("types") || has("typings");
    types
        && !has("exports")
        && manifest
            .get("main")
            .and_then(Value::as_str)
            .is_none_or(|main| main.is_empty() || main.ends_with(".d.ts"))
}

fn tidy(path: &str) -> String {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() || path == "." { "index".to_owned() } else { path.to_owned() }
}

/// The files that Node.js tries for a target, in order. Source: `LOAD_AS_FILE` and `LOAD_AS_DIRECTORY`.
pub(super) fn candidates(target: &Target) -> Vec<String> {
    match target {
        Target::Exact(path) => vec![path.clone()],
        Target::Completed(path) => {
            let extended = [".js", ".json", ".node"].map(|end| format!("{path}{end}"));
            let index = [".js", ".json", ".node"].map(|end| format!("{path}/index{end}"));
            std::iter::once(path.clone()).chain(extended).chain(index).collect()
        }
    }
}

#[cfg(test)]
mod tests;
