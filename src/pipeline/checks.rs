//! The check of an image before it counts. In: what the stages left, the configuration of containers. Out: nothing, warnings, or an error
//! that names all that is wrong.

use std::collections::{BTreeMap, BTreeSet};

use fourply_app::{
    AppError, BuiltApp, CheckRequest, DEFAULT_OUTPUT, EarlyCheck, Finding, GitIgnored, IncludedFiles,
    ScriptChoice, StartOrigins, check, excluded, unmet_engines,
};
use fourply_base::Account;
use fourply_modules::ModuleLayers;
use fourply_oci::image::ImageSettings;
use fourply_pnpm::{Closure, DevelopmentNames, ImagePackages, ImporterId, Workspace};
use fourply_scripts::files::folder_of;

use super::common::Common;
use super::image;
use super::of_base::{tree, variables};
use crate::Error;
use crate::cli::hints;
use crate::config::Engines;
use crate::context::Context;
use crate::settings::{ContainerSettings, ROOT_IN_IMAGE, Settings};

/// What of an image is known before it is put together.
pub(super) struct ImageCheck<'a> {
    pub context: &'a Context<'a>,
    pub common: &'a Common,
    pub service: &'a ImporterId,
    pub production: &'a Closure,
    pub app: &'a BuiltApp,
    /// What it has of its dependencies.
    pub packages: &'a ImagePackages,
    /// No install scripts run.
    pub ignores_scripts: bool,
    /// None where the image goes without node_modules.
    pub modules: Option<&'a ModuleLayers>,
    /// The entry point that was configured.
    pub entrypoint: &'a [String],
    /// Patterns of outputs, where somebody configured them.
    pub outputs: Option<&'a [String]>,
    pub container: &'a ContainerSettings,
    /// What it takes along besides its outputs.
    pub files: &'a [IncludedFiles],
    /// Development dependencies that images have.
    pub development: &'a DevelopmentNames,
    /// What builds.
    pub script: Option<&'a ScriptChoice>,
}

impl ImageCheck<'_> {
    /// Looks whether an image with this configuration can start; warns of what it may miss.
    ///
    /// # Errors
    /// [`AppError::Unfit`].
    pub(super) fn run(&self, image: &ImageSettings) -> Result<(), Error> {
        let Common { workspace, base, target, .. } = self.common;
        let (env, rootfs) = (variables(base, &image.env), &base.rootfs);
        let start: Vec<String> = image.entrypoint.iter().chain(&image.cmd).flatten().cloned().collect();
        let health = image.healthcheck.as_ref().map(|health| health.test.as_slice()).unwrap_or_default();
        let findings = check(&CheckRequest {
            store: &self.context.store,
            workspace,
            service: self.service,
            production: self.production,
            target,
            app: self.app,
            packages: self.packages,
            ignores_scripts: self.ignores_scripts,
            modules: self.modules,
            base: base.layers.iter().map(|layer| layer.digest.to_string()).collect(),
            base_tree: &|| tree(rootfs, &self.common.hidden),
            root: ROOT_IN_IMAGE,
            folder: image.working_dir.as_deref().unwrap_or("/"),
            env: &env,
            start: &start,
            health,
            writable: (!self.is_root()).then_some(self.container.writable.as_slice()),
        })?;
        let origins = self.origins(&findings);
        let (fatal, spare): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(Finding::is_fatal);
        let (ignored, spare): (Vec<Finding>, Vec<Finding>) =
            spare.into_iter().partition(|finding| matches!(finding, Finding::IgnoredBuild { .. }));
        let ignored = ignored.into_iter().filter_map(|finding| match finding {
            Finding::IgnoredBuild { package, .. } => Some(package),
            _ => None,
        });
        // Of packages that were in an image before, it was told then.
        if !fatal.is_empty() || self.made_packages() {
            self.context.terminal.ignored_builds(&ignored.collect::<Vec<_>>());
        }
        for finding in &spare {
            self.context.terminal.warn(&hints::finding(self.service, finding, &origins));
        }
        match fatal.is_empty() {
            true => Ok(()),
            false => Err(AppError::Unfit {
                service: self.service.clone(),
                findings: fatal,
                origins: Box::new(origins),
            }
            .into()),
        }
    }
}

impl ImageCheck<'_> {
    /// Whether this build made a layer of packages, or there is none.
    fn made_packages(&self) -> bool {
        self.modules.is_none_or(|modules| modules.layers.iter().any(|layer| !layer.cached))
    }

    /// Whether the image's user may write anywhere.
    fn is_root(&self) -> bool {
        matches!(self.container.user.split(':').next(), Some("root" | "0"))
    }

    /// What hints for these findings need to know.
    fn origins(&self, findings: &[Finding]) -> StartOrigins {
        let folder = folder_of(&self.common.workspace.root, self.service);
        let files = findings.iter().filter_map(|finding| match finding {
            Finding::File { path, .. } | Finding::Program { program: path, .. } if !path.starts_with('/') => {
                Some(path)
            }
            _ => None,
        });
        let loaded = findings.iter().filter_map(|finding| match finding {
            Finding::Path { path, user, .. } => {
                Some(((user.clone(), path.clone()), self.source_of(user, path)?))
            }
            _ => None,
        });
        let (made, mut excluded) = (self.made(findings), self.excluded(findings));
        // What the build makes is there whatever a .gitignore says.
        excluded.retain(|missed, _| !made.contains_key(missed));
        StartOrigins {
            entrypoint: self.entrypoint.to_vec(),
            loaded: loaded.collect(),
            excluded,
            unrun: self.unrun(),
            scripts: self.scripts(),
            made,
            writable: self.container.writable.clone(),
            outputs: self.outputs(),
            files: self.files.iter().map(written).collect(),
            development: self.development.get(self.service.as_str()).into_iter().flatten().cloned().collect(),
            in_sources: files
                .flat_map(|path| with_ends(path))
                .filter(|path| folder.join(path).is_file())
                .collect(),
            without_modules: self.modules.is_none(),
            some_modules: self.packages.is_some(),
            installed: self.production.packages.values().map(|package| package.name.clone()).collect(),
        }
    }
}

impl ImageCheck<'_> {
    /// The file of the workspace that code means by a path, relative to the root.
    fn source_of(&self, user: &str, path: &str) -> Option<String> {
        forms(user, path)?.into_iter().find(|form| self.common.workspace.root.join(form).is_file())
    }

    /// What the build made and no output has.
    fn made(&self, findings: &[Finding]) -> BTreeMap<(String, String), String> {
        let own = |path: &str| match self.service.is_root() {
            true => Some(path.to_owned()),
            false => path.strip_prefix(self.service.as_str())?.strip_prefix('/').map(str::to_owned),
        };
        let of = |finding: &Finding| match finding {
            Finding::Path { path, user, .. } => {
                let found = forms(user, path)?.into_iter().find(|form| self.app.has_made(form))?;
                Some(((user.clone(), path.clone()), own(&found)?))
            }
            Finding::Source { path, .. } if self.app.has_made(path) => {
                Some(((String::new(), path.clone()), own(path)?))
            }
            _ => None,
        };
        findings.iter().filter_map(of).collect()
    }

    /// Files of the workspace that the findings are about, and that an ignore file keeps from builds; not what earlier builds left.
    fn excluded(&self, findings: &[Finding]) -> BTreeMap<(String, String), GitIgnored> {
        let root = &self.common.workspace.root;
        let places = |finding: &Finding| match finding {
            Finding::Path { path, user, .. } => Some(sources(&forms(user, path)?)),
            Finding::Source { path, .. } | Finding::Convention { path, .. } => Some(vec![path.clone()]),
            Finding::Argument { path, .. } | Finding::File { path, .. } if !path.starts_with('/') => {
                Some(with_ends(path).map(|path| self.service.path_of(&path)).to_vec())
            }
            _ => None,
        };
        let found = |finding: &Finding| {
            let places: Vec<String> = places(finding)?;
            let there = places.into_iter().filter(|path| !is_made(path));
            let mut there = there.filter(|path| root.join(path).exists());
            Some((finding.missed()?, there.find_map(|path| excluded(root, &path))?))
        };
        findings.iter().filter_map(found).collect()
    }

    /// The scripts that the build runs of each package.
    fn scripts(&self) -> Vec<String> {
        match self.script {
            Some(ScriptChoice::Named(name)) => vec![name.clone()],
            Some(ScriptChoice::Listed(names)) => names.clone(),
            Some(ScriptChoice::Command(_)) | None => Vec::new(),
        }
    }

    /// The service's scripts that make code, by their names, and that its build does not run. Where turbo.json is, it may run any.
    fn unrun(&self) -> Vec<String> {
        let Workspace { root, manifests, .. } = &self.common.workspace;
        let run = self.scripts();
        let Some(manifest) = manifests.get(self.service).filter(|_| !run.is_empty()) else {
            return Vec::new();
        };
        if root.join("turbo.json").exists() {
            return Vec::new();
        }
        let makes = |name: &str| name.split([':', '-', '_']).any(|part| GENERATES.contains(&part));
        let calls = |name: &str| {
            let around = run.iter().flat_map(|script| [script.clone(), format!("pre{script}")]);
            let mut texts = around.filter_map(|script| manifest.scripts.get(&script));
            run.iter().any(|script| script == name) || texts.any(|text| text.contains(name))
        };
        let names = manifest.scripts.keys().filter(|name| makes(name) && !calls(name));
        names.cloned().collect()
    }

    /// The outputs as they may be written down; those that nobody configured by what they hold.
    fn outputs(&self) -> Vec<String> {
        if let Some(outputs) = self.outputs {
            return outputs.to_vec();
        }
        let tops = self.app.programs.iter().filter_map(|path| path.split_once('/'));
        tops.map(|(top, _)| top.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// As the file has it.
fn written(files: &IncludedFiles) -> String {
    match &files.to {
        Some(to) => format!("{{ from = {:?}, to = {to:?} }}", files.from),
        None => format!("{:?}", files.from),
    }
}

/// The files that node may mean by a path.
fn with_ends(path: &str) -> [String; 4] {
    ["", ".js", ".cjs", ".mjs"].map(|end| format!("{path}{end}"))
}

/// The paths relative to the workspace's root that code may mean by one.
fn forms(user: &str, path: &str) -> Option<[String; 5]> {
    let folder = user.rsplit_once('/').map_or("", |(folder, _)| folder);
    let by_folder = path.starts_with("./") || path.starts_with("../");
    let meant = if by_folder { ImporterId::new(folder)?.join(path)? } else { ImporterId::new(path)? };
    Some(["", ".js", ".json", ".ts", "/index.js"].map(|end| format!("{meant}{end}")))
}

/// Folders that builds write.
const MADE: [&str; 4] = ["dist", "build", "out", "lib"];
/// Parts of names of scripts that make code.
const GENERATES: [&str; 5] = ["generate", "codegen", "gen", "generated", "typegen"];

/// These paths, and those of the sources that outputs are made of: of `a/dist/x.js`, `a/src/x.js` and `a/src/x.ts`.
fn sources(paths: &[String]) -> Vec<String> {
    let of = |path: &String| {
        let parts = MADE.iter().filter_map(|made| path.split_once(&format!("/{made}/")));
        let source = parts.min_by_key(|(before, _)| before.len()).map(|(a, b)| format!("{a}/src/{b}"));
        let typed = source.iter().filter_map(|path| Some(format!("{}.ts", path.strip_suffix(".js")?)));
        let typed: Vec<String> = typed.collect();
        [path.clone()].into_iter().chain(source).chain(typed)
    };
    paths.iter().flat_map(of).collect()
}

/// Whether a path lies in what builds leave by default.
fn is_made(path: &str) -> bool {
    path.split('/').any(|part| part == DEFAULT_OUTPUT)
}

/// Looks at what of the commands no build could change, before anything is installed.
///
/// # Errors
/// [`AppError::Unfit`].
pub(super) fn early(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    service: &ImporterId,
    account: &Account,
) -> Result<(), Error> {
    let Common { workspace, base, target, hidden, .. } = common;
    let env = variables(base, &image::env(settings, account));
    // Some file of the outputs, where none is named.
    let cmd = settings.container.cmd.clone().unwrap_or_else(|| vec!["node".to_owned(), ".".to_owned()]);
    let start: Vec<String> = image::entry_words(settings, base).into_iter().chain(cmd).collect();
    let health = settings.container.health.as_ref().map(|health| health.test.as_slice()).unwrap_or_default();
    let findings = EarlyCheck {
        store: &context.store,
        workspace,
        service,
        target,
        base: &tree(&base.rootfs, hidden),
        root: ROOT_IN_IMAGE,
        folder: &image::working_dir(service),
        env: &env,
        start: &start,
        health,
    }
    .findings();
    match findings.is_empty() {
        true => Ok(()),
        false => {
            let entrypoint = settings.container.entrypoint.clone().unwrap_or_default();
            let without_modules = settings.layers.modules.is_none();
            let origins = StartOrigins { entrypoint, without_modules, ..StartOrigins::default() };
            let (service, origins) = (service.clone(), Box::new(origins));
            Err(AppError::Unfit { service, findings, origins }.into())
        }
    }
}

/// Whether the base's node is one that the service and the workspace's root ask for.
///
/// # Errors
/// [`AppError::Engines`], unless that is configured to be a warning.
pub(super) fn engines(
    settings: &Settings,
    context: &Context<'_>,
    common: &Common,
    service: &ImporterId,
) -> Result<(), Error> {
    let unmet = unmet_engines(&common.workspace, service, common.base.rootfs.node.as_deref());
    match settings.build.engines {
        Engines::Error if !unmet.is_empty() => Err(AppError::Engines { unmet }.into()),
        Engines::Error => Ok(()),
        Engines::Ignore => {
            unmet.iter().for_each(|engine| context.terminal.warn(engine));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_an_output_are_looked_for_as_well() {
        let found = sources(&["a/dist/x.js".to_owned(), "a/dist/lib/y".to_owned(), "a/z".to_owned()]);
        let expected = ["a/dist/x.js", "a/src/x.js", "a/src/x.ts", "a/dist/lib/y", "a/src/lib/y", "a/z"];
        assert_eq!(found, expected);
        assert!(is_made("a/dist/x.js") && !is_made("a/src/build/x.js"));
    }
}
