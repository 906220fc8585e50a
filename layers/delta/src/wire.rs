//! Numbers and texts as bytes. In: values. Out: LEB128 numbers, and texts after their length; or the same, parsed with
//! limits.

use fourply_blob::Digest;

use crate::bounds;
use crate::error::DeltaError;

/// Appends a number, seven bits per byte, the lowest first.
pub(crate) fn put(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// Appends a text after its length.
pub(crate) fn put_text(to: &mut Vec<u8>, text: &[u8]) {
    put(to, text.len() as u64);
    to.extend_from_slice(text);
}

/// The remaining bytes to parse.
pub(crate) struct Wire<'w>(pub(crate) &'w [u8]);

const SHORT: DeltaError = DeltaError::Malformed("it ends within its recipe");

impl<'w> Wire<'w> {
    pub(crate) fn number(&mut self) -> Result<u64, DeltaError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)? else { return Err(SHORT) };
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DeltaError::Malformed("a number in it has more than 64 bits"))
    }

    /// A number of at most `most`.
    pub(crate) fn small(&mut self, most: usize) -> Result<usize, DeltaError> {
        let number = usize::try_from(self.number()?).ok().filter(|number| *number <= most);
        number.ok_or(DeltaError::Malformed("a number in it exceeds the bounds of the format"))
    }

    pub(crate) fn text(&mut self) -> Result<&'w [u8], DeltaError> {
        let length = self.small(bounds::NAME)?;
        self.take(length)
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, DeltaError> {
        let bytes = self.take(32)?;
        Ok(Digest::from_bytes(bytes.try_into().map_err(|_| SHORT)?))
    }

    pub(crate) fn level(&mut self) -> Result<i32, DeltaError> {
        let bytes = self.take(4)?;
        Ok(i32::from_le_bytes(bytes.try_into().map_err(|_| SHORT)?))
    }

    /// A list of values after their count; each takes at least one byte.
    pub(crate) fn list<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, DeltaError>,
    ) -> Result<Vec<T>, DeltaError> {
        let count = self.small(self.0.len())?;
        (0..count).map(|_| value(self)).collect()
    }

    fn take(&mut self, count: usize) -> Result<&'w [u8], DeltaError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }
}
