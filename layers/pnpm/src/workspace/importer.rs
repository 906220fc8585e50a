//! Names of workspace packages: folders relative to the lockfile's.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use fourply_blob::{Feed, KeyValue};

/// `.` or a folder like `services/auth`: relative, `/`-separated, with no `.`, `..` or empty component. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImporterId(Arc<str>);

impl KeyValue for ImporterId {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.as_str().feed(feed);
    }
}

impl ImporterId {
    /// Normalises a relative folder (`./a//b/` becomes `a/b`); `None` if it leaves the workspace, is absolute or
    /// contains a character that workspace folders do not have (NUL, backslash).
    pub fn new(folder: &str) -> Option<ImporterId> {
        ImporterId::new_from("", folder)
    }

    pub fn root() -> ImporterId {
        ImporterId(Arc::from("."))
    }

    /// The folder `relative`, resolved from this one.
    pub fn join(&self, relative: &str) -> Option<ImporterId> {
        ImporterId::new_from(&self.0, relative)
    }

    /// Whether it is the workspace's root.
    pub fn is_root(&self) -> bool {
        &*self.0 == "."
    }

    /// The folder, `.` for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path from the folder up to the workspace's root, `../../` for `services/auth`; empty for the root itself.
    pub fn to_root(&self) -> String {
        if self.is_root() { String::new() } else { "../".repeat(self.as_str().split('/').count()) }
    }

    /// The path of `rest` in this folder, relative to the workspace's root: `rest` itself for the root.
    pub fn path_of(&self, rest: &str) -> String {
        if self.is_root() { rest.to_owned() } else { format!("{}/{rest}", self.0) }
    }

    fn new_from(base: &str, relative: &str) -> Option<ImporterId> {
        if relative.starts_with('/') || relative.contains(['\0', '\\']) {
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(relative.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()?),
                other => parts.push(other),
            }
        }
        Some(if parts.is_empty() { ImporterId::root() } else { ImporterId(Arc::from(parts.join("/"))) })
    }
}

impl Borrow<str> for ImporterId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImporterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for ImporterId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
