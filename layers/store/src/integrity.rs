//! Subresource integrity in lockfiles: `sha512-<base64>`, or several separated by spaces. In: text. Out: digests that
//! verify bytes. Source: W3C, Subresource Integrity, section 3; npm's ssri for the accepted forms.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_blob::{Inputs as _, Key};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::StoreError;

/// The hash algorithms of published packages, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// Only packages published before 2017 have nothing stronger.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes; npm writes this one.
    Sha512,
}

impl HashAlgorithm {
    const ALL: [(HashAlgorithm, &'static str, usize); 4] = [
        (Self::Sha1, "sha1", 20),
        (Self::Sha256, "sha256", 32),
        (Self::Sha384, "sha384", 48),
        (Self::Sha512, "sha512", 64),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(algorithm, ..)| *algorithm == self).map_or("", |(_, name, _)| name)
    }

    fn hash(self, bytes: &[u8]) -> Vec<u8> {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// An incremental digest.
#[derive(Debug, Clone)]
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    fn new(algorithm: HashAlgorithm) -> Hasher {
        match algorithm {
            HashAlgorithm::Sha1 => Hasher::Sha1(Sha1::new()),
            HashAlgorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            HashAlgorithm::Sha384 => Hasher::Sha384(Sha384::new()),
            HashAlgorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha384(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Hasher::Sha1(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha256(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha384(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fourply_blob::inputs! {
    /// A tarball, by its expected digests.
    struct TarballInputs: "tarball", rules 4 {
        integrity: String,
    }
}

/// The digests of the strongest algorithm in a text. Matching any one of them is enough.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integrity {
    algorithm: HashAlgorithm,
    digests: Vec<Vec<u8>>,
}

impl Integrity {
    /// The SHA-512 integrity of these bytes.
    pub fn of(bytes: &[u8]) -> Integrity {
        Integrity { algorithm: HashAlgorithm::Sha512, digests: vec![HashAlgorithm::Sha512.hash(bytes)] }
    }

    /// Which hash function it rests on.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The store's key for the result of this tarball.
    pub fn key(&self) -> Key {
        TarballInputs { integrity: self.to_string() }.key()
    }

    /// The SHA-512, if it is the only digest.
    pub(crate) fn sha512(&self) -> Option<&[u8]> {
        match self.digests.as_slice() {
            [digest] if self.algorithm == HashAlgorithm::Sha512 => Some(digest),
            _ => None,
        }
    }

    /// Verifies received bytes. The error names `what`.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`].
    pub fn verify(&self, what: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        self.check(what, hasher)
    }

    /// A hasher for the bytes that [`Integrity::check`] will verify.
    pub(crate) fn hasher(&self) -> Hasher {
        Hasher::new(self.algorithm)
    }

    /// [`Integrity::verify`], after all bytes went through the hasher.
    pub(crate) fn check(&self, what: &str, hasher: Hasher) -> Result<(), StoreError> {
        let found = hasher.finish();
        if self.digests.contains(&found) {
            return Ok(());
        }
        let found = Integrity { algorithm: self.algorithm, digests: vec![found] };
        Err(StoreError::Mismatch {
            what: what.to_owned(),
            expected: self.to_string(),
            found: found.to_string(),
        })
    }
}

impl FromStr for Integrity {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = |reason| StoreError::Integrity { text: text.chars().take(200).collect(), reason };
        let mut best: Option<Integrity> = None;
        for part in text.split_ascii_whitespace() {
            let (name, rest) = part.split_once('-').ok_or_else(|| fault("expected ALGORITHM-BASE64"))?;
            let Some((algorithm, _, length)) = HashAlgorithm::ALL.iter().find(|(_, known, _)| *known == name)
            else {
                continue;
            };
            let base64 = rest.split_once('?').map_or(rest, |(base64, _options)| base64);
            let digest = STANDARD.decode(base64).map_err(|_| fault("the digest is no base64"))?;
            if digest.len() != *length {
                return Err(fault("the digest has not the length that its algorithm gives"));
            }
            match &mut best {
                Some(held) if held.algorithm > *algorithm => {}
                Some(held) if held.algorithm == *algorithm => held.digests.push(digest),
                _ => best = Some(Integrity { algorithm: *algorithm, digests: vec![digest] }),
            }
        }
        best.ok_or_else(|| fault("it names no known algorithm; sha512 is the usual one"))
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digest) in self.digests.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}-{}", self.algorithm.name(), STANDARD.encode(digest))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
