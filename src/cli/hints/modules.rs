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
        ModulesError::PruneRule { .. } => {
            "name rules among docs, source-maps, types, tests, prebuilds and objects: rules = [\"docs\"]"
        }
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

/// How the install scripts of packages are allowed, whose names are as pnpm reports them.
pub(super) fn allow_builds(packages: &[&str]) -> String {
    let names: Vec<String> = packages.iter().map(|package| setting(package)).collect();
    let allowed: Vec<String> = names.iter().map(|name| format!("{name}: true")).collect();
    format!(
        "To run them: `pnpm approve-builds`, or in pnpm-workspace.yaml onlyBuiltDependencies: [{}] (from pnpm 11 on allowBuilds: {{ {} }})",
        names.join(", "),
        allowed.join(", ")
    )
}

/// What to do where a native module is missing, as the script that makes it did not run.
pub(super) fn ignored_build(package: &str) -> String {
    let name = setting(package);
    format!(
        "allow it: `pnpm approve-builds`, or in pnpm-workspace.yaml onlyBuiltDependencies: [{name}] (from pnpm 11 on allowBuilds: {{ {name}: true }}); if nothing loads \
         it in the image, ignoredBuiltDependencies: [{name}] (allowBuilds: {{ {name}: false }})"
    )
}

/// How a list of the settings names a package: by its name where a registry gave it, else as it is reported. YAML wants quotes about signs.
fn setting(package: &str) -> String {
    let package = package.split('(').next().unwrap_or(package);
    let (name, version) = package
        .char_indices()
        .skip(1)
        .find(|(_, letter)| *letter == '@')
        .map_or((package, ""), |(at, _)| package.split_at(at));
    let of_registry = version.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let shown = if of_registry { name } else { package };
    match shown.contains(['@', ':', '/']) {
        true => format!("{shown:?}"),
        false => shown.to_owned(),
    }
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
