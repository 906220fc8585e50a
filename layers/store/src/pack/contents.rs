//! The bytes of a verified package archive: in memory, or in the open file if it is large. In: a file and its expected
//! hash. Out: any part of it. This module must not know the archive's structure.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use fourply_blob::Key;

/// In bytes. Larger archives stay in their files: Node.js has 100 MB, and several archives are open at once.
const LARGE: u64 = 4 << 20;

/// The bytes of a large archive that are read at once.
pub(super) const BUFFER: usize = 256 << 10;

/// In memory, or in an open file.
#[derive(Debug, Clone)]
pub(super) enum PackBytes {
    Memory(Arc<Vec<u8>>),
    /// The hashed file and its length in bytes. Replacing the file's name later has no effect here.
    File(Arc<std::fs::File>, usize),
}

impl PackBytes {
    /// Hashes the file from its beginning; `None` if the hash differs.
    pub(super) fn verified(mut file: std::fs::File, id: &Key) -> io::Result<Option<PackBytes>> {
        let size = file.metadata()?.len();
        let (contents, found) = if size <= LARGE {
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            file.read_to_end(&mut bytes)?;
            let found = Key::of(&bytes);
            (PackBytes::Memory(Arc::new(bytes)), found)
        } else {
            let (found, length) = hash(&mut file)?;
            (PackBytes::File(Arc::new(file), length), found)
        };
        Ok((found == *id).then_some(contents))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            PackBytes::Memory(bytes) => bytes.len(),
            PackBytes::File(_, length) => *length,
        }
    }

    pub(super) fn in_memory(&self, range: Range<usize>) -> Option<&[u8]> {
        match self {
            PackBytes::Memory(bytes) => Some(bytes.get(range).unwrap_or_default()),
            PackBytes::File(..) => None,
        }
    }

    pub(super) fn get(&self, range: Range<usize>) -> io::Result<Cow<'_, [u8]>> {
        match self {
            PackBytes::Memory(bytes) => Ok(Cow::Borrowed(bytes.get(range).unwrap_or_default())),
            PackBytes::File(file, _) => {
                let mut bytes = vec![0; range.len()];
                file.read_exact_at(&mut bytes, range.start as u64)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    pub(super) fn reader(&self, range: Range<usize>) -> PackReader<'_> {
        PackReader { contents: self, rest: range }
    }
}

fn hash(file: &mut std::fs::File) -> io::Result<(Key, usize)> {
    let (mut hasher, mut buffer, mut length) = (blake3::Hasher::new(), vec![0; BUFFER], 0);
    loop {
        let count = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            return Ok((Key::from_bytes(*hasher.finalize().as_bytes()), length));
        }
        hasher.update(bytes);
        length += count;
    }
}

/// A reader of one entry's content.
#[derive(Debug)]
pub struct PackReader<'a> {
    contents: &'a PackBytes,
    rest: Range<usize>,
}

impl Read for PackReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(self.rest.len());
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let count = match self.contents {
            PackBytes::Memory(bytes) => bytes.get(self.rest.clone()).unwrap_or_default().read(buffer)?,
            PackBytes::File(file, _) => file.read_at(buffer, self.rest.start as u64)?,
        };
        if count == 0 && wanted > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file of a pack was cut off"));
        }
        self.rest.start += count;
        Ok(count)
    }
}
