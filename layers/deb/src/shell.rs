//! Programs that are shell scripts. In: resolved packages. Out: the scripts, and the essential Debian packages that
//! they call. No package depends on those, because every Debian has them. Nothing runs: a word counts as a command if
//! it is in the position of a command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fourply_blob::Digest;
use fourply_rootfs::Tools;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::deb::DebFile;
use crate::error::{DebianError, Result};
use crate::fetch::fetched;
use crate::resolution::{DebPin, DebResolution, SMALLEST};

/// The size limit of a script, in bytes.
const MAX_SCRIPT: u64 = 1 << 20;
/// Folders of programs, below the root or below `usr`.
const FOLDERS: [&str; 6] = ["bin", "sbin", "games", "local/bin", "local/sbin", "local/games"];
/// Programs of essential packages other than coreutils.
const PROGRAMS: [(&str, &str); 7] = [
    ("sed", "sed"),
    ("grep", "grep"),
    ("egrep", "grep"),
    ("fgrep", "grep"),
    ("find", "findutils"),
    ("xargs", "findutils"),
    ("gzip", "gzip"),
];
/// Programs of coreutils that scripts call, without a shell's built-in commands.
const COREUTILS: [&str; 49] = [
    "basename",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "chroot",
    "cksum",
    "comm",
    "cp",
    "cut",
    "date",
    "dd",
    "df",
    "dirname",
    "du",
    "env",
    "expr",
    "fold",
    "head",
    "id",
    "install",
    "join",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mknod",
    "mktemp",
    "mv",
    "nl",
    "nproc",
    "od",
    "paste",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "seq",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "tail",
    "tee",
    "touch",
    "tr",
    "uname",
    "uniq",
];
/// Words that may precede a command.
const WORDS: [&str; 12] =
    ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "exec", "time", "command"];

/// The needs of the packages' scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShellNeeds {
    /// Names of essential packages.
    pub packages: BTreeSet<String>,
    /// The scripts by absolute path, each with the package of its shell.
    pub scripts: BTreeMap<String, String>,
}

fourply_store::record! {
    /// The needs of the scripts in a list of packages.
    struct NeedsOf in DebShellNeeds, rules 1 => ShellNeeds {
        packages: Vec<Digest>,
    }
}

/// The needs of the packages' scripts. Those of the smallest set are for administrators and are not checked.
///
/// # Errors
/// If a package cannot be fetched or read.
pub(crate) fn needs(resolution: &DebResolution, tools: &Tools<'_>) -> Result<ShellNeeds> {
    let asked = |pin: &&DebPin| !SMALLEST.contains(&pin.name.as_str()) && pin.name != "libc-bin";
    let pins: Vec<&DebPin> = resolution.packages.iter().filter(asked).collect();
    let record = NeedsOf { packages: pins.iter().map(|pin| pin.sha256).collect() };
    tools.store.get_or(&record, || {
        let files = fetched(&pins, tools.fetcher, || ())?;
        let read = |(path, pin): &(PathBuf, &DebPin)| of_package(&DebFile::open(path, &pin.file_name())?);
        let all: Vec<ShellNeeds> = files.par_iter().map(read).collect::<Result<_>>()?;
        let mut needs = ShellNeeds::default();
        for of_one in all {
            needs.packages.extend(of_one.packages);
            needs.scripts.extend(of_one.scripts);
        }
        Ok::<_, DebianError>(needs)
    })
}

fn of_package(deb: &DebFile) -> Result<ShellNeeds> {
    let mut needs = ShellNeeds::default();
    let mut data = deb.data()?;
    while let Some((entry, path)) = data.next()? {
        let Some(path) = path.filter(|path| is_program(path) && entry.mode & 0o111 != 0) else { continue };
        if entry.size > MAX_SCRIPT {
            continue;
        }
        let mut script = Vec::new();
        let read = std::io::Read::read_to_end(&mut data.content(), &mut script);
        read.map_err(|error| DebianError::package(&deb.name, &path, error))?;
        let Some(shell) = shell(&script) else { continue };
        needs.packages.insert(shell.to_owned());
        needs.packages.extend(called(&String::from_utf8_lossy(&script)).map(str::to_owned));
        needs.scripts.insert(format!("/{path}"), shell.to_owned());
    }
    Ok(needs)
}

fn is_program(path: &str) -> bool {
    let path = path.strip_prefix("usr/").unwrap_or(path);
    path.rsplit_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder))
}

/// The package of the shell in a script's first line.
fn shell(script: &[u8]) -> Option<&'static str> {
    let line = script.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split_ascii_whitespace();
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let program = match name(words.next()?).as_str() {
        "env" => name(words.next()?),
        other => other.to_owned(),
    };
    match program.as_str() {
        "sh" | "dash" => Some("dash"),
        "bash" => Some("bash"),
        _ => None,
    }
}

/// The packages of the programs that a script calls.
fn called(script: &str) -> impl Iterator<Item = &'static str> {
    let pieces = script.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pieces = pieces.flat_map(|line| line.split(['|', ';', '&', '(', '`']));
    pieces.filter_map(|piece| {
        let is_before = |word: &&str| WORDS.contains(word) || is_assignment(word);
        let command = piece.split_ascii_whitespace().find(|word| !is_before(word))?;
        package_of(command.rsplit('/').next().unwrap_or(command).trim_end_matches(')'))
    })
}

fn is_assignment(word: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

fn package_of(command: &str) -> Option<&'static str> {
    if COREUTILS.contains(&command) {
        return Some("coreutils");
    }
    PROGRAMS.iter().find(|(program, _)| *program == command).map(|(_, package)| *package)
}

#[cfg(test)]
mod tests;
