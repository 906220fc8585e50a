use std::io::Write;

use super::{Digest, DigestWriter};

/// The digest of no bytes, as `sha256sum </dev/null` prints it.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn text_goes_both_ways() {
    assert_eq!(Digest::of(b"").to_string(), EMPTY);
    assert_eq!(EMPTY.parse::<Digest>().unwrap(), Digest::of(b""));
    assert_eq!(serde_json::to_string(&Digest::of(b"")).unwrap(), format!("{EMPTY:?}"));
    assert_eq!(serde_json::from_str::<Digest>(&format!("{EMPTY:?}")).unwrap(), Digest::of(b""));
}

#[test]
fn other_texts_are_refused() {
    let upper = EMPTY.to_uppercase().replace("SHA256", "sha256");
    let long = format!("{EMPTY}00");
    for text in ["", "sha256:", "sha512:00", &upper, &EMPTY[7..], &EMPTY[..70], &long] {
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
}

#[test]
fn a_writer_that_takes_little_is_hashed_rightly() {
    struct Three(Vec<u8>);
    impl Write for Three {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut writer = DigestWriter::new(Three(Vec::new()));
    writer.write_all(b"hello world").unwrap();
    let (Three(bytes), digest, written) = writer.into_parts();
    assert_eq!(
        (bytes.as_slice(), digest, written),
        (b"hello world".as_slice(), Digest::of(b"hello world"), 11)
    );
}
