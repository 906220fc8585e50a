//! Which pnpm's rules apply. In: `packageManager` and the lockfile's own traits. Out: one of four dialects. Nothing is read here.

use std::fmt;

use crate::{Lockfile, LockfileFormat};

/// The major version of pnpm whose layout is followed. Directory names, hoisting order, bins and settings differ between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// pnpm 9, and pnpm 8, whose 6.0 lockfiles pnpm 9 installs as its own.
    V9,
    /// pnpm 10.
    V10,
    /// pnpm 11.
    V11,
    /// pnpm 12.
    V12,
}

impl Dialect {
    /// The major version as a number, 9 to 12.
    pub fn major(self) -> u8 {
        match self {
            Dialect::V9 => 9,
            Dialect::V10 => 10,
            Dialect::V11 => 11,
            Dialect::V12 => 12,
        }
    }

    /// Chooses by the root's `packageManager` (`pnpm@9.14.2`), else by how the lockfile writes its hashes: 26 characters of
    /// base32 are pnpm 9's, hex is pnpm 10's or later, patches without a path are pnpm 11's or later. A 6.0 file is laid out by
    /// pnpm 9. Where nothing tells, pnpm 10 is taken. Comes with a remark where the choice may surprise.
    pub fn choose(package_manager: Option<&str>, lockfile: &Lockfile) -> (Dialect, Option<String>) {
        let Some(version) = package_manager.and_then(|text| text.strip_prefix("pnpm@")) else {
            return Dialect::of_lockfile(lockfile);
        };
        match version.split(['.', '+', '-']).next().and_then(|major| major.parse::<u32>().ok()) {
            Some(9) => (Dialect::V9, None),
            Some(10) => (Dialect::V10, None),
            Some(11) => (Dialect::V11, None),
            Some(12) => (Dialect::V12, None),
            Some(old) if old < 9 => (
                Dialect::V9,
                Some(format!(
                    "packageManager is pnpm {old}: the tree is made as pnpm 9 makes it from the same lockfile, with what the service needs alone"
                )),
            ),
            Some(new) => (
                Dialect::V12,
                Some(format!("packageManager is pnpm {new}: the tree is laid out as pnpm 12 does it")),
            ),
            None => Dialect::of_lockfile(lockfile),
        }
    }

    fn of_lockfile(lockfile: &Lockfile) -> (Dialect, Option<String>) {
        let dialect = by_traits(lockfile);
        let reason = if dialect.is_some() {
            "by the style of the lockfile's hashes"
        } else {
            "as nothing tells which pnpm wrote the lockfile"
        };
        let dialect = dialect.unwrap_or(Dialect::V10);
        (
            dialect,
            Some(format!(
                "package.json has no packageManager: the tree is laid out as {dialect} does it, {reason}"
            )),
        )
    }
}

fn by_traits(lockfile: &Lockfile) -> Option<Dialect> {
    if lockfile.format == LockfileFormat::V6 {
        return Some(Dialect::V9);
    }
    if lockfile.patched_dependencies.values().any(|patch| patch.path.is_none()) {
        return Some(Dialect::V11);
    }
    let patches = lockfile.patched_dependencies.values().map(|patch| patch.hash.as_str());
    let checksums = [&lockfile.package_extensions_checksum, &lockfile.pnpmfile_checksum];
    let checksums = checksums.into_iter().flatten().map(String::as_str);
    let suffixes =
        lockfile.snapshots.keys().filter_map(|key| key.suffix().strip_prefix('(')?.strip_suffix(')'));
    let hashes = patches.chain(suffixes).filter_map(by_hash);
    checksums.filter_map(by_checksum).chain(hashes).next()
}

fn by_checksum(text: &str) -> Option<Dialect> {
    if text.starts_with("sha256-") {
        return Some(Dialect::V10);
    }
    (text.len() == 32 || text.len() == 26).then_some(Dialect::V9)
}

/// Peers that grew too long are one hash in parentheses; peers themselves have an `@`.
fn by_hash(text: &str) -> Option<Dialect> {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base32 = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    match text.len() {
        26 if base32 => Some(Dialect::V9),
        32 | 64 if hex => Some(Dialect::V10),
        _ => None,
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pnpm {}", self.major())
    }
}
