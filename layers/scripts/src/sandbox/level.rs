//! How strongly scripts are confined, and the keys of what they make. In: a key that knows of no sandbox. Out: one that does.

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
    /// All of them, the strongest first.
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

    /// The key of what was made at this level, from a key that does not know the level.
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
    /// What scripts made that were confined at some level. The rules: what a level lets scripts see.
    struct ConfinedInputs<'a>: "made in a sandbox", rules 1 {
        key: &'a Key,
        level: Level,
    }
}
