//! A Packages index. In: its uncompressed bytes, as a stream. Out: the few fields that resolving and fetching need, of
//! every package, packed tightly: Debian's main has 64,000. Nothing is fetched here.

use std::collections::BTreeMap;
use std::io::BufRead;

use fourply_blob::Digest;
use url::Url;

use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};
use crate::relation::{self, is_package_name};

const FIELDS: &[&str] = &[
    "Package",
    "Version",
    "Architecture",
    "Depends",
    "Pre-Depends",
    "Provides",
    "Conflicts",
    "Breaks",
    "Priority",
    "Filename",
    "Size",
    "SHA256",
    "Essential",
];

/// One version of one package in an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DebPackage {
    pub name: Box<str>,
    pub version: Box<str>,
    pub architecture: Box<str>,
    /// `Depends` and `Pre-Depends`.
    pub depends: Box<str>,
    pub provides: Box<str>,
    /// `Conflicts` and `Breaks`.
    pub conflicts: Box<str>,
    /// 0 is `required`; larger numbers are less important.
    pub priority: u8,
    /// Whether every system must have it.
    pub essential: bool,
    /// Its path in the archive.
    pub file: Box<str>,
    pub size: u64,
    pub sha256: Digest,
    /// The position of its archive in [`PackageIndex::archives`].
    pub archive: usize,
}

/// The packages of all sources of a base.
#[derive(Debug, Default)]
pub(crate) struct PackageIndex {
    pub archives: Vec<Url>,
    packages: Vec<DebPackage>,
    names: BTreeMap<Box<str>, Vec<u32>>,
    provided: BTreeMap<Box<str>, Vec<u32>>,
}

impl PackageIndex {
    /// Reads one Packages file of `archive`; packages of other architectures are skipped. `url` is for messages.
    ///
    /// # Errors
    /// If a line or a package is invalid; the error names it.
    pub(crate) fn add(
        &mut self,
        archive: &Url,
        url: &str,
        architecture: &str,
        plain: impl BufRead,
    ) -> Result<()> {
        let at = self.archives.iter().position(|known| known == archive).unwrap_or_else(|| {
            self.archives.push(archive.clone());
            self.archives.len() - 1
        });
        let mut paragraphs = Paragraphs::only(plain, FIELDS);
        while let Some(paragraph) = paragraphs.next().map_err(|error| DebianError::document(url, error))? {
            if paragraph.get("Architecture").is_some_and(|known| known == architecture || known == "all") {
                self.insert(package(&paragraph, at).map_err(|reason| DebianError::document(url, reason))?);
            }
        }
        Ok(())
    }

    pub(crate) fn insert(&mut self, package: DebPackage) {
        let Ok(number) = u32::try_from(self.packages.len()) else { return };
        self.names.entry(package.name.clone()).or_default().push(number);
        for relation in relation::parse(&package.provides).unwrap_or_default().into_iter().flatten() {
            let numbers = self.provided.entry(relation.name.into()).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
        self.packages.push(package);
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &DebPackage> {
        self.packages.iter()
    }

    /// All versions of a package, in the order of the sources.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &DebPackage> {
        self.get(self.names.get(name))
    }

    /// All packages that provide a name, in the order of the sources.
    pub(crate) fn providing(&self, name: &str) -> impl Iterator<Item = &DebPackage> {
        self.get(self.provided.get(name))
    }

    fn get(&self, numbers: Option<&Vec<u32>>) -> impl Iterator<Item = &DebPackage> {
        let numbers = numbers.map(Vec::as_slice).unwrap_or_default();
        numbers.iter().filter_map(|number| self.packages.get(*number as usize))
    }

    /// The URL of a package's file.
    ///
    /// # Errors
    /// If its path leaves the archive.
    pub(crate) fn url(&self, package: &DebPackage) -> Result<Url> {
        let wrong = || {
            let reason = format!("Filename: {:?} is no path in the archive", package.file);
            DebianError::package(&package.name, "", reason)
        };
        let fits =
            |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(|byte| byte.is_ascii_graphic());
        if !package.file.split('/').all(fits) || package.file.contains(['?', '#', '\\']) {
            return Err(wrong());
        }
        let archive = self.archives.get(package.archive).ok_or_else(wrong)?;
        // A file's name is literal: text in it that looks like an escape is not one.
        Url::parse(&format!("{archive}{}", package.file.replace('%', "%25"))).map_err(|_| wrong())
    }
}

impl DebPackage {
    /// The version that it provides under this name: `Some(None)` is the name without a version.
    pub(crate) fn provides(&self, name: &str) -> Option<Option<&str>> {
        let provided = relation::parse(&self.provides).unwrap_or_default().into_iter().flatten();
        let mut matching = provided.filter(|relation| relation.name == name);
        matching.next().map(|relation| relation.version.map(|(_, version)| version))
    }
}

fn package(paragraph: &Paragraph, archive: usize) -> Result<DebPackage, String> {
    let name = paragraph.get("Package").filter(|name| is_package_name(name));
    let name =
        name.ok_or_else(|| format!("{:?} is no name of a package", paragraph.get("Package").unwrap_or("")))?;
    let field = |field: &str| paragraph.get(field).ok_or_else(|| format!("{name} has no {field}"));
    let optional = |field: &str| paragraph.get(field).unwrap_or_default();
    let wrong = |field: &str| format!("{name}: its {field} is not understood");
    let joined = |one: &str, other: &str| match (optional(one), optional(other)) {
        ("", only) | (only, "") => Box::from(only),
        (one, other) => format!("{one}, {other}").into(),
    };
    Ok(DebPackage {
        name: name.into(),
        version: field("Version")?.into(),
        architecture: field("Architecture")?.into(),
        depends: joined("Pre-Depends", "Depends"),
        provides: optional("Provides").into(),
        conflicts: joined("Conflicts", "Breaks"),
        priority: match optional("Priority") {
            "required" => 0,
            "important" => 1,
            "standard" => 2,
            "optional" => 3,
            _ => 4,
        },
        essential: optional("Essential") == "yes",
        file: field("Filename")?.into(),
        size: field("Size")?.parse().map_err(|_| wrong("Size"))?,
        sha256: format!("sha256:{}", field("SHA256")?).parse().map_err(|_| wrong("SHA256"))?,
        archive,
    })
}
