//! What compiles native modules on this machine. In: the environment of a build. Out: the versions as the programs tell them. The key of
//! a package that is compiled holds them: another compiler makes other bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fourply_blob::{Key, KeyBuilder};
use fourply_pnpm::{Contents, DepPath};
use fourply_store::Store;

use super::request::{Builds, pack_of};
use crate::Result;
use crate::environment::SYSTEM_PATH;
use crate::process::{self, Shell};

/// The first line of what each program says of itself; nothing of those that are not there.
const ASK: &str = r#"for program in "${CC:-cc}" "${CXX:-c++}" ld make python3; do $program --version 2>/dev/null | head -n 1; done"#;

/// The store's name for what programs said of themselves.
const RECORD: &str = "toolchain-said";

/// The versions of the compilers, the linker, make and Python that scripts find with these variables; nothing where there is no compiler.
/// The same files are asked once.
///
/// # Errors
/// Where no shell can be run.
pub fn toolchain(
    store: &Store,
    env: &BTreeMap<String, String>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<String>> {
    let mut environment: BTreeMap<String, OsString> =
        env.iter().map(|(name, value)| (name.clone(), value.into())).collect();
    environment.entry("PATH".to_owned()).or_insert_with(|| SYSTEM_PATH.join(":").into());
    let key = files(&environment);
    if let Some(said) = store.record(RECORD, &key)? {
        return Ok(said);
    }
    let said = ask(environment, cancelled)?;
    store.put_record(RECORD, &key, &said)?;
    Ok(said)
}

/// The key over the files that the programs are, and over all variables: some decide what a compiler does.
fn files(environment: &BTreeMap<String, OsString>) -> Key {
    let mut key = KeyBuilder::new("fourply toolchain v1");
    for (name, value) in environment {
        key = key.field("name", name).field("value", value.as_encoded_bytes());
    }
    let folders: Vec<PathBuf> =
        environment.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let named = |variable: &str, usual: &str| {
        let words = environment.get(variable).map(|text| text.to_string_lossy().into_owned());
        words.and_then(|words| words.split_whitespace().next().map(str::to_owned)).unwrap_or(usual.to_owned())
    };
    for program in [named("CC", "cc"), named("CXX", "c++"), "ld".into(), "make".into(), "python3".into()] {
        key = key.field("program", &program);
        let found = folders.iter().find_map(|folder| fs_err::canonicalize(folder.join(&program)).ok());
        if let Some((path, metadata)) = found.and_then(|path| Some((path.clone(), path.metadata().ok()?))) {
            key = key.field("path", path.as_os_str().as_encoded_bytes());
            let stat =
                [metadata.ino(), metadata.len(), metadata.mtime() as u64, metadata.mtime_nsec() as u64];
            key = stat.into_iter().fold(key, |key, number| key.number("stat", number));
        }
    }
    key.finish()
}

fn ask(mut environment: BTreeMap<String, OsString>, cancelled: &dyn Fn() -> bool) -> Result<Option<String>> {
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
        let pack = pack_of(contents, package)?;
        if told || store.pack_paths(&pack)?.iter().any(|path| FILES.contains(&path.as_str())) {
            compiled.insert(package);
        }
    }
    Ok(compiled)
}

#[cfg(test)]
mod tests;
