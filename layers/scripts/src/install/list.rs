//! The list of what lies in folders of packages and links. In: folders, or a list's text. Out: a list's text, or what it says.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use fourply_blob::Key;
use rayon::prelude::*;

use crate::{Result, ScriptsError, atomic};

/// A path and what lies there.
pub(super) type InstallEntry = (String, Stamp);

/// Entries, sorted by path.
pub(super) type Listing = Vec<InstallEntry>;

/// What an entry was. Of folders nothing but that: size and time change with what is in them. `changed` is the kernel's own time of the
/// last change, which no script can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    Folder,
    File { mode: u32, size: u64, seconds: i64, nanoseconds: i64, inode: u64, changed: (i64, i64) },
}

/// `<mode> <size> <seconds> <nanoseconds> <inode> <changed: seconds, nanoseconds> <path>` or `folder <path>` on each line, then the BLAKE3 of all that.
pub(super) fn write_list(list: &Path, listing: &Listing) -> Result<()> {
    let mut text = String::new();
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

/// A list that is absent or damaged is none: the install is repeated.
pub(super) fn read_list(list: &Path) -> Option<Listing> {
    let text = atomic::read(list)?;
    // The last line; there is no other where nothing is installed.
    let whole = text.strip_suffix('\n')?;
    let (body, check) = text.split_at_checked(whole.rfind('\n').map_or(0, |end| end + 1))?;
    if check.trim_end() != Key::of(body.as_bytes()).hex() {
        return None;
    }
    body.lines().map(entry).collect()
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
    let there: Vec<&String> = modules.iter().filter(|folder| root.join(folder).is_dir()).collect();
    let parts = there.into_par_iter().map(|folder| list_folder(&root.join(folder), folder));
    let mut listing: Listing = parts.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    listing.par_sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(listing)
}

/// The folder itself, named `path`, and all that is in it.
fn list_folder(folder: &Path, path: &str) -> Result<Listing> {
    let mut entries = vec![(path.to_owned(), Stamp::Folder)];
    let mut folders = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| ScriptsError::NotUtf8 { path: entry.path() })?;
        let path = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            folders.push((entry.path(), path));
            continue;
        }
        let metadata = entry.metadata()?;
        let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
        let stamp = Stamp::File {
            mode: metadata.mode(),
            size: metadata.size(),
            seconds,
            nanoseconds,
            inode: metadata.ino(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        };
        entries.push((path, stamp));
    }
    let below = folders.into_par_iter().map(|(folder, path)| list_folder(&folder, &path));
    for part in below.collect::<Result<Vec<_>>>()? {
        entries.extend(part);
    }
    Ok(entries)
}
