//! Hashes of bytes that pass: a writer that hashes just what another writer took, and whether a file is what its digest says.

use std::io::{self, Write};
use std::path::Path;

use fourply_blob::{Digest, DigestWriter};

use fourply_input::open_file;

/// Passes bytes on to `out`, and those that it took to `hasher`.
#[derive(Debug)]
pub(crate) struct HashingWriter<W, H> {
    pub out: W,
    pub hasher: H,
}

impl<W: Write, H: Write> Write for HashingWriter<W, H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.write_all(bytes.get(..count).unwrap_or_default())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether a file is what its name says.
pub(crate) fn is_blob(path: &Path, digest: &Digest) -> bool {
    let mut found = DigestWriter::new(io::sink());
    let read = open_file(path).and_then(|mut file| io::copy(&mut file, &mut found));
    read.is_ok() && found.into_parts().1 == *digest
}
