//! Paths → candidates for removal, by name only. Other modules decide whether they may go.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{DOCUMENTS, base, extension, folders, is_declaration};
use super::rule::PruneRule;
use fourply_platform::Libc;
use fourply_pnpm::Target;

const DOC_FOLDERS: [&str; 5] = ["doc", "docs", "example", "examples", ".github"];
const TEST_FOLDERS: [&str; 2] = ["test", "tests"];
const TEST_FOLDERS_ANYWHERE: [&str; 3] = ["__tests__", "__mocks__", "__snapshots__"];
const MARKDOWN: [&str; 3] = ["md", "markdown", "mkd"];
const PLAIN: [&str; 4] = ["txt", "rst", "adoc", "html"];

/// The files that rules match, each with the first matching rule.
pub(super) fn candidates<'a>(
    files: &[&'a str],
    rules: &BTreeSet<PruneRule>,
    target: &Target,
) -> BTreeMap<&'a str, PruneRule> {
    let there: BTreeSet<&str> = files.iter().copied().collect();
    let taken = |path: &str, rule: PruneRule| match rule {
        PruneRule::Docs => is_document(path),
        PruneRule::SourceMaps => is_source_map(path, &there),
        PruneRule::Types => is_types(path),
        PruneRule::Tests => test_folder(path).is_some(),
        PruneRule::Prebuilds => is_foreign(path, target),
        PruneRule::Objects => is_object(path, &there),
        PruneRule::Drop => false,
    };
    // A package inside the package has its own rules, which are unknown here.
    let own = files.iter().filter(|path| folders(path).all(|folder| folder != "node_modules"));
    own.filter_map(|path| Some((*path, rules.iter().copied().find(|rule| taken(path, *rule))?))).collect()
}

fn is_document(path: &str) -> bool {
    if doc_folder(path).is_some() {
        return true;
    }
    if path.contains('/') {
        return false;
    }
    let extension = extension(path);
    if extension.as_deref().is_some_and(|extension| MARKDOWN.contains(&extension)) {
        return true;
    }
    let plain = extension.as_deref().is_none_or(|extension| PLAIN.contains(&extension));
    let stem = path.split('.').next().unwrap_or(path).to_ascii_lowercase();
    plain && DOCUMENTS.contains(&stem.as_str())
}

/// The folder of documents at the package's top level that contains the file.
pub(super) fn doc_folder(path: &str) -> Option<&str> {
    folders(path).next().filter(|folder| DOC_FOLDERS.contains(folder))
}

/// The folder of tests that contains the file.
pub(super) fn test_folder(path: &str) -> Option<&str> {
    let top = folders(path).next().filter(|folder| TEST_FOLDERS.contains(folder));
    top.or_else(|| folders(path).find(|folder| TEST_FOLDERS_ANYWHERE.contains(folder)))
}

/// The folder of documents or tests that contains the file, as a path in the package.
pub(super) fn folder(path: &str) -> Option<&str> {
    let name = doc_folder(path).or_else(|| test_folder(path))?;
    let mut components = path.split('/').scan(0, |end, component| {
        *end += component.len() + 1;
        Some((component, *end - 1))
    });
    let (_, end) = components.find(|(component, _)| *component == name)?;
    path.get(..end)
}

fn is_source_map(path: &str, there: &BTreeSet<&str>) -> bool {
    let Some(mapped) = path.strip_suffix(".map") else { return false };
    let kinds = [".js", ".cjs", ".mjs", ".css", ".ts", ".mts", ".cts"];
    there.contains(mapped) && kinds.iter().any(|end| mapped.ends_with(end))
}

fn is_types(path: &str) -> bool {
    is_declaration(path) || base(path).ends_with(".js.flow") || base(path).ends_with(".tsbuildinfo")
}

/// Source: the names of prebuildify and node-gyp-build: `prebuilds/PLATFORM-ARCH[+ARCH]/NAME[.TAG…].node`, where the
/// tags `glibc` and `musl` name the C library.
fn is_foreign(path: &str, target: &Target) -> bool {
    let mut parts = path.split('/');
    let (Some("prebuilds"), Some(machine), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some((os, cpus)) = machine.split_once('-') else { return false };
    // Other names follow another convention.
    if !["android", "darwin", "freebsd", "ios", "linux", "openbsd", "sunos", "win32"].contains(&os) {
        return false;
    }
    if os != target.os || !cpus.split('+').any(|cpu| cpu == target.cpu) {
        return true;
    }
    let other = if target.libc == Libc::Musl { "glibc" } else { "musl" };
    base(path).ends_with(".node") && base(path).split('.').any(|tag| tag == other)
}

/// Folders with the linker inputs of node-gyp's Makefiles and of CMake.
const WORK_FOLDERS: [&str; 4] = ["obj", "obj.target", ".deps", "CMakeFiles"];

/// Leftovers of a native build other than its results. Source: node-gyp, gyp/pylib/gyp/generator/make.py (`obj`,
/// `obj.target`, `.deps`).
fn is_object(path: &str, there: &BTreeSet<&str>) -> bool {
    let Some(rest) = path.strip_prefix("build/").or_else(|| Some(path.split_once("/build/")?.1)) else {
        return false;
    };
    let kind = extension(path);
    if ["Release/", "Debug/"].iter().any(|folder| rest.starts_with(folder))
        && matches!(kind.as_deref(), Some("o" | "a"))
    {
        return true;
    }
    let parts: Vec<&str> = rest.split('/').collect();
    let Some(at) = parts.iter().position(|part| WORK_FOLDERS.contains(part)) else { return false };
    match kind.as_deref() {
        // A module is linked there, and copied to where programs load it.
        Some("node") => {
            let above = path.strip_suffix(rest).unwrap_or_default();
            let before = parts.iter().take(at).map(|part| format!("{part}/")).collect::<String>();
            there.contains(format!("{above}{before}{}", base(path)).as_str())
        }
        Some("js" | "cjs" | "mjs" | "json" | "wasm" | "ts" | "mts") => false,
        _ => true,
    }
}
