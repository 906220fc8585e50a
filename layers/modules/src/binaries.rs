//! The native modules of a closure: whether each can be loaded on the image's platform. In: archives, their lockfile
//! entries, the target. Out: warnings, or an error for the first that cannot.
//!
//! If a package claims only the target's architecture or C library, a binary for another one is an error. A package
//! without such a claim may contain binaries for many platforms, in folders of prebuilds: there is a warning if it has
//! binaries, but none for the target. A package for one platform is one of several alternatives: there is a warning if
//! none of them is for the target. Files that install scripts wrote were checked when they were captured.

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
    /// Its platform.
    pub binary: Binary,
    /// The libraries and symbols that it needs.
    pub dynamic: Dynamic,
}

/// Checks every `.node` and `.so` of a closure. Returns the warnings.
///
/// # Errors
/// [`ScriptsError::ForeignBinary`]; an archive that cannot be read.
pub(crate) fn check_binaries(
    store: &Store,
    workspace: &Workspace,
    closure: &Closure,
    contents: &PackageContents,
    target: &Target,
) -> Result<Vec<String>> {
    // For each package with binaries: why the first cannot run, if none can.
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
    format!("no native module of {package} can run in the image: {reason}")
}

/// Packages for one platform each. A package that depends on all of them picks the right one.
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

/// The platforms that a package claims, if it claims only the target.
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
            reason: format!("{reason}, although the lockfile says that the package supports it"),
        })?;
    }
    Ok(())
}

fourply_store::record! {
    /// The native modules and shared libraries of an archive, sorted by path.
    struct BinariesOf<'a> in Binaries, rules 3 => Vec<NativeFile> {
        pack: &'a Key,
    }
}

/// The native modules and shared libraries of an archive. The archive's index lists them; their details are cached.
///
/// # Errors
/// The archive cannot be read.
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
