//! The installed package database that packages are added to: a base's, or an empty one. In: rootfs metadata. Out: the
//! installed packages, the owner of each path, and the texts to which the database is appended.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::{RootfsMetadata, TreeKind};
use sha1::{Digest as _, Sha1};

use crate::error::{ApkError, Result};
use crate::files::{InstalledFiles, join};
use crate::record::{ApkRecord, parse_all};
use crate::scripts::Accounts;

/// The content of a base's apk database.
#[derive(Debug)]
pub(crate) struct InstalledApks<'f> {
    /// The tree; empty if there is no base.
    pub rootfs: &'f RootfsMetadata,
    /// The files and folders of the packages, by real path.
    pub files: InstalledFiles,
    installed: String,
    records: Vec<ApkRecord>,
}

impl<'f> InstalledApks<'f> {
    /// Reads the database of a base; a missing one counts as empty.
    ///
    /// # Errors
    /// If the database is damaged.
    pub(crate) fn new(rootfs: &'f RootfsMetadata) -> Result<Self> {
        let installed = text(rootfs, "lib/apk/db/installed");
        let fault = |reason: String| ApkError::document("the base's /lib/apk/db/installed", reason);
        let records = parse_all(&stanzas(&installed)).map_err(fault)?;
        let files = InstalledFiles::read(&installed, rootfs);
        Ok(Self { rootfs, files, installed, records })
    }

    /// Whether a base has apk's database.
    pub(crate) fn is_there(rootfs: &RootfsMetadata) -> bool {
        rootfs.content("lib/apk/db/installed").is_some()
    }

    pub(crate) fn records(&self) -> &[ApkRecord] {
        &self.records
    }

    /// The text of the base's database.
    pub(crate) fn installed_text(&self) -> &str {
        &self.installed
    }

    /// The checksum of the base's file at a path, in the database's form; `None` if it is not known.
    pub(crate) fn found(&self, real: &str) -> Option<[u8; 20]> {
        match &self.rootfs.entries.get(real)?.kind {
            TreeKind::Symlink(target) => Some(Sha1::digest(target.as_bytes()).into()),
            _ => hex::decode(&self.rootfs.digests.get(real)?.sha1).ok()?.try_into().ok(),
        }
    }

    /// A text of the database, or of apk's configuration.
    pub(crate) fn text(&self, path: &str) -> String {
        text(self.rootfs, path)
    }

    /// The lines of `/etc/apk/repositories` and of `repositories.d/*.list`, which apk reads too.
    pub(crate) fn repositories(&self) -> String {
        let files = self.rootfs.databases.iter();
        let more = files.filter(|(path, _)| path.starts_with("etc/apk/repositories.d/"));
        let more = more.map(|(_, bytes)| String::from_utf8_lossy(&bytes.0).into_owned());
        let all: Vec<String> = std::iter::once(self.text("etc/apk/repositories")).chain(more).collect();
        all.join("\n")
    }

    /// A file of the database as bytes.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        self.rootfs.content(path).map(<[u8]>::to_vec).unwrap_or_default()
    }

    pub(crate) fn accounts(&self) -> Accounts {
        Accounts {
            passwd: self.rootfs.passwd.clone(),
            group: self.rootfs.group.clone(),
            shadow: self.rootfs.shadow.clone(),
        }
    }

    /// The paragraphs of the database, each with the number of its package.
    pub(crate) fn paragraphs(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.installed.split("\n\n").map(|paragraph| paragraph.trim_matches('\n'));
        all.filter(|paragraph| !paragraph.is_empty()).enumerate()
    }

    /// A paragraph without the files in `gone`, which other packages have taken over.
    pub(crate) fn paragraph_without(&self, paragraph: &str, gone: &BTreeSet<String>) -> String {
        let mut text = String::new();
        let (mut folder, mut leaves_out) = (String::new(), false);
        for line in paragraph.lines() {
            match line.split_once(':') {
                Some(("F", path)) => (folder, leaves_out) = (self.files.real(path).to_owned(), false),
                Some(("R", name)) => leaves_out = gone.contains(&join(&folder, name)),
                Some(("a" | "Z", _)) => {}
                _ => leaves_out = false,
            }
            if !leaves_out {
                text.push_str(line);
                text.push('\n');
            }
        }
        text
    }

    /// The numbers of the packages by name.
    pub(crate) fn numbers(&self) -> BTreeMap<&str, usize> {
        self.records.iter().enumerate().map(|(number, record)| (record.name.as_str(), number)).collect()
    }
}

fn text(rootfs: &RootfsMetadata, path: &str) -> String {
    String::from_utf8_lossy(rootfs.content(path).unwrap_or_default()).into_owned()
}

/// The database without the lines of files.
fn stanzas(text: &str) -> String {
    let of_files = |line: &&str| ["F:", "M:", "R:", "a:", "Z:"].iter().any(|start| line.starts_with(start));
    text.lines().filter(|line| !of_files(line)).map(|line| format!("{line}\n")).collect()
}
