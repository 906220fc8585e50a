//! One layer, read once. In: a blob of the store, compressed or not. Out: its entries, whiteouts and the few contents
//! that metadata needs, with the digest of its uncompressed bytes. It knows nothing of other layers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};

use fourply_blob::Digest;
use serde::{Deserialize, Serialize};

use crate::certificates::has_ending;
use crate::error::{Result, RootfsError};
use crate::metadata::budget::ReadBudget;
use crate::metadata::{TreeEntry, TreeKind, texts};
use crate::paths::{CERTIFICATE_BUNDLE, CERTIFICATE_LINKS};
use crate::stream::{Hashing, plain};
use crate::tarball::{Sequential, TarEntry, TarKind, TarReader, normalise};

/// The largest kept text: more than any package database.
pub(super) const MAX_TEXT: u64 = 64 << 20;
/// The largest configuration file with kept checksums.
const MAX_CONFIGURATION: u64 = 1 << 20;
/// How much of a program is kept: its ELF header, program headers and, in all known programs, its interpreter's name.
const HEAD: u64 = 4096;

/// The beginning of an ELF file.
const MAGIC: &[u8] = b"\x7fELF";
/// The largest program that is read: twice node's size.
const MAX_PROGRAM: u64 = 256 << 20;

/// The content of one layer, in layer order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LayerContents {
    /// Paths that it removes from lower layers.
    pub whiteouts: Vec<String>,
    /// Directories whose contents it removes from lower layers; the root is the empty path.
    pub opaque: Vec<String>,
    pub added: Vec<(String, AddedPath)>,
    /// The contents of some of its files, by unresolved path.
    #[serde(with = "texts")]
    pub contents: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum AddedPath {
    Entry(TreeEntry),
    /// Another name for the file at this path.
    Hardlink(String),
}

/// The destination of a layer's files while it is read.
pub(super) trait FileSink {
    /// Takes the content of the file with this number, which is its index in [`LayerContents::added`].
    fn file(&mut self, number: usize, entry: &TarEntry, content: &mut dyn Read) -> std::io::Result<()>;
}

/// Reads a layer to its end.
pub(super) fn read(
    blob: impl Read + Send,
    name: &str,
    budget: &ReadBudget,
) -> Result<(LayerContents, Digest)> {
    read_into(blob, name, budget, None)
}

/// As [`read`], and passes file contents to a sink.
pub(super) fn read_into(
    blob: impl Read + Send,
    name: &str,
    budget: &ReadBudget,
    sink: Option<&mut dyn FileSink>,
) -> Result<(LayerContents, Digest)> {
    read_keeping(blob, name, budget, &BTreeSet::new(), sink)
}

/// As [`read_into`]; also keeps the contents of files with these names, in any folder.
pub(super) fn read_keeping(
    blob: impl Read + Send,
    name: &str,
    budget: &ReadBudget,
    names: &BTreeSet<String>,
    mut sink: Option<&mut dyn FileSink>,
) -> Result<(LayerContents, Digest)> {
    let fault = |error: std::io::Error| RootfsError::layer(name, "", error);
    let (_, stream) = plain(BufReader::with_capacity(1 << 16, blob)).map_err(fault)?;
    let mut tar = TarReader::new(Sequential(Hashing::new(stream)), name);
    let mut contents = LayerContents::default();
    while let Some(entry) = tar.next()? {
        match &mut sink {
            Some(sink) => contents.add(entry, &mut tar, budget, names, Some(&mut **sink))?,
            None => contents.add(entry, &mut tar, budget, names, None)?,
        }
    }
    let (diff_id, _) = tar.into_inner().0.finish().map_err(fault)?;
    Ok((contents, diff_id))
}

impl LayerContents {
    /// The total bytes of all files.
    pub(super) fn size(&self) -> u64 {
        let of = |added: &AddedPath| match added {
            AddedPath::Entry(TreeEntry { kind: TreeKind::File(size), .. }) => *size,
            _ => 0,
        };
        self.added.iter().map(|(_, added)| of(added)).sum()
    }

    fn add<R: Read>(
        &mut self,
        entry: TarEntry,
        tar: &mut TarReader<Sequential<R>>,
        budget: &ReadBudget,
        names: &BTreeSet<String>,
        sink: Option<&mut dyn FileSink>,
    ) -> Result<()> {
        let path = normalise(&entry.path).map_err(|reason| tar.fault(&entry.path, reason))?;
        let Some(path) = path else { return Ok(()) };
        let attributes: usize = entry.xattrs.iter().map(|(name, value)| name.len() + value.len()).sum();
        let spent = budget.spend(path.len() + entry.target.len() + attributes);
        spent.map_err(|reason| tar.fault(&path, reason))?;
        if self.whiteout(&path) {
            return Ok(());
        }
        let (mut head, mut program) = (Vec::new(), None);
        let kept = match names.contains(file_name(&path)) {
            true => Some(MAX_TEXT),
            false => kept(&path, entry.mode, entry.size),
        };
        let kept = kept.filter(|_| entry.kind == TarKind::File);
        if let Some(max) = kept {
            if max == MAX_TEXT && entry.size > MAX_TEXT {
                return Err(tar.fault(&path, format!("it is larger than {MAX_TEXT} bytes")));
            }
            head = tar.head(max.min(entry.size))?;
            budget.spend(head.len()).map_err(|reason| tar.fault(&path, reason))?;
        }
        let mut read = head.clone();
        if entry.kind == TarKind::File && may_be_program(&path, entry.mode, entry.size) {
            if read.len() < MAGIC.len() {
                read.extend(tar.head((MAGIC.len() - read.len()) as u64)?);
            }
            if read.starts_with(MAGIC) {
                read.extend(tar.head(entry.size)?);
                program = fourply_platform::elf::program(&read).map(Box::new);
                let soname = program.iter().filter_map(|program| program.library.as_ref()?.soname.as_ref());
                let names = soname.chain(program.iter().flat_map(|program| &program.needed));
                budget
                    .spend(names.map(|name| name.len() + 24).sum())
                    .map_err(|reason| tar.fault(&path, reason))?;
            }
        }
        if let Some(sink) = sink.filter(|_| entry.kind == TarKind::File) {
            let taken = sink.file(self.added.len(), &entry, &mut read.as_slice().chain(tar.body()));
            taken.map_err(|error| tar.fault(&path, error))?;
        }
        if kept.is_some() {
            self.contents.insert(path.clone(), head);
        }
        let added = match entry.kind {
            TarKind::Hardlink => {
                match normalise(&entry.target).map_err(|reason| tar.fault(&entry.path, reason))? {
                    Some(target) => AddedPath::Hardlink(target),
                    None => return Err(tar.fault(&entry.path, "a hard link to the root")),
                }
            }
            _ => AddedPath::Entry(TreeEntry { program, ..tree_entry(entry) }),
        };
        self.added.push((path, added));
        Ok(())
    }

    /// Records a whiteout. Source: OCI image specification, layer.md, "Whiteouts" and "Opaque Whiteout"; other names
    /// with `.wh..wh.` are aufs's own bookkeeping and are ignored.
    fn whiteout(&mut self, path: &str) -> bool {
        let (folder, name) = (path.rsplit_once('/').map_or("", |(folder, _)| folder), file_name(path));
        let Some(hidden) = name.strip_prefix(".wh.") else { return false };
        if name == ".wh..wh..opq" {
            self.opaque.push(folder.to_owned());
        } else if !hidden.is_empty() && hidden != "." && hidden != ".." && !hidden.starts_with(".wh.") {
            self.whiteouts.push(super::walk::join(folder, hidden));
        }
        true
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn tree_entry(entry: TarEntry) -> TreeEntry {
    let kind = match entry.kind {
        TarKind::File | TarKind::Hardlink => TreeKind::File(entry.size),
        TarKind::Directory => TreeKind::Directory,
        TarKind::Symlink => TreeKind::Symlink(entry.target),
        TarKind::Other => TreeKind::Other,
    };
    let xattrs = if kind == TreeKind::Directory { entry.xattrs } else { BTreeMap::new() };
    TreeEntry {
        kind,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        mtime: entry.mtime,
        xattrs,
        program: None,
    }
}

/// Whether a file, by its path below the root or below `usr`, belongs to a package manager or is the certificate
/// bundle.
pub(super) fn is_database(path: &str) -> bool {
    let apk = |name: &str| matches!(name, "installed" | "triggers" | "scripts.tar");
    path.strip_prefix("lib/apk/db/").is_some_and(apk)
        || matches!(
            path,
            "etc/apk/world" | "etc/apk/repositories" | "var/lib/dpkg/status" | CERTIFICATE_BUNDLE
        )
        || (path.starts_with("etc/apk/keys/") && path.ends_with(".pub"))
        || (path.starts_with("etc/apk/repositories.d/") && path.ends_with(".list"))
        || (path.starts_with("etc/apk/protected_paths.d/") && path.ends_with(".list"))
        || path.starts_with("etc/busybox-paths.d/")
        || matches!(
            path,
            "etc/ca-certificates.conf" | "etc/ld.so.conf" | "etc/adduser.conf" | "etc/login.defs"
        )
        || is_certificate(path)
        || is_beside_links(path)
        || path.starts_with("etc/ld.so.conf.d/")
        || path.starts_with("var/lib/dpkg/status.d/")
        || matches!(path, "var/lib/dpkg/diversions" | "var/lib/dpkg/statoverride")
        || (path.starts_with("var/lib/dpkg/info/") && path.ends_with(".list"))
        || is_of_apt(path)
}

/// Whether a file, by its path below `usr`, is a certificate that `update-ca-certificates` uses.
pub(super) fn is_certificate(path: &str) -> bool {
    path.starts_with("local/share/ca-certificates/")
        || (path.starts_with("share/ca-certificates/") && path.ends_with(".crt"))
}

/// Whether a file is next to links to certificates, and may be one itself.
fn is_beside_links(path: &str) -> bool {
    path.strip_prefix(CERTIFICATE_LINKS)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| !name.contains('/') && has_ending(name))
}

/// Whether a file configures apt's package sources or their signing keys.
fn is_of_apt(path: &str) -> bool {
    const KEYS: [&str; 3] = ["etc/apt/trusted.gpg.d", "etc/apt/keyrings", "share/keyrings"];
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    matches!(path, "etc/apt/sources.list" | "etc/apt/trusted.gpg")
        || (folder == "etc/apt/sources.list.d" && ends(&[".list", ".sources"]))
        || (KEYS.contains(&folder) && ends(&[".gpg", ".asc", ".pgp"]))
}

/// Whether a file could be a program or a library.
fn may_be_program(path: &str, mode: u32, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    (mode & 0o111 != 0 || name.contains(".so")) && (MAGIC.len() as u64..=MAX_PROGRAM).contains(&size)
}

/// How many bytes of a file's content metadata needs, if any. Whole files: accounts, os-release, package databases,
/// node's version and all configuration. Only the header: programs that every base has, and the loaders.
fn kept(path: &str, mode: u32, size: u64) -> Option<u64> {
    if path.starts_with("etc/") && size <= MAX_CONFIGURATION {
        return Some(MAX_CONFIGURATION);
    }
    let path = path.strip_prefix("usr/").unwrap_or(path);
    match path {
        "etc/passwd"
        | "etc/group"
        | "etc/shadow"
        | "etc/gshadow"
        | "etc/os-release"
        | "lib/os-release"
        | "include/node/node_version.h"
        | "local/include/node/node_version.h" => return Some(MAX_TEXT),
        _ if is_certificate(path) => return (size <= MAX_CONFIGURATION).then_some(MAX_CONFIGURATION),
        _ if is_database(path) => return Some(MAX_TEXT),
        _ => {}
    }
    let (folder, name) = path.rsplit_once('/')?;
    let program = mode & 0o111 != 0
        && (folder == "bin" || folder.ends_with("/bin"))
        && matches!(name, "node" | "nodejs" | "sh" | "busybox" | "dash" | "bash");
    let loader = folder.split('/').next().is_some_and(|top| top.starts_with("lib"))
        && (name.starts_with("ld-") || name.starts_with("ld64."))
        && name.contains(".so");
    (program || loader).then_some(HEAD)
}
