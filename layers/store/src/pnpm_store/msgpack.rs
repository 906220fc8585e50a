//! The values of `index.db`: MessagePack with msgpackr's records. In: bytes. Out: files. Only the parts of the format
//! that such values use are supported.
//!
//! A record is defined at its first occurrence, by `d4 72 SLOT`, the array of its keys, and the values; later ones are
//! `SLOT` and the values. SLOT is one of 40 to 7f. Source: msgpackr's documentation, "Record / Structure Extension".

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::StoreFile;
use crate::ExecutableBy;

/// The depth limit of nested values.
const MAX_DEPTH: usize = 32;

/// A value, with the types that are needed.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(u64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Other,
}

impl Value {
    fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    fn number(&self) -> Option<u64> {
        if let Value::Number(number) = self { Some(*number) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }
}

/// The files in an index, sorted by path; `None` if the bytes are not an index, or use a hash other than SHA-512.
pub(super) fn files(bytes: &[u8]) -> Option<Vec<StoreFile>> {
    let mut reader = Reader { bytes, records: BTreeMap::new() };
    let index = reader.value(0)?;
    let (Some("sha512"), Some(Value::Map(entries))) =
        (index.get("algo").and_then(Value::text), index.get("files"))
    else {
        return None;
    };
    let file = |(path, file): &(String, Value)| {
        Some(StoreFile {
            path: path.clone(),
            executable: ExecutableBy::of_mode(u32::try_from(file.get("mode")?.number()?).ok()?),
            size: file.get("size")?.number()?,
            digest: hex::decode(file.get("digest")?.text()?).ok().filter(|digest| digest.len() == 64)?,
        })
    };
    let mut files = entries.iter().map(file).collect::<Option<Vec<_>>>()?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Some(files)
}

struct Reader<'a> {
    bytes: &'a [u8],
    records: BTreeMap<u8, Arc<[String]>>,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let head = self.byte()?;
        Some(match head {
            0x40..=0x7f if self.records.contains_key(&head) => self.record(head, depth)?,
            0x00..=0x7f => Value::Number(head.into()),
            0x80..=0x8f => self.map(usize::from(head & 0x0f), depth)?,
            0x90..=0x9f => self.list(usize::from(head & 0x0f), depth)?,
            0xa0..=0xbf => self.text(usize::from(head & 0x1f))?,
            0xc0..=0xc3 => Value::Other,
            0xc4..=0xc6 => {
                let length = self.length(head - 0xc4)?;
                self.skip(length)?
            }
            0xca => self.skip(4)?,
            0xcb => {
                let bits: [u8; 8] = self.take(8)?.try_into().ok()?;
                whole(f64::from_bits(u64::from_be_bytes(bits)))
            }
            0xcc..=0xcf => Value::Number(self.unsigned(1 << (head - 0xcc))?),
            0xd0..=0xd3 => self.skip(1 << (head - 0xd0))?,
            0xd4 => self.definition(depth)?,
            0xd9..=0xdb => {
                let length = self.length(head - 0xd9)?;
                self.text(length)?
            }
            0xdc | 0xdd => {
                let length = self.length(head - 0xdc + 1)?;
                self.list(length, depth)?
            }
            0xde | 0xdf => {
                let length = self.length(head - 0xde + 1)?;
                self.map(length, depth)?
            }
            0xe0..=0xff => Value::Other,
            _ => return None,
        })
    }

    /// `72 SLOT KEYS VALUES…`. Any other one-byte extension is a value that is not needed.
    fn definition(&mut self, depth: usize) -> Option<Value> {
        let (kind, slot) = (self.byte()?, self.byte()?);
        if kind != 0x72 {
            return Some(Value::Other);
        }
        let Value::List(keys) = self.value(depth + 1)? else { return None };
        let keys: Option<Vec<String>> = keys.iter().map(|key| key.text().map(str::to_owned)).collect();
        self.records.insert(slot, keys?.into());
        self.record(slot, depth)
    }

    fn record(&mut self, slot: u8, depth: usize) -> Option<Value> {
        let keys = self.records.get(&slot)?.clone();
        let entries = keys.iter().map(|key| Some((key.clone(), self.value(depth + 1)?)));
        Some(Value::Map(entries.collect::<Option<_>>()?))
    }

    fn map(&mut self, length: usize, depth: usize) -> Option<Value> {
        let mut entries = Vec::new();
        for _ in 0..length {
            let Value::Text(key) = self.value(depth + 1)? else { return None };
            entries.push((key, self.value(depth + 1)?));
        }
        Some(Value::Map(entries))
    }

    fn list(&mut self, length: usize, depth: usize) -> Option<Value> {
        let mut list = Vec::new();
        for _ in 0..length {
            list.push(self.value(depth + 1)?);
        }
        Some(Value::List(list))
    }

    fn text(&mut self, length: usize) -> Option<Value> {
        String::from_utf8(self.take(length)?.to_vec()).ok().map(Value::Text)
    }

    fn skip(&mut self, length: usize) -> Option<Value> {
        self.take(length).map(|_| Value::Other)
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, power: u8) -> Option<usize> {
        usize::try_from(self.unsigned(1 << power)?).ok()
    }

    fn unsigned(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }
}

/// JavaScript writes integers beyond 32 bits as floats.
fn whole(number: f64) -> Value {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    match number.fract() == 0.0 && (0.0..=LARGEST).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at")]
        true => Value::Number(number as u64),
        false => Value::Other,
    }
}
