//! Rules on files and folders, tests included.
//!
//! In: the workspace's root. Out: [`Finding`]s: folders that tools take for generated code, long files, and modules that
//! `#[path]` takes from elsewhere.

use std::collections::BTreeSet;
use std::io::Result;
use std::path::Path;

use super::words::Finding;

/// Names that code hosts and tools take for generated or foreign code.
const GENERATED: [&str; 5] = ["build", "dist", "target", "vendor", "out"];
/// The highest number of lines of a file.
const LONG: usize = 400;

/// What `root` has of Rust files in `folders`.
pub(super) fn findings(root: &Path, folders: &[&str]) -> Result<Vec<Finding>> {
    let mut files = Vec::new();
    for folder in folders {
        add_files(root, folder, &mut files)?;
    }
    let named = files.iter().flat_map(|(path, _)| generated(path)).collect::<BTreeSet<_>>();
    let named = named.into_iter().map(|subject| Finding {
        rule: "folder-name",
        subject,
        detail: "taken for generated".into(),
    });
    Ok(named.chain(files.iter().flat_map(|(path, text)| in_file(path, text))).collect())
}

/// Rules on one file of any kind.
pub(super) fn in_file(path: &str, text: &str) -> Vec<Finding> {
    let lines = text.lines().count();
    let long = (lines > LONG).then(|| Finding {
        rule: "long-file",
        subject: path.into(),
        detail: format!("{lines} lines"),
    });
    let taken = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[path"));
    let taken = taken.map(|(index, line)| Finding {
        rule: "path-attribute",
        subject: path.to_owned(),
        detail: format!("line {}: {}", index + 1, line.trim()),
    });
    long.into_iter().chain(taken).collect()
}

/// The folders on the way to a file that have such a name.
pub(super) fn generated(path: &str) -> Vec<String> {
    let folders: Vec<&str> = path.split('/').collect();
    let named = (0..folders.len().saturating_sub(1)).filter(|index| GENERATED.contains(&folders[*index]));
    named.map(|index| folders[..=index].join("/")).collect()
}

fn add_files(root: &Path, folder: &str, files: &mut Vec<(String, String)>) -> Result<()> {
    if !root.join(folder).is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let built = root.join(&path).join("CACHEDIR.TAG").exists();
            if !built && !path.ends_with("/node_modules") {
                add_files(root, &path, files)?;
            }
        } else if path.ends_with(".rs") {
            files.push((path.clone(), std::fs::read_to_string(root.join(&path))?));
        }
    }
    Ok(())
}
