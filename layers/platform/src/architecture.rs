//! Architectures in the names of OCI, node, Linux and ELF. In: a name or a number of any of these. Out: an
//! [`Architecture`] and its other names. An architecture that is not in the table has only its OCI name.
//!
//! The names of apk, deb and npm's node packages depend on the variant as well: see [`crate::Platform`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// An architecture, by its name in OCI images: Go's `GOARCH` (`amd64`, `arm64`, `386`). Any name is possible, because
/// an index may contain any; one that is not in the table has no names for other tools.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Architecture(String);

/// One architecture in the names of all tools; `None` if a tool does not support it.
struct Row {
    /// Go's `GOARCH`. Source: <https://go.dev/doc/install/source#environment>.
    oci: &'static str,
    /// `process.arch`, which is also what package.json's `cpu` uses.
    /// Source: <https://nodejs.org/api/process.html#processarch>.
    node: Option<&'static str>,
    /// As in musl's `ld-musl-ARCH.so.1`, with hard floats. Source: musl, `configure` and `arch/*/reloc.h`.
    musl: Option<&'static str>,
    /// The names of compilers and the kernel (`uname -m`); the first is Rust's `std::env::consts::ARCH`.
    aliases: &'static [&'static str],
    /// `e_machine`. Source: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html> and the kernel's `elf-em.h`.
    elf: u16,
    /// The byte order, if the number alone does not decide it.
    little: Option<bool>,
}

const TABLE: [Row; 9] = [
    Row {
        oci: "amd64",
        node: Some("x64"),
        musl: Some("x86_64"),
        aliases: &["x86_64", "x86-64"],
        elf: 62,
        little: None,
    },
    Row {
        oci: "arm64",
        node: Some("arm64"),
        musl: Some("aarch64"),
        aliases: &["aarch64"],
        elf: 183,
        little: None,
    },
    Row { oci: "arm", node: Some("arm"), musl: Some("armhf"), aliases: &["arm"], elf: 40, little: None },
    Row {
        oci: "386",
        node: Some("ia32"),
        musl: Some("i386"),
        aliases: &["x86", "i386", "i686"],
        elf: 3,
        little: None,
    },
    Row {
        oci: "ppc64le",
        node: Some("ppc64"),
        musl: Some("powerpc64le"),
        aliases: &["powerpc64le"],
        elf: 21,
        little: Some(true),
    },
    Row {
        oci: "ppc64",
        node: Some("ppc64"),
        musl: Some("powerpc64"),
        aliases: &["powerpc64"],
        elf: 21,
        little: Some(false),
    },
    Row {
        oci: "s390x",
        node: Some("s390x"),
        musl: Some("s390x"),
        aliases: &["s390x"],
        elf: 22,
        little: None,
    },
    Row {
        oci: "riscv64",
        node: Some("riscv64"),
        musl: Some("riscv64"),
        aliases: &["riscv64"],
        elf: 243,
        little: None,
    },
    Row {
        oci: "loong64",
        node: Some("loong64"),
        musl: Some("loongarch64"),
        aliases: &["loongarch64"],
        elf: 258,
        little: None,
    },
];

impl Architecture {
    /// By its OCI name, or by a name of compilers and kernels (`x86_64`, `aarch64`), in lower or upper case. Any other
    /// name is kept unchanged.
    pub fn new(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let known = TABLE.iter().find(|row| row.oci == name || row.aliases.contains(&name.as_str()));
        Self(known.map_or(name, |row| row.oci.to_owned()))
    }

    /// The architecture of this program.
    pub fn host() -> Self {
        match (std::env::consts::ARCH, cfg!(target_endian = "little")) {
            ("powerpc64", true) => Self::new("ppc64le"),
            (name, _) => Self::new(name),
        }
    }

    /// By an ELF header's `e_machine` and byte order; `None` if the number is not in the table.
    pub(crate) fn from_elf(machine: u16, little_endian: bool) -> Option<Self> {
        let is = |row: &&Row| row.elf == machine && row.little.is_none_or(|little| little == little_endian);
        TABLE.iter().find(is).map(|row| Self(row.oci.to_owned()))
    }

    /// Its name in OCI images: `amd64`, `arm64`, `386`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name in node and npm (`process.arch`, package.json's `cpu`): `x64`, `arm64`, `ia32`. `None` if node does not
    /// support it.
    pub fn node(&self) -> Option<&'static str> {
        self.row()?.node
    }

    /// Its name in musl's loader, `/lib/ld-musl-ARCH.so.1`: `x86_64`, `aarch64`, `armhf`. `None` if musl does not
    /// support it.
    pub fn musl(&self) -> Option<&'static str> {
        self.row()?.musl
    }

    fn row(&self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.oci == self.0)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl PartialEq<str> for Architecture {
    fn eq(&self, name: &str) -> bool {
        self.0 == name
    }
}

impl PartialEq<&str> for Architecture {
    fn eq(&self, name: &&str) -> bool {
        self.0 == *name
    }
}

#[cfg(test)]
mod tests;
