//! The list of entries in folders of packages and links. In: folders, or a list's text. Out: a list's text, or its
//! entries.

use std::collections::BTreeSet;
use std::path::Path;

use fourply_blob::Key;
use rayon::prelude::*;

use crate::beneath::{Beneath, Found};
use crate::{Result, atomic};

/// A path and its entry.
pub(super) type InstallEntry = (String, Stamp);

/// Entries, sorted by path.
pub(super) type Listing = Vec<InstallEntry>;

/// The state of an entry. For folders only the type: their size and time change with their content. `changed` is the
/// kernel's own time of the last change, which scripts cannot set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    Folder,
    File { mode: u32, size: u64, seconds: i64, nanoseconds: i64, inode: u64, changed: (i64, i64) },
}

impl Stamp {
    fn of(Found(stat): &Found) -> Stamp {
        Stamp::File {
            mode: stat.st_mode,
            size: stat.st_size.unsigned_abs(),
            seconds: stat.st_mtime,
            nanoseconds: stat.st_mtime_nsec.cast_signed(),
            inode: stat.st_ino,
            changed: (stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
        }
    }
}

/// `boot <id of this boot>`; then on each line `<mode> <size> <seconds> <nanoseconds> <inode> <changed: seconds,
/// nanoseconds> <path>` or `folder <path>`; then the BLAKE3 of everything before it.
pub(super) fn write_list(list: &Path, listing: &Listing, boot: &str) -> Result<()> {
    let mut text = format!("boot {boot}\n");
    for (path, stamp) in listing {
        match stamp {
            Stamp::Folder => text.push_str(&format!("folder {path}\n")),
            Stamp::File { mode, size, seconds, nanoseconds, inode, changed: (at, fraction) } => {
                let times = format!("{seconds} {nanoseconds} {inode} {at} {fraction}");
                text.push_str(&format!("{mode} {size} {times} {path}\n"));
            }
        }
    }
    let check = Key::of(text.as_bytes());
    text.push_str(&format!("{check}\n"));
    atomic::write(list, text.as_bytes(), 0o644)
}

/// A list that is missing, damaged or from before a reboot counts as none: the install is repeated.
pub(super) fn read_list(list: &Path, boot: &str) -> Option<Listing> {
    let text = atomic::read(list)?;
    let whole = text.strip_suffix('\n')?;
    let (body, check) = text.split_at_checked(whole.rfind('\n')? + 1)?;
    if check.trim_end() != Key::of(body.as_bytes()).hex() {
        return None;
    }
    let entries = body.strip_prefix("boot ")?.strip_prefix(boot)?.strip_prefix('\n')?;
    entries.lines().map(entry).collect()
}

fn entry(line: &str) -> Option<(String, Stamp)> {
    if let Some(path) = line.strip_prefix("folder ") {
        return Some((path.to_owned(), Stamp::Folder));
    }
    let mut fields = line.splitn(8, ' ');
    let stamp = Stamp::File {
        mode: fields.next()?.parse().ok()?,
        size: fields.next()?.parse().ok()?,
        seconds: fields.next()?.parse().ok()?,
        nanoseconds: fields.next()?.parse().ok()?,
        inode: fields.next()?.parse().ok()?,
        changed: (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?),
    };
    Some((fields.next()?.to_owned(), stamp))
}

pub(super) fn listing(root: &Path, modules: &BTreeSet<String>) -> Result<Listing> {
    let root = Beneath::open(root)?;
    let mut there = Vec::new();
    for folder in modules {
        if root.has_folder(folder)? {
            there.push(folder);
        }
    }
    let parts = there.into_par_iter().map(|folder| list_folder(&root, folder));
    let mut listing: Listing = parts.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    listing.par_sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(listing)
}

/// The folder itself and its whole content.
fn list_folder(root: &Beneath, folder: &str) -> Result<Listing> {
    let mut entries = vec![(folder.to_owned(), Stamp::Folder)];
    let mut folders = Vec::new();
    for (name, found) in root.entries(folder)? {
        let path = format!("{folder}/{name}");
        match found.is_folder() {
            true => folders.push(path),
            false => entries.push((path, Stamp::of(&found))),
        }
    }
    let below = folders.into_par_iter().map(|folder| list_folder(root, &folder));
    for part in below.collect::<Result<Vec<_>>>()? {
        entries.extend(part);
    }
    Ok(entries)
}
