//! Packages of an image without the lockfile's node_modules: outputs must include the packages that they load. In: the
//! names of the service's dependencies, the outputs' code. Out: findings for names that cannot be resolved.
//!
//! Packages for code that the program may load must exist. For other files there is only a warning, because they may
//! never be loaded.

use std::collections::BTreeSet;
use std::sync::Arc;

use fourply_store::{Pack, PackKind};

use super::loads::mentioned;
use super::packages::{is_code, mentions};
use super::tree::{ImageTree, LARGEST_TEXT};
use crate::finding::Finding;

/// The missing packages of the outputs' code, each once; `reached` are the absolute paths of the files that the program
/// reaches.
pub(super) fn missing(
    tree: &ImageTree<'_>,
    outputs: &Arc<Pack>,
    names: &[String],
    reached: &BTreeSet<String>,
) -> Vec<Finding> {
    let files = outputs.entries().iter().filter(|entry| matches!(entry.kind, PackKind::File { .. }));
    // Packages within outputs were included by a tool that knows their needs.
    let code = files.filter(|entry| is_code(&entry.path) && !entry.path.contains("node_modules/"));
    let code = code.filter(|entry| entry.size() <= LARGEST_TEXT);
    let mut findings: Vec<Finding> = Vec::new();
    for entry in code {
        let path = format!("{}/{}", tree.root, entry.path);
        let starts = reached.contains(&path);
        let sought = |name: &&String| starts || !findings.iter().any(|finding| names_it(finding, name));
        let absent: Vec<&String> =
            names.iter().filter(sought).filter(|name| !is_there(tree, &path, name)).collect();
        let Some(text) = (!absent.is_empty()).then(|| outputs.bytes(entry).ok()).flatten() else { continue };
        let renamed = mentioned(&text);
        let is_renamed = |name: &str| {
            renamed.iter().any(|other| {
                other.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let loaded = absent.into_iter().filter(|name| {
            loads(&text, name, &entry.path) || is_renamed(name) && !entry.path.ends_with("ts")
        });
        let loaded: Vec<String> = loaded.cloned().collect();
        for name in loaded {
            findings.retain(|finding| !names_it(finding, &name));
            findings.push(Finding::LeftOut { name, user: entry.path.clone(), starts });
        }
    }
    findings
}

fn names_it(finding: &Finding, sought: &str) -> bool {
    matches!(finding, Finding::LeftOut { name, .. } if name == sought)
}

/// Whether a node_modules folder above a file has the package.
fn is_there(tree: &ImageTree<'_>, file: &str, name: &str) -> bool {
    let above = file.match_indices('/').filter_map(|(at, _)| file.get(..at));
    above.into_iter().any(|folder| tree.find(&format!("{folder}/node_modules/{name}")).is_some())
}

/// Whether code loads the package or a file in it. The name alone is not enough: code for browsers has it too.
fn loads(text: &[u8], name: &str, path: &str) -> bool {
    let words = ["require(", "import(", "import ", "import", "from ", "from"];
    let forms = words.into_iter().flat_map(|word| {
        let ends =
            move |quote: char| [format!("{word}{quote}{name}{quote}"), format!("{word}{quote}{name}/")];
        ['"', '\'', '`'].into_iter().flat_map(ends)
    });
    forms.into_iter().any(|needle| mentions(text, needle.as_bytes(), path.ends_with("ts")))
}

#[cfg(test)]
mod tests;
