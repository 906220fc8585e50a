//! Streaming hashes. In: bytes or a file. Out: a writer that hashes the bytes that another writer accepted; and whether
//! a file matches its digest.

use std::io::{self, Write};
use std::path::Path;

use fourply_blob::{Digest, DigestWriter};

use fourply_input::open_file;

/// Writes to `out`, and hashes the accepted bytes with `hasher`.
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

/// Whether a file matches its digest.
pub(crate) fn is_blob(path: &Path, digest: &Digest) -> bool {
    let mut found = DigestWriter::new(io::sink());
    let read = open_file(path).and_then(|mut file| io::copy(&mut file, &mut found));
    read.is_ok() && found.into_parts().1 == *digest
}
