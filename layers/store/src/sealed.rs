//! Small files that prove themselves: records, and pointers from a key to a pack. In: a kind, a name and a content. Out: bytes that hold the
//! content and a checksum over all three, so that a flipped bit, a file cut off and a file under another's name are noticed. What the
//! content means is not known here.
//!
//! ```text
//! <content>
//! <BLAKE3 over kind, name and content, 64 hexadecimal digits>
//! ```
//!
//! The checksum detects damage. It keeps nobody out who can write to the store.

use fourply_blob::{Inputs as _, Raw};

/// A line's end, 64 digits, a line's end.
const SEAL: usize = 66;

fourply_blob::inputs! {
    /// What a checksum stands for.
    struct SealOf<'a>: "sealed file of a store", rules 1 {
        kind: &'a str,
        name: &'a str,
        content: Raw<'a>,
    }
}

/// The bytes of a file that lies at `kind/ab/name`.
pub(crate) fn seal(kind: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let checksum = SealOf { kind, name, content: Raw(content) }.key();
    [content, format!("\n{checksum}\n").as_bytes()].concat()
}

/// The content of such a file; `None` where it is damaged, or another's.
pub(crate) fn unseal<'b>(kind: &str, name: &str, bytes: &'b [u8]) -> Option<&'b [u8]> {
    let (content, _) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
    (seal(kind, name, content) == bytes).then_some(content)
}

#[cfg(test)]
mod tests;
