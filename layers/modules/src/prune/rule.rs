//! The rules by name.

use std::str::FromStr;

use fourply_blob::{Feed, KeyValue};
use serde::{Deserialize, Serialize};

use crate::ModulesError;

/// A reason to leave a file out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    Docs,
    /// Source maps.
    SourceMaps,
    /// Type declarations.
    Types,
    Tests,
    /// Machine code for other machines.
    Prebuilds,
    /// The user's own globs.
    Drop,
}

impl Rule {
    pub const DEFAULT: [Rule; 5] = [Rule::Docs, Rule::SourceMaps, Rule::Types, Rule::Tests, Rule::Prebuilds];

    /// Its name in `fourply.toml` and in lists.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Docs => "docs",
            Rule::SourceMaps => "source-maps",
            Rule::Types => "types",
            Rule::Tests => "tests",
            Rule::Prebuilds => "prebuilds",
            Rule::Drop => "drop",
        }
    }
}

impl KeyValue for Rule {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.name().feed(feed);
    }
}

impl FromStr for Rule {
    type Err = ModulesError;

    fn from_str(text: &str) -> Result<Rule, ModulesError> {
        let found = Rule::DEFAULT.into_iter().find(|rule| rule.name() == text);
        found.ok_or_else(|| ModulesError::PruneRule { name: text.to_owned() })
    }
}
