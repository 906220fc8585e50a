//! The native modules of a closure: whether each can be loaded where the image runs. In: packs, what the lockfile says of them, the target.
//! Out: warnings, or the first that cannot.
//!
//! A package that claims one processor or one C library, the target's, is held to it. A package that claims nothing may bring
//! binaries for many machines along, as folders of prebuilds do: it is warned of one that has some, but none for the target. What install
//! scripts made was held to the target when it was captured.

use fourply_blob::Key;
use fourply_pnpm::{Closure, DepPath, PackageContents, Target, Workspace};
use fourply_scripts::elf::{Binary, inspect};
use fourply_scripts::{Result, ScriptsError};
use fourply_store::Store;

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
    let mut warnings = Vec::new();
    for package in closure.packages.keys() {
        let Some(pack) = contents.0.get(package) else { continue };
        let binaries = binaries(store, pack)?;
        if binaries.is_empty() {
            continue;
        }
        let info = workspace.lockfile.packages.get(package.package_key());
        let (cpu, libc) = (info.and_then(|info| info.cpu.as_ref()), info.and_then(|info| info.libc.as_ref()));
        check_claims(package, &binaries, &Claims::of(cpu, libc, target), target)?;
        if binaries.iter().all(|(_, binary)| binary.check(target).is_err()) {
            let (path, reason) = binaries
                .first()
                .map(|(path, binary)| (path.as_str(), binary.check(target).err().unwrap_or_default()))
                .unwrap_or_default();
            warnings.push(format!("no native module of {package} can run in the image: of {path}, {reason}"));
        }
    }
    Ok(warnings)
}

/// What a package says that it is for, as far as it is for one machine, the target, alone.
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

fn check_claims(
    package: &DepPath,
    binaries: &[(String, Binary)],
    claims: &Claims,
    target: &Target,
) -> Result<()> {
    for (path, binary) in binaries {
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
    /// The native modules and shared libraries of a pack, by their paths.
    struct BinariesOf<'a> in Binaries, rules 2 => Vec<(String, Binary)> {
        pack: &'a Key,
    }
}

/// The native modules and shared libraries of a pack. Which there are, its index tells; what they are, is remembered.
fn binaries(store: &Store, pack: &Key) -> Result<Vec<(String, Binary)>> {
    let paths: Vec<String> = store.pack_paths(pack)?.into_iter().filter(|path| is_module(path)).collect();
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let record = BinariesOf { pack };
    if let Some(known) = store.get(&record) {
        return Ok(known);
    }
    let opened = store.open_pack(pack)?;
    let mut found: Vec<(String, Binary)> = Vec::new();
    for path in paths {
        let Some(entry) = opened.find(&path) else { continue };
        if let Some(binary) = inspect(&opened.bytes(entry)?) {
            found.push((path, binary));
        }
    }
    store.put(&record, &found)?;
    Ok(found)
}

/// `x.node`, `x.so`, `x.so.1.2`.
fn is_module(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".node") || name.ends_with(".so") || name.contains(".so.")
}

#[cfg(test)]
mod tests;
