//! Facts about the workspace of an image. Values only.

use std::collections::{BTreeMap, BTreeSet};

/// Facts about a workspace. Paths are relative to its root, with `/`.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The service's folder; `.` for the root.
    pub service: String,
    /// The workspace's root in the new image, such as `/app`.
    pub root_in_image: String,
    /// Packages that the service needs to run: name and version.
    pub production: BTreeSet<(String, String)>,
    /// Packages for production and development of the service, and of the root.
    pub development: BTreeSet<(String, String)>,
    /// The folders of all packages of the workspace, by name.
    pub packages: BTreeMap<String, String>,
    /// The folders of packages in the image.
    pub needed: BTreeSet<String>,
    /// Scripts of the service's package.json.
    pub scripts: BTreeMap<String, String>,
    /// The service's package.json has `files`.
    pub lists_files: bool,
    /// Files of the workspace: of needed packages, and of no package.
    pub sources: BTreeSet<String>,
}

impl Known {
    /// Whether the set contains a package of this version; without a version, any version counts.
    pub(crate) fn has(all: &BTreeSet<(String, String)>, name: &str, version: Option<&str>) -> bool {
        let first = all.range((name.to_owned(), String::new())..).next();
        match version {
            Some(version) => all.contains(&(name.to_owned(), version.to_owned())),
            None => first.is_some_and(|(known, _)| known == name),
        }
    }

    /// The innermost workspace package around a path; otherwise the root.
    pub(crate) fn owner<'k>(&'k self, path: &str) -> &'k str {
        let inside = |folder: &&String| below(path, folder);
        let all = self.packages.values().filter(inside);
        all.max_by_key(|folder| folder.len()).map_or(".", String::as_str)
    }

    /// Whether a folder may replace its files in a list: not if it is or contains a package.
    pub(crate) fn may_be_named(&self, folder: &str) -> bool {
        !self.packages.values().any(|package| below(package, folder))
    }

    /// A path relative to a folder of the workspace.
    pub(crate) fn within<'p>(folder: &str, path: &'p str) -> &'p str {
        if folder == "." {
            return path;
        }
        path.strip_prefix(folder).map_or(path, |rest| rest.trim_start_matches('/'))
    }

    /// A path without the prefix folder to which Next.js copies a server and the surrounding workspace.
    pub(crate) fn unwrapped<'p>(&self, path: &'p str) -> &'p str {
        let standalone = self.in_service(".next/standalone/");
        path.strip_prefix(standalone.as_str()).filter(|rest| !rest.is_empty()).unwrap_or(path)
    }

    /// The service's folder joined with a path.
    pub(crate) fn in_service(&self, path: &str) -> String {
        join(&self.service, path)
    }
}

/// Whether a path is a folder or inside it. `.` contains everything.
pub(crate) fn below(path: &str, folder: &str) -> bool {
    folder == "."
        || folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `folder/path`, where either may be empty.
pub(crate) fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("." | "", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

#[cfg(test)]
pub(crate) mod tests;
