//! Modules that were not found: aliases of TypeScript's, and types that a compiler needs while the program runs. In: the name, the output, the
//! service's tsconfig.json.

use fourply_smoke::Verdict;

use super::files::Started;

/// The configurations of compilers that give aliases, in the service's folder and the workspace's root.
const CONFIGURATIONS: [&str; 4] =
    ["tsconfig.json", "tsconfig.base.json", "tsconfig.build.json", "tsconfig.app.json"];

/// Whether a configuration of a compiler has `paths` for a name.
pub(super) fn is_alias(started: Option<Started<'_>>, name: &str) -> bool {
    let Some(started) = started else { return false };
    let folders = [started.root.join(started.service), started.root.to_path_buf()];
    let files = folders.iter().flat_map(|folder| CONFIGURATIONS.map(|file| folder.join(file)));
    let above = name.match_indices('/').filter_map(|(at, _)| name.get(..=at));
    let keys: Vec<String> = above.map(|part| format!("\"{part}*\"")).chain([format!("\"{name}\"")]).collect();
    let mut texts =
        files.filter_map(|file| fourply_store::read_text(&file, fourply_store::InputKind::TsConfig).ok());
    texts.any(|text| text.contains("\"paths\"") && keys.iter().any(|key| text.contains(key)))
}

pub(super) fn alias(name: &str) -> String {
    format!(
        "{name} is an alias of tsconfig.json, which tsc leaves as it is: let the build run tsc-alias after tsc, or take a bundler"
    )
}

/// A compiler that runs with the program does not find the types of node.
pub(super) fn without_types(verdict: &Verdict, name: &str) -> String {
    match verdict.output.iter().any(|line| line.contains("TS2307") || line.contains("type declarations")) {
        true => "a compiler that runs with the program asks for types, which images leave out: keep them, [prune] keep = [\"@types/**\"]; or let the build compile the program".to_owned(),
        false => format!("take a base whose node has {name}"),
    }
}
