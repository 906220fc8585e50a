//! Folders of the image that its user may write to. In: paths as configured. Out: folders of the workspace's tree, and others of the image,
//! with their owner. No file is opened.

use std::collections::BTreeSet;

use fourply_pnpm::ImporterId;

use crate::{AppError, Result};

/// The folders of one service, and their owner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WritableFolders {
    pub uid: u32,
    pub gid: u32,
    /// Relative to the workspace's root; `.` for all of it. All that the outputs have below is the user's as well.
    pub inside: BTreeSet<String>,
    /// Absolute: places of the image outside of the workspace.
    pub outside: BTreeSet<String>,
}

fourply_blob::key_value!(WritableFolders { uid, gid, inside, outside });

impl WritableFolders {
    /// Checks the folders of a service, which are relative to its own or absolute, in an image whose workspace, with these packages, lies at
    /// `root_in_image`.
    ///
    /// # Errors
    /// [`AppError::Writable`] for a path that leaves the service's folder, is the image's root, or holds packages.
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

    /// Those that are named as files are: a folder of that name is made, which is seldom meant.
    pub fn named_as_files(&self) -> impl Iterator<Item = &str> {
        let all = self.inside.iter().chain(&self.outside).map(String::as_str);
        all.filter(|path| OF_FILES.iter().any(|end| path.ends_with(end)))
    }

    /// Whether a path of the workspace's tree is one of the folders, or lies in one; an empty path is the tree's root.
    pub(crate) fn has(&self, path: &str) -> bool {
        let below = |folder: &String| {
            folder == "."
                || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.inside.iter().any(below)
    }
}

/// Folders that the kernel fills when a container starts.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Folders with programs and accounts: who owns one may replace what is in it.
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

/// Why a folder outside of the workspace cannot be the user's.
fn refused(path: &str) -> Option<&'static str> {
    let below = |folder: &&str| {
        path.strip_prefix(*folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if KERNEL.iter().any(below) {
        return Some("the kernel has files of its own there in every container");
    }
    SYSTEM.contains(&path).then_some("it belongs to the system: name a folder in it")
}

/// Whether a package is a folder, or lies in it. All packages lie in the root, which has a rule of its own.
fn lies_in(package: &ImporterId, folder: &ImporterId) -> bool {
    !folder.is_root() && format!("{package}/").starts_with(&format!("{folder}/"))
}

/// Ends of names that files have and folders do not.
const OF_FILES: [&str; 10] =
    [".db", ".sqlite", ".sqlite3", ".json", ".log", ".txt", ".csv", ".pid", ".sock", ".lock"];

/// Whether a folder is one of links or packages. What tools keep there for themselves, `node_modules/.cache`, is not.
fn holds_packages(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| *part != "node_modules");
    parts.next().is_some()
        && parts.next().is_none_or(|name| !name.starts_with('.') || name == ".pnpm" || name == ".bin")
}

#[cfg(test)]
mod tests;
