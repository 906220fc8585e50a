//! The commands that a package offers. In: its package.json and its files. Out: [`PackageBins`]. It knows nothing of
//! the layout's directories.
//!
//! The rules decide which names and paths are accepted. Whatever a version of pnpm does, a name must be one path
//! component, and a path must stay inside the package.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::runtime::{MAX_LINE, Runtime, by_extension, runtime};
use crate::layout::paths::join_inside;
use crate::rules::{BinDirectory, BinName, BinPath, CommandRules};

/// The commands of one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageBins {
    /// `name` of its package.json; it decides conflicts.
    pub(crate) name: String,
    /// `version` of its package.json; it decides conflicts.
    pub(crate) version: String,
    /// Not sorted: the order of package.json.
    pub(crate) commands: Vec<BinCommand>,
}

impl PackageBins {
    /// How many commands the package offers.
    pub fn count(&self) -> usize {
        self.commands.len()
    }

    /// The same commands, with the file details of `other`.
    pub(super) fn with_targets_of(&self, other: &PackageBins) -> PackageBins {
        let place = |command: &BinCommand| (command.name.clone(), command.path.clone());
        // Of two with one name and path, the first counts.
        let others: BTreeMap<_, _> = other.commands.iter().rev().map(|one| (place(one), one)).collect();
        let mut bins = self.clone();
        for command in &mut bins.commands {
            if let Some(same) = others.get(&place(command)) {
                *command = (*same).clone();
            }
        }
        bins
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BinCommand {
    /// One path component.
    pub(crate) name: String,
    /// The file, relative to the package.
    pub(crate) path: String,
    pub(crate) target: Target,
    /// How to run it.
    pub(crate) runtime: Runtime,
}

/// The file type behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Missing,
    /// A directory. No version of pnpm links it.
    Directory,
    File {
        /// The first line is a shebang that ends with CR LF. Kernels reject it.
        carriage_return: bool,
        /// The file has an executable bit.
        executable: bool,
    },
}

/// The files of a package, whether on disk or in an archive.
pub trait PackageFiles {
    /// The first `most` bytes of a regular file and whether it is executable.
    fn read(&self, path: &str, most: usize) -> Option<(Vec<u8>, bool)>;
    /// Whether `path` is a directory.
    fn is_directory(&self, path: &str) -> bool;
    /// All regular files below `directory`, as paths relative to the package, sorted.
    fn below(&self, directory: &str) -> Vec<String>;
}

/// The commands that this package.json offers. Without a `name`, the package takes part in conflicts under the empty
/// name.
pub fn package_bins(manifest: &Value, files: &dyn PackageFiles, rules: &CommandRules) -> PackageBins {
    let text = |field: &str| manifest.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("name");
    let commands = named(manifest, &name, rules)
        .into_iter()
        .map(|(name, path)| command(name, path, files, rules))
        .collect();
    let commands = if has_bin_field(manifest) { commands } else { of_directory(manifest, files, rules) };
    PackageBins { name, version: text("version"), commands }
}

/// Whether JavaScript treats `manifest.bin` as true.
fn has_bin_field(manifest: &Value) -> bool {
    match manifest.get("bin") {
        Some(Value::String(path)) => !path.is_empty(),
        Some(Value::Object(_) | Value::Array(_)) => true,
        _ => false,
    }
}

fn named(manifest: &Value, package: &str, rules: &CommandRules) -> Vec<(String, String)> {
    let declared: Vec<(&str, &str)> = match manifest.get("bin") {
        Some(Value::String(path)) if !path.is_empty() => vec![(without_scope(package), path)],
        Some(Value::Object(bins)) => {
            bins.iter().filter_map(|(name, path)| Some((name.as_str(), path.as_str()?))).collect()
        }
        _ => Vec::new(),
    };
    declared
        .into_iter()
        .filter_map(|(name, path)| Some((bin_name(name, rules.name)?, bin_path(path, rules.path)?)))
        .collect()
}

/// A command's name without its scope, if the rule accepts it.
fn bin_name(declared: &str, rule: BinName) -> Option<String> {
    let bare = without_scope(declared);
    let scoped = declared.starts_with('@');
    let unchecked = match rule {
        BinName::ScopedUnchecked => scoped,
        BinName::ScopedRefused if scoped => return None,
        BinName::ScopedRefused | BinName::Checked => false,
    };
    let plain = bare == "$" || bare.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c));
    let component = !matches!(bare, "" | "." | "..") && !bare.contains(['/', '\0']);
    (component && (plain || unchecked)).then(|| bare.to_owned())
}

fn without_scope(name: &str) -> &str {
    match name.strip_prefix('@') {
        Some(_) => name.split_once('/').map_or(name, |(_, bare)| bare),
        None => name,
    }
}

fn is_rooted(path: &str) -> bool {
    path.starts_with('/') || path.get(1..2) == Some(":")
}

/// A command's file relative to its package, if the rule accepts it.
fn bin_path(declared: &str, rule: BinPath) -> Option<String> {
    match rule {
        BinPath::StaysInside => join_inside("", declared),
        BinPath::StaysInsideRelative => {
            (!is_rooted(&declared.replace('\\', "/"))).then(|| join_inside("", declared))?
        }
        BinPath::CountsFromRoot => {
            let path = declared.replace('\\', "/");
            if is_rooted(&path) {
                return None;
            }
            let mut parts: Vec<&str> = Vec::new();
            for part in path.split('/') {
                match part {
                    "" | "." => {}
                    ".." => drop(parts.pop()),
                    part => parts.push(part),
                }
            }
            Some(parts.join("/")).filter(|path| !is_rooted(path))
        }
    }
}

/// `directories.bin`: every file below it that the rule accepts, under its own file name.
fn of_directory(manifest: &Value, files: &dyn PackageFiles, rules: &CommandRules) -> Vec<BinCommand> {
    let declared =
        manifest.get("directories").and_then(|directories| directories.get("bin")).and_then(Value::as_str);
    let Some(directory) = declared.filter(|path| !path.is_empty()).and_then(|path| join_inside("", path))
    else {
        return Vec::new();
    };
    let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
    let mut commands: Vec<BinCommand> = Vec::new();
    for path in files.below(&directory) {
        let inside = path.strip_prefix(&prefix).unwrap_or(&path);
        let name = inside.rsplit('/').next().unwrap_or(inside);
        let hidden = inside.split('/').any(|part| part.starts_with('.'));
        let taken = match rules.directory {
            BinDirectory::NotHidden => !hidden,
            BinDirectory::SafeNames => bin_name(name, rules.name).as_deref() == Some(name),
        };
        if taken {
            commands.push(command(name.to_owned(), path.clone(), files, rules));
        }
    }
    commands
}

fn command(name: String, path: String, files: &dyn PackageFiles, rules: &CommandRules) -> BinCommand {
    match files.read(&path, MAX_LINE) {
        Some((bytes, executable)) => {
            let target =
                Target::File { carriage_return: strip_carriage_return(&bytes).is_some(), executable };
            BinCommand { name, runtime: runtime(&path, &bytes, rules), path, target }
        }
        None => {
            let target = if path.is_empty() || files.is_directory(&path) {
                Target::Directory
            } else {
                Target::Missing
            };
            BinCommand { name, runtime: by_extension(&path, rules), path, target }
        }
    }
}

/// The content of a script without the CR of its first line, if that line ends with CR LF; `None` for any other file.
/// It follows npm's `bin-links`, which reads the first 2048 bytes and writes back only valid UTF-8.
pub fn strip_carriage_return(bytes: &[u8]) -> Option<Vec<u8>> {
    const HEAD: usize = 2048;
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let end = head.iter().position(|byte| *byte == b'\n')?;
    let line = head.get(..end)?.strip_suffix(b"\r")?;
    if !line.starts_with(b"#!") || line.len() < 3 {
        return None;
    }
    let rest = bytes.get(end..)?;
    Some(String::from_utf8_lossy(&[line, rest].concat()).into_owned().into_bytes())
}

#[cfg(test)]
mod tests;
