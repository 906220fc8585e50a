//! The data by which a framework is recognised, and the result. In: package.json, the service's folder. Out: answers
//! about them.

use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest};

use crate::entry::BesideProgram;
use crate::included::IncludedFiles;
use crate::start_script::{SCRIPTS, ScriptReading, StartScript, start_script};

/// The result of a framework's build. Paths are relative to the service's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// For display.
    pub name: &'static str,
    /// How it was recognised, for display.
    pub because: String,
    /// The configuration keys and file that determine its output location.
    pub decided_by: String,
    /// Patterns of outputs. Each must match something.
    pub outputs: Vec<String>,
    pub files: Vec<IncludedFiles>,
    pub cmd: Vec<String>,
    /// Variables that let its server listen on other interfaces.
    pub env: Vec<(&'static str, &'static str)>,
    /// The start script's other actions.
    pub beside: BesideProgram,
    /// Whether the output loads packages of the service's node_modules in addition to its own.
    pub modules: bool,
}

/// The data by which a framework is recognised.
pub(super) struct Seen<'a> {
    pub service: &'a ImporterId,
    pub manifest: &'a Manifest,
    pub folder: &'a Path,
    /// The text of the build script.
    pub build: &'a str,
    pub reading: ScriptReading<'a>,
}

impl Seen<'_> {
    /// Whether the package depends on one of these.
    pub(super) fn depends_on(&self, names: &[&str]) -> bool {
        let Manifest { dependencies, dev_dependencies, .. } = self.manifest;
        names.iter().any(|name| dependencies.contains_key(*name) || dev_dependencies.contains_key(*name))
    }

    /// Whether the build script calls one of these commands, each a program and its first word.
    pub(super) fn builds_with(&self, commands: &[&str]) -> bool {
        commands.iter().any(|command| calls(self.build, command))
    }

    /// Whether the start script is one of these, or is missing. A service that starts another program has its own
    /// server.
    pub(super) fn starts_with(&self, commands: &[&str]) -> bool {
        match self.start() {
            Some(script) => commands.iter().any(|command| calls(script, command)),
            None => true,
        }
    }

    /// The words after a command in the start script, if they are only options of it.
    pub(super) fn start_options(&self, command: &str) -> Vec<String> {
        let Some((_, script)) = self.start_script() else { return Vec::new() };
        let command: Vec<&str> = command.split(' ').collect();
        match script.words.iter().position(|word| Some(&word.as_str()) == command.last()) {
            Some(at) if script.plain => script.words.get(at + 1..).unwrap_or_default().to_vec(),
            _ => Vec::new(),
        }
    }

    /// The start script's other actions.
    pub(super) fn beside(&self) -> BesideProgram {
        self.start_script().map(|(name, script)| BesideProgram::of(name, &script)).unwrap_or_default()
    }

    fn start_script(&self) -> Option<(&'static str, StartScript)> {
        let name = SCRIPTS.into_iter().find(|name| self.manifest.scripts.contains_key(*name))?;
        Some((name, start_script(&self.manifest.scripts, name, self.reading)?))
    }

    /// The script that starts the service.
    fn start(&self) -> Option<&String> {
        SCRIPTS.iter().find_map(|name| self.manifest.scripts.get(*name))
    }

    /// Whether the service's folder has an entry of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }
}

/// Whether a script has the words of a command in sequence.
fn calls(script: &str, command: &str) -> bool {
    let words = |text: &'_ str| -> Vec<String> {
        let all = text.split(|letter: char| letter.is_whitespace() || "&|;()\"'".contains(letter));
        all.filter(|word| !word.is_empty()).map(|word| word.trim_start_matches("./").to_owned()).collect()
    };
    let (script, command) = (words(script), words(command));
    script.windows(command.len()).any(|part| part == command.as_slice())
}
