//! The package that a workspace path belongs to. In: the folders of packages, `.` for the root. Out: a package. No file
//! is read.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;

/// The folders of packages, in the form for [`owner`].
pub(crate) fn folders<'a>(packages: impl IntoIterator<Item = &'a ImporterId>) -> BTreeSet<String> {
    packages.into_iter().map(|id| id.as_str().to_owned()).collect()
}

/// The innermost of `packages` that contains `path`, otherwise the root. A package's own folder belongs to itself.
pub(crate) fn owner<'p>(packages: &BTreeSet<String>, path: &'p str, is_dir: bool) -> &'p str {
    let whole = is_dir.then_some(path);
    let above = path.rmatch_indices('/').filter_map(|(at, _)| path.get(..at));
    whole.into_iter().chain(above).find(|folder| packages.contains(*folder)).unwrap_or(".")
}

/// Whether a glob begins with the folder of a package other than the root.
pub(crate) fn names_package(glob: &str, packages: &BTreeSet<String>) -> bool {
    owner(packages, plain(glob), true) != "."
}

/// A glob without parts that have no effect.
pub(crate) fn plain(glob: &str) -> &str {
    glob.trim_start_matches("./").trim_end_matches('/')
}
