//! Verifies signatures. In: files of public keys in PEM, with the names that signatures use. Out: whether a signature
//! is valid. Source of the form: apk-tools, `.SIGN.ALGORITHM.KEY`: PKCS#1 v1.5 over the compressed bytes that follow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_blob::Reason;
use rsa::pkcs8::DecodePublicKey;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::error::{ApkError, Result};

/// The size limit of a key file, in bytes.
const MAX_KEY: u64 = 64 << 10;

/// The hash algorithm of the signed bytes, and PKCS#1's DER prefix of the hash (RFC 8017, 9.2, note 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureAlgorithm {
    /// `RSA`, over SHA-1: used by Alpine's own repositories.
    Rsa,
    /// `RSA256`, over SHA-256.
    Rsa256,
    /// `RSA512`, over SHA-512.
    Rsa512,
}

impl SignatureAlgorithm {
    /// The algorithm for its name in a signature's name.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "RSA" => Some(Self::Rsa),
            "RSA256" => Some(Self::Rsa256),
            "RSA512" => Some(Self::Rsa512),
            _ => None,
        }
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa => Sha1::digest(bytes).to_vec(),
            Self::Rsa256 => Sha256::digest(bytes).to_vec(),
            Self::Rsa512 => Sha512::digest(bytes).to_vec(),
        }
    }

    fn padding(self) -> Pkcs1v15Sign {
        const SHA1: &[u8] =
            &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
        const NIST: &[u8] = &[0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
        let nist = |total: u8, algorithm: u8, length: u8| {
            [&[0x30, total, 0x30, 0x0d], NIST, &[algorithm, 0x05, 0x00, 0x04, length]].concat()
        };
        let (length, prefix) = match self {
            Self::Rsa => (20, SHA1.to_vec()),
            Self::Rsa256 => (32, nist(0x31, 1, 32)),
            Self::Rsa512 => (64, nist(0x51, 3, 64)),
        };
        Pkcs1v15Sign { hash_len: Some(length), prefix: prefix.into() }
    }
}

/// Keys by their file names.
#[derive(Debug, Clone, Default)]
pub(crate) struct ApkKeyring {
    keys: BTreeMap<String, RsaPublicKey>,
    texts: BTreeMap<String, Vec<u8>>,
}

/// One signature: the parts of its name, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    /// `RSA`, …; kept as text, because unknown ones are skipped.
    pub algorithm: String,
    /// The key's file name.
    pub key: String,
    pub bytes: Vec<u8>,
}

impl Signature {
    /// A signature from its entry; `None` if the entry's name is not a signature's.
    pub(crate) fn parse(name: &str, bytes: Vec<u8>) -> Option<Self> {
        let (algorithm, key) = name.strip_prefix(".SIGN.")?.split_once('.')?;
        Some(Self { algorithm: algorithm.to_owned(), key: key.to_owned(), bytes })
    }
}

impl ApkKeyring {
    /// Reads files, and all `*.pub` of folders.
    ///
    /// # Errors
    /// If a file cannot be read or is not a public key.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self> {
        let mut keyring = Self::default();
        for path in paths {
            if !path.is_dir() {
                keyring.read_file(path)?;
                continue;
            }
            let mut files: Vec<PathBuf> =
                fs_err::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
            files.retain(|file| file.extension().is_some_and(|extension| extension == "pub"));
            files.sort();
            files.iter().try_for_each(|file| keyring.read_file(file))?;
        }
        Ok(keyring)
    }

    fn read_file(&mut self, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if fs_err::metadata(path)?.len() > MAX_KEY {
            return Err(ApkError::document(&path.display().to_string(), "it is too large for a public key"));
        }
        self.add(&name, fourply_store::read_file(path, fourply_store::InputKind::Credentials)?)
    }

    /// Adds a key in PEM.
    ///
    /// # Errors
    /// If the bytes are not an RSA key.
    pub(crate) fn add(&mut self, name: &str, pem: Vec<u8>) -> Result<()> {
        let text = String::from_utf8_lossy(&pem);
        let inner: String = text
            .lines()
            .map(str::trim)
            .skip_while(|line| *line != "-----BEGIN PUBLIC KEY-----")
            .skip(1)
            .take_while(|line| *line != "-----END PUBLIC KEY-----")
            .collect();
        let der = STANDARD.decode(inner).map_err(|error| {
            ApkError::document(name, Reason::because("it is no public key in PEM", error))
        })?;
        let key = RsaPublicKey::from_public_key_der(&der)
            .map_err(|error| ApkError::document(name, format!("it is no RSA public key: {error}")))?;
        self.keys.insert(name.to_owned(), key);
        self.texts.insert(name.to_owned(), pem);
        Ok(())
    }

    /// The contents of the files, by name.
    pub(crate) fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.texts
    }

    /// Whether there is no key at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The names of the keys, for messages.
    pub(crate) fn names(&self) -> String {
        if self.keys.is_empty() {
            "none".into()
        } else {
            self.keys.keys().cloned().collect::<Vec<_>>().join(", ")
        }
    }

    /// Verifies that one of the signatures is valid and by one of the keys.
    ///
    /// # Errors
    /// [`ApkError::Signature`], with the reason for each signature.
    pub(crate) fn verify(&self, file: &str, signatures: &[Signature], signed: &[u8]) -> Result<()> {
        let mut reasons = Vec::new();
        for signature in signatures {
            match self.verify_one(signature, signed) {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            }
        }
        let reason = if reasons.is_empty() { "it is not signed".into() } else { reasons.join("; ") };
        Err(ApkError::Signature { file: file.into(), reason, keys: self.names() })
    }

    /// Whether one of the signatures is by a known key.
    pub(crate) fn knows(&self, signatures: &[Signature]) -> bool {
        signatures.iter().any(|signature| self.keys.contains_key(&signature.key))
    }

    fn verify_one(&self, signature: &Signature, signed: &[u8]) -> Result<(), String> {
        let Signature { algorithm, key, bytes } = signature;
        let Some(known) = SignatureAlgorithm::of(algorithm) else {
            return Err(format!("{algorithm} signatures are not supported"));
        };
        let Some(public) = self.keys.get(key) else {
            return Err(format!("it is signed by {key}, which is not trusted"));
        };
        let verified = public.verify(known.padding(), &known.hash(signed), bytes);
        verified.map_err(|_| format!("the signature by {key} is not that of these bytes"))
    }
}
