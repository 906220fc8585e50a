//! What the store and its downloads meet.

use fourply_store::StoreError;

use super::advice::Advice;

pub(super) fn advice(error: &StoreError) -> Advice<'_> {
    let text = match error {
        StoreError::Mismatch { .. } => {
            "the lockfile and the registry disagree: find out which of them was changed before you trust either"
        }
        StoreError::Integrity { .. } => "run pnpm install, which writes an integrity for every package",
        StoreError::Corrupt { .. } => "run the command again: it was removed and is fetched anew",
        StoreError::Absent { .. } => "check the name and version, and the registry in .npmrc",
        StoreError::Refused { .. } => "give the registry's token in .npmrc: //HOST/:_authToken=${TOKEN}",
        StoreError::Git { .. } => {
            "check with `git fetch` that the repository can be reached and has the commit"
        }
        StoreError::Offline { .. } => "run once without --offline to fill the store",
        StoreError::NoRegistry { .. } => "write registry=URL into .npmrc",
        StoreError::Network { .. } => "check the network, the proxy and the registry in .npmrc",
        StoreError::Io(error) => return Advice::Ask(error),
        StoreError::Layer(error) => return Advice::Ask(error),
        StoreError::Record { .. }
        | StoreError::Tarball { .. }
        | StoreError::Path { .. }
        | StoreError::TooLarge { .. }
        | StoreError::Setting { .. }
        | StoreError::Document { .. } => return Advice::Nothing,
    };
    text.into()
}
