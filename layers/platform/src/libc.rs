//! The C library of programs. In: the names of loaders and libraries. Out: [`Libc`].

use serde::{Deserialize, Serialize};

/// The C library of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// GNU's, as in Debian.
    Glibc,
    /// musl, as in Alpine.
    Musl,
}

impl Libc {
    /// Its name in package.json's `libc`: `glibc`, `musl`.
    pub fn as_str(self) -> &'static str {
        match self {
            Libc::Glibc => "glibc",
            Libc::Musl => "musl",
        }
    }

    /// The other one.
    pub fn other(self) -> Libc {
        match self {
            Libc::Glibc => Libc::Musl,
            Libc::Musl => Libc::Glibc,
        }
    }

    /// The C library of a loader, by its path or name: `/lib64/ld-linux-x86-64.so.2`, `ld-musl-x86_64.so.1`.
    pub fn of_loader(path: &str) -> Option<Libc> {
        let name = path.rsplit('/').next()?;
        if name.starts_with("ld-musl-") {
            Some(Libc::Musl)
        } else if (name.starts_with("ld-linux") || name.starts_with("ld64.so")) && name.contains(".so") {
            Some(Libc::Glibc)
        } else {
            None
        }
    }

    /// The C library of a needed library, by its name: `libc.so.6`, `libc.musl-x86_64.so.1`; loaders count as well.
    pub(crate) fn of_library(path: &str) -> Option<Libc> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.starts_with("libc.musl-") || name == "libc.so" {
            Some(Libc::Musl)
        } else if name.starts_with("libc.so.") {
            Some(Libc::Glibc)
        } else {
            Libc::of_loader(name)
        }
    }
}
