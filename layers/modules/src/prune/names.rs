//! What a file's name shows about it.

use fourply_store::Pack;

/// Extensions that node loads: directly, with `require`, or as WebAssembly bytes.
const LOADABLE: [&str; 8] = ["js", "cjs", "mjs", "json", "node", "wasm", "ts", "mts"];

/// Prefixes of names, ignoring case, of files that must accompany the code.
const LEGAL: [&str; 11] = [
    "license",
    "licence",
    "unlicense",
    "unlicence",
    "copying",
    "copyright",
    "notice",
    "patents",
    "authors",
    "contributors",
    "third-party",
];

/// Folders whose files are copied without being named individually.
const TEMPLATES: [&str; 6] = ["template", "templates", "files", "schematics", "skeleton", "boilerplate"];

pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folders above, outermost first.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter(|name| !name.is_empty())
}

/// The part after the last dot, in lower case; `None` for a name without a dot or that starts with its only dot.
pub(super) fn extension(path: &str) -> Option<String> {
    let (stem, extension) = base(path).rsplit_once('.')?;
    (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// A type declaration. Its last extension alone would count as code.
pub(super) fn is_declaration(path: &str) -> bool {
    let name = base(path);
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| name.ends_with(end) && name.len() > end.len())
}

/// Whether node would run or parse it if required by path. A name without an extension counts as JavaScript.
pub(super) fn is_loadable(path: &str) -> bool {
    if is_declaration(path) {
        return false;
    }
    match extension(path) {
        Some(extension) => LOADABLE.contains(&extension.as_str()),
        None => !base(path).starts_with('.') && !is_document_name(path),
    }
}

/// `README`, `CHANGELOG` and similar names without an extension, which no code has.
fn is_document_name(path: &str) -> bool {
    let name = base(path);
    DOCUMENTS.iter().any(|document| name.eq_ignore_ascii_case(document))
}

/// Names of documents, without an extension.
pub(super) const DOCUMENTS: [&str; 14] = [
    "readme",
    "changelog",
    "changes",
    "history",
    "contributing",
    "upgrading",
    "upgrade",
    "migration",
    "security",
    "code_of_conduct",
    "governance",
    "releases",
    "release-notes",
    "todo",
];

/// Whether no rule and no glob may remove it.
pub(super) fn always_stays(path: &str) -> bool {
    base(path) == "package.json" || is_legal(path)
}

/// A licence, or a file that licences require.
pub(super) fn is_legal(path: &str) -> bool {
    let name = base(path).to_ascii_lowercase();
    let legal = |name: &str| {
        LEGAL.iter().any(|start| name.starts_with(start))
            || name.contains("license")
            || name.contains("licence")
    };
    // `license.d.ts` or `notice.js` is code about licences.
    !is_declaration(path) && !is_code(&name) && legal(&name)
        || folders(path)
            .any(|folder| ["licenses", "licences"].contains(&folder.to_ascii_lowercase().as_str()))
}

fn is_code(name: &str) -> bool {
    let ends = [".js", ".cjs", ".mjs", ".ts", ".map", ".flow", ".json"];
    ends.iter().any(|end| name.ends_with(end))
}

pub(super) fn is_readme(path: &str) -> bool {
    let name = base(path).to_ascii_lowercase();
    !path.contains('/') && (name == "readme" || name.starts_with("readme."))
}

/// Whether a text has the word "license", for packages whose README contains their licence.
pub(super) fn speaks_of_licence(pack: &Pack, path: &str) -> bool {
    let Some(entry) = pack.find(path) else { return false };
    // An unreadable file may contain it.
    let Ok(bytes) = pack.bytes(entry) else { return true };
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    text.contains("license") || text.contains("licence")
}

pub(super) fn in_templates(path: &str) -> bool {
    folders(path).any(|folder| TEMPLATES.contains(&folder))
}
