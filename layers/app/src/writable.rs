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
    /// Checks the folders of a service, which are relative to its own or absolute, in an image whose workspace lies at `root_in_image`.
    ///
    /// # Errors
    /// [`AppError::Writable`] for a path that leaves the service's folder, is the image's root, or holds packages.
    pub fn new(
        folders: &[String],
        service: &ImporterId,
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
                    if holds_packages(inside.as_str()) {
                        return Err(refuse("packages lie there, which stay as the lockfile has them"));
                    }
                    all.inside.insert(inside.as_str().to_owned());
                }
                _ => drop(all.outside.insert(full)),
            }
        }
        Ok(all)
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

/// Whether a folder is one of links or packages. What tools keep there for themselves, `node_modules/.cache`, is not.
fn holds_packages(path: &str) -> bool {
    let mut parts = path.split('/').skip_while(|part| *part != "node_modules");
    parts.next().is_some()
        && parts.next().is_none_or(|name| !name.starts_with('.') || name == ".pnpm" || name == ".bin")
}

#[cfg(test)]
mod tests;
