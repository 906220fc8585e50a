//! The installed package database that packages are added to: dpkg's, as a base has it. Comes in: rootfs metadata. Goes out: what is
//! installed, and the text that the database continues from. Bases without a shell have a file for each package in
//! `status.d`, others the one file `status`.

use std::collections::BTreeMap;

use fourply_blob::{Cause, Digest};
use fourply_rootfs::RootfsMetadata;

use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};
use crate::index::DebPackage;

/// The folder of the database.
pub(crate) const FOLDER: &str = "var/lib/dpkg";

/// What dpkg's database of a base says.
pub(crate) struct InstalledDebs<'f> {
    pub rootfs: &'f RootfsMetadata,
    /// The file `status`; empty where there is none.
    pub status: String,
    pub packages: Vec<DebPackage>,
}

impl<'f> InstalledDebs<'f> {
    /// Whether a base has dpkg's database.
    pub(crate) fn is_there(rootfs: &RootfsMetadata) -> bool {
        rootfs.databases.keys().any(|path| is_status(path))
    }

    /// Reads the database.
    ///
    /// # Errors
    /// Where it is damaged.
    pub(crate) fn new(rootfs: &'f RootfsMetadata) -> Result<Self> {
        let texts: BTreeMap<&str, String> = rootfs
            .databases
            .iter()
            .filter(|(path, _)| is_status(path))
            .map(|(path, bytes)| (path.as_str(), String::from_utf8_lossy(&bytes.0).into_owned()))
            .collect();
        let mut packages = Vec::new();
        for (path, text) in &texts {
            read(text, &mut packages)
                .map_err(|reason| DebianError::document(&format!("the base's /{path}"), reason))?;
        }
        let status = texts.get("var/lib/dpkg/status").cloned().unwrap_or_default();
        Ok(Self { rootfs, status, packages })
    }

    /// Whether each package has a file of its own.
    pub(crate) fn has_separate_files(&self) -> bool {
        self.status.is_empty()
    }
}

/// Checksums lie beside the files of `status.d`, under names with an ending.
fn is_status(path: &str) -> bool {
    let separate = path.strip_prefix("var/lib/dpkg/status.d/");
    path == "var/lib/dpkg/status" || separate.is_some_and(|name| !name.ends_with(".md5sums"))
}

fn read(text: &str, installed: &mut Vec<DebPackage>) -> Result<(), Cause> {
    let mut paragraphs = Paragraphs::new(text.as_bytes());
    while let Some(paragraph) = paragraphs.next()? {
        let field = |name: &str| paragraph.get(name).unwrap_or_default();
        let there = paragraph.get("Status").is_none_or(|status| status.ends_with(" installed"));
        if !there || field("Package").is_empty() {
            continue;
        }
        installed.push(of_control(&paragraph));
    }
    Ok(())
}

/// What a package's own paragraph says of it, without a place in an archive.
pub(crate) fn of_control(paragraph: &Paragraph) -> DebPackage {
    let field = |name: &str| paragraph.get(name).unwrap_or_default();
    let joined = |one: &str, other: &str| match (field(one), field(other)) {
        ("", only) | (only, "") => only.to_owned(),
        (one, other) => format!("{one}, {other}"),
    };
    DebPackage {
        name: field("Package").into(),
        version: field("Version").into(),
        architecture: field("Architecture").into(),
        depends: joined("Pre-Depends", "Depends").into(),
        provides: field("Provides").into(),
        conflicts: joined("Conflicts", "Breaks").into(),
        priority: 0,
        file: Box::default(),
        size: 0,
        sha256: Digest::of(&[]),
        archive: 0,
    }
}
