//! The native modules of a closure: whether each can be loaded where the image runs. In: packs, what the lockfile says of them, the target.
//! Out: warnings, or the first that cannot.
//!
//! A package that claims one architecture or one C library, the target's, is held to it. A package that claims nothing may bring
//! binaries for many platforms along, as folders of prebuilds do: it is warned of one that has some, but none for the target. A package for
//! one machine is one of several: it is warned of those of which none is for the target. What install scripts made was held to the target
//! when it was captured.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Key;
use fourply_platform::elf::{Dynamic, dynamic};
use fourply_pnpm::{Closure, DepPath, Dependency, PackageContents, Target, Workspace};
use fourply_scripts::elf::{Binary, inspect};
use fourply_scripts::{Result, ScriptsError};
use fourply_store::Store;
use serde::{Deserialize, Serialize};

/// A native module or a shared library of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeFile {
    /// Relative to the package.
    pub path: String,
    /// What it is for.
    pub binary: Binary,
    /// What it needs.
    pub dynamic: Dynamic,
}

/// Looks at every `.node` and `.so` of a closure. Gives what is to be warned of.
///
/// # Errors
/// [`ScriptsError::ForeignBinary`]; where a pack cannot be read.
pub fn check_binaries(
    store: &Store,
    workspace: &Workspace,
    closure: &Closure,
    contents: &PackageContents,
    target: &Target,
) -> Result<Vec<String>> {
    // Of each package with binaries, why the first of them cannot run, if none can.
    let mut misfits: BTreeMap<&DepPath, Option<String>> = BTreeMap::new();
    for package in closure.packages.keys() {
        let Some(pack) = contents.0.get(package) else { continue };
        let binaries = native_files(store, pack)?;
        let Some(first) = binaries.first() else { continue };
        let info = workspace.lockfile.packages.get(package.package_key());
        let (cpu, libc) = (info.and_then(|info| info.cpu.as_ref()), info.and_then(|info| info.libc.as_ref()));
        check_claims(package, &binaries, &Claims::of(cpu, libc, target), target)?;
        let misfit = binaries.iter().all(|file| file.binary.check(target).is_err());
        let reason = || format!("{}, {}", first.path, first.binary.check(target).err().unwrap_or_default());
        misfits.insert(package, misfit.then(reason));
    }
    let alternatives = Alternatives { workspace, closure, misfits: &misfits };
    let unfit = misfits.iter().filter_map(|(package, reason)| Some((*package, reason.as_ref()?)));
    let unfit = unfit.filter(|(package, _)| !alternatives.have_a_fitting_one(package));
    Ok(unfit.map(|(package, reason)| warning(package, reason)).collect())
}

fn warning(package: &DepPath, reason: &str) -> String {
    format!("no native module of {package} can run in the image: of {reason}")
}

/// Packages for one machine each, of which a package that depends on all of them takes the right one.
struct Alternatives<'a> {
    workspace: &'a Workspace,
    closure: &'a Closure,
    misfits: &'a BTreeMap<&'a DepPath, Option<String>>,
}

impl Alternatives<'_> {
    fn have_a_fitting_one(&self, package: &DepPath) -> bool {
        if !self.for_one_machine(package) {
            return false;
        }
        let lists = self.closure.packages.values().map(|other| &other.children);
        lists.chain(self.closure.direct.values()).any(|list| {
            let beside: BTreeSet<&DepPath> = list.iter().filter_map(|(_, to)| package_of(to)).collect();
            beside.contains(package)
                && beside.iter().any(|other| self.fits(other) && self.for_one_machine(other))
        })
    }

    fn fits(&self, package: &DepPath) -> bool {
        matches!(self.misfits.get(package), Some(None))
    }

    fn for_one_machine(&self, package: &DepPath) -> bool {
        let info = self.workspace.lockfile.packages.get(package.package_key());
        info.is_some_and(|info| info.os.is_some() && info.cpu.is_some())
    }
}

fn package_of(to: &Dependency) -> Option<&DepPath> {
    match to {
        Dependency::Package(package) => Some(package),
        Dependency::Link(_) => None,
    }
}

/// What a package says that it is for, as far as it is only for the target.
struct Claims {
    cpu: bool,
    libc: bool,
}

impl Claims {
    fn of(cpu: Option<&Vec<String>>, libc: Option<&Vec<String>>, target: &Target) -> Claims {
        let only = |list: Option<&Vec<String>>, word: &str| {
            list.is_some_and(|list| matches!(list.as_slice(), [one] if one == word))
        };
        Claims { cpu: only(cpu, &target.cpu), libc: only(libc, target.libc.as_str()) }
    }
}

fn check_claims(package: &DepPath, binaries: &[NativeFile], claims: &Claims, target: &Target) -> Result<()> {
    for NativeFile { path, binary, .. } in binaries {
        let cpu = if claims.cpu { binary.check_cpu(target) } else { Ok(()) };
        let whole = if claims.libc { binary.check(target) } else { Ok(()) };
        cpu.and(whole).map_err(|reason| ScriptsError::ForeignBinary {
            package: package.to_string(),
            path: path.clone(),
            reason: format!("{reason}, though the lockfile says that the package is for it"),
        })?;
    }
    Ok(())
}

fourply_store::record! {
    /// The native modules and shared libraries of a pack, in the order of their paths.
    struct BinariesOf<'a> in Binaries, rules 3 => Vec<NativeFile> {
        pack: &'a Key,
    }
}

/// The native modules and shared libraries of a pack. Which there are, its index tells; what they are, is remembered.
///
/// # Errors
/// Where the pack cannot be read.
pub fn native_files(
    store: &Store,
    pack: &Key,
) -> std::result::Result<Vec<NativeFile>, fourply_store::StoreError> {
    let paths: Vec<String> = store.pack_paths(pack)?.into_iter().filter(|path| is_module(path)).collect();
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let record = BinariesOf { pack };
    if let Some(known) = store.get(&record) {
        return Ok(known);
    }
    let opened = store.open_pack(pack)?;
    let mut found: Vec<NativeFile> = Vec::new();
    for path in paths {
        let Some(entry) = opened.find(&path) else { continue };
        let bytes = opened.bytes(entry)?;
        if let Some(binary) = inspect(&bytes) {
            found.push(NativeFile { path, binary, dynamic: dynamic(&bytes) });
        }
    }
    store.put(&record, &found)?;
    Ok(found)
}

/// `x.node`, `x.so`, `x.so.1.2`.
pub(crate) fn is_module(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".node") || name.ends_with(".so") || name.contains(".so.")
}

#[cfg(test)]
mod tests;
