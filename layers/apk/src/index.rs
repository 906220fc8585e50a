//! An `APKINDEX.tar.gz`. In: its bytes, from any source. Out: its records, if it is signed by a trusted key and is for
//! the requested architecture.

use fourply_rootfs::tarball::{Sequential, TarKind, TarReader};

use crate::error::{ApkError, Result};
use crate::keys::{ApkKeyring, Signature};
use crate::members;
use crate::record::{self, ApkRecord};

/// The size limit of a compressed index in bytes; Alpine's community has 2 MB.
pub(crate) const MAX_INDEX: u64 = 256 << 20;
/// The size limit of an uncompressed index, in bytes.
const MAX_PLAIN: u64 = 1 << 30;
/// The size limit of an uncompressed signature member, in bytes.
pub(crate) const MAX_SIGNATURES: u64 = 64 << 10;

/// Reads an index. `url` is its name in messages.
///
/// # Errors
/// If it is damaged, unsigned, signed by an unknown key, or for another architecture.
pub(crate) fn read(
    url: &str,
    bytes: &[u8],
    keyring: &ApkKeyring,
    architecture: &str,
) -> Result<Vec<ApkRecord>> {
    if let Some(schema) = members::adb(bytes) {
        return Err(ApkError::Adb { file: url.into(), schema });
    }
    let fault = |reason: fourply_blob::Cause| ApkError::document(url, reason);
    let (head, signed) = members::first(bytes, MAX_SIGNATURES.max(bytes.len() as u64)).map_err(fault)?;
    let signatures = signatures(url, &head)?;
    keyring.verify(url, &signatures, signed)?;
    let (plain, _) = members::first(signed, MAX_PLAIN).map_err(fault)?;
    let text = text(url, &plain)?;
    let records = record::parse_all(&text).map_err(|reason| fault(format!("APKINDEX: {reason}").into()))?;
    let other =
        records.iter().find(|record| record.architecture != architecture && record.architecture != "noarch");
    match other {
        Some(other) => Err(ApkError::OtherArchitecture {
            url: url.into(),
            architecture: architecture.into(),
            found: other.architecture.clone(),
        }),
        None => Ok(records),
    }
}

/// The signatures in a file's first member; empty if that is not a signature member.
///
/// # Errors
/// If it is not a tar.
pub(crate) fn signatures(name: &str, plain: &[u8]) -> Result<Vec<Signature>> {
    let mut tar = TarReader::new(Sequential(plain), name);
    let mut found = Vec::new();
    while let Some(entry) = tar.next().map_err(|error| ApkError::document(name, error))? {
        if entry.kind != TarKind::File || !entry.path.starts_with(".SIGN.") {
            break;
        }
        let bytes = tar.head(MAX_SIGNATURES).map_err(|error| ApkError::document(name, error))?;
        found.extend(Signature::parse(&entry.path, bytes));
    }
    Ok(found)
}

fn text(url: &str, plain: &[u8]) -> Result<String> {
    let mut tar = TarReader::new(Sequential(plain), url);
    while let Some(entry) = tar.next().map_err(|error| ApkError::document(url, error))? {
        if entry.path == "APKINDEX" && entry.kind == TarKind::File {
            let bytes = tar.head(MAX_PLAIN).map_err(|error| ApkError::document(url, error))?;
            return String::from_utf8(bytes).map_err(|error| ApkError::document(url, error));
        }
    }
    Err(ApkError::document(url, "it has no APKINDEX"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fourply_testing::fixtures;

    /// Real indexes, signed over SHA-1 and SHA-256; and one of version 3.
    #[test]
    #[ignore = "needs the fixtures"]
    fn fixture_indexes_are_read_by_their_keys_only() {
        let data = fixtures::dir().join("alpine");
        let keys = |path: &str| ApkKeyring::read(&[data.join(path)]).unwrap();
        let bytes = |path: &str| std::fs::read(data.join(path)).unwrap();
        let sha256 = bytes("apko-testdata/rsa256-signed/APKINDEX.tar.gz");
        let own = keys("apko-testdata/rsa256-signed/test-rsa256.rsa.pub");
        assert!(read("x", &sha256, &own, "aarch64").is_ok());
        let error = read("x", &sha256, &keys("keys"), "aarch64").unwrap_err().to_string();
        assert!(error.contains("not trusted"), "{error}");
        let main = bytes("alpine-3.17-aarch64/main/APKINDEX.tar.gz");
        assert!(read("x", &main, &keys("keys"), "aarch64").unwrap().len() > 5000);
        let error = read("x", &main, &keys("keys"), "x86_64").unwrap_err().to_string();
        assert!(error.contains("aarch64, not for x86_64"), "{error}");
        let v3 = std::fs::read_dir(data.join("apk-v3-openwrt")).unwrap().flatten().map(|entry| entry.path());
        let v3 = v3.flat_map(std::fs::read).find(|bytes| bytes.starts_with(b"ADB")).unwrap();
        assert!(read("x", &v3, &own, "x86_64").unwrap_err().to_string().contains("apk version 3"));
    }

    proptest::proptest! {
        /// Any bytes are read or rejected; and no byte of a real index may change.
        #[test]
        fn any_bytes_are_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            proptest::prop_assert!(read("x", &bytes, &ApkKeyring::default(), "x86_64").is_err());
            let _ = crate::members::adb(&bytes);
        }
    }
}
