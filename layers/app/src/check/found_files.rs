//! Source files below a folder, by the ending of their names. In: the workspace, the requested pattern. Out: the
//! matching sources.

use std::path::Path;

use super::named::{is_source, source_of_output};

/// The most source files that are checked.
const MOST: usize = 20_000;
const DEEPEST: usize = 12;

/// The sources that match `FOLDER/**/*END`: the same pattern in the subfolder with the first match, or that file
/// itself. For a compiler's output folder, the missing file and its source.
pub(super) fn in_sources(root: &Path, pattern: &str) -> Option<(String, Option<String>)> {
    let (folder, end) = pattern.split_once("/**/*")?;
    if let Some(found) = first(root, folder, end) {
        let below = found.strip_prefix(folder)?.trim_start_matches('/');
        let path = match below.split_once('/') {
            Some((top, _)) => format!("{folder}/{top}/**/*{end}"),
            None => found,
        };
        return Some((path, None));
    }
    // The path where a compiler would have written the first source.
    let (package, made) = folder.rsplit_once('/')?;
    let from = format!("{package}/src");
    let found = ["dist", "build", "out", "lib"].contains(&made).then(|| first(root, &from, end)).flatten()?;
    let output = format!("{folder}{}", found.strip_prefix(&from)?);
    let source = source_of_output(root, &output)?;
    Some((output, Some(source)))
}

/// The first file below a source folder with this ending, relative to the root.
fn first(root: &Path, folder: &str, end: &str) -> Option<String> {
    let (mut waiting, mut seen) = (vec![(folder.to_owned(), 0)], 0);
    while let Some((folder, depth)) = waiting.pop() {
        let mut entries: Vec<_> = fs_err::read_dir(root.join(&folder)).ok()?.flatten().collect();
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            seen += 1;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_file() && name.ends_with(end) && is_source(root, &path) {
                return Some(path);
            }
            if kind.is_dir() && depth < DEEPEST && !name.starts_with('.') && is_source(root, &path) {
                waiting.push((path, depth + 1));
            }
        }
        if seen > MOST {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_sources_have_what_fits() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["a/src/x/q.graphql", "b/schema.graphql", "b/node_modules/m/n.gql"] {
            let path = dir.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "x").unwrap();
        }
        let found = |pattern: &str| in_sources(dir.path(), pattern);
        assert_eq!(found("a/**/*.graphql"), Some(("a/src/**/*.graphql".to_owned(), None)));
        assert_eq!(found("b/**/*.graphql"), Some(("b/schema.graphql".to_owned(), None)));
        assert_eq!(found("b/**/*.gql"), None);
        let output = Some(("a/dist/x/q.graphql".to_owned(), Some("a/src/x/q.graphql".to_owned())));
        assert_eq!(found("a/dist/**/*.graphql"), output);
    }
}
