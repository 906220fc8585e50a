//! What names a document. In: the image that it speaks of. Out: names that are the same for the same image, and for no other.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::AttestError;
use crate::model::Subject;

/// A UUID that follows from the image and the form of the document. Source: RFC 9562, section 5.8 (version 8: of one's own making).
pub(crate) fn uuid(form: &str, subject: &Subject) -> String {
    let derived = if subject.is_derived { "derived" } else { "planned" };
    let mut hash = Sha256::new();
    for part in ["fourply", form, derived, &subject.digest.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex::encode(bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// `2023-11-14T22:13:20Z`.
pub(crate) fn time(seconds: i64) -> Result<String, AttestError> {
    let time = Timestamp::from_second(seconds).map_err(|_| AttestError::Time { seconds })?;
    Ok(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_decides_the_name() {
        let subject = |bytes: &[u8]| Subject {
            name: "auth".into(),
            digest: fourply_blob::Digest::of(bytes),
            platform: "linux/amd64".into(),
            created: 0,
            is_derived: false,
        };
        let one = uuid("cyclonedx", &subject(b"a"));
        assert_eq!(one, uuid("cyclonedx", &subject(b"a")));
        assert_ne!(one, uuid("cyclonedx", &subject(b"b")));
        assert_ne!(one, uuid("spdx", &subject(b"a")));
        assert_eq!((one.len(), &one[14..15]), (36, "8"));
        assert_eq!(time(1_700_000_000).unwrap(), "2023-11-14T22:13:20Z");
        assert!(time(i64::MAX).is_err());
    }
}
