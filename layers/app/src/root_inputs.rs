//! The files of the workspace's root, outside packages, that a build reads. In: globs, and the needed packages with
//! their TypeScript configuration and scripts. Out: a yes or no for paths. docs/inputs.md has the rule.
//!
//! By default, configuration that builds read counts; configured globs replace it. Files that a needed package refers
//! to always count: through its tsconfig.json, and paths in its scripts (`node ../../tools/gen.mjs`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest, Workspace};
use globset::{GlobBuilder, GlobMatcher};

use crate::owner::{folders, names_package};
use crate::tsconfig::{TsConfigs, TsReferences, is_ts_config, join, literal};
use crate::{AppError, Patterns, Result};

/// Files that always count: those that define a workspace, and ignore files, which some tools read.
const ALWAYS: [&str; 3] = ["package.json", "pnpm-workspace.yaml", ".gitignore"];

/// Configuration that builds read. Only in the root itself, except for the named folders.
pub const DEFAULT_ROOT_INPUTS: &[&str] = &[
    "tsconfig*.json",
    "jsconfig*.json",
    "*.config.{js,cjs,mjs,jsx,ts,cts,mts,tsx,json}",
    "*.config.*.{js,cjs,mjs,ts,cts,mts}",
    ".babelrc*",
    ".swcrc*",
    ".postcssrc*",
    ".browserslistrc",
    ".eslintrc*",
    ".eslintignore",
    ".graphqlrc*",
    ".linguirc*",
    ".parcelrc",
    ".sassrc*",
    ".terserrc*",
    ".pnpmfile.{cjs,mjs}",
    "angular.json",
    "codegen.{json,yml,yaml,ts,js}",
    "gulpfile.*",
    "Gruntfile.*",
    "lerna.json",
    "Makefile",
    "nest-cli*.json",
    ".moon/**",
    "nx.json",
    ".nxignore",
    "project.json",
    "tslint.json",
    "turbo.{json,jsonc}",
    "workspace.json",
    "buf*.{yaml,yml,lock}",
    "Cargo.{toml,lock}",
    "rust-toolchain*",
    ".cargo/**",
    "prisma/**",
    "proto/**",
    "protos/**",
    "!{commitlint,cypress,jest,karma,lint-staged,playwright,prettier,release,renovate,semantic-release,stylelint,vitest,wdio}.config.*",
    "!{cypress,jest,playwright,vitest}.config",
];

/// The files of the root that count.
#[derive(Debug, Clone)]
pub(crate) struct RootInputs {
    patterns: Patterns,
    globs: Vec<Vec<PathPart>>,
    /// Files that needed packages refer to, by the packages' folders; those of the root's own configuration, by `.`.
    referred: BTreeMap<String, BTreeSet<String>>,
    all_referred: BTreeSet<String>,
    /// Files in which compilers keep state.
    pub build_info: BTreeSet<String>,
}

/// One part of a glob.
#[derive(Debug, Clone)]
pub(crate) enum PathPart {
    /// `**`
    Any,
    One(GlobMatcher),
}

impl RootInputs {
    /// The rules for these packages; `globs` replace the default.
    ///
    /// # Errors
    /// [`AppError::InputPattern`], [`AppError::InputPatternOut`].
    pub(crate) fn new(
        globs: Option<&[String]>,
        workspace: &Workspace,
        needed: &BTreeSet<ImporterId>,
    ) -> Result<RootInputs> {
        let default = || DEFAULT_ROOT_INPUTS.iter().map(|&text| text.to_owned()).collect();
        let packages = folders(workspace.manifests.keys());
        let of_root = |glob: &&String| !names_package(glob.trim_start_matches('!'), &packages);
        let texts: Vec<String> = globs.into_iter().flatten().filter(of_root).cloned().collect();
        // If all globs are for packages, the default stays.
        let replaced = !texts.is_empty() || globs.is_some_and(<[String]>::is_empty);
        let texts = if replaced { texts } else { default() };
        let patterns = patterns(&texts)?;
        let globs = patterns.texts().iter().filter_map(|text| parts(text)).collect();
        let mut inputs = RootInputs {
            patterns,
            globs,
            referred: BTreeMap::new(),
            all_referred: BTreeSet::new(),
            build_info: BTreeSet::new(),
        };
        let names = workspace.manifests.iter();
        let names =
            names.filter_map(|(folder, manifest)| Some((manifest.name.as_deref()?, folder))).collect();
        let configs = TsConfigs { root: &workspace.root, packages: &names };
        let root = ImporterId::root();
        for folder in needed.iter().chain([&root]).collect::<BTreeSet<_>>() {
            let manifest = workspace.manifests.get(folder);
            inputs.refer(folder, package_references(&configs, folder, manifest));
        }
        Ok(inputs)
    }

    fn refer(&mut self, folder: &ImporterId, found: TsReferences) {
        self.all_referred.extend(found.paths.iter().cloned());
        self.referred.insert(folder.as_str().to_owned(), found.paths);
        self.build_info.extend(found.build_info);
    }

    /// Adds files or folders that a package refers to in another way.
    pub(crate) fn also(&mut self, folder: &ImporterId, paths: impl Iterator<Item = String>) {
        for path in paths {
            self.all_referred.insert(path.clone());
            self.referred.entry(folder.as_str().to_owned()).or_default().insert(path);
        }
    }

    /// Whether a file of the root counts.
    pub(crate) fn admits(&self, path: &str) -> bool {
        self.configured(path) || is_below(&self.all_referred, path)
    }

    /// Whether a counting file counts for these packages.
    pub(crate) fn concerns(&self, path: &str, packages: &BTreeSet<String>) -> bool {
        self.configured(path)
            || !is_below(&self.all_referred, path)
            || self
                .referred
                .iter()
                .any(|(folder, paths)| (folder == "." || packages.contains(folder)) && is_below(paths, path))
    }

    pub(crate) fn configured(&self, path: &str) -> bool {
        ALWAYS.contains(&path) || self.patterns.names(path)
    }

    /// Whether this folder may contain a counting file, so that it must be searched.
    pub(crate) fn may_hold(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        is_below(&self.all_referred, folder)
            || self.all_referred.range(below.clone()..).next().is_some_and(|path| path.starts_with(&below))
            || self.globs.iter().any(|glob| may_match_below(glob, folder))
    }

    /// The globs that match some of these files.
    pub(crate) fn counting<'a>(&'a self, paths: impl Iterator<Item = &'a str>) -> Vec<String> {
        self.patterns.counting(paths)
    }
}

fn patterns(texts: &[String]) -> Result<Patterns> {
    Patterns::new(texts).map_err(|error| match error {
        AppError::Pattern { pattern, source } => AppError::InputPattern { pattern, source },
        AppError::PatternOut { pattern } => AppError::InputPatternOut { pattern },
        other => other,
    })
}

pub(crate) fn parts(glob: &str) -> Option<Vec<PathPart>> {
    // An alternation may contain a slash: then the parts are unknown.
    let whole =
        glob.split('{').skip(1).any(|group| group.split('}').next().is_some_and(|inner| inner.contains('/')));
    if whole {
        return Some(vec![PathPart::Any]);
    }
    let part = |text: &str| match text {
        "**" => Some(PathPart::Any),
        text => Some(PathPart::One(GlobBuilder::new(text).build().ok()?.compile_matcher())),
    };
    glob.trim_start_matches("./").trim_end_matches('/').split('/').map(part).collect()
}

pub(crate) fn may_match_below(glob: &[PathPart], folder: &str) -> bool {
    let mut glob = glob.iter();
    for name in folder.split('/') {
        match glob.next() {
            None | Some(PathPart::Any) => return true,
            Some(PathPart::One(part)) if part.is_match(name) => {}
            Some(PathPart::One(_)) => return false,
        }
    }
    true
}

/// Whether the path or one of its parents is in this set.
fn is_below(paths: &BTreeSet<String>, path: &str) -> bool {
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).chain([path]);
    above.any(|path| paths.contains(path))
}

/// The files that the configuration files in a package's folder and its scripts refer to.
fn package_references(
    configs: &TsConfigs<'_>,
    folder: &ImporterId,
    manifest: Option<&Manifest>,
) -> TsReferences {
    let place = |word: &str| join(folder.as_str(), word);
    // The root's own scripts do not run, unless the service is the root: there all of the root counts.
    let scripts =
        manifest.filter(|_| !folder.is_root()).into_iter().flat_map(|manifest| manifest.scripts.values());
    let words: Vec<&str> = scripts.flat_map(|script| words(script)).collect();
    let in_scripts = words.iter().filter(|word| word.ends_with(".json")).filter_map(|word| place(word));
    // The root's own counts for all packages.
    let above = configs.above(folder).filter(|path| path.contains('/'));
    let mut found = configs.follow(own_configs(configs, folder).chain(above.clone()).chain(in_scripts));
    found.paths.extend(above);
    found.paths.extend(outside(configs, folder, &words));
    let named = words
        .windows(2)
        .filter(|pair| pair.first().is_some_and(|flag| flag.eq_ignore_ascii_case("--tsBuildInfoFile")));
    found.build_info.extend(named.filter_map(|pair| place(pair.get(1)?)));
    found
}

/// Paths outside the package that a script names.
pub(crate) fn named_by_script(configs: &TsConfigs<'_>, folder: &ImporterId, script: &str) -> Vec<String> {
    outside(configs, folder, &words(script).collect::<Vec<_>>()).collect()
}

fn outside(configs: &TsConfigs<'_>, folder: &ImporterId, words: &[&str]) -> impl Iterator<Item = String> {
    let place = |word: &&str| join(folder.as_str(), literal(word));
    let outside = words.iter().filter(|word| word.contains("../")).filter_map(place);
    outside.filter_map(|path| configs.with_neighbours(&path))
}

/// The configuration files in a package's folder.
pub(crate) fn own_configs(configs: &TsConfigs<'_>, folder: &ImporterId) -> impl Iterator<Item = String> {
    files_of(&configs.root.join(folder.as_str())).filter_map(|name| join(folder.as_str(), &name))
}

/// The TypeScript configuration files in a folder.
fn files_of(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_ts_config(name))
}

/// The words of a command, and the parts of `--flag=word`.
fn words(command: &str) -> impl Iterator<Item = &str> {
    command
        .split(|letter: char| letter.is_whitespace() || "\"'`=;&|(),<>".contains(letter))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
