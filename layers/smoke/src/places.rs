//! Folders that the program may change: those of its user, and those in memory. In: the tree, the user. Out: real
//! paths.

use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::account::User;

/// The most folders, because each is a mount. Further ones are covered by their parents.
const MOST_FOLDERS: usize = 64;

/// Absolute paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places {
    /// Empty folders in memory.
    pub memory: Vec<String>,
    /// Folders of the image that may be changed.
    pub writable: Vec<String>,
}

impl Places {
    /// `home` is HOME, `folder` the start folder.
    pub(crate) fn of(rootfs: &RootfsMetadata, user: &User, home: &str, folder: &str) -> Places {
        let mut places = Places { memory: Vec::new(), writable: own(rootfs, user) };
        for path in ["/tmp", "/run", home] {
            places.add(rootfs, path, folder);
        }
        places
    }

    /// Adds a folder that the program may change whoever owns it.
    fn add(&mut self, rootfs: &RootfsMetadata, path: &str, folder: &str) {
        let Some(real) = rootfs.real_path(path) else { return };
        let real = match rootfs.lookup(path) {
            Some((real, entry)) if entry.kind == TreeKind::Directory => format!("/{real}"),
            Some(_) => return,
            // A dangling link: no program would write there.
            None if rootfs.entries.contains_key(&real) => return,
            None => format!("/{real}"),
        };
        // A home folder around the program itself would make the whole program writable.
        let around = format!("{}/", folder.trim_end_matches('/')).starts_with(&format!("{real}/"));
        let kernel = ["/proc", "/sys", "/dev"].iter().any(|top| below(&real, top));
        let known = self.writable.iter().chain(&self.memory).any(|other| below(&real, other));
        if around || kernel || known {
            return;
        }
        self.writable.retain(|other| !below(other, &real));
        let content = format!("{}/", real.trim_start_matches('/'));
        let is_empty = rootfs
            .entries
            .range(content.clone()..)
            .next()
            .is_none_or(|(path, _)| !path.starts_with(&content));
        if is_empty { &mut self.memory } else { &mut self.writable }.push(real);
    }
}

/// The user's own folders. If there are many, their parents, in which file modes still apply.
fn own(rootfs: &RootfsMetadata, user: &User) -> Vec<String> {
    let kernel = |path: &String| !["proc", "sys", "dev"].iter().any(|top| below(path, top));
    let mut found: Vec<String> = user.own_folders(rootfs).into_iter().filter(kernel).collect();
    for depth in (1..=4).rev() {
        if found.len() <= MOST_FOLDERS {
            break;
        }
        let cut = |path: &String| path.split('/').take(depth).collect::<Vec<_>>().join("/");
        found = found.iter().map(cut).collect();
        found.dedup();
    }
    found.into_iter().map(|path| format!("/{path}")).collect()
}

/// Whether a path is a folder, or inside it.
fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
