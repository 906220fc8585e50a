//! Packages in node_modules. In: a path. Out: the package's name, its version if the path contains it, and the path
//! inside the package. Folder names of pnpm's virtual store contain both: pnpm, `depPathToFilename`.

/// A path in a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Installed<'p> {
    pub name: &'p str,
    pub version: Option<&'p str>,
    /// Empty for the package's folder itself.
    pub rest: &'p str,
}

/// The package of a node_modules path; `None` for paths outside packages, such as commands and pnpm's records.
pub(crate) fn installed(path: &str) -> Option<Installed<'_>> {
    let (before, inside) = match path.rfind("/node_modules/") {
        Some(at) => (path.get(..at)?, path.get(at + "/node_modules/".len()..)?),
        None => ("", path.strip_prefix("node_modules/")?),
    };
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let end = inside.match_indices('/').nth(parts - 1).map_or(inside.len(), |(at, _)| at);
    let (name, rest) = inside.split_at(end);
    let whole = !name.starts_with('.') && (parts == 1 || name.contains('/'));
    let slot = before.rsplit('/').next().unwrap_or_default();
    whole.then(|| Installed { name, version: version(slot, name), rest: rest.trim_start_matches('/') })
}

/// The version in `@scope+name@1.0.0_peer@2.0.0`.
fn version<'p>(slot: &'p str, name: &str) -> Option<&'p str> {
    let rest = slot.strip_prefix(name.replace('/', "+").as_str())?.strip_prefix('@')?;
    rest.split(['_', '(']).next().filter(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

/// Whether a path lies in node_modules.
pub(crate) fn in_modules(path: &str) -> bool {
    path.split('/').any(|part| part == "node_modules")
}

#[cfg(test)]
mod tests;
