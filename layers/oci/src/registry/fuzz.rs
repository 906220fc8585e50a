//! Data from registries and credentials files, for the fuzz targets only. In: any bytes. Out: nothing; a violated
//! property panics.
#![allow(missing_docs)]

use super::{answer, challenge, credentials, pull, referrers};
use crate::docker_types::MediaTypes;
use crate::manifest::Manifest;
use crate::reference::Reference;
use crate::tree::ImageTree;

/// Headers of a response, one per line.
pub fn headers(bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines().take(20) {
        let _ = (challenge::parse(line), pull::range_start(line));
        let next = referrers::next_of(line);
        assert!(next.is_none_or(|next| line.contains(&next)));
    }
}

/// A credentials file. A file with helpers is skipped: a helper is a program, which would run.
pub fn credential_file(bytes: &[u8]) {
    let runs = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    if runs(b"cred") || runs(b"\\u") {
        return;
    }
    for name in ["registry.example:5000/a/b:1", "docker.io/library/node:22"] {
        if let Ok(reference) = Reference::parse(name) {
            let _ = credentials::find_in(bytes, &reference);
        }
    }
}

/// A manifest or an index, also with Docker's media types; and the body of an error.
pub fn manifest(bytes: &[u8]) {
    let manifest = Manifest::new("application/vnd.oci.image.index.v1+json", bytes.to_vec());
    let _ = (manifest.names("image"), manifest.is_index(), manifest.subject());
    let root = manifest.descriptor.digest;
    let _ = MediaTypes::Docker.of(ImageTree::new(vec![manifest], root, []));
    assert!(answer::api_errors(bytes).iter().all(|error| error.message.len() < 10_000));
}

/// A name that is written and read again is unchanged.
pub fn reference(bytes: &[u8]) {
    let Some(parsed) = std::str::from_utf8(bytes).ok().and_then(|text| Reference::parse(text).ok()) else {
        return;
    };
    let again = Reference::parse(&parsed.to_string());
    assert_eq!(again.ok().as_ref(), Some(&parsed), "{parsed}");
}
