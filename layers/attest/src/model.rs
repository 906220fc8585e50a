//! What an image holds. In: facts. Out: components in one order, whatever order they came in, and edges that lead somewhere. It knows no form of document.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fourply_blob::Digest;

use crate::licence::Licence;
use crate::purl::Purl;

/// The image that a document speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The name of the service, or of the image.
    pub name: String,
    /// Of the manifest for one platform.
    pub digest: Digest,
    /// `linux/amd64`.
    pub platform: String,
    /// In seconds since 1970.
    pub created: i64,
    /// The contents were read from the layers: nobody told how the image was made.
    pub is_derived: bool,
}

/// What kind of thing a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The distribution that the base is of.
    System,
    /// A package of Debian's, or of a distribution like it.
    Deb,
    /// A package of Alpine's, or of a distribution like it.
    Apk,
    /// A program that no package manager of the base knows: node.
    Program,
    /// A package of npm's.
    Npm,
    /// A package of the workspace.
    Workspace,
    /// What a build generated in node_modules.
    Generated,
    /// A file that a script downloaded.
    Download,
}

impl Kind {
    /// The word for it in documents.
    pub fn word(self) -> &'static str {
        match self {
            Kind::System => "system",
            Kind::Deb => "deb",
            Kind::Apk => "apk",
            Kind::Program => "program",
            Kind::Npm => "npm",
            Kind::Workspace => "workspace",
            Kind::Generated => "generated",
            Kind::Download => "download",
        }
    }
}

/// A hash function that packages are published with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashKind {
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
}

/// The hash of what was fetched: a tarball, a deb, an apk, a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    /// Which function.
    pub kind: HashKind,
    /// In lower case.
    pub hex: String,
}

impl Hash {
    /// The hash of what has this digest.
    pub fn of(digest: &Digest) -> Hash {
        Hash { kind: HashKind::Sha256, hex: digest.hex() }
    }
}

/// One thing that an image holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What edges lead to; one for each component.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its name, with its scope.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Where anybody finds it; nothing of what no registry has.
    pub purl: Option<Purl>,
    /// The name by which lists of vulnerabilities know it.
    pub cpe: Option<String>,
    /// As it says itself.
    pub licence: Option<Licence>,
    /// Of what was fetched.
    pub hashes: BTreeSet<Hash>,
    /// Folders and files of the image, absolute.
    pub paths: BTreeSet<String>,
    /// The patch that changed it: its hash, as the lockfile has it.
    pub patch: Option<String>,
    /// Its tarball did not come by itself, but in that of another.
    pub is_bundled: bool,
}

impl Hash {
    /// The hashes of a subresource integrity, such as `sha512-BASE64`; those of functions that are not known are left out.
    pub fn of_integrity(text: &str) -> BTreeSet<Hash> {
        let hash = |word: &str| {
            let (name, value) = word.split_once('-')?;
            let (kind, length) = match name {
                "sha1" => (HashKind::Sha1, 20),
                "sha256" => (HashKind::Sha256, 32),
                "sha384" => (HashKind::Sha384, 48),
                "sha512" => (HashKind::Sha512, 64),
                _ => return None,
            };
            let bytes = STANDARD.decode(value.split('?').next()?).ok()?;
            (bytes.len() == length).then(|| Hash { kind, hex: hex::encode(bytes) })
        };
        text.split_ascii_whitespace().filter_map(hash).collect()
    }

    /// The name of the function in digests of in-toto.
    pub fn algorithm(&self) -> &'static str {
        match self.kind {
            HashKind::Sha1 => "sha1",
            HashKind::Sha256 => "sha256",
            HashKind::Sha384 => "sha384",
            HashKind::Sha512 => "sha512",
        }
    }
}

impl Component {
    /// A component of which no more is known.
    pub fn new(kind: Kind, id: impl Into<String>, name: impl Into<String>) -> Component {
        Component {
            id: id.into(),
            kind,
            name: name.into(),
            version: None,
            purl: None,
            cpe: None,
            licence: None,
            hashes: BTreeSet::new(),
            paths: BTreeSet::new(),
            patch: None,
            is_bundled: false,
        }
    }

    /// What both know is not the same.
    fn differs(&self, other: &Component) -> bool {
        let licences = self.licence.as_ref().zip(other.licence.as_ref());
        let is_licence = licences.is_some_and(|(one, other)| one != other);
        let are_hashed = !self.hashes.is_empty() && !other.hashes.is_empty();
        is_licence || (are_hashed && self.hashes.is_disjoint(&other.hashes))
    }
}

/// All that an image holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    components: BTreeMap<String, Component>,
    edges: BTreeMap<String, BTreeSet<String>>,
    /// What the image itself needs first of all: the service.
    roots: BTreeSet<String>,
}

impl Contents {
    /// Adds a component. One of the same id gets its paths, and what was not known of it. Where the two say different things of their licence or have
    /// different hashes, they are two components all the same.
    pub fn add(&mut self, mut component: Component) {
        while self.components.get(&component.id).is_some_and(|known| known.differs(&component)) {
            component.id.push_str("#other");
        }
        match self.components.get_mut(&component.id) {
            None => drop(self.components.insert(component.id.clone(), component)),
            Some(known) => {
                known.paths.extend(component.paths);
                known.hashes.extend(component.hashes);
                known.version = known.version.take().or(component.version);
                known.licence = known.licence.take().or(component.licence);
                known.is_bundled &= component.is_bundled;
            }
        }
    }

    /// One needs the other. An edge from or to what is not in the image does not count.
    pub fn edge(&mut self, from: &str, to: &str) {
        self.edges.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    /// The image starts this.
    pub fn root(&mut self, id: &str) {
        self.roots.insert(id.to_owned());
    }

    /// Sorted by id.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.components.values()
    }

    /// The ids of what a component needs, sorted.
    pub fn needs(&self, id: &str) -> Vec<&str> {
        let all = self.edges.get(id).into_iter().flatten();
        all.map(String::as_str).filter(|to| *to != id && self.components.contains_key(*to)).collect()
    }

    /// The ids of what the image starts; of an image that nobody told of, of all that nothing else needs.
    pub fn roots(&self) -> Vec<&str> {
        let there = |id: &&str| self.components.contains_key(*id);
        let named: Vec<&str> = self.roots.iter().map(String::as_str).filter(there).collect();
        let needed: BTreeSet<&str> =
            self.components.keys().flat_map(|id| self.needs(id)).chain(named.iter().copied()).collect();
        let free = self.components.keys().map(String::as_str).filter(|id| !needed.contains(id));
        let mut all: Vec<&str> = free.chain(named.iter().copied()).collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_to_what_is_not_there_do_not_count() {
        let mut contents = Contents::default();
        contents.add(Component::new(Kind::Npm, "a", "a"));
        contents.add(Component::new(Kind::Npm, "b", "b"));
        contents.edge("a", "b");
        contents.edge("a", "gone");
        contents.edge("a", "a");
        assert_eq!(contents.needs("a"), ["b"]);
        assert_eq!(contents.roots(), ["a"]);
    }

    #[test]
    fn integrities_are_hashes_in_hexadecimal_digits() {
        let found = Hash::of_integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha9-xx sha512-short");
        let hex = "da39a3ee5e6b4b0d3255bfef95601890afd80709".to_owned();
        assert_eq!(found, BTreeSet::from([Hash { kind: HashKind::Sha1, hex }]));
    }

    #[test]
    fn two_licences_are_two_components_whatever_their_id() {
        let mut contents = Contents::default();
        for licence in ["MIT", "GPL-3.0-only", "MIT", "GPL-3.0-only", "ISC"] {
            let licence = Licence::read(licence);
            contents.add(Component { licence, ..Component::new(Kind::Npm, "a", "a") });
        }
        let all: Vec<&str> = contents.components().map(|one| one.id.as_str()).collect();
        assert_eq!(all, ["a", "a#other", "a#other#other"]);
    }

    #[test]
    fn one_id_is_one_component_with_all_paths() {
        let mut contents = Contents::default();
        for path in ["/app/b", "/app/a"] {
            let paths = BTreeSet::from([path.to_owned()]);
            contents.add(Component { paths, ..Component::new(Kind::Npm, "a", "a") });
        }
        let all: Vec<_> = contents.components().flat_map(|one| &one.paths).collect();
        assert_eq!(all, ["/app/a", "/app/b"]);
    }
}
