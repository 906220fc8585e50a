//! Files that could not be read or written.

use std::io::{Error, ErrorKind};

use super::advice::Advice;

/// The system's own words say the rest.
pub(super) fn advice(error: &Error) -> Advice<'_> {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or keep the store elsewhere with --store".into()
        }
        ErrorKind::ReadOnlyFilesystem => {
            "name a store that can be written with --store; --store-from DIR reads from one that cannot"
                .into()
        }
        _ => Advice::Nothing,
    }
}
