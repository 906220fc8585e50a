//! Checks of a program before it starts: whether it exists, is for this platform, and has its loader or interpreter.
//! In: a name, the tree, the unpacked files. Out: a fault or `None`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use fourply_platform::{Architecture, elf};
use fourply_rootfs::{DEFAULT_PATH, RootfsMetadata, TreeKind};

/// How much of a program is read: its header and its loader's name.
const HEAD: u64 = 4096;

/// Why a program cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unstartable {
    /// The image names no program.
    Nothing,
    /// It does not exist.
    Missing { program: String },
    /// No user may execute it, or not this one.
    NotExecutable { program: String },
    /// Its loader is missing, for example because it is for another C library.
    Loader { program: String, loader: String },
    /// The interpreter in its first line is missing.
    Interpreter { program: String, interpreter: String },
    /// It is for another architecture.
    Architecture { program: String, architecture: String },
    /// It is not a program, and not a script with an interpreter.
    Format { program: String },
    /// The kernel rejects it for another reason.
    Other { program: String, error: String },
    /// A link or a file is where every engine mounts something.
    Place { path: String },
    /// Its folder cannot be entered.
    Folder { folder: String, error: String },
}

/// Checks the program of a command. `root` is the folder of the unpacked tree; `folder` is the start folder.
pub(crate) fn look(
    rootfs: &RootfsMetadata,
    root: &Path,
    name: &str,
    folder: &str,
    path: Option<&String>,
) -> Option<Unstartable> {
    let program = name.to_owned();
    let path = path.map_or(DEFAULT_PATH, String::as_str);
    let Some(found) = place(rootfs, name, folder, path) else {
        return Some(Unstartable::Missing { program });
    };
    let (real, _) = rootfs.lookup(&found)?;
    if rootfs.is_directory(&found) || !rootfs.is_executable(&found) {
        return Some(Unstartable::NotExecutable { program });
    }
    // A real path leads through no links in the tree. If a file cannot be read, the kernel decides.
    let file = File::open(root.join(real)).ok()?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).ok()?;
    of_head(rootfs, program, &head)
}

/// Whether engines could create the mounts of every container.
pub(crate) fn places(rootfs: &RootfsMetadata) -> Option<Unstartable> {
    let folder = |path: &str| rootfs.entries.get(path).is_none_or(|entry| entry.kind == TreeKind::Directory);
    let path = ["proc", "sys", "dev"].into_iter().find(|path| !folder(path))?;
    Some(Unstartable::Place { path: format!("/{path}") })
}

fn place(rootfs: &RootfsMetadata, name: &str, folder: &str, path: &str) -> Option<String> {
    if !name.contains('/') {
        return rootfs.which(name, path);
    }
    let full = if name.starts_with('/') { name.to_owned() } else { format!("{folder}/{name}") };
    rootfs.lookup(&full).is_some().then_some(full)
}

fn of_head(rootfs: &RootfsMetadata, program: String, head: &[u8]) -> Option<Unstartable> {
    if let Some(line) = head.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let interpreter = line.trim_start().split([' ', '\t']).next().unwrap_or_default().to_owned();
        let there = rootfs.lookup(&interpreter).is_some();
        return (!there).then_some(Unstartable::Interpreter { program, interpreter });
    }
    let Some(header) = elf::head(head) else { return Some(Unstartable::Format { program }) };
    if let Some(architecture) = header.architecture.filter(|found| !runs_here(found)) {
        return Some(Unstartable::Architecture { program, architecture: architecture.to_string() });
    }
    let loader = header.interpreter.filter(|loader| rootfs.lookup(loader).is_none())?;
    Some(Unstartable::Loader { program, loader })
}

/// Whether programs of an architecture run on this host.
pub(crate) fn runs_here(architecture: &Architecture) -> bool {
    let host = Architecture::host();
    *architecture == host || (host.as_str() == "amd64" && architecture.as_str() == "386")
}
