//! The compilers for native modules on this host. In: the environment of a build. Out: the versions that the programs
//! print. The key of a compiled package contains them: another compiler produces other bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use fourply_blob::Raw;
use fourply_pnpm::{DepPath, PackageContents};
use fourply_store::Store;

use super::request::{Builds, pack_of};
use crate::Result;
use crate::environment::SYSTEM_PATH;
use crate::process::{self, Shell};

/// The first line of each program's version output; nothing for missing programs.
const ASK: &str = r#"for program in "${CC:-cc}" "${CXX:-c++}" ld make python3; do $program --version 2>/dev/null | head -n 1; done"#;

/// The versions of the compilers, the linker, make and Python that scripts find with these variables; `None` without a
/// compiler. The versions of the same files are queried once.
///
/// # Errors
/// No shell can be run.
pub fn toolchain(
    store: &Store,
    env: &BTreeMap<String, String>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<String>> {
    let mut environment: BTreeMap<String, OsString> =
        env.iter().map(|(name, value)| (name.clone(), value.into())).collect();
    environment.entry("PATH".to_owned()).or_insert_with(|| SYSTEM_PATH.join(":").into());
    let record = VersionsOf::new(&environment);
    store.get_or(&record, || ask(&environment, cancelled))
}

fourply_store::record! {
    /// The version output of programs. The key contains the program files and all variables, because some variables
    /// change a compiler.
    struct VersionsOf<'a> in ToolchainVersions, rules 2 => Option<String> {
        environment: Vec<(&'a str, Raw<'a>)>,
        programs: Vec<Program>,
    }
}

impl VersionsOf<'_> {
    fn new(environment: &BTreeMap<String, OsString>) -> VersionsOf<'_> {
        let folders: Vec<PathBuf> =
            environment.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
        let named = |variable: &str, usual: &str| {
            let words = environment.get(variable).map(|text| text.to_string_lossy().into_owned());
            words
                .and_then(|words| words.split_whitespace().next().map(str::to_owned))
                .unwrap_or(usual.to_owned())
        };
        let names = [named("CC", "cc"), named("CXX", "c++"), "ld".into(), "make".into(), "python3".into()];
        let variables = environment.iter();
        VersionsOf {
            environment: variables
                .map(|(name, value)| (name.as_str(), Raw(value.as_encoded_bytes())))
                .collect(),
            programs: names.into_iter().map(|name| Program::find(name, &folders)).collect(),
        }
    }
}

/// A program by the name that scripts use; `file` is `None` if no folder of the path has it.
struct Program {
    name: String,
    file: Option<ProgramFile>,
}

fourply_blob::key_value!(Program { name, file });

impl Program {
    fn find(name: String, folders: &[PathBuf]) -> Program {
        let found = folders.iter().find_map(|folder| fs_err::canonicalize(folder.join(&name)).ok());
        let file = found.and_then(|path| {
            let metadata = path.metadata().ok()?;
            let (inode, size) = (metadata.ino(), metadata.len());
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            Some(ProgramFile { path, inode, size, modified })
        });
        Program { name, file }
    }
}

/// A file, with the properties that reveal a replacement.
struct ProgramFile {
    path: PathBuf,
    inode: u64,
    /// In bytes.
    size: u64,
    /// Seconds since 1970, and nanoseconds.
    modified: (i64, i64),
}

fourply_blob::key_value!(ProgramFile { path, inode, size, modified });

fn ask(environment: &BTreeMap<String, OsString>, cancelled: &dyn Fn() -> bool) -> Result<Option<String>> {
    let mut environment = environment.clone();
    environment.insert("LC_ALL".to_owned(), "C".into());
    let text = r#"command -v "${CC:-cc}""#;
    let compiler = Shell { text, folder: Path::new("/"), environment: &environment, room: None };
    if process::run(&compiler, cancelled, &mut |_| {})?.log.is_empty() {
        return Ok(None);
    }
    let versions = process::run(&Shell { text: ASK, ..compiler }, cancelled, &mut |_| {})?;
    Ok(Some(versions.log))
}

/// The packages whose scripts compile something, as far as known: they contain inputs for node-gyp, make or CMake, or a
/// script names such a program.
///
/// # Errors
/// An archive that cannot be read.
pub(super) fn compiled<'a>(
    store: &Store,
    builds: &'a Builds,
    contents: &PackageContents,
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
