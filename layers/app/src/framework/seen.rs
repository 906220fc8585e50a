//! What a framework is recognised by, and what that gives. In: package.json, the service's folder. Out: a yes or no for what it says.

use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest};

use crate::entry::BesideProgram;
use crate::included::IncludedFiles;
use crate::start_script::{SCRIPTS, ScriptReading, StartScript, start_script};

/// What a framework makes of a service. Paths are relative to the service's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// For people.
    pub name: &'static str,
    /// What it was recognised by, for people.
    pub because: String,
    /// The keys, with their file, that say where its output lies.
    pub decided_by: String,
    /// Patterns of outputs, each of which has to name something.
    pub outputs: Vec<String>,
    pub files: Vec<IncludedFiles>,
    pub cmd: Vec<String>,
    /// Variables that let its server listen for other machines.
    pub env: Vec<(&'static str, &'static str)>,
    /// What the start script does besides starting the server.
    pub beside: BesideProgram,
    /// Whether the output loads packages of the service's node_modules, besides those that it holds.
    pub modules: bool,
}

/// What a framework is recognised by.
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

    /// Whether the start script is one of these, or there is none. What starts another program is a server of the service's own.
    pub(super) fn starts_with(&self, commands: &[&str]) -> bool {
        match self.start() {
            Some(script) => commands.iter().any(|command| calls(script, command)),
            None => true,
        }
    }

    /// The words that follow a command in the start script, where these are options of it and nothing else.
    pub(super) fn start_options(&self, command: &str) -> Vec<String> {
        let Some((_, script)) = self.start_script() else { return Vec::new() };
        let command: Vec<&str> = command.split(' ').collect();
        match script.words.iter().position(|word| Some(&word.as_str()) == command.last()) {
            Some(at) if script.plain => script.words.get(at + 1..).unwrap_or_default().to_vec(),
            _ => Vec::new(),
        }
    }

    /// What the start script does besides starting the server.
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

    /// Whether something of this name lies in the service's folder.
    pub(super) fn has(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }
}

/// Whether a script has the words of a command after each other.
fn calls(script: &str, command: &str) -> bool {
    let words = |text: &'_ str| -> Vec<String> {
        let all = text.split(|letter: char| letter.is_whitespace() || "&|;()\"'".contains(letter));
        all.filter(|word| !word.is_empty()).map(|word| word.trim_start_matches("./").to_owned()).collect()
    };
    let (script, command) = (words(script), words(command));
    script.windows(command.len()).any(|part| part == command.as_slice())
}
