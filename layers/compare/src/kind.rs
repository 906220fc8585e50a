//! The purpose of a workspace file. In: its path in the workspace, facts about the workspace. Out: a kind. Names decide
//! which files only compilers and developers read.

use serde::Serialize;

use crate::installed::{Installed, in_modules, installed};
use crate::known::Known;

/// The purpose of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Of a package that the service needs to run, or of the workspace and none of the other kinds.
    Needed,
    /// Of a package that is only needed for development.
    Development,
    /// Source, test, documentation, or tool configuration.
    Sources,
    /// Of a package that the service needs, but left out of the new image: types, maps, documentation.
    LeftOut,
    /// Of other services, or of packages outside the lockfile.
    Other,
    /// Outside the workspace.
    System,
}

impl FileKind {
    /// The kind of a workspace path. `compiled` says whether the service runs compiled code; otherwise TypeScript is
    /// needed.
    pub(crate) fn of(path: &str, known: &Known, compiled: bool) -> FileKind {
        match installed(path) {
            Some(package) => of_package(&package, known, compiled),
            None if in_modules(path) => FileKind::Other,
            None => of_workspace(path, known, compiled),
        }
    }
}

fn of_package(package: &Installed<'_>, known: &Known, compiled: bool) -> FileKind {
    let Installed { name, version, rest } = *package;
    if let Some(folder) = known.packages.get(name) {
        return match known.needed.contains(folder) {
            true => of_workspace(&crate::known::join(folder, rest), known, compiled),
            false => FileKind::Other,
        };
    }
    match () {
        () if Known::has(&known.production, name, version) => FileKind::Needed,
        () if Known::has(&known.development, name, version) => FileKind::Development,
        () => FileKind::Other,
    }
}

fn of_workspace(path: &str, known: &Known, compiled: bool) -> FileKind {
    let owner = known.owner(path);
    if owner != "." && !known.needed.contains(owner) {
        return FileKind::Other;
    }
    let inside = Known::within(owner, path);
    match is_source(inside, owner == "." && known.service != ".", compiled) {
        true => FileKind::Sources,
        false => FileKind::Needed,
    }
}

/// Folders without anything that runs in production.
const FOLDERS: [&str; 16] = [
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "spec",
    "e2e",
    "cypress",
    "coverage",
    "doc",
    "docs",
    "stories",
    "benchmark",
    "benchmarks",
    "examples",
];

/// Folders with a leading dot that contain build output.
pub(crate) const BUILT: [&str; 6] = [".next", ".output", ".nuxt", ".svelte-kit", ".vinxi", ".well-known"];

/// Files that configure tools.
const TOOLS: [&str; 22] = [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package-lock.json",
    "yarn.lock",
    "bun.lockb",
    "bun.lock",
    "nest-cli.json",
    "turbo.json",
    "nx.json",
    "project.json",
    "lerna.json",
    "rush.json",
    "biome.json",
    "biome.jsonc",
    "renovate.json",
    "components.json",
    "Makefile",
    "Jenkinsfile",
    "Procfile",
    "vercel.json",
    "jsconfig.json",
    "tslint.json",
];

const ENDINGS: [&str; 11] = [
    ".md",
    ".mdx",
    ".map",
    ".tsbuildinfo",
    ".snap",
    ".d.ts",
    ".d.mts",
    ".d.cts",
    ".log",
    ".sh",
    ".code-workspace",
];

const TYPESCRIPT: [&str; 7] = [".ts", ".tsx", ".mts", ".cts", ".jsx", ".vue", ".svelte"];

/// Whether a file of this name configures package managers, compilers and the like.
pub(crate) fn configures(name: &str) -> bool {
    TOOLS.contains(&name) || is_tsconfig(&name.to_ascii_lowercase())
}

fn is_tsconfig(lower: &str) -> bool {
    lower.starts_with("tsconfig") && lower.ends_with(".json")
}

/// Whether TypeScript runners read it: `tsconfig.json` and the files that it extends. Those of builds and tests have
/// names of their own.
fn is_read_where_it_runs(lower: &str) -> bool {
    let other = |part: &str| matches!(part, "build" | "test" | "tests" | "spec" | "e2e" | "eslint" | "lint");
    is_tsconfig(lower) && !lower.split('.').any(other)
}

/// `inside` is the path in its package; `root` says that only the root package contains it.
fn is_source(inside: &str, root: bool, compiled: bool) -> bool {
    let name = inside.rsplit('/').next().unwrap_or(inside);
    let lower = name.to_ascii_lowercase();
    let mut parts = inside.split('/');
    let first = parts.clone().next().unwrap_or_default();
    let hidden = |part: &str| part.starts_with('.') && !BUILT.contains(&part);
    let of_folder = parts.any(|part| hidden(part) || FOLDERS.contains(&part));
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let configured = configures(name) && (compiled || !is_read_where_it_runs(&lower))
        || lower.starts_with("fourply.")
        || [".config.js", ".config.cjs", ".config.mjs", ".config.ts", ".config.mts", ".config.cts"]
            .iter()
            .any(|ending| lower.ends_with(ending))
        || [
            "dockerfile",
            "containerfile",
            "docker-compose",
            "compose.y",
            "license",
            "licence",
            "changelog",
            "readme",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
        || lower.ends_with(".dockerfile")
        || lower.ends_with("-entrypoint.sh");
    let tested =
        [".test.", ".spec.", ".e2e-spec.", ".stories.", ".bench."].iter().any(|part| lower.contains(part));
    let typescript = ends(&TYPESCRIPT) || (first == "src" && inside.contains('/'));
    of_folder
        || configured
        || tested
        || ends(&ENDINGS)
        || (compiled && typescript)
        || (root && inside == "package.json")
}

#[cfg(test)]
mod tests;
