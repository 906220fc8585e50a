//! Paths through symbolic links in a merged tree, as the kernel would follow them with the image as its root. In: the
//! entries and a path. Out: where the path ends. The number of steps is limited.

use std::collections::{BTreeMap, VecDeque};

use crate::metadata::{TreeEntry, TreeKind};

/// The number of links that Linux follows in one path (path_resolution(7)).
const MAX_LINKS: usize = 40;

/// The end of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The root itself.
    Root,
    /// An entry, by its key.
    Found(String),
    /// Nothing: the path, with links resolved in its existing part.
    Missing(String),
    /// A file or similar, where a directory is needed.
    NotDirectory(String),
    /// A loop, or too many links.
    Loop,
}

/// Follows `path` from the root; a link in the last component is followed only if `through`.
pub(super) fn walk(entries: &BTreeMap<String, TreeEntry>, path: &str, through: bool) -> End {
    let mut todo: VecDeque<String> = parts(path).collect();
    let mut here = String::new();
    let mut links = 0;
    while let Some(part) = todo.pop_front() {
        if part == ".." {
            here.truncate(here.rfind('/').unwrap_or(0));
            continue;
        }
        let next = join(&here, &part);
        match entries.get(&next).map(|entry| &entry.kind) {
            None => return missing(next, todo),
            Some(TreeKind::Directory) => here = next,
            Some(TreeKind::Symlink(target)) if through || !todo.is_empty() => {
                links += 1;
                if links > MAX_LINKS || target.len() + todo.len() > 8192 {
                    return End::Loop;
                }
                if target.starts_with('/') {
                    here.clear();
                }
                parts(target).rev().for_each(|part| todo.push_front(part));
            }
            Some(_) if todo.is_empty() => return End::Found(next),
            Some(_) => return End::NotDirectory(next),
        }
    }
    if here.is_empty() { End::Root } else { End::Found(here) }
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = String> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned)
}

pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Below a missing component, the path is kept lexically.
fn missing(mut here: String, todo: VecDeque<String>) -> End {
    for part in todo {
        match part.as_str() {
            ".." => here.truncate(here.rfind('/').unwrap_or(0)),
            part => here = join(&here, part),
        }
    }
    if here.is_empty() { End::Root } else { End::Missing(here) }
}
