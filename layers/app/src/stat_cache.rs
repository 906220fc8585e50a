//! The known hashes of files. In and out: one text file. It has hashes of contents together with `stat` data, so that
//! an unchanged file need not be read.
//!
//! The rule against undetected changes is git's, racy-git.txt: if a file was changed within two seconds before it was
//! hashed, its next change might leave the same times, so the entry is not kept.
//!
//! ```text
//! fourply stat cache v2 <id of this run of the kernel>
//! <size> <mtime, ns> <ctime, ns> <inode> <device> <BLAKE3 of the content> <path, to the end of the line>
//! …
//! <BLAKE3 of all lines before>
//! ```
//!
//! After a restart of the host it is empty: a power cut may restore a file's size and times, but not its content.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fourply_blob::Key;
use fourply_store::boot_id;

use crate::Result;
use fourply_scripts::atomic;
use fourply_scripts::beneath::Found;

const HEADER: &str = "fourply stat cache v2";
const RACY: Duration = Duration::from_secs(2);

/// The data that identifies a hashed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    size: u64,
    mtime: i128,
    ctime: i128,
    inode: u64,
    device: u64,
}

impl Stat {
    pub(crate) fn of(metadata: &Metadata) -> Stat {
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Stat {
            size: metadata.size(),
            mtime: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    /// As [`Stat::of`].
    pub(crate) fn found(Found(stat): &Found) -> Stat {
        let nanoseconds = |seconds: i64, rest: u64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Stat {
            size: stat.st_size.unsigned_abs(),
            mtime: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            ctime: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
            inode: stat.st_ino,
            device: stat.st_dev,
        }
    }

    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let limit = now.saturating_sub(RACY).as_nanos();
        i128::try_from(limit).is_ok_and(|limit| self.mtime < limit && self.ctime < limit)
    }
}

/// Hashes of contents by path and `stat` data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatCache(BTreeMap<String, (Stat, Key)>);

impl StatCache {
    /// Reads a cache. A missing, damaged or older one is empty: this costs time but never correctness.
    pub fn read(path: &Path) -> StatCache {
        atomic::read(path).and_then(|text| parse(&text, boot_id())).unwrap_or_default()
    }

    /// Writes the cache atomically.
    ///
    /// # Errors
    /// If the file or its folder cannot be created.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(atomic::write(path, self.text(boot_id()).as_bytes(), 0o644)?)
    }

    pub(crate) fn get(&self, path: &str, stat: &Stat) -> Option<Key> {
        let (known, content) = self.0.get(path)?;
        (known == stat).then_some(*content)
    }

    /// Adds an entry that cannot change unnoticed, because its file was given an old time.
    pub(crate) fn insert(&mut self, path: &str, stat: Stat, content: Key) {
        if is_line(path) {
            self.0.insert(path.to_owned(), (stat, content));
        }
    }

    /// Replaces all entries with these, sorted by path, except those that a later change might leave looking unchanged.
    /// Returns whether anything changed. No second list of many files is created.
    pub(crate) fn replace<'a>(
        &mut self,
        entries: impl Iterator<Item = (&'a String, Stat, Key)> + Clone,
        now: SystemTime,
    ) -> bool {
        let kept = entries.filter(|(_, stat, _)| stat.is_settled(now));
        let kept = kept.filter(|(path, _, _)| is_line(path));
        let known = self.0.iter().map(|(path, (stat, content))| (path.as_str(), *stat, *content));
        if kept.clone().map(|(path, stat, content)| (path.as_str(), stat, content)).eq(known) {
            return false;
        }
        self.0.clear();
        self.0.extend(kept.map(|(path, stat, content)| (path.clone(), (stat, content))));
        true
    }

    fn text(&self, boot: &str) -> String {
        use std::fmt::Write;
        let mut text = format!("{HEADER} {boot}\n");
        for (path, (stat, content)) in &self.0 {
            let Stat { size, mtime, ctime, inode, device } = stat;
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{size} {mtime} {ctime} {inode} {device} {content} {path}");
        }
        let check = Key::of(text.as_bytes());
        text.push_str(&format!("{check}\n"));
        text
    }
}

/// One line has one entry: a path with a line break is not kept.
fn is_line(path: &str) -> bool {
    !path.contains(['\n', '\r'])
}

fn parse(text: &str, boot: &str) -> Option<StatCache> {
    let (body, check) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = text.get(..body.len() + 1)?;
    if check != Key::of(body.as_bytes()).hex() {
        return None;
    }
    let mut lines = body.lines();
    if lines.next()?.strip_prefix(HEADER)?.trim_start() != boot {
        return None;
    }
    lines.map(entry).collect::<Option<_>>().map(StatCache)
}

fn entry(line: &str) -> Option<(String, (Stat, Key))> {
    let mut fields = line.splitn(7, ' ');
    let stat = Stat {
        size: fields.next()?.parse().ok()?,
        mtime: fields.next()?.parse().ok()?,
        ctime: fields.next()?.parse().ok()?,
        inode: fields.next()?.parse().ok()?,
        device: fields.next()?.parse().ok()?,
    };
    let content = fields.next()?.parse().ok()?;
    Some((fields.next()?.to_owned(), (stat, content)))
}

#[cfg(test)]
mod tests;
