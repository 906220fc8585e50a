//! The effects of `ldconfig` on a root file system. In: the tree, the headers of its libraries, its `/etc/ld.so.conf`.
//! Out: `/etc/ld.so.cache`, and links to libraries by their needed names. Real apt leaves them if libc-bin is
//! installed, whose trigger is activated by packages with libraries. Source of the rules: glibc 2.36, elf/ldconfig.c
//! and elf/readlib.c; of the order of folders: Debian's own patch, as `ldconfig -v` shows it.
//!
//! Not done: folders named after hardware outside `glibc-hwcaps` (gone with glibc 2.37), and removing dangling links.

mod cache;
mod folders;

use std::collections::BTreeMap;

use fourply_platform::elf::Library;
use fourply_rootfs::{RootfsMetadata, TreeKind};

use self::cache::{CacheEntry, compare_names};
use self::folders::{Folder, Folders};
use crate::installed::InstalledDebs;
use crate::libraries::is_library;
use crate::plan::DebPlan;
use crate::resolution::DebPin;
use crate::scan::Scanned;

/// The path of the cache.
pub(crate) const CACHE: &str = "etc/ld.so.cache";
/// The package with ldconfig and its trigger.
const PACKAGE: &str = "libc-bin";

/// The result of ldconfig.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub cache: Vec<u8>,
    /// Targets of links, by real path.
    pub links: BTreeMap<String, String>,
}

/// Whether ldconfig is installed.
pub(crate) fn is_there(installed: Option<&InstalledDebs<'_>>, pins: &[DebPin]) -> bool {
    let in_base =
        installed.is_some_and(|installed| installed.packages.iter().any(|package| *package.name == *PACKAGE));
    in_base || pins.iter().any(|pin| pin.name == PACKAGE)
}

/// The library data of a base, for a key. Empty if no ldconfig reads it.
pub(crate) fn of_base<'b>(installed: &InstalledDebs<'b>) -> Vec<(&'b str, String)> {
    if !is_there(Some(installed), &[]) {
        return Vec::new();
    }
    let library = |(path, entry): (&'b String, &'b fourply_rootfs::TreeEntry)| {
        let library = entry.program.as_ref()?.library.as_ref()?;
        let Library { machine, wide, soname, needs_glibc, isa_level } = &**library;
        let soname = soname.as_deref().unwrap_or_default();
        Some((path.as_str(), format!("{machine} {wide} {needs_glibc} {isa_level} {soname}")))
    };
    installed.rootfs.entries.iter().filter_map(library).collect()
}

/// Whether all other effects of libc-bin's script, which runs ldconfig and copies a configuration, are done here.
pub(crate) fn stands_for(package: &Scanned, architecture: &str) -> bool {
    package.pin.name == PACKAGE
        && folder(architecture).is_some()
        && cache::generator(&package.pin.version).is_some()
}

/// A run of ldconfig.
pub(crate) struct Ldconfig<'a> {
    /// Debian's name of the architecture.
    architecture: &'a str,
    /// The folder of the architecture's libraries.
    folder: &'static str,
    generator: String,
}

impl<'a> Ldconfig<'a> {
    /// `None` if it would not run, or if its format or kinds of libraries differ: before glibc 2.33, and on
    /// architectures other than amd64 and arm64.
    pub(crate) fn of(plan: &DebPlan<'_>, packages: &[Scanned], architecture: &'a str) -> Option<Self> {
        let by_package = packages.iter().find(|package| package.pin.name == PACKAGE);
        let by_base = || plan.base?.packages.iter().find(|package| *package.name == *PACKAGE);
        let version = match by_package {
            Some(package) => package.pin.version.clone(),
            None if packages.iter().any(|package| package.activates("ldconfig")) => {
                by_base()?.version.to_string()
            }
            None => return None,
        };
        Some(Self { architecture, folder: folder(architecture)?, generator: cache::generator(&version)? })
    }

    /// Its result for a planned tree.
    pub(crate) fn made(&self, plan: &DebPlan<'_>, tree: &RootfsMetadata, packages: &[Scanned]) -> Made {
        let files = Files::new(plan, tree, packages);
        let folders = Folders::new(tree, &files.texts, self.folder);
        let mut found = Found { files, entries: Vec::new(), links: BTreeMap::new() };
        folders.all.iter().for_each(|folder| found.search(folder, self.architecture));
        let cache = cache::bytes(found.entries, &folders.hardware, &self.generator);
        Made { cache, links: found.links }
    }
}

/// The folder of an architecture's libraries.
fn folder(architecture: &str) -> Option<&'static str> {
    match architecture {
        "amd64" => Some("x86_64-linux-gnu"),
        "arm64" => Some("aarch64-linux-gnu"),
        _ => None,
    }
}

/// The relevant files of packages and the base.
struct Files<'p> {
    tree: &'p RootfsMetadata,
    /// Libraries of the packages, by real path.
    libraries: BTreeMap<&'p str, &'p Library>,
    /// `/etc/ld.so.conf` and the files that it includes, by real path.
    texts: BTreeMap<&'p str, &'p [u8]>,
}

impl<'p> Files<'p> {
    fn new(plan: &'p DebPlan<'_>, tree: &'p RootfsMetadata, packages: &'p [Scanned]) -> Self {
        let of_base = plan.base.iter().flat_map(|base| &base.rootfs.databases);
        let texts = of_base.map(|(path, bytes)| (path.as_str(), bytes.0.as_slice())).collect();
        let mut files = Self { tree, libraries: BTreeMap::new(), texts };
        for (number, package) in packages.iter().enumerate() {
            for (item, place) in package.items.iter().zip(plan.claims.of(number)) {
                let Some(place) = place else { continue };
                let path = place.path.as_str();
                if let Some(text) = package.texts.get(&item.path) {
                    files.texts.insert(path, text);
                }
                let link = place.link.as_ref().and_then(|link| files.libraries.get(link.as_str()).copied());
                if let Some(library) = package.libraries.get(&item.path).or(link) {
                    files.libraries.insert(path, library);
                }
            }
        }
        files
    }

    /// A library by its real path.
    fn library(&self, real: &str) -> Option<&'p Library> {
        let of_base = || self.tree.entries.get(real)?.program.as_ref()?.library.as_deref();
        self.libraries.get(real).copied().or_else(of_base)
    }
}

/// The results so far.
struct Found<'p> {
    files: Files<'p>,
    entries: Vec<CacheEntry>,
    links: BTreeMap<String, String>,
}

/// A library of a folder, under its needed name.
struct Candidate<'p> {
    name: &'p str,
    soname: String,
    is_link: bool,
    flags: i32,
    isa_level: u32,
}

impl Found<'_> {
    fn search(&mut self, folder: &Folder, architecture: &str) {
        let mut candidates: BTreeMap<String, Candidate<'_>> = BTreeMap::new();
        for (name, real) in folders::children(self.files.tree, &folder.real) {
            let Some(new) = self.candidate(name, real, architecture) else { continue };
            match candidates.get_mut(&new.soname) {
                None => drop(candidates.insert(new.soname.clone(), new)),
                // A file is preferred to a link; otherwise the one whose name is newer.
                Some(known) if known.is_link != new.is_link => {
                    if known.is_link {
                        *known = Candidate { flags: known.flags, ..new };
                    }
                }
                Some(known) if compare_names(known.name, new.name).is_lt() => {
                    *known = Candidate { flags: known.flags, ..new };
                }
                Some(_) => {}
            }
        }
        for Candidate { name, soname, is_link, flags, isa_level } in candidates.into_values() {
            if folder.hardware.is_none() && !is_link {
                self.link(&folder.real, name, &soname);
            }
            let file = if folder.hardware.is_some() { name } else { &soname };
            let path = format!("{}/{file}", folder.path);
            self.entries.push(CacheEntry {
                soname,
                path,
                flags,
                isa_level,
                hardware: folder.hardware.clone(),
            });
        }
    }

    fn candidate<'n>(&self, name: &'n str, real: &str, architecture: &str) -> Option<Candidate<'n>> {
        let entry = self.files.tree.entries.get(real).filter(|_| is_library(name))?;
        let mut is_link = matches!(entry.kind, TreeKind::Symlink(_));
        let (real, _) = self.files.tree.lookup(real)?;
        let library = self.files.library(real)?;
        let flags = flags(library, architecture)?;
        let mut soname = library.soname.clone().unwrap_or_else(|| name.to_owned());
        // A link counts as a link if it has the needed name of the library, or is the one that a linker uses.
        is_link &= name == soname || (name.ends_with(".so") && soname.starts_with(name));
        if is_link {
            name.clone_into(&mut soname);
        }
        Some(Candidate { name, soname, is_link, flags, isa_level: library.isa_level })
    }

    /// Creates the link with a library's needed name, if it is missing or leads elsewhere.
    fn link(&mut self, folder: &str, name: &str, soname: &str) {
        let path = format!("{folder}/{soname}");
        let tree = self.files.tree;
        let to = |path: &str| tree.lookup(path).map(|(real, _)| real);
        let leads = to(&path).is_some_and(|real| to(&format!("{folder}/{name}")) == Some(real));
        let is_link = tree.entries.get(&path).is_none_or(|entry| matches!(entry.kind, TreeKind::Symlink(_)));
        if !leads && is_link && !soname.contains('/') && !soname.is_empty() {
            self.links.insert(path, name.to_owned());
        }
    }
}

/// The kind of a library in the cache; `None` if the architecture's ldconfig ignores it. Source:
/// sysdeps/generic/ldconfig.h, sysdeps/unix/sysv/linux/x86/readelflib.c and sysdeps/unix/sysv/linux/arm/readelflib.c.
fn flags(library: &Library, architecture: &str) -> Option<i32> {
    const X86: u16 = 3;
    const X86_64: u16 = 62;
    const AARCH64: u16 = 183;
    match (architecture, library.machine, library.wide) {
        ("amd64", X86_64, true) => Some(0x303),
        ("amd64", X86_64, false) => Some(0x803),
        ("amd64", X86, false) => Some(if library.needs_glibc { 3 } else { 1 }),
        ("arm64", AARCH64, true) => Some(0xa03),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
