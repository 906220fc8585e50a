//! Words for a program that was not found: which of the outputs it may be, or why the outputs do not have it.

use fourply_app::DEFAULT_OUTPUT;
use fourply_pnpm::ImporterId;

use super::service_key::{section, toml_key};

/// How many files a hint names.
const SHOWN: usize = 6;
/// The usual names of programs that start a service.
const USUAL: [&str; 6] = ["main", "server", "index", "app", "start", "worker"];

/// Which of the outputs to start with `key`: where one alone has the name of a file that was looked for, the line that names it.
pub(super) fn entry(service: &ImporterId, key: &str, looked_for: &[String], found: &[String]) -> String {
    let section = section(service);
    let alike = alike(looked_for, found);
    if let [path] = alike.as_slice() {
        if path.ends_with(".ts") || path.ends_with(".mts") {
            return format!(
                "the outputs have {path}: name it in fourply.toml, {section} {key} = [\"node\", {path:?}] for node 22.18 or later, or \
                 [\"node\", \"--import\", \"tsx\", {path:?}] with tsx among \"dependencies\""
            );
        }
        if looked_for.iter().any(|sought| folder(sought) == folder(path)) {
            return format!(
                "the build makes {path}: name that file in package.json, or in fourply.toml, {section} {key} = [\"node\", {path:?}]"
            );
        }
        return format!(
            "the outputs have {path}, where a compiler puts it that reads sources of other folders as well (TypeScript's rootDir): if it is the one, \
             name it in fourply.toml, {section} {key} = [\"node\", {path:?}]"
        );
    }
    if let Some(recipe) = framework(&section, found).filter(|_| alike.is_empty() && key == "cmd") {
        return recipe;
    }
    let others = found.iter().filter(|path| !alike.contains(path));
    let mut sorted: Vec<&String> = alike.iter().copied().chain(others).collect();
    sorted.sort_by_key(|path| (!alike.contains(path), rank(path)));
    format!("the outputs have {}: name the right one in {section} {key}", shown(&sorted))
}

/// Where a framework's output is elsewhere.
pub(super) fn of_framework(service: &str) -> String {
    format!(
        "correct that, or name what the image gets and starts: [services.{}] output = [\"FOLDER\"], cmd = [\"node\", \"FOLDER/FILE\"]",
        toml_key(service)
    )
}

/// A file that the workspace has and no output.
/// `files` are those that are taken along already.
pub(super) fn from_sources(service: &ImporterId, path: &str, files: &[String]) -> String {
    let path = path.trim_start_matches("./");
    let top = taken(service, path);
    let section = section(service);
    if top == DEFAULT_OUTPUT {
        return format!(
            "{path} lies in the workspace, of an earlier build or committed, and what lies in {top} is taken for an output that the build has to make: let it make the file; or, if \
             what is there is to stay, say so with {section} output = [{top:?}]"
        );
    }
    format!(
        "{path} is in the sources of {service}, and in no output: let it go along with {section} files = [{}], or name it in output",
        with(files, format!("{top:?}"))
    )
}

/// The items of a list with one more.
pub(super) fn with(items: &[String], more: String) -> String {
    let others = items.iter().filter(|item| **item != more).cloned();
    others.chain([more.clone()]).collect::<Vec<_>>().join(", ")
}

/// What takes a file of the sources along: its folder, most often.
fn taken(service: &ImporterId, path: &str) -> String {
    match path.starts_with("../") {
        // Of another folder of the workspace, as files name it.
        true => service.join(path).map_or_else(|| path.to_owned(), |path| format!("/{path}")),
        // All sources are too much for one file of theirs; but a program loads others.
        false if in_code(path) && !is_code(path) => path.to_owned(),
        false => path.split('/').next().unwrap_or(path).to_owned(),
    }
}

/// Whether a path is in a folder of code.
fn in_code(path: &str) -> bool {
    ["src/", "lib/", "app/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether a file is code, by its name.
fn is_code(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx"].contains(&ending)
}

/// What starts the outputs of a framework.
fn framework(section: &str, found: &[String]) -> Option<String> {
    const STANDALONE: &str = ".next/standalone/";
    let server = |path: &&String| {
        let inside = path.strip_prefix(STANDALONE).unwrap_or_default();
        let deeper = ["node_modules/", ".next/"].iter().any(|folder| inside.contains(folder));
        (inside == "server.js" || inside.ends_with("/server.js")) && !deeper
    };
    if let Some(path) = found.iter().find(server) {
        return Some(format!(
            "the outputs have the server of Next.js: {section} cmd = [\"node\", {path:?}]; docs/services.md says which files it needs beside it"
        ));
    }
    if found.iter().any(|path| path.starts_with(".next/")) {
        return Some(format!(
            "Next.js is started by its own program: {section} cmd = [\"node\", \"node_modules/next/dist/bin/next\", \"start\"]; with output: \
             \"standalone\" in its configuration there is a smaller server: docs/services.md"
        ));
    }
    let nitro = found.iter().find(|path| *path == ".output/server/index.mjs")?;
    Some(format!("the outputs have the server of Nitro: {section} cmd = [\"node\", {nitro:?}]"))
}

/// What may be a program comes before what a bundler cut it into.
fn rank(path: &str) -> (bool, bool, usize) {
    let parts = ["node_modules/", "chunks/", "chunk-"].iter().any(|part| path.contains(part));
    (parts, !USUAL.contains(&stem(path)), path.matches('/').count())
}

fn folder(path: &str) -> &str {
    path.trim_start_matches("./").rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn stem(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.rsplit_once('.').map_or(last, |(stem, _)| stem)
}

fn shown(paths: &[&String]) -> String {
    let text = paths.iter().take(SHOWN).map(|path| path.as_str()).collect::<Vec<_>>().join(", ");
    match paths.len().checked_sub(SHOWN) {
        None | Some(0) => text,
        Some(more) => format!("{text} and {more} more"),
    }
}

/// The files that are named as one that was looked for: a compiler that also reads sources of other folders puts its outputs deeper, as
/// TypeScript does where `rootDir` is not set.
fn alike<'f>(looked_for: &[String], found: &'f [String]) -> Vec<&'f String> {
    let names: Vec<&str> = looked_for.iter().map(|path| stem(path)).collect();
    let whole = |path: &str| rank(path).0;
    found.iter().filter(|path| names.contains(&stem(path)) && !whole(path)).collect()
}
