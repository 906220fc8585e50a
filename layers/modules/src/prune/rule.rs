//! The rules by name.

use std::str::FromStr;

use fourply_blob::{Feed, KeyValue};
use serde::{Deserialize, Serialize};

use crate::ModulesError;

/// A reason to leave a file out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PruneRule {
    Docs,
    SourceMaps,
    /// Type declarations.
    Types,
    Tests,
    /// Machine code for other platforms.
    Prebuilds,
    /// Compiler output next to native modules.
    Objects,
    /// The user's own globs.
    Drop,
}

impl PruneRule {
    pub const DEFAULT: [PruneRule; 6] = [
        PruneRule::Docs,
        PruneRule::SourceMaps,
        PruneRule::Types,
        PruneRule::Tests,
        PruneRule::Prebuilds,
        PruneRule::Objects,
    ];

    /// Its name in `fourply.toml` and in lists.
    pub const fn name(self) -> &'static str {
        match self {
            PruneRule::Docs => "docs",
            PruneRule::SourceMaps => "source-maps",
            PruneRule::Types => "types",
            PruneRule::Tests => "tests",
            PruneRule::Prebuilds => "prebuilds",
            PruneRule::Objects => "objects",
            PruneRule::Drop => "drop",
        }
    }
}

impl KeyValue for PruneRule {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.name().feed(feed);
    }
}

impl FromStr for PruneRule {
    type Err = ModulesError;

    fn from_str(text: &str) -> Result<PruneRule, ModulesError> {
        let found = PruneRule::DEFAULT.into_iter().find(|rule| rule.name() == text);
        found.ok_or_else(|| ModulesError::PruneRule { name: text.to_owned() })
    }
}
