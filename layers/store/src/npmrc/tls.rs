//! TLS settings: trusted certificates and the client certificate, for all registries or for those below one
//! `//host/path/`. In: values of settings. Out: PEM texts.

use std::path::{Path, PathBuf};

use crate::Result;

/// A text in PEM, or the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pem {
    /// The text itself.
    Text(String),
    /// The file's path.
    File(PathBuf),
}

impl Pem {
    /// The text.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn read(&self) -> Result<String> {
        match self {
            Pem::Text(text) => Ok(text.clone()),
            Pem::File(path) => Ok(crate::read_text(path, crate::InputKind::Credentials)?),
        }
    }
}

/// The TLS settings of registries below one URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NpmTls {
    /// `:ca`, `:cafile`: the trusted certificate authority.
    pub ca: Option<Pem>,
    /// `:cert`, `:certfile`: the client certificate.
    pub cert: Option<Pem>,
    /// `:key`, `:keyfile`: its private key.
    pub key: Option<Pem>,
}

impl NpmTls {
    /// Sets the field for the last part of a key, unless a source of higher priority has set it. Paths are relative to
    /// `folder`.
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
