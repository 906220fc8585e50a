//! apk's database of installed packages, for apk itself and for scanners. In: the packages, which of their items are
//! laid out, and the base's database. Out: its files by path. Source of the form: apk-tools 2.14; the tests compare
//! with its own database of the same packages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_blob::TRAILER;
use sha1::{Digest as _, Sha1};

use crate::dependency::ApkDependency;
use crate::file::SCRIPTS;
use crate::plan::{ApkPlan, owned};
use crate::scan::{ApkItem, Scanned, What};
use crate::scripts::Accounts;

/// The folder of the database.
pub(crate) const FOLDER: &str = "lib/apk/db";

/// The files of the database, and `etc/apk/world` and `etc/apk/arch`, by path.
pub(crate) fn files(
    plan: &ApkPlan<'_>,
    packages: &[Scanned],
    accounts: &Accounts,
    world: &[String],
    architecture: &str,
) -> BTreeMap<String, Vec<u8>> {
    let installed = plan.installed;
    let mut files = BTreeMap::new();
    let mut put = |path: String, bytes: Vec<u8>| files.insert(path, bytes);
    put(format!("{FOLDER}/installed"), installed_text(plan, packages, accounts, architecture).into_bytes());
    put(format!("{FOLDER}/scripts.tar"), scripts(plan, packages));
    put(format!("{FOLDER}/triggers"), triggers(plan, packages).into_bytes());
    put(format!("{FOLDER}/lock"), Vec::new());
    put("etc/apk/world".into(), world_text(&installed.text("etc/apk/world"), world).into_bytes());
    put("etc/apk/arch".into(), format!("{architecture}\n").into_bytes());
    files
}

/// One paragraph for each package, sorted by name.
fn installed_text(
    plan: &ApkPlan<'_>,
    packages: &[Scanned],
    accounts: &Accounts,
    architecture: &str,
) -> String {
    let name = |paragraph: &str| {
        let line = paragraph.lines().find_map(|line| line.strip_prefix("P:"));
        line.unwrap_or_default().to_owned()
    };
    let staying = plan.installed.paragraphs().filter(|(number, _)| !plan.gone.contains(number));
    let staying = staying.map(|(_, paragraph)| {
        (name(paragraph), plan.installed.paragraph_without(paragraph, &plan.taken) + "\n")
    });
    let mut paragraphs: Vec<(String, String)> = staying.collect();
    for (number, package) in packages.iter().enumerate() {
        let head = package.control.info.lines(&package.pin.identity, package.pin.size, architecture);
        paragraphs.push((package.pin.name.clone(), head + &file_lines(plan, number, package, accounts)));
    }
    paragraphs.sort_by(|one, other| one.0.cmp(&other.0));
    paragraphs.into_iter().map(|(_, paragraph)| paragraph).collect()
}

/// The lines of a package's files, and the empty line at the end.
fn file_lines(plan: &ApkPlan<'_>, number: usize, package: &Scanned, accounts: &Accounts) -> String {
    let mut text = String::new();
    for (folder, entries) in folders(plan, number, package, accounts) {
        let _ = writeln!(text, "F:{folder}");
        if let Some(item) = &entries.folder {
            rights(&mut text, 'M', item, (0, 0, 0o755));
        }
        for (name, item) in &entries.files {
            let _ = writeln!(text, "R:{name}");
            rights(&mut text, 'a', item, (0, 0, 0o644));
            if let Some(sha1) = item.sha1 {
                let _ = writeln!(text, "Z:Q1{}", STANDARD.encode(sha1));
            }
        }
    }
    text.push('\n');
    text
}

#[derive(Default)]
struct Folder {
    folder: Option<ApkItem>,
    files: Vec<(String, ApkItem)>,
}

/// The folders of a package in the order of their first occurrence, each with its files.
fn folders(
    plan: &ApkPlan<'_>,
    number: usize,
    package: &Scanned,
    accounts: &Accounts,
) -> Vec<(String, Folder)> {
    let mut folders: Vec<(String, Folder)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let here = package.items.iter().enumerate().filter(|(at, item)| plan.has(number, *at, item));
    for (_, item) in here {
        let item = owned(item, accounts);
        let (folder, name) = match item.what {
            What::Directory => (item.path.clone(), None),
            _ => match item.path.rsplit_once('/') {
                Some((folder, name)) => (folder.to_owned(), Some(name.to_owned())),
                None => (String::new(), Some(item.path.clone())),
            },
        };
        let at = *places.entry(folder.clone()).or_insert_with(|| {
            folders.push((folder, Folder::default()));
            folders.len() - 1
        });
        match (folders.get_mut(at), name) {
            (Some((_, known)), Some(name)) => known.files.push((name, item)),
            (Some((_, known)), None) => known.folder = Some(item),
            (None, _) => {}
        }
    }
    folders
}

/// `M:0:0:1777` or `a:0:42:640`, if it differs from apk's default; with the checksum of extended attributes.
fn rights(text: &mut String, letter: char, item: &ApkItem, usual: (u32, u32, u32)) {
    let mode = item.mode;
    if (item.uid, item.gid, mode) == usual && item.xattrs.is_empty() {
        return;
    }
    let _ = write!(text, "{letter}:{}:{}:{mode:o}", item.uid, item.gid);
    if !item.xattrs.is_empty() {
        let mut hash = Sha1::new();
        // Source: apk-tools 2.14, `apk_fileinfo_hash_xattr_array`: each name and value preceded by its length,
        // big-endian, sorted by name.
        for part in item.xattrs.iter().flat_map(|(name, value)| [name.as_bytes(), value]) {
            hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(part);
        }
        let _ = write!(text, ":Q1{}", STANDARD.encode(hash.finalize()));
    }
    text.push('\n');
}

/// The scripts that apk would run when packages change, as a tar; the base's come first.
fn scripts(plan: &ApkPlan<'_>, packages: &[Scanned]) -> Vec<u8> {
    let mut tar = of_base(plan);
    for package in packages {
        for (at, script) in &package.control.scripts {
            let script_name = SCRIPTS.get(*at).copied().unwrap_or_default();
            let pin = &package.pin;
            let name = format!("{}-{}.{}.{script_name}", pin.name, pin.version, pin.identity);
            let time = package.control.info.build_time.parse().unwrap_or(0);
            append(&mut tar, &name, script, time);
        }
    }
    tar.extend_from_slice(&TRAILER);
    tar
}

/// The scripts of the base's remaining packages, in the order of the database, as apk reads it. Data that is not a tar
/// is left out: apk could not read it either.
fn of_base(plan: &ApkPlan<'_>) -> Vec<u8> {
    let before = plan.installed.bytes(&format!("{FOLDER}/scripts.tar"));
    let mut scripts = Vec::new();
    let mut archive = tar::Archive::new(before.as_slice());
    for entry in archive.entries().into_iter().flatten().map_while(|entry| entry.ok()) {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let time = entry.header().mtime().unwrap_or(0);
        let mut script = Vec::new();
        if entry.take(before.len() as u64).read_to_end(&mut script).is_ok() {
            scripts.push((name, script, time));
        }
    }
    let mut kept = Vec::new();
    let records = plan.installed.records().iter().enumerate();
    for (_, record) in records.filter(|(number, _)| !plan.gone.contains(number)) {
        let Some(identity) = record.identity else { continue };
        let start = format!("{}-{}.{identity}.", record.name, record.version);
        for (name, script, time) in scripts.iter().filter(|(name, ..)| name.starts_with(&start)) {
            append(&mut kept, name, script, *time);
        }
    }
    kept
}

/// Appends one file. Names contain base64 and thus possibly slashes, so the name's bytes are written unchanged.
fn append(tar: &mut Vec<u8>, name: &str, content: &[u8], time: u64) {
    if name.len() > 100 {
        block(tar, "././@LongLink", format!("{name}\0").as_bytes(), b'L', 0);
    }
    block(tar, name, content, b'0', time);
}

fn block(tar: &mut Vec<u8>, name: &str, content: &[u8], kind: u8, time: u64) {
    let mut header = tar::Header::new_ustar();
    let fields = header.as_old_mut();
    let length = name.len().min(fields.name.len());
    if let (Some(to), Some(from)) = (fields.name.get_mut(..length), name.as_bytes().get(..length)) {
        to.copy_from_slice(from);
    }
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(time);
    header.set_size(content.len() as u64);
    header.set_cksum();
    tar.extend_from_slice(header.as_bytes());
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

/// One line for each package with triggers: its identity and the folders of the trigger.
fn triggers(plan: &ApkPlan<'_>, packages: &[Scanned]) -> String {
    let gone = plan.gone.iter().filter_map(|number| plan.installed.records().get(*number)?.identity);
    let gone: Vec<String> = gone.map(|identity| identity.to_string()).collect();
    let before = plan.installed.text(&format!("{FOLDER}/triggers"));
    let staying = before.lines().filter(|line| !gone.iter().any(|identity| line.starts_with(identity)));
    let mut text: String = staying.map(|line| format!("{line}\n")).collect();
    for package in packages.iter().filter(|package| !package.control.info.triggers.is_empty()) {
        let _ = writeln!(text, "{} {}", package.pin.identity, package.control.info.triggers.join(" "));
    }
    text
}

/// The requested packages, sorted by name, one word per line; for each name the last request. In the form of `apk add`.
fn world_text(before: &str, world: &[String]) -> String {
    let words = before.split_ascii_whitespace().chain(world.iter().map(String::as_str));
    let by_name: BTreeMap<&str, &str> = words.map(|word| (ApkDependency::name_of(word), word)).collect();
    by_name.values().map(|word| format!("{word}\n")).collect()
}

#[cfg(test)]
mod tests;
