//! Whom TLS trusts, and as whom it speaks: for all registries, or for those below one `//host/path/`. Values as the settings give them.

use std::path::{Path, PathBuf};

use crate::Result;

/// A text in PEM, or the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pem {
    /// The text itself.
    Text(String),
    /// Where it lies.
    File(PathBuf),
}

impl Pem {
    /// The text.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn read(&self) -> Result<String> {
        match self {
            Pem::Text(text) => Ok(text.clone()),
            Pem::File(path) => Ok(crate::read_text(path, crate::InputKind::Credentials)?),
        }
    }
}

/// TLS of the registries below one place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NpmTls {
    /// `:ca`, `:cafile`: who vouches for the registry.
    pub ca: Option<Pem>,
    /// `:cert`, `:certfile`: what the client shows.
    pub cert: Option<Pem>,
    /// `:key`, `:keyfile`: its private key.
    pub key: Option<Pem>,
}

impl NpmTls {
    /// Sets the part that a key ends with, where nothing stronger has set it. Paths are relative to `folder`.
    pub(super) fn set(&mut self, part: &str, value: &str, folder: &Path) {
        let (slot, file) = match part {
            "ca" => (&mut self.ca, false),
            "cafile" => (&mut self.ca, true),
            "cert" => (&mut self.cert, false),
            "certfile" => (&mut self.cert, true),
            "key" => (&mut self.key, false),
            "keyfile" => (&mut self.key, true),
            _ => return,
        };
        let pem = || if file { Pem::File(folder.join(value)) } else { Pem::Text(value.replace("\\n", "\n")) };
        slot.get_or_insert_with(pem);
    }
}
