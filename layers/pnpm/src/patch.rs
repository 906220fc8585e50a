//! Patches of packages, as `pnpm patch-commit` writes them. In: a patch's text, the files of a package. Out: the
//! patched files. A patch cannot name files outside the given ones.

mod apply;
mod file;
mod parse;

use std::collections::BTreeMap;

use fourply_blob::Digest;

use crate::dir_name::md5_base32;
pub use file::PatchFile;

/// pnpm's hash of a patch, over its text with LF line ends only. pnpm 9 writes 26 characters of base32, later versions
/// hex; `length` selects the form.
pub fn patch_hash(text: &str, length: usize) -> String {
    let text = text.replace("\r\n", "\n");
    if length == 26 { md5_base32(text.as_bytes()) } else { Digest::of(text.as_bytes()).hex() }
}

/// Applies a patch to the files of a package, by path. After an error, `files` is unusable.
///
/// # Errors
/// A mismatch, with file and line; a text that is not a patch.
pub fn patch_files(text: &str, files: &mut BTreeMap<String, PatchFile>) -> Result<(), String> {
    apply::apply(&parse::parse(text)?, files)
}

#[cfg(test)]
mod tests;
