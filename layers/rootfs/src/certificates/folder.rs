//! The folder in which OpenSSL looks up certificates. In: the merged tree, and links to add or remove. Out: the
//! folder's links by name and by hash. Links by hash are as `openssl rehash` leaves them: a correct link keeps its
//! number, a new one takes the first free number, and a duplicate certificate gets one link. Source: OpenSSL 3,
//! apps/rehash.c.

use std::collections::{BTreeMap, BTreeSet};

use super::{certificate, subject_hash};
use crate::metadata::{RootfsMetadata, TreeKind};
use crate::paths::CERTIFICATE_LINKS;

/// The longest chain of links inside the folder.
const MAX_LINKS: usize = 40;

/// The targets of links by name; `None` for other files.
type Links = BTreeMap<String, Option<String>>;

/// `/etc/ssl/certs` during an update of certificates.
#[derive(Debug)]
pub struct CertificateLinks<'t> {
    tree: &'t RootfsMetadata,
    before: Links,
    now: Links,
}

impl<'t> CertificateLinks<'t> {
    /// The folder of a tree.
    pub fn of(tree: &'t RootfsMetadata) -> Self {
        let real = tree.lookup(CERTIFICATE_LINKS).map(|(real, _)| real).unwrap_or_default();
        let below = tree.entries.range(format!("{real}/")..format!("{real}0"));
        let items = below.filter_map(|(path, entry)| {
            let name = path.get(real.len() + 1..).filter(|name| !name.contains('/'))?;
            match &entry.kind {
                TreeKind::Symlink(target) => Some((name.to_owned(), Some(target.clone()))),
                TreeKind::File(_) => Some((name.to_owned(), None)),
                TreeKind::Directory | TreeKind::Other => None,
            }
        });
        let before: Links = items.collect();
        Self { tree, now: before.clone(), before }
    }

    /// The links with their targets.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.now.iter().filter_map(|(name, target)| Some((name.as_str(), target.as_deref()?)))
    }

    /// Adds a link, replacing any file of this name.
    pub fn add(&mut self, name: String, target: String) {
        self.now.insert(name, Some(target));
    }

    /// Removes a link; other files stay.
    pub fn remove(&mut self, name: &str) {
        if self.now.get(name).is_some_and(Option::is_some) {
            self.now.remove(name);
        }
    }

    /// Whether a link was added or removed.
    pub fn changed(&self) -> bool {
        self.before != self.now
    }

    /// Removes dangling links.
    pub fn remove_lost(&mut self) {
        loop {
            let lost = self.links().filter(|(name, _)| self.leads_to(name, 0).is_none());
            let lost: Vec<String> = lost.map(|(name, _)| name.to_owned()).collect();
            if lost.is_empty() {
                break;
            }
            lost.iter().for_each(|name| self.remove(name));
        }
    }

    /// Creates the links by hash. `content` returns the content of a path, if known.
    pub fn rehash<'c>(&mut self, content: &dyn Fn(&str) -> Option<&'c [u8]>) {
        let items = self.now.iter().map(|(name, link)| {
            let content = self.leads_to(name, 0).and_then(|path| content(&path));
            (name.clone(), InFolder { link: link.as_deref(), content })
        });
        let links = hash_links(&items.collect());
        self.now.retain(|name, link| link.is_none() || by_name(name).is_none());
        self.now.extend(links.into_iter().map(|(name, target)| (name, Some(target))));
    }

    /// The file that a name leads to, through links of the folder.
    fn leads_to(&self, name: &str, depth: usize) -> Option<String> {
        match self.now.get(name)? {
            None => Some(format!("{CERTIFICATE_LINKS}/{name}")),
            Some(_) if depth > MAX_LINKS => None,
            Some(target) if !target.contains('/') => self.leads_to(target, depth + 1),
            Some(target) => {
                let path = match target.strip_prefix('/') {
                    Some(path) => path.to_owned(),
                    None => format!("{CERTIFICATE_LINKS}/{target}"),
                };
                self.tree.lookup(&path).map(|_| path)
            }
        }
    }

    /// The new or changed links, and the removed paths; by path.
    pub fn changes(self) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let path = |name: &String| format!("{CERTIFICATE_LINKS}/{name}");
        let gone = self.before.keys().filter(|name| !self.now.contains_key(*name)).map(path).collect();
        let new = self.now.iter().filter(|(name, link)| self.before.get(*name) != Some(*link));
        let links = new.filter_map(|(name, link)| Some((path(name), link.clone()?))).collect();
        (links, gone)
    }
}

/// One name of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InFolder<'f> {
    /// The target, if it is a link.
    link: Option<&'f str>,
    /// The content behind all links, if known.
    content: Option<&'f [u8]>,
}

/// The extensions of the files to read. Revocation lists are ignored.
const ENDINGS: [&str; 3] = ["pem", "crt", "cer"];

/// A certificate that has or will have a link by hash.
struct Linked<'f> {
    file: &'f str,
    certificate: Option<Vec<u8>>,
    /// The numbers of its existing links.
    numbers: Vec<usize>,
}

/// All resulting links by hash, by name.
fn hash_links(folder: &BTreeMap<String, InFolder<'_>>) -> BTreeMap<String, String> {
    let mut by_hash: BTreeMap<String, Vec<Linked<'_>>> = BTreeMap::new();
    for (name, item) in folder {
        if let (Some(target), Some((hash, number))) = (item.link, by_name(name)) {
            let all = by_hash.entry(hash.to_owned()).or_default();
            match all.iter_mut().find(|linked| linked.file == target) {
                Some(known) => known.numbers.push(number),
                None => all.push(Linked { file: target, certificate: None, numbers: vec![number] }),
            }
            continue;
        }
        let content = item.content.filter(|_| has_ending(name));
        let Some((hash, der)) = content.and_then(|pem| Some((subject_hash(pem)?, certificate(pem)?))) else {
            continue;
        };
        let all = by_hash.entry(hash).or_default();
        if all.iter().any(|known| known.certificate.as_ref() == Some(&der)) {
            continue;
        }
        match all.iter_mut().find(|linked| linked.file == name) {
            Some(known) => known.certificate = Some(der),
            None => all.push(Linked { file: name, certificate: Some(der), numbers: Vec::new() }),
        }
    }
    by_hash.into_iter().flat_map(|(hash, all)| numbered(&hash, &all)).collect()
}

/// The links of one hash. If a certificate's lowest number is too high, it gets another link, and the old one stays as
/// well.
fn numbered(hash: &str, all: &[Linked<'_>]) -> BTreeMap<String, String> {
    let name = |number: usize| format!("{hash}.{number}");
    let needed = all.iter().filter(|linked| linked.certificate.is_some()).count();
    let lowest = |linked: &Linked<'_>| linked.numbers.iter().min().copied();
    let kept = |linked: &Linked<'_>| lowest(linked).filter(|number| *number < needed);
    let mut taken: BTreeSet<usize> = all.iter().filter_map(kept).collect();
    let old = all.iter().flat_map(|linked| linked.numbers.iter().map(|number| (name(*number), linked.file)));
    let mut links: BTreeMap<String, String> = old.map(|(name, file)| (name, file.to_owned())).collect();
    for linked in all.iter().filter(|linked| kept(linked).is_none()) {
        if linked.certificate.is_some() {
            let number = (0..).find(|number| !taken.contains(number)).unwrap_or_default();
            taken.insert(number);
            links.insert(name(number), linked.file.to_owned());
        } else if let Some(number) = lowest(linked) {
            links.remove(&name(number));
        }
    }
    links
}

/// The hash and the number in a link's name: `4042bcee.0`.
fn by_name(name: &str) -> Option<(&str, usize)> {
    let (hash, number) = name.split_once('.')?;
    let is_hash = hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_hash && digits).then(|| number.parse().ok().map(|number| (hash, number)))?
}

/// Whether a file in a folder of certificates is read, by its name.
pub(crate) fn has_ending(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests;
