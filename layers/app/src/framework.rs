//! Frameworks whose output does not lie where a compiler leaves it. In: a service's package.json, its configuration files, the build script.
//! Out: where the output lies and how it is started, or nothing. Nothing runs here.
//!
//! A framework is recognised by what builds the service: the command in its build script, the package that has it, and the configuration that
//! decides the form of the output. A service whose start script starts something else has a server of its own, and is none of these.
//!
//! | framework | the build script calls | its output | started by |
//! |---|---|---|---|
//! | Next.js, standalone | `next build`, with `output: "standalone"` | `.next/standalone`, static files and `public` beside `server.js` | `server.js` |
//! | Next.js | `next build` | `.next`, `public` | `next start` |
//! | Nuxt, Nitro, SolidStart, TanStack Start with Nitro | `nuxt build`, `nitro build`, `vinxi build`, `vite build` | `.output` | `.output/server/index.mjs` |
//! | SvelteKit, adapter-node | `vite build` | `build` | `build/index.js` |
//! | Astro, node adapter | `astro build` | `dist` | `dist/server/entry.mjs` |
//! | React Router, Remix | `react-router build`, `remix vite:build` | `build` | the package's `serve` |

mod config;
mod known;

use std::path::Path;

use fourply_pnpm::{ImporterId, Manifest, Workspace};
use fourply_scripts::files::folder_of;

use crate::included::IncludedFiles;

/// What a framework makes of a service. Paths are relative to the service's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framework {
    /// For people.
    pub name: &'static str,
    /// What it was recognised by, for people.
    pub because: String,
    /// Patterns of outputs, each of which has to name something.
    pub outputs: Vec<String>,
    pub files: Vec<IncludedFiles>,
    pub cmd: Vec<String>,
    /// Variables that let its server listen for other machines.
    pub env: Vec<(&'static str, &'static str)>,
    /// Whether the output loads packages of the service's node_modules, besides those that it holds.
    pub modules: bool,
}

/// The framework that `script` builds a service with.
pub fn framework(workspace: &Workspace, service: &ImporterId, script: &str) -> Option<Framework> {
    let manifest = workspace.manifests.get(service)?;
    let folder = folder_of(&workspace.root, service);
    let build = manifest.scripts.get(script)?;
    let seen = Seen { service, manifest, folder: &folder, build };
    known::ALL.iter().find_map(|recognise| recognise(&seen))
}

/// What a framework is recognised by.
struct Seen<'a> {
    service: &'a ImporterId,
    manifest: &'a Manifest,
    folder: &'a Path,
    /// The text of the build script.
    build: &'a str,
}

impl Seen<'_> {
    /// Whether the package depends on one of these.
    fn depends_on(&self, names: &[&str]) -> bool {
        let Manifest { dependencies, dev_dependencies, .. } = self.manifest;
        names.iter().any(|name| dependencies.contains_key(*name) || dev_dependencies.contains_key(*name))
    }

    /// Whether the build script calls one of these commands, each a program and its first word.
    fn builds_with(&self, commands: &[&str]) -> bool {
        commands.iter().any(|command| calls(self.build, command))
    }

    /// Whether the start script is one of these, or there is none. What starts another program is a server of the service's own.
    fn starts_with(&self, commands: &[&str]) -> bool {
        let mut scripts = ["start:prod", "start"].iter().filter_map(|name| self.manifest.scripts.get(*name));
        match scripts.next() {
            Some(script) => commands.iter().any(|command| calls(script, command)),
            None => true,
        }
    }

    /// The words that follow a command in the start script, where these are options of it and nothing else.
    fn start_options(&self, command: &str) -> Vec<String> {
        let mut scripts = ["start:prod", "start"].iter().filter_map(|name| self.manifest.scripts.get(*name));
        let Some(script) = scripts.next() else { return Vec::new() };
        let rest = script.split_once(command).map(|(_, rest)| rest).unwrap_or_default();
        let plain = |word: &&str| {
            word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_=./:".contains(letter))
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        match words.iter().all(plain) {
            true => words.into_iter().map(str::to_owned).collect(),
            false => Vec::new(),
        }
    }

    /// Whether something of this name lies in the service's folder.
    fn has(&self, name: &str) -> bool {
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

#[cfg(test)]
mod tests;
