//! What the store and its downloads meet.

use fourply_store::StoreError;

use super::advice::Advice;
use super::npm::{token_line, trust};

pub(super) fn advice(error: &StoreError) -> Advice<'_> {
    let text = match error {
        StoreError::Mismatch { .. } => {
            "the lockfile and the registry disagree: find out which of them was changed before you trust either"
        }
        StoreError::Integrity { .. } => "run pnpm install, which writes an integrity for every package",
        StoreError::Corrupt { .. } => "run the command again: it was removed and is fetched again",
        StoreError::Parent { .. } => {
            "name with --store-from the folder of another store, as --store takes it"
        }
        StoreError::Unwritable { path, .. } => {
            let path = path.display();
            return format!(
                "name a store that can be written: --store DIR --store-from {path} reads from this one"
            )
            .into();
        }
        StoreError::NoFolder { .. } => "remove it, or name another folder with --store",
        StoreError::Absent { .. } => {
            "check the name and version, and which registry .npmrc, pnpm-workspace.yaml or pnpm's own configuration names"
        }
        StoreError::Refused { withheld: Some(host), .. } => return withheld(host).into(),
        StoreError::Refused { url, .. } => return refused(url).into(),
        StoreError::TokenHelper { .. } => "run the program by hand: it has to print a token and end with 0",
        StoreError::UnknownRegistry { .. } => {
            "write the registry's URL without a variable, or put the line into ~/.npmrc, where variables are replaced"
        }
        StoreError::Git { .. } => {
            "check with `git fetch` that the repository can be reached and has the commit"
        }
        StoreError::Offline { .. } => "run once without --offline to fill the store",
        StoreError::NoRegistry { .. } => {
            "npm is not there to be asked: set npm_config_registry=URL, or write registry=URL into ~/.npmrc"
        }
        StoreError::NoNamedRegistry { name, .. } => {
            return format!("write its URL into pnpm-workspace.yaml: namedRegistries: {{ {name}: URL }}")
                .into();
        }
        StoreError::Network { .. } => {
            "check the network, the proxy, and which registry .npmrc, pnpm-workspace.yaml or pnpm's own configuration names"
        }
        StoreError::Path { path, .. } if path.split('/').any(|part| part.starts_with(".wh.")) => {
            "rename the file, or let it not go along: output = [\"dist\", \"!dist/**/.wh.*\"]"
        }
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

fn withheld(host: &str) -> String {
    format!(
        "the workspace's own files have a credential for it that was not sent, as only they name this host: allow it with {}, or put the line into ~/.npmrc",
        trust(host)
    )
}

fn refused(url: &str) -> String {
    format!("put its token into ~/.npmrc, or where `pnpm config set` keeps it: {}", token_line(url))
}
