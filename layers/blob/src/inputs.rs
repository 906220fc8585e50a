//! Typed keys. In: structs that list everything that decides a result. Out: [`Key`]s. Nothing here knows what is keyed.
//!
//! A key must not change because code was renamed, and it must change when an input does. So a key is declared once, by
//! [`inputs!`](crate::inputs), with the name, the version of its rules and all of its fields; a struct that is a field of a key lists its own
//! fields by [`key_value!`](crate::key_value). Both take the struct apart field by field: a new field does not compile until it is listed.
//! `Debug` has no part in it. The encoding is a contract, see "Keys" in `docs/layer-format.md`.

use crate::{Key, KeyBuilder};

/// Everything that decides one kind of result. Declared by [`inputs!`](crate::inputs).
pub trait Inputs {
    /// What is keyed, such as `"patched package"`. No two kinds share a name.
    const NAME: &'static str;
    /// The version of the rules that lead from the inputs to the result. Raise it when the same inputs lead to another result.
    const RULES: u32;

    /// Adds all fields, in their order.
    fn add_to(&self, key: KeyBuilder) -> KeyBuilder;

    /// The key over name, rules and fields.
    fn key(&self) -> Key {
        let domain = format!("fourply {} v{}", Self::NAME, Self::RULES);
        self.add_to(KeyBuilder::new(&domain)).finish()
    }
}

/// Declares a kind of key: a struct of everything that decides a result, its name and the version of its rules.
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
