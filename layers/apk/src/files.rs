//! The files and folders of a base's packages in apk's database. In: its text, and the tree, whose links determine real
//! paths. Out: the owner of each path, its checksum, and the rights of folders.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_rootfs::RootfsMetadata;

/// User, group and mode.
pub(crate) type Rights = (u32, u32, u32);

/// A file in the database.
#[derive(Debug)]
pub(crate) struct InstalledFile {
    /// The number of its package.
    pub package: usize,
    /// The SHA-1 at its installation, if the database has it.
    pub sha1: Option<[u8; 20]>,
}

/// All files, by real path.
#[derive(Debug, Default)]
pub(crate) struct InstalledFiles {
    pub files: BTreeMap<String, InstalledFile>,
    /// By the number of the package.
    pub folders: Vec<BTreeSet<String>>,
    rights: BTreeMap<String, Rights>,
    /// The real path of each listed folder.
    real: BTreeMap<String, String>,
}

impl InstalledFiles {
    /// Reads the text of the database.
    pub(crate) fn read(text: &str, rootfs: &RootfsMetadata) -> Self {
        let mut files = Self::default();
        for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
            files.paragraph(paragraph, rootfs);
        }
        files
    }

    fn paragraph(&mut self, paragraph: &str, rootfs: &RootfsMetadata) {
        let package = self.folders.len();
        self.folders.push(BTreeSet::new());
        let (mut folder, mut rights, mut file) = (None, USUAL, None);
        for line in paragraph.lines().chain([""]) {
            let (letter, value) = line.split_once(':').unwrap_or(("", ""));
            if !matches!(letter, "M" | "a" | "Z" | "R") {
                self.folder(folder.take().as_deref(), rights);
                rights = USUAL;
            }
            match letter {
                "F" => folder = Some(self.name(value, rootfs)),
                "M" => rights = parse(value).unwrap_or(USUAL),
                "R" => {
                    let path = join(folder.as_deref().unwrap_or_default(), value);
                    self.files.insert(path.clone(), InstalledFile { package, sha1: None });
                    file = Some(path);
                }
                "Z" => {
                    let known = file.as_ref().and_then(|path| self.files.get_mut(path));
                    if let Some(known) = known {
                        known.sha1 = sha1(value);
                    }
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, path: &str, rootfs: &RootfsMetadata) -> String {
        let real = rootfs.lookup(path).map_or(path, |(real, _)| real).to_owned();
        self.real.insert(path.to_owned(), real.clone());
        if let Some(folders) = self.folders.last_mut() {
            folders.insert(real.clone());
        }
        real
    }

    /// The rights of a folder are those of its lowest owner, as far as all packages with that owner agree.
    fn folder(&mut self, path: Option<&str>, rights: Rights) {
        let Some(path) = path else { return };
        let known = self.rights.entry(path.to_owned()).or_insert(rights);
        *known = lowest(*known, rights);
    }

    /// The number of the package that has a path.
    pub(crate) fn owner(&self, real: &str) -> Option<usize> {
        self.files.get(real).map(|file| file.package)
    }

    /// The rights that the packages give a folder; `None` if no package has it.
    pub(crate) fn rights(&self, real: &str) -> Option<Rights> {
        self.rights.get(real).copied()
    }

    /// The real path of a folder in the database.
    pub(crate) fn real<'s>(&'s self, folder: &'s str) -> &'s str {
        self.real.get(folder).map_or(folder, String::as_str)
    }
}

/// The default, which the database omits.
const USUAL: Rights = (0, 0, 0o755);

/// The rights of a folder in two packages.
pub(crate) fn lowest(one: Rights, other: Rights) -> Rights {
    match (one.0, one.1).cmp(&(other.0, other.1)) {
        std::cmp::Ordering::Less => one,
        std::cmp::Ordering::Equal => (one.0, one.1, one.2 & other.2),
        std::cmp::Ordering::Greater => other,
    }
}

/// `0:42:1775`, possibly followed by a checksum of extended attributes.
fn parse(text: &str) -> Option<Rights> {
    let mut parts = text.split(':');
    let (uid, gid) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((uid, gid, u32::from_str_radix(parts.next()?, 8).ok()?))
}

fn sha1(text: &str) -> Option<[u8; 20]> {
    STANDARD.decode(text.strip_prefix("Q1")?).ok()?.try_into().ok()
}

pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
