//! Variables that a build inlines into its output, such as `NEXT_PUBLIC_API_URL`: a page built without one has
//! `undefined` permanently. In: the sources of a build and its variables. Out: the names without a value. It affects no
//! key.
//!
//! The search is for `process.env.NAME`, `import.meta.env.NAME` and the same with brackets, with the name prefixes that
//! Next, Vite, Create React App, Nuxt, Expo, Gatsby, Vue and Astro expose. A value can also be in a file that those
//! read (`.env`, `.env.production`), in their configuration, or before a script's command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::hash::HashedSource;
use crate::source_texts::SourceTexts;

/// The text before a name, and its prefix. `PUBLIC_` alone is also a prefix of servers, which read it at run time.
const PREFIXES: [(&str, &str); 9] = [
    ("process.env", "NEXT_PUBLIC_"),
    ("process.env", "REACT_APP_"),
    ("process.env", "EXPO_PUBLIC_"),
    ("process.env", "GATSBY_"),
    ("process.env", "VUE_APP_"),
    ("process.env", "NUXT_PUBLIC_"),
    ("import.meta.env", "VITE_"),
    ("import.meta.env", "PUBLIC_"),
    ("import.meta.env", "NUXT_PUBLIC_"),
];
const CODE: [&str; 10] = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".vue", ".svelte", ".astro"];
/// Configuration files of frameworks, which may set a variable themselves.
const CONFIGURATION: [&str; 5] =
    ["next.config.", "vite.config.", "nuxt.config.", "astro.config.", "app.config."];
/// Builds do not read the files for development and tests.
const VALUES: [&str; 4] = [".env", ".env.local", ".env.production", ".env.production.local"];
/// Packages that inline such values, by the prefixes. A bundler may do so for any prefix.
const WRITERS: [(&str, &[&str]); 8] = [
    ("NEXT_PUBLIC_", &["next"]),
    ("REACT_APP_", &["react-scripts", "@craco/craco", "react-app-rewired"]),
    ("EXPO_PUBLIC_", &["expo"]),
    ("GATSBY_", &["gatsby"]),
    ("VUE_APP_", &["@vue/cli-service"]),
    ("NUXT_PUBLIC_", &["nuxt", "nuxt3", "nuxt-nightly"]),
    ("VITE_", &[]),
    ("PUBLIC_", &["astro", "@sveltejs/kit"]),
];
const BUNDLERS: [&str; 14] = [
    "vite",
    "webpack",
    "rollup",
    "esbuild",
    "parcel",
    "tsup",
    "tsdown",
    "rolldown",
    "astro",
    "@rspack/core",
    "@rsbuild/core",
    "turbopack",
    "metro",
    "bun",
];

/// Each name without a value, with the first file that reads it. Unreadable files are reported by the build.
pub(crate) fn without_value(
    root: &Path,
    sources: &[HashedSource],
    values: &BTreeSet<&str>,
) -> BTreeMap<String, String> {
    let mut read: BTreeMap<String, String> = BTreeMap::new();
    let mut known: BTreeSet<String> = values.iter().map(|name| (*name).to_owned()).collect();
    let (mut texts, mut manifests) = (SourceTexts::new(root), String::new());
    for HashedSource { source, .. } in sources {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let sets = VALUES.contains(&name)
            || name == "package.json"
            || CONFIGURATION.iter().any(|it| name.starts_with(it));
        let reads = CODE.iter().any(|end| name.ends_with(end));
        let Some(text) = (sets || reads).then(|| texts.read(source)).flatten() else { continue };
        if sets {
            known.extend(set(&text));
        }
        if name == "package.json" {
            manifests.push_str(&text);
        }
        for name in names(&text).into_iter().filter(|_| reads) {
            read.entry(name.to_owned()).or_insert_with(|| source.path.clone());
        }
    }
    read.retain(|name, _| !known.contains(name) && is_written(name, &manifests));
    read
}

/// Whether a package or a script may inline the value into the output. A plain Node.js program reads it at run time.
fn is_written(name: &str, manifests: &str) -> bool {
    let writers = WRITERS.iter().find(|(prefix, _)| name.starts_with(prefix));
    let writers = writers.map(|(_, writers)| *writers).unwrap_or_default();
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_@/".contains(c);
    writers.iter().chain(&BUNDLERS).any(|writer| {
        manifests.match_indices(writer).any(|(at, _)| {
            let before = manifests.get(..at).and_then(|text| text.chars().next_back());
            let after = manifests.get(at + writer.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(letter) && !after.is_some_and(letter)
        })
    })
}

/// The names that a text reads.
fn names(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (object, prefix) in PREFIXES {
        for (at, _) in text.match_indices(prefix) {
            let (before, rest) = text.split_at(at);
            let accessed = [".", "?.", "['", "[\"", "?.['", "?.[\""];
            if accessed
                .iter()
                .any(|access| before.strip_suffix(access).is_some_and(|it| it.ends_with(object)))
            {
                found.insert(identifier(rest));
            }
        }
    }
    found
}

/// The names that a text sets: `NAME=`, `NAME:`, `"NAME":`.
fn set(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, prefix) in PREFIXES {
        for (at, _) in text.match_indices(prefix) {
            let whole = !text
                .get(..at)
                .unwrap_or_default()
                .ends_with(|it: char| it.is_ascii_alphanumeric() || it == '_');
            let rest = text.get(at..).unwrap_or_default();
            let name = identifier(rest);
            let after = rest.get(name.len()..).unwrap_or_default().trim_start_matches(['"', '\'', ' ']);
            if whole && after.starts_with(['=', ':']) && !after.starts_with("==") {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

fn identifier(text: &str) -> &str {
    let end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
