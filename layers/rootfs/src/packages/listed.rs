//! Installed packages according to a package manager's database, for display.

use serde::Serialize;

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedPackage {
    pub name: String,
    pub version: String,
    /// The bytes of its files according to the package; 0 if unknown.
    pub size: u64,
    /// In the package manager's words; empty where it says none.
    #[serde(skip)]
    pub architecture: String,
    /// The package that it was built from, where that has another name, as the database writes it.
    #[serde(skip)]
    pub source: Option<String>,
    /// As the database has it; dpkg's has none.
    #[serde(skip)]
    pub licence: Option<String>,
}
