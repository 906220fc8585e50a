//! Facts about the system in a merged tree: C library, architecture, node's version, the distribution. In: the tree
//! with kept contents. Out: plain values; nothing is guessed.

use std::collections::BTreeMap;

use fourply_platform::{Architecture, Libc, elf};

use crate::metadata::tree::FileTree;
use crate::metadata::walk::{End, walk};
use crate::metadata::{RootfsMetadata, TreeKind};
use crate::paths::DEFAULT_PATH;

impl FileTree {
    /// The kept content behind a path, through links.
    pub(super) fn content(&self, path: &str) -> Option<&[u8]> {
        match walk(&self.entries, path, true) {
            End::Found(real) => self.contents.get(&real).map(Vec::as_slice),
            _ => None,
        }
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.content(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Programs that show what a base runs, the most reliable first.
const PROGRAMS: [&str; 5] = ["usr/local/bin/node", "usr/bin/node", "bin/sh", "bin/busybox", "bin/bash"];

/// The C library and the architecture.
///
/// The interpreter of the base's own programs decides. A base without programs (or with static ones) has the C library
/// of its only loader. Debian with the package musl and Alpine with gcompat have the loaders of both.
pub(super) fn libc(tree: &FileTree) -> (Option<Libc>, Option<Architecture>) {
    let known = |path: &str| elf::head(tree.content(path)?).filter(|head| head.architecture.is_some());
    let programs: Vec<elf::ElfHead> = PROGRAMS.iter().filter_map(|path| known(path)).collect();
    let loaders: Vec<(&str, Libc)> = loaders(tree).collect();
    let by_programs = programs.iter().find_map(|head| Libc::of_loader(head.interpreter.as_deref()?));
    let by_loaders = match (has(&loaders, Libc::Glibc), has(&loaders, Libc::Musl)) {
        (true, false) => Some(Libc::Glibc),
        (false, true) => Some(Libc::Musl),
        _ => None,
    };
    let first = programs.into_iter().next().or_else(|| loaders.iter().find_map(|(path, _)| known(path)));
    (by_programs.or(by_loaders), first.and_then(|head| head.architecture))
}

fn has(loaders: &[(&str, Libc)], libc: Libc) -> bool {
    loaders.iter().any(|(_, found)| *found == libc)
}

/// The loaders in the folders that programs name: `/lib` and `/lib64`, whether folders or links.
fn loaders(tree: &FileTree) -> impl Iterator<Item = (&str, Libc)> {
    let folders = ["lib/", "lib64/", "usr/lib/", "usr/lib64/"];
    tree.entries.iter().filter_map(move |(path, entry)| {
        let name = folders.iter().find_map(|folder| path.strip_prefix(folder))?;
        let stands = matches!(entry.kind, TreeKind::File(_))
            || matches!(walk(&tree.entries, path, true), End::Found(_));
        Some((path.as_str(), Libc::of_loader(name).filter(|_| stands && !name.contains('/'))?))
    })
}

/// The version in node's own header file, which official images and archives contain.
pub(super) fn node_by_header(tree: &FileTree) -> Option<String> {
    let headers = ["usr/local/include/node/node_version.h", "usr/include/node/node_version.h"];
    headers.iter().find_map(|path| node_header(&tree.text(path)?))
}

/// From `#define NODE_MAJOR_VERSION 20` and so on.
fn node_header(text: &str) -> Option<String> {
    let number = |part: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let found = words.next() == Some("#define") && words.next() == Some(part);
            words.next().filter(|_| found)?.parse::<u32>().ok()
        })
    };
    let parts = [number("NODE_MAJOR_VERSION")?, number("NODE_MINOR_VERSION")?, number("NODE_PATCH_VERSION")?];
    Some(parts.map(|part| part.to_string()).join("."))
}

/// `NODE_VERSION`, as the official images set it; only if node exists.
pub(super) fn node_by_env(rootfs: &RootfsMetadata, env: &[String]) -> Option<String> {
    let stated = env.iter().find_map(|variable| variable.strip_prefix("NODE_VERSION="))?;
    let path = env.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    rootfs.which("node", path).and_then(|_| triple(stated.trim_start_matches('v')))
}

/// From the databases of installed packages, apk's or dpkg's.
pub(super) fn node_by_package(tree: &FileTree) -> Option<String> {
    const NAMES: [&str; 3] = ["nodejs", "nodejs-current", "nodejs-lts"];
    let apk = || {
        let text = tree.text("lib/apk/db/installed").or_else(|| tree.text("usr/lib/apk/db/installed"))?;
        NAMES.iter().find_map(|name| stated(&text, "P:", name, "V:"))
    };
    let dpkg = || {
        let separate = tree.contents.iter().filter(|(path, _)| path.starts_with("var/lib/dpkg/status.d/"));
        let separate = separate.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
        let mut texts = tree.text("var/lib/dpkg/status").into_iter().chain(separate);
        texts.find_map(|text| stated(&text, "Package: ", "nodejs", "Version: "))
    };
    apk().or_else(dpkg)
}

/// The version in the block of lines for the package.
fn stated(text: &str, name_key: &str, name: &str, version_key: &str) -> Option<String> {
    let named = |block: &&str| block.lines().any(|line| line.strip_prefix(name_key) == Some(name));
    let removed =
        |block: &&str| block.lines().any(|line| line.starts_with("Status:") && !line.ends_with(" installed"));
    let block = text.split("\n\n").filter(|block| !removed(block)).find(named)?;
    let version = block.lines().find_map(|line| line.strip_prefix(version_key))?;
    triple(version.split_once(':').map_or(version, |(_epoch, version)| version))
}

/// The `20.19.2` at the start of `20.19.2+dfsg-1`.
fn triple(version: &str) -> Option<String> {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let numbers: Vec<&str> = version.get(..end)?.split('.').collect();
    match numbers.as_slice() {
        [_, _, _] if numbers.iter().all(|number| !number.is_empty()) => Some(numbers.join(".")),
        _ => None,
    }
}

/// `KEY="value"` lines of os-release(5), unquoted.
pub(super) fn os_release(tree: &FileTree) -> BTreeMap<String, String> {
    let text = tree.text("etc/os-release").or_else(|| tree.text("usr/lib/os-release")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), unquoted(value))).collect()
}

fn unquoted(value: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(value).replace("\\\"", "\"").replace("\\$", "$").replace("\\\\", "\\")
}
