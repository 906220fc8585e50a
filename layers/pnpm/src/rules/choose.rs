//! Which rules a workspace follows. In: `packageManager` and traits of the lockfile. Out: a rule set and a note. Pure.

use super::lockfile::{PatchEntryForm, PatchHash};
use super::network::NetworkRules;
use super::pnpm_9::PNPM_9;
use super::pnpm_10::PNPM_10;
use super::rule_set::Rules;
use super::table::ALL;
use super::version::PnpmVersion;
use crate::{Lockfile, LockfileFormat};

/// The rules for a workspace that does not show its pnpm version.
static UNNAMED: &Rules = &PNPM_10;

impl Rules {
    /// Chooses by the root's `packageManager` (`pnpm@9.14.2`); otherwise by the form of the lockfile's hashes: 26
    /// characters of base32 are the oldest form; hex, and patches without a path, came later. Returns a note if the
    /// choice may surprise.
    pub fn choose(package_manager: Option<&str>, lockfile: &Lockfile) -> (&'static Rules, Option<String>) {
        let version = package_manager.and_then(|text| PnpmVersion::parse(text.strip_prefix("pnpm@")?));
        let Some(version) = version else { return of_lockfile(lockfile) };
        let rules = Rules::of_version(version);
        if rules.lockfile.writes == LockfileFormat::V6 && lockfile.format != LockfileFormat::V6 {
            let rules = &PNPM_9;
            let note = format!(
                "packageManager is pnpm {version}, which cannot read this lockfile: using the layout of {rules}"
            );
            return (rules, Some(note));
        }
        let note = if let Some(known) = version.newest_compared() {
            Some(format!(
                "packageManager is pnpm {version}, which is newer than {known}, the newest tested version: using the layout of {rules}"
            ))
        } else if rules.versions.contains(version) {
            None
        } else if version < rules.versions.from {
            Some(format!(
                "packageManager is pnpm {version}: using the layout that {rules} makes from the same lockfile, with only the packages that the service needs"
            ))
        } else {
            Some(format!("packageManager is pnpm {version}: using the layout of {rules}"))
        };
        (rules, note)
    }
}

impl NetworkRules {
    /// The rules of the version in `packageManager`; without one, of the newest version that reads lockfiles with this
    /// first line.
    pub fn choose(package_manager: Option<&str>, lockfile: &str) -> &'static NetworkRules {
        let named = package_manager.and_then(|text| PnpmVersion::parse(text.strip_prefix("pnpm@")?));
        let version = named.unwrap_or_else(|| {
            let old = lockfile.lines().take(5).any(|line| line.starts_with("lockfileVersion: '6"));
            newest(if old { &PNPM_9 } else { UNNAMED })
        });
        NetworkRules::of_version(version)
    }

    /// The rules of the newest version that follows these layout rules.
    pub(crate) fn of_rules(rules: &Rules) -> &'static NetworkRules {
        NetworkRules::of_version(newest(rules))
    }
}

/// The newest version of the major version that a range belongs to.
fn newest(rules: &Rules) -> PnpmVersion {
    PnpmVersion::new(rules.major(), u32::MAX, u32::MAX)
}

fn of_lockfile(lockfile: &Lockfile) -> (&'static Rules, Option<String>) {
    let rules = by_traits(lockfile);
    let reason = if rules.is_some() {
        "by the form of the lockfile's hashes"
    } else {
        "because the lockfile does not show which pnpm wrote it"
    };
    let rules = rules.unwrap_or(UNNAMED);
    let note = format!("package.json has no packageManager: using the layout of {rules}, {reason}");
    (rules, Some(note))
}

fn by_traits(lockfile: &Lockfile) -> Option<&'static Rules> {
    // The newest version that reads it hoists everything that older ones hoist.
    if lockfile.format == LockfileFormat::V6 {
        return Some(&PNPM_9);
    }
    if lockfile.patched_dependencies.values().any(|patch| patch.path.is_none()) {
        return first(|rules| rules.lockfile.patch_entry == PatchEntryForm::HashAlone);
    }
    let patches = lockfile.patched_dependencies.values().map(|patch| patch.hash.as_str());
    let checksums = [&lockfile.package_extensions_checksum, &lockfile.pnpmfile_checksum];
    let checksums = checksums.into_iter().flatten().map(String::as_str);
    let suffixes =
        lockfile.snapshots.keys().filter_map(|key| key.suffix().strip_prefix('(')?.strip_suffix(')'));
    let hashes = patches.chain(suffixes).filter_map(by_hash);
    let style = checksums.filter_map(by_checksum).chain(hashes).next()?;
    first(|rules| rules.lockfile.patch_hash == style)
}

/// The newest rules of the oldest major version that writes such a lockfile of version 9.0.
fn first(are: impl Fn(&Rules) -> bool) -> Option<&'static Rules> {
    let found = ALL.iter().find(|rules| rules.lockfile.writes == LockfileFormat::V9 && are(rules));
    found.map(|rules| rules.newest_of_major())
}

fn by_checksum(text: &str) -> Option<PatchHash> {
    if text.starts_with("sha256-") {
        return Some(PatchHash::Sha256Hex);
    }
    (text.len() == 32 || text.len() == 26).then_some(PatchHash::Md5Base32)
}

/// A peers suffix that is too long becomes one hash in parentheses; peers themselves contain an `@`.
fn by_hash(text: &str) -> Option<PatchHash> {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base32 = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    match text.len() {
        26 if base32 => Some(PatchHash::Md5Base32),
        32 | 64 if hex => Some(PatchHash::Sha256Hex),
        _ => None,
    }
}
