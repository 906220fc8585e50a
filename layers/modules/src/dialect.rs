//! Which pnpm's rules apply. In: `packageManager` and the lockfile's own traits. Out: one of four dialects. Nothing is read here.

use std::fmt;

/// The major version of pnpm whose layout is followed. Directory names, hoisting order, bins and settings differ between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// pnpm 9, and pnpm 8, whose 6.0 lockfiles pnpm 9 installs as its own.
    V9,
    /// pnpm 10.
    V10,
    /// pnpm 11.
    V11,
    /// pnpm 12.
    V12,
}

impl Dialect {
    /// The major version as a number, 9 to 12.
    pub fn major(self) -> u8 {
        match self {
            Dialect::V9 => 9,
            Dialect::V10 => 10,
            Dialect::V11 => 11,
            Dialect::V12 => 12,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pnpm {}", self.major())
    }
}
