//! The folders that ldconfig searches. In: the tree, and the texts of `/etc/ld.so.conf` and the files that it includes.
//! Out: folders in order, each once by its real path. Source: glibc 2.36, elf/ldconfig.c, `parse_conf` and `add_dir_1`.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::{RootfsMetadata, TreeKind};

/// The file that names them.
const FILE: &str = "etc/ld.so.conf";
/// The depth limit of includes.
const MAX_DEPTH: usize = 8;

/// A folder of libraries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    /// As configured: `/lib/x86_64-linux-gnu`.
    pub path: String,
    pub real: String,
    /// The hardware of its libraries: `x86-64-v3`.
    pub hardware: Option<String>,
}

/// All folders.
#[derive(Debug)]
pub(super) struct Folders<'t> {
    tree: &'t RootfsMetadata,
    pub all: Vec<Folder>,
    /// The kinds of hardware with folders.
    pub hardware: BTreeSet<String>,
}

impl<'t> Folders<'t> {
    /// `multiarch` is the folder of the architecture: `x86_64-linux-gnu`.
    pub(super) fn new(
        tree: &'t RootfsMetadata,
        texts: &BTreeMap<&str, &[u8]>,
        multiarch: &str,
    ) -> Folders<'t> {
        let mut folders = Folders { tree, all: Vec::new(), hardware: BTreeSet::new() };
        folders.read(FILE, texts, 0);
        for path in [&format!("/lib/{multiarch}"), &format!("/usr/lib/{multiarch}"), "/lib", "/usr/lib"] {
            folders.add(path);
        }
        folders
    }

    fn read(&mut self, file: &str, texts: &BTreeMap<&str, &[u8]>, depth: usize) {
        let Some((real, _)) = self.tree.lookup(file) else { return };
        let Some(text) = texts.get(real).filter(|_| depth < MAX_DEPTH) else { return };
        for line in String::from_utf8_lossy(text).lines() {
            let line = line.split('#').next().unwrap_or_default().trim_start();
            match line.strip_prefix("include").filter(|rest| rest.starts_with([' ', '\t'])) {
                Some(patterns) => {
                    let files = patterns.split([' ', '\t']).filter(|pattern| !pattern.is_empty());
                    files.for_each(|pattern| self.include(file, pattern, texts, depth));
                }
                None if line.to_ascii_lowercase().starts_with("hwcap ") => {}
                None => self.add(line.split('=').next().unwrap_or_default()),
            }
        }
    }

    /// Reads the files that match a pattern, sorted by name.
    fn include(&mut self, from: &str, pattern: &str, texts: &BTreeMap<&str, &[u8]>, depth: usize) {
        let parent = from.rsplit_once('/').map_or("", |(parent, _)| parent);
        let pattern = match pattern.strip_prefix('/') {
            Some(pattern) => pattern.to_owned(),
            None => format!("{parent}/{pattern}"),
        };
        let Some((folder, name)) = pattern.rsplit_once('/') else { return };
        let Some((real, _)) = self.tree.lookup(folder) else { return };
        let hidden = |file: &str| file.starts_with('.') && !name.starts_with('.');
        let tree = self.tree;
        for (file, _) in children(tree, real).filter(|(file, _)| !hidden(file) && matches(name, file)) {
            self.read(&format!("{folder}/{file}"), texts, depth + 1);
        }
    }

    fn add(&mut self, path: &str) {
        let path = path.trim_end().trim_end_matches('/');
        let Some(real) = directory(self.tree, path).filter(|real| !self.has(real)) else { return };
        self.all.push(Folder { path: path.to_owned(), real: real.clone(), hardware: None });
        let tree = self.tree;
        let Some(hardware) = directory(tree, &format!("{real}/glibc-hwcaps")) else { return };
        for (name, below) in children(tree, &hardware) {
            let Some(real) = directory(tree, below) else { continue };
            if name.starts_with('.') || name.contains(':') {
                continue;
            }
            self.hardware.insert(name.to_owned());
            if !self.has(&real) {
                let path = format!("{path}/glibc-hwcaps/{name}");
                self.all.push(Folder { path, real, hardware: Some(name.to_owned()) });
            }
        }
    }

    fn has(&self, real: &str) -> bool {
        self.all.iter().any(|known| known.real == real)
    }
}

/// The real path of a directory.
fn directory(tree: &RootfsMetadata, path: &str) -> Option<String> {
    let (real, entry) = tree.lookup(path)?;
    (entry.kind == TreeKind::Directory).then(|| real.to_owned())
}

/// The entries of a directory: names and real paths, sorted by path.
pub(super) fn children<'t>(
    tree: &'t RootfsMetadata,
    real: &str,
) -> impl Iterator<Item = (&'t str, &'t String)> + use<'t> {
    let start = real.len() + 1;
    // '0' is the character after '/'.
    let below = tree.entries.range(format!("{real}/")..format!("{real}0"));
    below.filter_map(move |(path, _)| {
        path.get(start..).filter(|name| !name.contains('/')).map(|name| (name, path))
    })
}

/// Whether a name matches a pattern of `*` and `?`. Source: glob(7), without its brackets.
fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            let later = rest.as_str().trim_start_matches('*');
            ends.into_iter().any(|at| matches(later, name.get(at..).unwrap_or_default()))
        }
        Some(first) => {
            let mut name = name.chars();
            name.next().is_some_and(|found| first == '?' || first == found)
                && matches(rest.as_str(), name.as_str())
        }
    }
}
