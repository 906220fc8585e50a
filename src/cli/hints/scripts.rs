//! Scripts of others, and what they need.

use fourply_scripts::{InstallFailure, ScriptsError};

use super::advice::Advice;

pub(super) fn advice(error: &ScriptsError) -> Advice<'_> {
    match error {
        ScriptsError::InstallScript(failure) => install(failure).into(),
        ScriptsError::ForeignBinary { .. } => {
            "take a base with the C library and processor of this machine, build on a machine like the base, or depend on a package with prebuilt binaries for it".into()
        }
        ScriptsError::Repository { .. } => {
            "publish it to a registry, or commit the tarball that `pnpm pack` makes of it and depend on that".into()
        }
        ScriptsError::Store(error) | ScriptsError::At { source: error, .. } => Advice::Ask(error.as_ref()),
        ScriptsError::Pnpm(error) => Advice::Ask(error),
        ScriptsError::Layout(error) => Advice::Ask(error),
        ScriptsError::Io(error) => Advice::Ask(error),
        ScriptsError::NotUtf8 { .. }
        | ScriptsError::Interrupted
        | ScriptsError::Tool { .. }
        | ScriptsError::Manifest { .. }
        | ScriptsError::Folder { .. } => Advice::Nothing,
    }
}

fn install(failure: &InstallFailure) -> &'static str {
    let compiles = ["node-gyp", "node-pre-gyp", "gyp ERR!"];
    let compiles = compiles.iter().any(|word| failure.command.contains(word) || failure.log.contains(word));
    match compiles {
        true => {
            "native modules are compiled with this machine's python3, make and g++: see that they are there"
        }
        false => {
            "see what it printed; a package that need not be built can be named in the settings of its pnpm (neverBuiltDependencies, ignoredBuiltDependencies, allowBuilds: false)"
        }
    }
}
