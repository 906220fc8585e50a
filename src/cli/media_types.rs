//! `--media-types`: by whose media types the manifests of a push are written. In: the word. Out: the kind, and the line that tells of another digest.

use clap::ValueEnum;
use fourply_blob::{Digest, counted};
use fourply_oci::MediaTypes;

/// What `--media-types` may say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum MediaTypesWord {
    /// As the image has them
    #[default]
    Oci,
    /// Docker's, for a registry that takes no others: layers stay, the manifest gets another digest
    Docker,
}

impl From<MediaTypesWord> for MediaTypes {
    fn from(word: MediaTypesWord) -> MediaTypes {
        match word {
            MediaTypesWord::Oci => MediaTypes::Own,
            MediaTypesWord::Docker => MediaTypes::Docker,
        }
    }
}

/// Says that a manifest has another digest than before; nothing where it is the same. `left` manifests stay behind.
pub(crate) fn changed(before: &Digest, after: &Digest, left: usize) -> Option<String> {
    let rest = match left {
        0 => String::new(),
        left => format!("; what refers to the image stays behind ({})", counted(left, "manifest")),
    };
    (before != after)
        .then(|| format!("docker's media types: {after} in place of {before}, with the same layers{rest}"))
}
