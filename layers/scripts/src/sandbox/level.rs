//! How strongly scripts are confined, and the keys of their results. In: a key without the sandbox. Out: a key with it.

use std::fmt;

use fourply_blob::{Feed, Inputs as _, Key, KeyValue};

/// How strongly scripts are confined, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Filter,
    Landlock,
    Namespaces,
    Full,
}

impl Level {
    /// All levels, the strongest first.
    pub const ALL: [Level; 5] = [Level::Full, Level::Namespaces, Level::Landlock, Level::Filter, Level::Off];

    pub fn name(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Filter => "filter",
            Level::Landlock => "landlock",
            Level::Namespaces => "namespaces",
            Level::Full => "full",
        }
    }

    /// The key of a result from this level, derived from a key without the level.
    pub fn key(self, key: &Key) -> Key {
        ConfinedInputs { key, level: self }.key()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl KeyValue for Level {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.name().feed(feed);
    }
}

fourply_blob::inputs! {
    /// Results of confined scripts. The rules cover what a level lets scripts see.
    struct ConfinedInputs<'a>: "made in a sandbox", rules 1 {
        key: &'a Key,
        level: Level,
    }
}
