//! The typed cache: small JSON documents with results of stages, so that they need not be computed again. In: a
//! [`Record`], which is a kind of key with the type of its value. Out: the value stored for the same inputs. A document
//! that is damaged or under another's name is removed and built again (`sealed.rs`). This module must not know the
//! meaning of the documents.

mod kind;

use fourply_blob::Inputs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::prune::folders;
use crate::{Result, Store, StoreError};
pub use kind::RecordKind;

/// A kind of record: its inputs, and the type of its value. Declared by [`record!`](crate::record), once for each
/// [`RecordKind`].
pub trait Record: Inputs {
    /// The kind, which names the folder of the records.
    const KIND: RecordKind;
    /// The type of the stored value.
    type Value: Serialize + DeserializeOwned;
}

/// Declares a kind of record: its inputs as for [`inputs!`](fourply_blob::inputs), its folder, and the type of its
/// value.
///
/// ```
/// use fourply_blob::Key;
/// fourply_store::record! {
///     /// The commands that a package offers.
///     struct CommandsOf<'a> in Bins, rules 1 => Vec<String> {
///         pack: &'a Key,
///     }
/// }
/// let folder = tempfile::tempdir().unwrap();
/// let store = fourply_store::Store::open(folder.path()).unwrap();
/// let commands = CommandsOf { pack: &Key::of(b"") };
/// store.put(&commands, &vec!["tsc".to_owned()]).unwrap();
/// assert_eq!(store.get(&commands).unwrap(), vec!["tsc".to_owned()]);
/// ```
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident $(<$life:lifetime>)? in $kind:ident, rules $rules:literal => $value:ty {
            $($(#[$field_meta:meta])* $field_visible:vis $field:ident : $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visible struct $name $(<$life>)? {
            $($(#[$field_meta])* $field_visible $field: $type),*
        }

        impl $(<$life>)? $crate::reexport::Inputs for $name $(<$life>)? {
            const NAME: &'static str = $crate::RecordKind::$kind.name();
            const RULES: u32 = $rules;

            fn add_to(&self, key: $crate::reexport::KeyBuilder) -> $crate::reexport::KeyBuilder {
                let Self { $($field),* } = self;
                key$(.value(stringify!($field), $field))*
            }
        }

        impl $(<$life>)? $crate::Record for $name $(<$life>)? {
            const KIND: $crate::RecordKind = $crate::RecordKind::$kind;
            type Value = $value;
        }
    };
}

impl Store {
    /// The value for these inputs; `None` if it is missing, damaged or of other rules.
    pub fn get<R: Record>(&self, record: &R) -> Option<R::Value> {
        let bytes = self.read_sealed(&kind_of(R::KIND), &record.key().hex())?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether there is a value for these inputs, readable or not.
    pub fn has<R: Record>(&self, record: &R) -> bool {
        self.find(&kind_of(R::KIND), &record.key().hex()).is_file()
    }

    /// Stores the value for these inputs.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn put<R: Record>(&self, record: &R, value: &R::Value) -> Result<()> {
        let bytes =
            serde_json::to_vec(value).map_err(|source| StoreError::Record { kind: R::KIND, source })?;
        self.write_sealed(&kind_of(R::KIND), &record.key().hex(), &bytes)
    }

    /// The stored value for these inputs. Otherwise the result of `find`, which is then stored.
    ///
    /// # Errors
    /// Those of `find`, or if the file cannot be written.
    pub fn get_or<R: Record, E: From<StoreError>>(
        &self,
        record: &R,
        find: impl FnOnce() -> std::result::Result<R::Value, E>,
    ) -> std::result::Result<R::Value, E> {
        if let Some(known) = self.get(record) {
            return Ok(known);
        }
        let found = find()?;
        self.put(record, &found)?;
        Ok(found)
    }

    /// The values of a kind for all inputs. Damaged ones are removed.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub(crate) fn all_of<R: Record>(&self) -> Result<Vec<R::Value>> {
        let kind = kind_of(R::KIND);
        let mut found = Vec::new();
        for name in self.names_of(&kind)? {
            let bytes = self.read_sealed(&kind, &name);
            found.extend(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()));
        }
        Ok(found)
    }

    fn names_of(&self, kind: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for shard in folders(&self.root().join(kind))? {
            for entry in fs_err::read_dir(shard)? {
                names.extend(entry?.file_name().into_string());
            }
        }
        Ok(names)
    }

    /// The name of a record in an export: `records/<kind>/<key>`.
    pub fn entry<R: Record>(&self, record: &R) -> String {
        format!("records/{}/{}", R::KIND.folder(), record.key().hex())
    }
}

/// The folder of a kind in the store.
fn kind_of(kind: RecordKind) -> String {
    format!("records/{}", kind.folder())
}

#[cfg(test)]
mod tests;
