//! Files that a Dockerfile copies from the workspace to places outside it, which the new image lacks. In: its copies,
//! the files of the workspace. Out: certificate files that a base can be configured to trust, and notes on the rest.

use std::collections::BTreeSet;

use fourply_dockerfile::{CopiedPath, DockerImage};

use crate::command::name;
use crate::copied::{is_foreign, sources};
use crate::files::Kinds;
use crate::installed::in_modules;
use crate::kind::{FileKind, configures};
use crate::known::below;
use crate::model::Note;
use crate::place::Place;

/// Where a system's programs look for trusted certificates.
const TRUSTED: [&str; 4] =
    ["etc/ssl", "etc/pki", "usr/local/share/ca-certificates", "usr/share/ca-certificates"];
/// The variable that names such a file to node.
pub(crate) const NODES: &str = "NODE_EXTRA_CA_CERTS";

/// The result.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outside {
    /// Paths in the workspace.
    pub certificates: BTreeSet<String>,
    /// The absolute image paths of these and other certificates that the base trusts already.
    pub trusted: BTreeSet<String>,
    pub notes: Vec<Note>,
}

/// The files copied outside the workspace. `configured` are the certificates of the base.
pub(crate) fn files(
    image: &DockerImage,
    kinds: &Kinds<'_>,
    place: &Place,
    configured: &BTreeSet<String>,
) -> Outside {
    let mut found = Outside::default();
    for copied in image.copies.iter().filter(|copied| copied.deployed.is_none()) {
        let Some(source) = copied.source.as_deref().filter(|source| !in_modules(source)) else { continue };
        let rest = outside(copied, source, kinds, place).into_iter().filter(|(path, to)| {
            let trusted = is_certificate(image, path, to);
            if trusted {
                found.trusted.insert(format!("/{to}"));
            }
            if trusted && !configured.contains(path) {
                found.certificates.insert(path.clone());
            }
            !trusted
        });
        let rest: Vec<(String, String)> = rest.collect();
        let to = match rest.as_slice() {
            [] => continue,
            [(path, to)] if path == source => format!("/{to}"),
            _ => copied.to.clone(),
        };
        let note = Note::OtherPlace { source: source.to_owned(), to };
        if !found.notes.contains(&note) {
            found.notes.push(note);
        }
    }
    found
}

/// The files of one copy that may be needed at their location, each with its path in the image.
fn outside(copied: &CopiedPath, source: &str, kinds: &Kinds<'_>, place: &Place) -> Vec<(String, String)> {
    let known = kinds.known;
    let is_outside = |to: &str| place.of(to, known).is_none();
    let to = copied.to.trim_matches('/');
    if is_foreign(known, source) {
        let part = known.owner(source) != source && is_outside(to);
        return part.then(|| (source.to_owned(), to.to_owned())).into_iter().collect();
    }
    let single = known.sources.contains(source);
    // The workspace itself, or a package, is built there.
    if !single && (source.is_empty() || !known.may_be_named(source)) {
        return Vec::new();
    }
    // A file that is copied by name is needed, unless it is for tools.
    let counts = |path: &str| match single {
        true => !configures(name(path)) && !matches!(name(path), "package.json" | ".npmrc"),
        false => kinds.of(path) == FileKind::Needed,
    };
    let all = sources(known, copied, source).into_iter();
    all.filter(|(path, to)| is_outside(to) && counts(path)).collect()
}

/// Whether a file contains certificates and is where programs look for trusted ones. A file named as a key does not
/// count.
fn is_certificate(image: &DockerImage, path: &str, to: &str) -> bool {
    let lower = name(path).to_ascii_lowercase();
    let named =
        [".pem", ".crt", ".cer"].iter().any(|ending| lower.ends_with(ending)) && !lower.contains("key");
    let of_node = image.env.get(NODES).is_some_and(|path| path.trim_start_matches('/') == to);
    named && (of_node || TRUSTED.iter().any(|folder| below(to, folder)))
}

#[cfg(test)]
mod tests;
