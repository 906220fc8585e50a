//! Small files with a checksum: records, and pointers from a key to a pack. In: a kind, a name and content. Out: bytes
//! with the content and a checksum over all three. A flipped bit, a truncated file and a file under another's name are
//! therefore detected. This module must not know the meaning of the content.
//!
//! ```text
//! <content>
//! <BLAKE3 over kind, name and content, 64 hexadecimal digits>
//! ```
//!
//! The checksum detects damage. It does not stop an attacker who can write to the store.

use fourply_blob::{Inputs as _, Raw};

/// In bytes: a line break, 64 digits, a line break.
const SEAL: usize = 66;

fourply_blob::inputs! {
    /// The input of a checksum.
    struct SealOf<'a>: "sealed file of a store", rules 1 {
        kind: &'a str,
        name: &'a str,
        content: Raw<'a>,
    }
}

/// The bytes of the file `kind/ab/name`.
pub(crate) fn seal(kind: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let checksum = SealOf { kind, name, content: Raw(content) }.key();
    [content, format!("\n{checksum}\n").as_bytes()].concat()
}

/// The content of such a file; `None` if it is damaged or belongs to another name.
pub(crate) fn unseal<'b>(kind: &str, name: &str, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (content, _) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
    (seal(kind, name, content) == bytes).then_some(content)
}

#[cfg(test)]
mod tests;
