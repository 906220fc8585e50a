//! Installed packages according to a package manager's database, for display.

use serde::Serialize;

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedPackage {
    pub name: String,
    pub version: String,
    /// The bytes of its files according to the package; 0 if unknown.
    pub size: u64,
}
