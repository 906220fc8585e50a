//! Verifies signatures. In: OpenPGP keys, and a clear-signed text with a time. Out: the signed part of the text. The
//! time is an argument. This module must not know the meaning of the text.
//!
//! A key counts by the rules of gpgv(1) for a keyring without other information: the primary key or a subkey that is
//! bound to it, both ways, by valid signatures; made for signing; neither revoked nor expired at that time. Digests
//! weaker than SHA-256 never count, not even in these bindings.

use std::io::Cursor;
use std::path::PathBuf;

use fourply_blob::Cause;
use pgp::composed::{CleartextSignedMessage, Deserializable, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType};
use pgp::types::{KeyDetails, Tag, VerifyingKey};

use crate::apt::Apt;
use crate::error::{DebianError, Result};
use crate::sources::Keys;

const BLOCK: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// Trusted keys.
#[derive(Debug)]
pub(crate) struct DebKeyring {
    /// Its name in messages: its files.
    pub name: String,
    certificates: Vec<SignedPublicKey>,
}

impl DebKeyring {
    /// Reads the keys of a source.
    ///
    /// # Errors
    /// If a file is missing or has other content, or there is no key at all.
    pub(crate) fn read(keys: &Keys, apt: Apt<'_>) -> Result<Self> {
        match keys {
            Keys::Files(files) => Self::of_files(files, apt),
            Keys::Inline(text) => Self::parse("Signed-By", text.as_bytes()),
            Keys::Trusted => Self::of_files(&apt.trusted(), apt),
            Keys::Fingerprints(wanted) => {
                let mut keyring = Self::of_files(&apt.trusted(), apt)?;
                keyring.certificates.retain(|key| fingerprints(key).any(|known| wanted.contains(&known)));
                keyring.checked()
            }
        }
    }

    fn of_files(files: &[PathBuf], apt: Apt<'_>) -> Result<Self> {
        let name = match files.is_empty() {
            true => apt.shown(),
            false => files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "),
        };
        let mut keyring = Self::empty(&name);
        for file in files {
            let parsed = Self::parse(&file.display().to_string(), &apt.key(file)?)?;
            keyring.certificates.extend(parsed.certificates);
        }
        keyring.checked()
    }

    /// A keyring without keys, which trusts nobody.
    pub(crate) fn empty(name: &str) -> Self {
        Self { name: name.into(), certificates: Vec::new() }
    }

    /// Parses keys, binary or armoured; several blocks may follow each other.
    pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let fault = |reason: Cause| DebianError::Keyring { keyring: name.into(), reason };
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains(BLOCK));
        let mut certificates = Vec::new();
        let mut add = |keys: &mut dyn Iterator<Item = pgp::errors::Result<SignedPublicKey>>| {
            // Keys of an unknown kind verify nothing; the file's other keys still do.
            certificates.extend(keys.flatten());
        };
        match text {
            Some(text) => {
                for block in text.split(BLOCK).skip(1) {
                    let block = format!("{BLOCK}{block}");
                    let keys = SignedPublicKey::from_string_many(&block);
                    add(&mut keys.map_err(|error| fault(error.into()))?.0);
                }
            }
            None => {
                let keys = SignedPublicKey::from_bytes_many(Cursor::new(bytes));
                add(&mut keys.map_err(|error| fault(error.into()))?);
            }
        }
        Self { name: name.into(), certificates }.checked()
    }

    fn checked(self) -> Result<Self> {
        match self.certificates.is_empty() {
            true => Err(DebianError::Keyring {
                keyring: self.name,
                reason: "there is no OpenPGP key in it".into(),
            }),
            false => Ok(self),
        }
    }

    /// The text of a clear-signed message, if one of its signatures is good at the time that `when` computes from the
    /// text.
    ///
    /// # Errors
    /// What is wrong with each of the signatures.
    pub(crate) fn verify(
        &self,
        message: &[u8],
        when: impl Fn(&str) -> Result<i64>,
    ) -> Result<Result<String, String>> {
        let Ok(message) = std::str::from_utf8(message) else { return Ok(Err("it is no UTF-8".into())) };
        let message = match CleartextSignedMessage::from_string(message) {
            Ok((message, _)) => message,
            Err(error) => return Ok(Err(format!("it is no clear-signed message: {error}"))),
        };
        let text = message.signed_text();
        let now = when(&text)?;
        let mut reasons = Vec::new();
        for signature in message.signatures() {
            match self.check(signature, &text, now) {
                Ok(()) => return Ok(Ok(text)),
                Err(reason) => reasons.push(reason),
            }
        }
        if reasons.is_empty() {
            reasons.push("it has no signature".into());
        }
        Ok(Err(reasons.join("; ")))
    }

    fn check(&self, signature: &Signature, text: &str, now: i64) -> Result<(), String> {
        let signer = signer(signature);
        let strong = signature.hash_alg().is_some_and(is_strong);
        if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) || !strong {
            return Err(format!("the signature of {signer} is of a kind that is not trusted"));
        }
        let made = signature.created().map(|time| i64::from(time.as_secs()));
        let until = made.zip(lifetime(signature.signature_expiration_time())).map(|(made, life)| made + life);
        if until.is_some_and(|until| until < now) {
            return Err(format!("the signature of {signer} has expired"));
        }
        let mut reason = format!("{signer} is not in the keyring");
        for certificate in &self.certificates {
            let primary = matches(signature, &certificate.primary_key);
            let subkey = certificate.public_subkeys.iter().find(|subkey| matches(signature, &subkey.key));
            let verified = match (primary, subkey) {
                (true, _) => usable(certificate, now).and_then(|flags| match flags.signs {
                    true => good(signature, &certificate.primary_key, text),
                    false => Err("is not for signing".into()),
                }),
                (false, Some(subkey)) => usable(certificate, now)
                    .and_then(|_| usable_subkey(certificate, subkey, now))
                    .and_then(|()| good(signature, &subkey.key, text)),
                (false, None) => continue,
            };
            match verified {
                Ok(()) => return Ok(()),
                Err(why) => reason = format!("the key {signer} {why}"),
            }
        }
        Err(reason)
    }
}

fn good(signature: &Signature, key: &impl VerifyingKey, text: &str) -> Result<(), String> {
    signature
        .verify(key, text.as_bytes())
        .map_err(|_| "did not make this signature: the text was changed".to_owned())
}

/// The content of a certificate's newest valid self-signature.
struct Flags {
    signs: bool,
}

/// Whether the certificate is valid at that time.
fn usable(certificate: &SignedPublicKey, now: i64) -> Result<Flags, String> {
    let key = &certificate.primary_key;
    let details = &certificate.details;
    if details.revocation_signatures.iter().any(|signature| signature.verify_key(key).is_ok()) {
        return Err("is revoked".into());
    }
    let users = details.users.iter().flat_map(|user| {
        let certifies = |signature: &&Signature| {
            signature.is_certification() && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
        };
        user.signatures.iter().filter(certifies)
    });
    let direct = details.direct_signatures.iter().filter(|signature| signature.verify_key(key).is_ok());
    let newest = newest(users.chain(direct), now).ok_or("has no valid signature over itself")?;
    expiry(key, newest, now)?;
    // RFC 9580, 5.2.3.29: missing flags restrict nothing, and old keys have none.
    let flags = newest.key_flags();
    Ok(Flags { signs: flags.sign() || flags == pgp::packet::KeyFlags::default() })
}

fn usable_subkey(certificate: &SignedPublicKey, subkey: &SignedPublicSubKey, now: i64) -> Result<(), String> {
    let primary = &certificate.primary_key;
    let valid = |signature: &&Signature| signature.verify_subkey_binding(primary, &subkey.key).is_ok();
    let of =
        |kind: SignatureType| subkey.signatures.iter().filter(move |signature| signature.typ() == Some(kind));
    if of(SignatureType::SubkeyRevocation).any(|signature| valid(&signature)) {
        return Err("is revoked".into());
    }
    let newest = newest(of(SignatureType::SubkeyBinding).filter(valid), now)
        .ok_or("is bound to no key of the keyring")?;
    expiry(&subkey.key, newest, now)?;
    if !newest.key_flags().sign() {
        return Err("is not for signing".into());
    }
    let back = newest.embedded_signature().filter(|signature| signature.hash_alg().is_some_and(is_strong));
    match back.is_some_and(|signature| signature.verify_primary_key_binding(&subkey.key, primary).is_ok()) {
        true => Ok(()),
        false => Err("does not know the key that it is bound to".into()),
    }
}

/// The newest signature that was made by then and has not expired.
fn newest<'s>(signatures: impl Iterator<Item = &'s Signature>, now: i64) -> Option<&'s Signature> {
    let made = |signature: &Signature| signature.created().map(|time| i64::from(time.as_secs()));
    let counts = |signature: &&Signature| {
        let until = made(signature)
            .zip(lifetime(signature.signature_expiration_time()))
            .map(|(made, life)| made + life);
        signature.hash_alg().is_some_and(is_strong)
            && made(signature).is_some_and(|made| made <= now)
            && until.is_none_or(|until| until >= now)
    };
    signatures.filter(counts).max_by_key(|signature| made(signature))
}

fn expiry(key: &impl KeyDetails, binding: &Signature, now: i64) -> Result<(), String> {
    let made = i64::from(key.created_at().as_secs());
    match lifetime(binding.key_expiration_time()).is_some_and(|life| made + life < now) {
        true => Err("has expired".into()),
        false => Ok(()),
    }
}

/// In seconds; 0 means no expiry (RFC 9580, 5.2.3.13 and 5.2.3.18).
fn lifetime(duration: Option<pgp::types::Duration>) -> Option<i64> {
    duration.map(|duration| i64::from(duration.as_secs())).filter(|seconds| *seconds > 0)
}

fn is_strong(hash: HashAlgorithm) -> bool {
    matches!(
        hash,
        HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
            | HashAlgorithm::Sha3_256
            | HashAlgorithm::Sha3_512
    )
}

fn matches(signature: &Signature, key: &impl KeyDetails) -> bool {
    let by_fingerprint = signature.issuer_fingerprint();
    match by_fingerprint.is_empty() {
        true => signature.issuer_key_id().contains(&&key.legacy_key_id()),
        false => by_fingerprint.contains(&&key.fingerprint()),
    }
}

/// The signer in the signature.
fn signer(signature: &Signature) -> String {
    let fingerprint =
        signature.issuer_fingerprint().first().map(|print| print.to_string().to_ascii_uppercase());
    let id = signature.issuer_key_id().first().map(|id| id.to_string().to_ascii_uppercase());
    fingerprint.or(id).unwrap_or_else(|| "an unnamed key".into())
}

fn fingerprints(key: &SignedPublicKey) -> impl Iterator<Item = String> {
    let own = key.primary_key.fingerprint().to_string();
    let subkeys = key.public_subkeys.iter().map(|subkey| subkey.key.fingerprint().to_string());
    std::iter::once(own).chain(subkeys).map(|print| print.to_ascii_lowercase())
}
