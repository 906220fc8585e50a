//! The files of a folder that npm would pack. In: a [`PackageFolder`], a rule. Out: paths.
//!
//! pnpm selects the files of injected packages, `file:` folders and git repositories this way, by npm-packlist 5 or
//! npm-packlist 10. They differ: 5 includes every folder's README and LICENSE, 10 only the root's; 10 leaves out
//! lockfiles. A walk visits each folder with its own rules and those of all folders above; the last matching rule
//! decides.

mod extended;
mod five;
mod package;
mod rule;
mod ten;
mod walker;

use std::collections::BTreeSet;

use fourply_blob::Cause;
use serde_json::Value;

use crate::rules::Packlist;
use package::Package;
pub use package::PackageFolder;

/// The packed files, sorted, relative to the folder.
///
/// # Errors
/// A pattern of a kind that is not supported, with the file that has it; a rule file that cannot be read.
pub fn packlist(folder: &dyn PackageFolder, rule: Packlist) -> Result<BTreeSet<String>, Cause> {
    let package = Package::new(folder)?;
    let mut packed = match rule {
        Packlist::Five => five::walk(&package)?,
        Packlist::Ten => ten::walk(&package)?,
    };
    packed.extend(bundled(&package));
    Ok(packed)
}

/// The files of bundled packages in the folder's own node_modules, and of the packages that these need.
fn bundled(package: &Package<'_>) -> BTreeSet<String> {
    let mut wanted = bundled_names(&package.manifest);
    let (mut seen, mut files) = (BTreeSet::new(), BTreeSet::new());
    while let Some(name) = wanted.pop() {
        let root = format!("node_modules/{name}/");
        if !crate::names::is_name(&name) || !seen.insert(name) {
            continue;
        }
        files.extend(package.folder.paths().filter(|path| path.starts_with(&root)).map(str::to_owned));
        let manifest = package.folder.text(&format!("{root}package.json")).ok().flatten();
        let manifest: Value =
            manifest.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
        for list in ["dependencies", "optionalDependencies"] {
            wanted.extend(
                manifest
                    .get(list)
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone()),
            );
        }
    }
    files
}

fn bundled_names(manifest: &Value) -> Vec<String> {
    match manifest.get("bundleDependencies").or_else(|| manifest.get("bundledDependencies")) {
        Some(Value::Array(names)) => {
            names.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
        }
        Some(Value::Bool(true)) => manifest
            .get("dependencies")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    }
}
