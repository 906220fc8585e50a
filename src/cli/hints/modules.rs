//! Packages, and the layers that they become.

use fourply_modules::ModulesError;

use super::advice::Advice;

pub(super) fn advice(error: &ModulesError) -> Advice<'_> {
    let text = match error {
        ModulesError::Pnpm(error) => return Advice::Ask(error),
        ModulesError::Layout(error) => return Advice::Ask(error),
        ModulesError::Scripts(error) => return Advice::Ask(error),
        ModulesError::Store(error) | ModulesError::At { source: error, .. } => {
            return Advice::Ask(error.as_ref());
        }
        ModulesError::Io(error) => return Advice::Ask(error),
        ModulesError::IgnoredBuilds { .. } => {
            "allow them in pnpm-workspace.yaml, allowBuilds: { NAME: true }, or say false; strictDepBuilds: false makes it a warning"
        }
        ModulesError::NotAllowed { package, .. } => return not_allowed(package).into(),
        ModulesError::Unpinned { package, found } => return unpinned(package, found.as_deref()).into(),
        ModulesError::Runtime { .. } => "take node from the base and leave the dependency out",
        ModulesError::PruneRule { .. } => "the rules are docs, source-maps, types, tests and prebuilds",
        ModulesError::PatchHash { .. } => {
            "run `pnpm install`, so that the lockfile knows the patch as it is now"
        }
        ModulesError::Patch { .. } => "make the patch again with `pnpm patch`",
        ModulesError::PatchPath { .. } => "name the file in patchedDependencies",
        ModulesError::Origin { .. } => return Advice::Nothing,
    };
    text.into()
}

fn not_allowed(package: &str) -> String {
    format!(
        "allow it in pnpm-workspace.yaml: allowBuilds: {{ {package:?}: true }}; in pnpm 10, onlyBuiltDependencies: [{package:?}]"
    )
}

fn unpinned(package: &str, found: Option<&str>) -> String {
    match found {
        Some(found) => format!(
            "if the tarball that is there now is what you want, pin it in fourply.toml: [packages.integrity] {package:?} = {found:?}"
        ),
        None => {
            format!("pin the tarball in fourply.toml: [packages.integrity] {package:?} = \"sha512-…\"")
        }
    }
}
