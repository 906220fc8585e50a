//! Typed keys. In: structs that list every input of a result. Out: [`Key`]s. This module does not know what the keys
//! are for.
//!
//! A key must not change when code is renamed, and must change when an input changes. So each key is declared once, by
//! [`inputs!`](crate::inputs), with a name, the version of its rules and all of its fields. A struct that is a field of
//! a key lists its own fields by [`key_value!`](crate::key_value). Both destructure the struct: a new field does not
//! compile until it is listed. `Debug` output is not used. The encoding is a contract, see "Keys" in
//! `docs/layer-format.md`.

use crate::{Key, KeyBuilder};

/// Every input of one kind of result. Declared by [`inputs!`](crate::inputs).
pub trait Inputs {
    /// The kind of result, such as `"patched package"`. Names are unique.
    const NAME: &'static str;
    /// The version of the rules from inputs to result. Raise it when the same inputs give another result.
    const RULES: u32;

    /// Adds all fields, in order.
    fn add_to(&self, key: KeyBuilder) -> KeyBuilder;

    /// The key of name, rules and fields.
    fn key(&self) -> Key {
        let domain = format!("fourply {} v{}", Self::NAME, Self::RULES);
        self.add_to(KeyBuilder::new(&domain)).finish()
    }
}

/// Declares a kind of key: a struct of every input of a result, its name and the version of its rules.
///
/// ```
/// use fourply_blob::{Inputs, Key};
/// fourply_blob::inputs! {
///     /// A package after one patch.
///     struct PatchedInputs<'a>: "patched package", rules 1 {
///         pack: &'a Key,
///         patch: &'a str,
///     }
/// }
/// let pack = Key::of(b"");
/// assert_ne!(PatchedInputs { pack: &pack, patch: "a" }.key(), PatchedInputs { pack: &pack, patch: "b" }.key());
/// ```
#[macro_export]
macro_rules! inputs {
    (
        $(#[$meta:meta])*
        $visible:vis struct $name:ident $(<$life:lifetime>)? : $kind:literal, rules $rules:literal {
            $($(#[$field_meta:meta])* $field_visible:vis $field:ident : $type:ty),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visible struct $name $(<$life>)? {
            $($(#[$field_meta])* $field_visible $field: $type),*
        }

        impl $(<$life>)? $crate::Inputs for $name $(<$life>)? {
            const NAME: &'static str = $kind;
            const RULES: u32 = $rules;

            fn add_to(&self, key: $crate::KeyBuilder) -> $crate::KeyBuilder {
                let Self { $($field),* } = self;
                key$(.value(stringify!($field), $field))*
            }
        }
    };
}

#[cfg(test)]
mod tests;
