//! What the merged tree says about the system in it: C library, processor, node's version, the distribution. Comes in: the
//! tree with the contents that were kept. Goes out: plain values; nothing is guessed where the tree says nothing.

use std::collections::BTreeMap;

use goblin::elf::Elf;
use goblin::elf::program_header::{PT_INTERP, ProgramHeader};

use crate::DEFAULT_PATH;
use crate::facts::tree::Tree;
use crate::facts::walk::{End, walk};
use crate::facts::{FactKind, Facts, Libc};

impl Tree {
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

/// Programs that tell what a base runs, the most telling first.
const PROGRAMS: [&str; 5] = ["usr/local/bin/node", "usr/bin/node", "bin/sh", "bin/busybox", "bin/bash"];

/// The C library and the processor.
///
/// The interpreter of the base's own programs decides; a base without any (or with static ones) is what its only loader
/// says. Debian with the package musl, or Alpine with gcompat, has the loaders of both.
pub(super) fn libc(tree: &Tree) -> (Option<Libc>, Option<String>) {
    let programs = || PROGRAMS.iter().filter_map(|path| tree.content(path)).filter_map(elf);
    let loaders: Vec<(&str, Libc)> = loaders(tree).collect();
    let processor =
        programs().next().or_else(|| loaders.iter().find_map(|(path, _)| elf(tree.content(path)?)));
    let by_programs = programs().find_map(|(_, interpreter)| interpreter.as_deref().and_then(loader_of));
    let by_loaders = match (has(&loaders, Libc::Glibc), has(&loaders, Libc::Musl)) {
        (true, false) => Some(Libc::Glibc),
        (false, true) => Some(Libc::Musl),
        _ => None,
    };
    (by_programs.or(by_loaders), processor.map(|(machine, _)| machine))
}

fn has(loaders: &[(&str, Libc)], libc: Libc) -> bool {
    loaders.iter().any(|(_, found)| *found == libc)
}

/// The loaders in the places that programs name: `/lib` and `/lib64`, be they folders or links.
fn loaders(tree: &Tree) -> impl Iterator<Item = (&str, Libc)> {
    let folders = ["lib/", "lib64/", "usr/lib/", "usr/lib64/"];
    tree.entries.iter().filter_map(move |(path, entry)| {
        let name = folders.iter().find_map(|folder| path.strip_prefix(folder))?;
        let stands = matches!(entry.kind, FactKind::File(_))
            || matches!(walk(&tree.entries, path, true), End::Found(_));
        Some((path.as_str(), loader_of(name).filter(|_| stands && !name.contains('/'))?))
    })
}

fn loader_of(path: &str) -> Option<Libc> {
    let name = path.rsplit('/').next()?;
    if name.starts_with("ld-musl-") {
        Some(Libc::Musl)
    } else if (name.starts_with("ld-linux") || name.starts_with("ld64.so")) && name.contains(".so") {
        Some(Libc::Glibc)
    } else {
        None
    }
}

/// The processor in OCI's words and the interpreter of an ELF file, from its head.
fn elf(head: &[u8]) -> Option<(String, Option<String>)> {
    use goblin::elf::header;
    let parsed = Elf::parse_header(head).ok()?;
    let little = parsed.endianness().ok()?.is_little();
    let machine = match parsed.e_machine {
        header::EM_X86_64 => "amd64",
        header::EM_AARCH64 => "arm64",
        header::EM_ARM => "arm",
        header::EM_386 => "386",
        header::EM_RISCV => "riscv64",
        header::EM_S390 => "s390x",
        header::EM_PPC64 => {
            if little {
                "ppc64le"
            } else {
                "ppc64"
            }
        }
        258 => "loong64",
        _ => return None,
    };
    Some((machine.to_owned(), interpreter(head, &parsed)))
}

fn interpreter(head: &[u8], header: &goblin::elf::Header) -> Option<String> {
    let context = goblin::container::Ctx::new(header.container().ok()?, header.endianness().ok()?);
    let start = usize::try_from(header.e_phoff).ok()?;
    let programs = ProgramHeader::parse(head, start, header.e_phnum.into(), context).ok()?;
    let named = programs.iter().find(|program| program.p_type == PT_INTERP)?;
    let start = usize::try_from(named.p_offset).ok()?;
    let bytes = head.get(start..)?.get(..usize::try_from(named.p_filesz).ok()?)?;
    Some(std::str::from_utf8(bytes).ok()?.trim_end_matches('\0').to_owned())
}

/// The version that node's own header file tells, which official images and archives of node bring.
pub(super) fn node_by_header(tree: &Tree) -> Option<String> {
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

/// `NODE_VERSION`, as the official images set it; only where there is a node at all.
pub(super) fn node_by_env(facts: &Facts, env: &[String]) -> Option<String> {
    let stated = env.iter().find_map(|variable| variable.strip_prefix("NODE_VERSION="))?;
    let path = env.iter().find_map(|variable| variable.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
    facts.which("node", path).and_then(|_| triple(stated.trim_start_matches('v')))
}

/// From the databases of installed packages, apk's or dpkg's.
pub(super) fn node_by_package(tree: &Tree) -> Option<String> {
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

/// The version in the block of lines that names the package.
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
pub(super) fn os_release(tree: &Tree) -> BTreeMap<String, String> {
    let text = tree.text("etc/os-release").or_else(|| tree.text("usr/lib/os-release")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), unquoted(value))).collect()
}

fn unquoted(value: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(value).replace("\\\"", "\"").replace("\\$", "$").replace("\\\\", "\\")
}
