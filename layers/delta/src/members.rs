//! A blob → its gzip members or zstd frames, in sequence; other data is one plain member. In: the blob's bytes. Out:
//! each member with its uncompressed bytes. A blob with a member above [`bounds::MEMBER`] is foreign: it cannot be
//! split within the limits.

use std::io::{self, BufRead, Read};

use fourply_blob::Codec;

use crate::bounds;
use crate::content::Content;

/// The compression of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Gzip,
    Zstd,
    Plain,
}

impl Form {
    fn of(head: &[u8]) -> Form {
        match head {
            [0x1f, 0x8b, ..] => Form::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Form::Zstd,
            _ => Form::Plain,
        }
    }

    /// The codecs that write members of this form.
    pub(crate) fn codecs(self) -> &'static [Codec] {
        match self {
            Form::Gzip => &[Codec::Gzip],
            Form::Zstd => &[Codec::Zstd, Codec::ZstdRelease],
            Form::Plain => &[],
        }
    }
}

/// One member of a blob.
pub(crate) struct Member {
    pub(crate) at: u64,
    pub(crate) form: Form,
    pub(crate) compressed: Vec<u8>,
    pub(crate) plain: Vec<u8>,
}

/// Passes each member of a blob to `each`, until it stops the walk. Returns whether all members were read and are
/// within the limits: `false` for a foreign blob.
pub(crate) fn walk<E: From<io::Error>>(
    content: &Content,
    mut each: impl FnMut(Member) -> Result<bool, E>,
) -> Result<bool, E> {
    let mut input = Recorder { inner: content.reader(), taken: Vec::new() };
    let mut at = 0;
    let form = Form::of(input.fill_buf()?);
    while !input.fill_buf()?.is_empty() {
        let Some(plain) = decompressed(&mut input, form) else { return Ok(false) };
        let compressed = std::mem::take(&mut input.taken);
        let length = compressed.len() as u64;
        if !each(Member { at, form, compressed, plain })? {
            return Ok(false);
        }
        at += length;
    }
    Ok(true)
}

/// The uncompressed bytes of `bytes`, if they are one member of exactly this uncompressed length.
pub(crate) fn single(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let plain = read(&mut rest, Form::of(bytes), length).ok()?;
    (rest.is_empty() && plain.len() == length).then_some(plain)
}

fn decompressed(input: &mut impl BufRead, form: Form) -> Option<Vec<u8>> {
    read(input, form, bounds::MEMBER).ok().filter(|plain| plain.len() <= bounds::MEMBER)
}

/// The next member, or the first bytes of one that has more than `most`.
fn read(input: &mut impl BufRead, form: Form, most: usize) -> io::Result<Vec<u8>> {
    /// A frame of at most a member's size needs no larger window.
    const WINDOW_LOG: u32 = bounds::MEMBER.ilog2();
    let mut plain = Vec::new();
    let limit = most as u64 + 1;
    match form {
        Form::Gzip => flate2::bufread::GzDecoder::new(input).take(limit).read_to_end(&mut plain)?,
        Form::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?.single_frame();
            decoder.window_log_max(WINDOW_LOG)?;
            decoder.take(limit).read_to_end(&mut plain)?
        }
        Form::Plain => input.take(limit).read_to_end(&mut plain)?,
    };
    Ok(plain)
}

/// Records the bytes that a decoder consumes, which are its member's compressed bytes.
struct Recorder<R> {
    inner: R,
    taken: Vec<u8>,
}

impl<R: BufRead> Read for Recorder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let count = bytes.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Recorder<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            self.taken.extend_from_slice(bytes.get(..count).unwrap_or(bytes));
        }
        self.inner.consume(count);
    }
}
