//! What compiles native modules on this machine. In: the environment of a build. Out: the versions as the programs tell them. The key of
//! a package that is compiled holds them: another compiler makes other bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use fourply_modules::{Contents, DepPath};
use fourply_store::Store;

use super::Builds;
use crate::Result;
use crate::environment::SYSTEM_PATH;
use crate::process::{self, Shell};

/// The first line of what each program says of itself; nothing of those that are not there.
const ASK: &str = r#"for program in "${CC:-cc}" "${CXX:-c++}" ld make python3; do $program --version 2>/dev/null | head -n 1; done"#;

/// The versions of the compilers, the linker, make and Python that scripts find with these variables; nothing where there is no compiler.
///
/// # Errors
/// Where no shell can be run.
pub fn toolchain(env: &BTreeMap<String, String>, cancelled: &dyn Fn() -> bool) -> Result<Option<String>> {
    let mut environment: BTreeMap<String, OsString> =
        env.iter().map(|(name, value)| (name.clone(), value.into())).collect();
    environment.entry("PATH".to_owned()).or_insert_with(|| SYSTEM_PATH.join(":").into());
    environment.insert("LC_ALL".to_owned(), "C".into());
    let compiler =
        Shell { text: r#"command -v "${CC:-cc}""#, folder: Path::new("/"), environment: &environment };
    if process::run(&compiler, cancelled, &mut |_| {})?.log.is_empty() {
        return Ok(None);
    }
    let versions = process::run(&Shell { text: ASK, ..compiler }, cancelled, &mut |_| {})?;
    Ok(Some(versions.log))
}

/// The packages whose scripts compile something, as far as can be told: what node-gyp, make or CMake need lies in them, or a script names
/// such a program.
///
/// # Errors
/// A pack that cannot be read.
pub(super) fn compiled<'a>(
    store: &Store,
    builds: &'a Builds,
    contents: &Contents,
) -> Result<BTreeSet<&'a DepPath>> {
    const FILES: [&str; 3] = ["binding.gyp", "CMakeLists.txt", "Makefile"];
    const WORDS: [&str; 6] = ["gyp", "prebuild", "make", "cc", "gcc", "cargo"];
    let mut compiled = BTreeSet::new();
    for (package, scripts) in &builds.scripts {
        let mut words =
            scripts.iter().flat_map(|script| script.command.split(|c: char| !c.is_alphanumeric()));
        let told = words.any(|word| WORDS.contains(&word));
        let pack = super::pack_of(contents, package)?;
        if told || store.pack_paths(&pack)?.iter().any(|path| FILES.contains(&path.as_str())) {
            compiled.insert(package);
        }
    }
    Ok(compiled)
}

#[cfg(test)]
mod tests;
