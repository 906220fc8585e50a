//! The workspace, its lockfile, and the layout of node_modules.

use fourply_pnpm::{LayoutError, LockfileError, PnpmError, Stale};

use super::advice::Advice;
use super::service_key::section;

pub(super) fn advice(error: &PnpmError) -> Advice<'_> {
    let text = match error {
        PnpmError::NoWorkspace { .. } => {
            "run it in a folder that has a pnpm-workspace.yaml, or a pnpm-lock.yaml beside its package.json"
        }
        PnpmError::NoLockfile { .. } => "run `pnpm install` and commit the lockfile",
        PnpmError::BranchLockfile { .. } => {
            "merge the lockfiles with `pnpm install --merge-git-branch-lockfiles` and commit the result"
        }
        PnpmError::Lockfile { source, .. } => return Advice::Ask(source),
        PnpmError::Stale(stale) => return stale_lockfile(stale).into(),
        PnpmError::NoImporter { suggestion: Some(name), .. } => {
            return format!("did you mean {name}?").into();
        }
        PnpmError::NoDependency { importer, .. } => {
            return format!(
                "modules of {} takes names of \"dependencies\" in its package.json, and dev-dependencies those of \"devDependencies\"",
                section(importer)
            )
            .into();
        }
        PnpmError::NoDevelopment { suggestion: Some(name), .. } => {
            return format!("did you mean {name}?").into();
        }
        PnpmError::NoDevelopment { importer, .. } => {
            return format!(
                "dev-dependencies of {} takes names of \"devDependencies\" in its package.json; what a package of the workspace needs stands in a table of that package",
                section(importer)
            )
            .into();
        }
        PnpmError::InProduction { importer, name } => {
            return format!("remove {name} from dev-dependencies of {}", section(importer)).into();
        }
        PnpmError::DevelopmentOfCopy { importer } => {
            return format!(
                "move them to \"dependencies\" in the package.json of {importer}, run `pnpm install`, and remove dev-dependencies from {}",
                section(importer)
            )
            .into();
        }
        PnpmError::NoServices { .. } => {
            "name the folders of services in fourply.toml: [workspace] services = [\"services/*\"]"
        }
        PnpmError::MissingEntry { .. } => {
            "the file was cut off or badly merged: run `pnpm install` and commit the result"
        }
        PnpmError::Outside { .. } => {
            "move the package into the workspace, or install it from a registry or a tarball"
        }
        PnpmError::Architecture { .. } => {
            "build for an architecture that node runs on, such as linux/amd64 or linux/arm64"
        }
        PnpmError::NodeVersion { .. } => "give a full version, such as 20.20.2",
        PnpmError::Glob { .. } => "write it with *, **, ? and {a,b}, relative to the root or as NAME/PATH",
        PnpmError::NoPnpmfile { .. } => {
            "commit the file, or correct the setting pnpmfile; one that lies in node_modules has to be moved out of it"
        }
        PnpmError::Hook { .. } | PnpmError::Plugins { .. } => {
            "write the settings that it makes into pnpm-workspace.yaml, take it away, and run `pnpm install`"
        }
        PnpmError::Malformed { path, .. } if path.ends_with("package.json") => {
            "correct the file there: JSON has no comments, and no comma before a closing bracket or another comma"
        }
        PnpmError::Io(_)
        | PnpmError::Malformed { .. }
        | PnpmError::NoImporter { suggestion: None, .. }
        | PnpmError::Setting { .. }
        | PnpmError::Name { .. }
        | PnpmError::Unsupported { .. } => return Advice::Nothing,
    };
    text.into()
}

fn stale_lockfile(stale: &Stale) -> String {
    let hooks = if stale.pnpmfile {
        "; the hooks of the pnpmfile are not run here, so what they change in workspace packages differs"
    } else {
        ""
    };
    format!("run `pnpm install` and commit the lockfile{hooks}")
}

pub(super) fn lockfile(error: &LockfileError) -> Advice<'_> {
    match error {
        LockfileError::Conflict { .. } => {
            "finish the merge; `pnpm install` resolves conflicts of the lockfile by itself".into()
        }
        LockfileError::Version { found } => other_format(found).into(),
        LockfileError::NoVersion | LockfileError::Syntax { .. } => {
            "if the file was cut off or edited by hand, run `pnpm install` and commit the result".into()
        }
        LockfileError::TooLarge { .. } | LockfileError::Entry { .. } => Advice::Nothing,
    }
}

fn other_format(found: &str) -> &'static str {
    let major: u32 = found.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < 9 {
        "it was written by an old pnpm: run `pnpm install --lockfile-only` with pnpm 9 or later"
    } else {
        "it was written by a newer pnpm or an opt-in format: run `pnpm install --lockfile-only` with pnpm 9 to 12 in its default format, 9.0"
    }
}

pub(super) fn layout(error: &LayoutError) -> Advice<'_> {
    match error {
        LayoutError::Name { .. } => "the lockfile was not written by pnpm: make it again".into(),
        LayoutError::SameDirectory { .. } => "raise virtualStoreDirMaxLength".into(),
        LayoutError::TooEntangled => {
            "run `pnpm dedupe`, or leave nodeLinker: hoisted out of the workspace's settings".into()
        }
        LayoutError::NoContent { .. } => Advice::Nothing,
    }
}
