//! Large files, one part at a time. In: a reader. Out: windows over all bytes. Each window begins with the end of the
//! previous one, so that a searched text is complete in one of them.

use std::io::Read;
use std::path::Path;

use crate::Result;

/// Files above this size in bytes are read in windows.
pub(crate) const LARGE: u64 = 16 << 20;
/// The new bytes in a window.
const STEP: usize = 8 << 20;
/// The bytes that a window shares with the previous one: more than the length of a path, a secret or the beginning of a
/// private key. Even, for UTF-16 text.
const OVERLAP: usize = 64 << 10;

/// Calls `look` with each window, and with its bytes that no earlier window had.
///
/// # Errors
/// Those of reading and of `look`.
pub(crate) fn windows(input: &mut dyn Read, mut look: impl FnMut(&[u8], &[u8]) -> Result<()>) -> Result<()> {
    let mut window = Vec::with_capacity(OVERLAP + STEP);
    loop {
        let kept = window.len().min(OVERLAP);
        window.drain(..window.len() - kept);
        let count = (&mut *input).take(STEP as u64).read_to_end(&mut window)?;
        if count == 0 {
            return Ok(());
        }
        look(&window, window.get(kept..).unwrap_or_default())?;
    }
}

/// Whether two files of the same size have the same content.
///
/// # Errors
/// Those of reading.
pub(crate) fn hold_the_same(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (fs_err::File::open(one)?, fs_err::File::open(other)?);
    loop {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        one.by_ref().take(STEP as u64 / 8).read_to_end(&mut left)?;
        other.by_ref().take(STEP as u64 / 8).read_to_end(&mut right)?;
        if left != right || left.is_empty() {
            return Ok(left == right);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_byte_is_fresh_once_and_what_lies_between_two_windows_is_seen() {
        let mut bytes: Vec<u8> = (0..2 * STEP + 1000).map(|at| (at / 1000 % 251) as u8).collect();
        let needle = b"between two windows";
        bytes[STEP - 5..STEP - 5 + needle.len()].copy_from_slice(needle);
        let (mut all, mut seen) = (Vec::new(), 0);
        windows(&mut bytes.as_slice(), |window, fresh| {
            all.extend_from_slice(fresh);
            seen += usize::from(fourply_scripts::written::find(window, needle).is_some());
            assert!(window.ends_with(fresh) && window.len() <= OVERLAP + STEP);
            Ok(())
        })
        .unwrap();
        assert!(all == bytes && seen == 1);
        windows(&mut &b""[..], |_, _| panic!("nothing is there")).unwrap();
    }

    #[test]
    fn two_files_are_compared_to_their_ends() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        let mut bytes = vec![7; STEP / 8 + 10];
        fs_err::write(&one, &bytes).unwrap();
        fs_err::write(&other, &bytes).unwrap();
        assert!(hold_the_same(&one, &other).unwrap());
        *bytes.last_mut().unwrap() = 8;
        fs_err::write(&other, &bytes).unwrap();
        assert!(!hold_the_same(&one, &other).unwrap());
    }
}
