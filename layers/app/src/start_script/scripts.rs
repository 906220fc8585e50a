//! The scripts of a package.json, and the text for a call of one. In: texts, by runner. Out: the text for a call.

use std::collections::BTreeMap;

/// The program that runs a script by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    /// With the `pre` script if pnpm's setting says so.
    Pnpm,
    /// npm and yarn: with the `pre` script.
    Npm,
    /// `node --run`, which runs only the script.
    Node,
}

/// A script that is called by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub name: String,
    pub runner: Runner,
}

/// The scripts of a package.json.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    pub texts: BTreeMap<String, String>,
    /// With `pre` scripts, by runner, if the text differs.
    pub by_npm: BTreeMap<String, String>,
    pub by_pnpm: BTreeMap<String, String>,
}

impl Scripts {
    pub(super) fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
    }

    /// The text for a call.
    pub(super) fn text(&self, call: &Call) -> Option<&String> {
        let joined = match call.runner {
            Runner::Npm => self.by_npm.get(&call.name),
            Runner::Pnpm => self.by_pnpm.get(&call.name),
            Runner::Node => None,
        };
        joined.or_else(|| self.texts.get(&call.name))
    }
}
