//! Folders of the image that its user may write to. In: configured paths. Out: folders of the workspace's tree, other
//! folders of the image, and their owner. No file is opened.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;

use crate::{AppError, Result};

/// The folders of one service, and their owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WritableFolders {
    pub uid: u32,
    pub gid: u32,
    /// Relative to the workspace's root; `.` for the whole tree. The user owns all outputs below too.
    pub inside: BTreeSet<String>,
    /// Absolute: paths of the image outside the workspace.
    pub outside: BTreeSet<String>,
}

fourply_blob::key_value!(WritableFolders { uid, gid, inside, outside });

impl WritableFolders {
    /// Checks a service's folders, which are relative to its own folder or absolute. The image has the workspace, with
    /// these packages, at `root_in_image`.
    ///
    /// # Errors
    /// [`AppError::Writable`] for a path that leaves the service's folder, is the image's root, or contains packages.
    pub fn new(
        folders: &[String],
        service: &ImporterId,
        packages: &[ImporterId],
        root_in_image: &str,
        (uid, gid): (u32, u32),
    ) -> Result<WritableFolders> {
        let mut all = WritableFolders { uid, gid, ..WritableFolders::default() };
        for text in folders {
            let refuse = |reason| AppError::Writable { folder: text.clone(), reason };
            if text.is_empty() || text.split('/').any(|part| part == "..") {
                return Err(refuse(
                    "it has to stay in the service's folder, or to be absolute without \"..\"",
                ));
            }
            if text.contains('*') {
                return Err(refuse("patterns are not known here: name each folder"));
            }
            if text.chars().any(char::is_control) {
                return Err(refuse("it has a letter that no name should have, such as a line's end"));
            }
            let place =
                ImporterId::new(text.trim_start_matches('/')).ok_or_else(|| refuse("it is no path"))?;
            let full = match text.starts_with('/') {
                true if place.is_root() => return Err(refuse("it is the image's root")),
                true => format!("/{place}"),
                false if place.is_root() => format!("{root_in_image}/{service}"),
                false => format!("{root_in_image}/{}", service.path_of(place.as_str())),
            };
            match full.strip_prefix(root_in_image) {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                    let inside =
                        ImporterId::new(rest.trim_start_matches('/')).unwrap_or_else(ImporterId::root);
                    if inside.is_root() && !service.is_root() {
                        return Err(refuse(
                            "all packages of the image lie there: name folders in it, or \".\" for the service's own",
                        ));
                    }
                    if holds_packages(inside.as_str()) {
                        return Err(refuse("packages lie there, which stay as the lockfile has them"));
                    }
                    if *service != inside && lies_in(service, &inside) {
                        return Err(refuse(
                            "the service lies there: name folders in it, or \".\" for all of it",
                        ));
                    }
                    if packages.iter().any(|package| package != service && lies_in(package, &inside)) {
                        return Err(refuse(
                            "whole packages of the workspace lie there: name folders in them",
                        ));
                    }
                    all.inside.insert(inside.as_str().to_owned());
                }
                _ => {
                    refused(&full).map_or(Ok(()), |reason| Err(refuse(reason)))?;
                    all.outside.insert(full);
                }
            }
        }
        Ok(all)
    }

    /// Folders whose names look like files: a folder of that name is created, which is seldom intended.
    pub fn named_as_files(&self) -> impl Iterator<Item = &str> {
        let all = self.inside.iter().chain(&self.outside).map(String::as_str);
        all.filter(|path| OF_FILES.iter().any(|end| path.ends_with(end)))
    }

    /// Whether a path of the workspace's tree is one of the folders, or in one; an empty path is the tree's root.
    pub(crate) fn has(&self, path: &str) -> bool {
        let below = |folder: &String| {
            folder == "."
                || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.inside.iter().any(below)
    }
}

/// Folders that the kernel fills at the container's start.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Folders with programs and accounts: their owner could replace the content.
const SYSTEM: [&str; 19] = [
    "/bin",
    "/boot",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/root",
    "/run",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/sbin",
    "/usr/share",
    "/var",
];

/// Why the user cannot own a folder outside the workspace.
fn refused(path: &str) -> Option<&'static str> {
    let below = |folder: &&str| {
        path.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if KERNEL.iter().any(below) {
        return Some("the kernel has files of its own there in every container");
    }
    SYSTEM.contains(&path).then_some("it belongs to the system: name a folder in it")
}

/// Whether a package is a folder or in it. All packages are in the root, which has its own rule.
fn lies_in(package: &ImporterId, folder: &ImporterId) -> bool {
    !folder.is_root() && format!("{package}/").starts_with(&format!("{folder}/"))
}

/// Endings of files that folders do not have.
const OF_FILES: [&str; 10] =
    [".db", ".sqlite", ".sqlite3", ".json", ".log", ".txt", ".csv", ".pid", ".sock", ".lock"];

/// Whether a folder contains links or packages. A tool's folder in it, such as `node_modules/.cache`, does not.
fn holds_packages(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| *part != "node_modules");
    parts.next().is_some()
        && parts.next().is_none_or(|name| !name.starts_with('.') || name == ".pnpm" || name == ".bin")
}

#[cfg(test)]
mod tests;
