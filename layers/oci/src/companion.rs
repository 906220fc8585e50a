//! Tags that belong to a manifest by their name alone: cosign's signatures, attestations and SBOMs, from before
//! registries had referrers. In: a digest or a tag. Out: the tags for the digest, or the digest in the tag. Source:
//! cosign, specs/SIGNATURE_SPEC.md, "Discovery".

use fourply_blob::Digest;

/// The suffixes for a signature, an attestation and an SBOM.
const ENDINGS: [&str; 3] = [".sig", ".att", ".sbom"];

/// The tags for a manifest. A repository may have any of them.
pub fn companions(subject: &Digest) -> [String; 3] {
    ENDINGS.map(|ending| format!("sha256-{}{ending}", subject.hex()))
}

/// The digest of the manifest that a tag belongs to; `None` for an ordinary tag.
pub fn companion_of(tag: &str) -> Option<Digest> {
    let rest = tag.strip_prefix("sha256-")?;
    let hex = ENDINGS.iter().find_map(|ending| rest.strip_suffix(ending))?;
    format!("sha256:{hex}").parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tag_leads_back_to_its_digest() {
        let digest = Digest::of(b"x");
        let tags = companions(&digest);
        assert!(tags.iter().all(|tag| companion_of(tag) == Some(digest)), "{tags:?}");
        assert_eq!(tags[0], format!("sha256-{}.sig", digest.hex()));
        let plain = format!("sha256-{}", digest.hex());
        for other in ["1.0", "latest.sig", "sha256-00.sig", &plain, "sha256-.sig"] {
            assert_eq!(companion_of(other), None, "{other}");
        }
    }
}
