//! Which package a path of the workspace belongs to. In: the folders of packages, `.` for the root. No file is looked at.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;

/// The folders of packages, as [`owner`] looks for them.
pub(crate) fn folders<'a>(packages: impl IntoIterator<Item = &'a ImporterId>) -> BTreeSet<String> {
    packages.into_iter().map(|id| id.as_str().to_owned()).collect()
}

/// The innermost of `packages` that holds `path`, else the root's; a package's own folder belongs to itself.
pub(crate) fn owner<'p>(packages: &BTreeSet<String>, path: &'p str, is_dir: bool) -> &'p str {
    let whole = is_dir.then_some(path);
    let above = path.rmatch_indices('/').filter_map(|(at, _)| path.get(..at));
    whole.into_iter().chain(above).find(|folder| packages.contains(*folder)).unwrap_or(".")
}

/// Whether a glob begins with the folder of a package that is not the root.
pub(crate) fn names_package(glob: &str, packages: &BTreeSet<String>) -> bool {
    owner(packages, plain(glob), true) != "."
}

/// A glob without what does not change it.
pub(crate) fn plain(glob: &str) -> &str {
    glob.trim_start_matches("./").trim_end_matches('/')
}
