//! The installed package database that packages are added to: dpkg's in a base. In: rootfs metadata. Out: the installed
//! packages, the owner of each path, and the text to which the database is appended. Bases without a shell have a file
//! for each package in `status.d`, others the single file `status`.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::{Cause, Digest};
use fourply_rootfs::RootfsMetadata;

use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};
use crate::index::DebPackage;

/// The folder of the database.
pub(crate) const FOLDER: &str = "var/lib/dpkg";
/// The folder of each package's files.
pub(crate) const INFO: &str = "var/lib/dpkg/info/";

/// The content of a base's dpkg database.
#[derive(Debug)]
pub(crate) struct InstalledDebs<'f> {
    pub rootfs: &'f RootfsMetadata,
    /// The file `status`; empty if it does not exist.
    pub status: String,
    pub packages: Vec<DebPackage>,
    /// By real path: the packages that list it. Folders have many.
    owners: BTreeMap<String, BTreeSet<String>>,
    /// By package: the configuration files with the MD5 at their installation, by path.
    conffiles: BTreeMap<String, BTreeMap<String, String>>,
    /// By path: the diverted path, and the package whose own file is not diverted.
    diverted: BTreeMap<String, (String, String)>,
}

impl<'f> InstalledDebs<'f> {
    /// Whether a base has dpkg's database.
    pub(crate) fn is_there(rootfs: &RootfsMetadata) -> bool {
        rootfs.databases.keys().any(|path| is_status(path))
    }

    /// Reads the database.
    ///
    /// # Errors
    /// If it is damaged.
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
        let (conffiles, diverted) = (conffiles(&status), diversions(rootfs));
        Ok(Self { rootfs, status, packages, owners: owners(rootfs, &diverted), conffiles, diverted })
    }

    /// The target of a package's path (without a leading slash).
    pub(crate) fn diverted<'s>(&'s self, path: &'s str, name: &str) -> &'s str {
        divert(&self.diverted, path, name)
    }

    /// The packages that have a path.
    pub(crate) fn owners(&self, real: &str) -> impl Iterator<Item = &DebPackage> {
        let names = self.owners.get(real);
        self.packages.iter().filter(move |package| names.is_some_and(|names| names.contains(&*package.name)))
    }

    /// The real paths that a package has.
    pub(crate) fn paths<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'s String> {
        self.owners.iter().filter(move |(_, names)| names.contains(name)).map(|(path, _)| path)
    }

    /// Whether a package outside this set has a path.
    pub(crate) fn is_others(&self, real: &str, gone: &BTreeSet<String>) -> bool {
        self.owners.get(real).is_some_and(|names| names.iter().any(|name| !gone.contains(name)))
    }

    /// The configuration files of a package, each with the MD5 at its installation.
    pub(crate) fn conffiles(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.conffiles.get(name)
    }

    /// The MD5 of the base's file at a path.
    pub(crate) fn found(&self, real: &str) -> Option<&str> {
        self.rootfs.digests.get(real).map(|digests| digests.md5.as_str())
    }

    /// Whether each package has a file of its own.
    pub(crate) fn has_separate_files(&self) -> bool {
        self.status.is_empty()
    }
}

/// Reads the lists of files, `NAME.list` or `NAME:ARCHITECTURE.list`. Diverted paths are replaced with their targets.
fn owners(
    rootfs: &RootfsMetadata,
    diverted: &BTreeMap<String, (String, String)>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, bytes) in &rootfs.databases {
        let Some(name) = path.strip_prefix(INFO).and_then(|name| name.strip_suffix(".list")) else {
            continue;
        };
        let name = name.split(':').next().unwrap_or(name);
        for path in String::from_utf8_lossy(&bytes.0).lines().filter(|line| *line != "/.") {
            let to = divert(diverted, path.trim_start_matches('/'), name);
            let Some(real) = rootfs.real_path(to) else { continue };
            owners.entry(real).or_default().insert(name.to_owned());
        }
    }
    owners
}

fn divert<'d>(diverted: &'d BTreeMap<String, (String, String)>, path: &'d str, name: &str) -> &'d str {
    diverted.get(path).filter(|(_, by)| by != name).map_or(path, |(to, _)| to.as_str())
}

/// Three lines for each: the path, its diverted path, and the package whose own file is not diverted. Source:
/// dpkg-divert(1).
fn diversions(rootfs: &RootfsMetadata) -> BTreeMap<String, (String, String)> {
    let text = rootfs.content("var/lib/dpkg/diversions").unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let three = |lines: &[&str]| match lines {
        [path, to, by] => {
            let plain = |path: &str| path.trim_start_matches('/').to_owned();
            Some((plain(path), (plain(to), (*by).to_owned())))
        }
        _ => None,
    };
    lines.chunks(3).filter_map(three).collect()
}

/// The field `Conffiles` of each paragraph: ` /path MD5`, possibly followed by a word.
fn conffiles(status: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    let mut paragraphs = Paragraphs::new(status.as_bytes());
    while let Ok(Some(paragraph)) = paragraphs.next() {
        let Some(field) = paragraph.get("Conffiles") else { continue };
        let pair = |line: &str| {
            let (path, rest) = line.trim().strip_prefix('/')?.split_once(' ')?;
            Some((path.to_owned(), rest.split(' ').next()?.to_owned()))
        };
        let name = paragraph.get("Package").unwrap_or_default().to_owned();
        all.insert(name, field.lines().filter_map(pair).collect());
    }
    all
}

/// Whether this is a status file. Checksums are next to the files of `status.d`, under names with a suffix.
pub(crate) fn is_status(path: &str) -> bool {
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

/// A package from its own paragraph, without a location in an archive.
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
        essential: field("Essential") == "yes",
        file: Box::default(),
        size: 0,
        sha256: Digest::of(&[]),
        archive: 0,
    }
}
