//! Values in keys. In: text, numbers, lists, structs. Out: self-delimiting bytes, fed to a hash. The encoding is a
//! contract, see "Keys" in `docs/layer-format.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value that can be a field of a key. The encoding is self-delimiting, so different lists of values never feed the
/// same bytes.
pub trait KeyValue {
    /// Feeds the value.
    fn feed(&self, feed: &mut Feed<'_>);
}

/// The destination of values.
#[derive(Debug)]
pub struct Feed<'a>(pub(crate) &'a mut blake3::Hasher);

impl Feed<'_> {
    /// Text or bytes: `b`, the length, the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(b"b");
        self.count(bytes.len());
        self.0.update(bytes);
    }

    /// A number: `n`, 64 bits.
    pub fn number(&mut self, number: u64) {
        self.0.update(b"n");
        self.0.update(&number.to_le_bytes());
    }

    /// A list: `l`, the number of items, then each item.
    pub fn list<T: KeyValue>(&mut self, items: impl ExactSizeIterator<Item = T>) {
        self.0.update(b"l");
        self.count(items.len());
        items.for_each(|item| item.feed(self));
    }

    /// The start of a struct with this many fields; each field follows as its name, then its value.
    pub fn fields(&mut self, count: usize) {
        self.0.update(b"s");
        self.count(count);
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_le_bytes());
    }
}

impl<T: KeyValue + ?Sized> KeyValue for &T {
    fn feed(&self, feed: &mut Feed<'_>) {
        (**self).feed(feed);
    }
}

impl<T: KeyValue + ?Sized> KeyValue for Arc<T> {
    fn feed(&self, feed: &mut Feed<'_>) {
        (**self).feed(feed);
    }
}

impl<T: KeyValue + ?Sized> KeyValue for Box<T> {
    fn feed(&self, feed: &mut Feed<'_>) {
        (**self).feed(feed);
    }
}

impl KeyValue for str {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.bytes(self.as_bytes());
    }
}

impl KeyValue for String {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.bytes(self.as_bytes());
    }
}

/// Bytes that are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(pub &'a [u8]);

impl KeyValue for Raw<'_> {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.bytes(self.0);
    }
}

impl KeyValue for std::path::Path {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.bytes(self.as_os_str().as_encoded_bytes());
    }
}

impl KeyValue for std::path::PathBuf {
    fn feed(&self, feed: &mut Feed<'_>) {
        self.as_path().feed(feed);
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl KeyValue for $number {
            fn feed(&self, feed: &mut Feed<'_>) {
                feed.number(u64::from(*self));
            }
        }
    )*};
}
numbers!(bool, u8, u16, u32, u64);

impl KeyValue for usize {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.number(*self as u64);
    }
}

/// The two's complement as a 64-bit number.
impl KeyValue for i64 {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.number(u64::from_le_bytes(self.to_le_bytes()));
    }
}

/// A list of zero or one items.
impl<T: KeyValue> KeyValue for Option<T> {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.list(self.iter());
    }
}

impl<T: KeyValue> KeyValue for [T] {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.list(self.iter());
    }
}

impl<T: KeyValue> KeyValue for Vec<T> {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.list(self.iter());
    }
}

impl<T: KeyValue> KeyValue for BTreeSet<T> {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.list(self.iter());
    }
}

/// A list of pairs.
impl<K: KeyValue, V: KeyValue> KeyValue for BTreeMap<K, V> {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.list(self.iter());
    }
}

impl<A: KeyValue, B: KeyValue> KeyValue for (A, B) {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.0.update(b"t");
        feed.count(2);
        self.0.feed(feed);
        self.1.feed(feed);
    }
}

impl<A: KeyValue, B: KeyValue, C: KeyValue> KeyValue for (A, B, C) {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.0.update(b"t");
        feed.count(3);
        self.0.feed(feed);
        self.1.feed(feed);
        self.2.feed(feed);
    }
}

/// Makes a struct a [`KeyValue`]: every field is listed, in hash order. Fields without influence are listed after
/// `without`, so that leaving one out is visible in the code.
///
/// ```
/// struct Limits { files: u64, note: String }
/// fourply_blob::key_value!(Limits { files } without { note });
/// ```
///
/// A field whose type is not a [`KeyValue`] states the value to feed instead: `node:
/// node.as_ref().map(ToString::to_string)`.
#[macro_export]
macro_rules! key_value {
    (@fed $field:ident) => { $field };
    (@fed $field:ident $fed:expr) => { &$fed };
    (
        $name:ident $(<$life:lifetime>)? { $($field:ident $(: $fed:expr)?),* $(,)? }
        $(without { $($left_out:ident),* $(,)? })?
    ) => {
        impl $(<$life>)? $crate::KeyValue for $name $(<$life>)? {
            fn feed(&self, feed: &mut $crate::Feed<'_>) {
                let Self { $($field,)* $($($left_out: _,)*)? } = self;
                feed.fields([$(stringify!($field)),*].len());
                $(
                    feed.bytes(stringify!($field).as_bytes());
                    $crate::KeyValue::feed($crate::key_value!(@fed $field $($fed)?), feed);
                )*
            }
        }
    };
}
