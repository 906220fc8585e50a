//! The fields of package.json that fourply uses. Text in, `Manifest` out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Cause;
use serde_json::Value;

/// One of the dependency lists of a package.json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyGroup {
    /// `dependencies`.
    Production,
    /// `devDependencies`.
    Development,
    /// `optionalDependencies`.
    Optional,
}

/// A package.json. Fields of a wrong type count as absent, as in pnpm; `raw` has everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The folder that holds it.
    pub dir: PathBuf,
    pub name: Option<String>,
    pub version: Option<String>,
    pub scripts: BTreeMap<String, String>,
    pub main: Option<String>,
    /// `bin`: command → path. A single string is stored under the package's name without its scope.
    pub bin: BTreeMap<String, String>,
    /// `directories.bin`, which counts if there is no `bin`.
    pub bin_directory: Option<String>,
    pub engines_node: Option<String>,
    pub package_manager: Option<String>,
    pub dependencies: BTreeMap<String, String>,
    pub dev_dependencies: BTreeMap<String, String>,
    pub optional_dependencies: BTreeMap<String, String>,
    pub peer_dependencies: BTreeMap<String, String>,
    /// Names of `peerDependenciesMeta` that are optional.
    pub optional_peers: Vec<String>,
    /// `publishConfig.directory`.
    pub publish_directory: Option<String>,
    pub raw: serde_json::Value,
}

impl Manifest {
    /// Reads the text of the package.json in `dir`. A byte order mark is skipped.
    ///
    /// # Errors
    /// The fault with line and column: not JSON, or not an object.
    pub fn parse(text: &str, dir: impl Into<PathBuf>) -> Result<Manifest, Cause> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: Value = serde_json::from_str(text)?;
        if !raw.is_object() {
            return Err("it is not a JSON object".into());
        }
        let name = string(&raw, "name");
        Ok(Manifest {
            dir: dir.into(),
            version: string(&raw, "version"),
            scripts: strings(raw.get("scripts")),
            main: string(&raw, "main"),
            bin: bins(raw.get("bin"), name.as_deref()),
            bin_directory: raw.get("directories").and_then(|it| string(it, "bin")),
            engines_node: raw.get("engines").and_then(|it| string(it, "node")),
            package_manager: string(&raw, "packageManager"),
            dependencies: strings(raw.get("dependencies")),
            dev_dependencies: strings(raw.get("devDependencies")),
            optional_dependencies: strings(raw.get("optionalDependencies")),
            peer_dependencies: strings(raw.get("peerDependencies")),
            optional_peers: optional_peers(raw.get("peerDependenciesMeta")),
            publish_directory: raw.get("publishConfig").and_then(|it| string(it, "directory")),
            name,
            raw,
        })
    }

    /// One of the dependency lists.
    pub fn list(&self, group: DependencyGroup) -> &BTreeMap<String, String> {
        match group {
            DependencyGroup::Production => &self.dependencies,
            DependencyGroup::Development => &self.dev_dependencies,
            DependencyGroup::Optional => &self.optional_dependencies,
        }
    }

    /// The names of a list of package.json, in file order.
    pub(crate) fn names_in_order(&self, field: &str) -> impl Iterator<Item = &str> {
        self.raw.get(field).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
    }
}

fn string(object: &Value, field: &str) -> Option<String> {
    object.get(field)?.as_str().map(str::to_owned)
}

fn strings(object: Option<&Value>) -> BTreeMap<String, String> {
    let entries = object.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn bins(bin: Option<&Value>, name: Option<&str>) -> BTreeMap<String, String> {
    let own = |path: &String| Some((name?.rsplit('/').next()?.to_owned(), path.clone()));
    match bin {
        Some(Value::String(path)) => own(path).into_iter().collect(),
        other => strings(other),
    }
}

fn optional_peers(meta: Option<&Value>) -> Vec<String> {
    let entries = meta.and_then(Value::as_object).into_iter().flatten();
    let optional = entries.filter(|(_, entry)| entry.get("optional").and_then(Value::as_bool) == Some(true));
    optional.map(|(name, _)| name.clone()).collect()
}
