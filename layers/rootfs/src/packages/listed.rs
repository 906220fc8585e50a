//! What a package manager's database says that is installed, for people.

use serde::Serialize;

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedPackage {
    pub name: String,
    pub version: String,
    /// The bytes of its files as the package says; 0 where it does not.
    pub size: u64,
}
