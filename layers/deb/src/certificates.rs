//! What `update-ca-certificates` makes of Debian's certificates. Comes in: packages. Goes out: the bundle, the list of certificates, and links to
//! each of them by name and by hash.

use std::collections::BTreeMap;

use fourply_rootfs::CERTIFICATE_BUNDLE;
use fourply_rootfs::certificates::{link_name, subject_hash};

use crate::scan::{CERTIFICATES, Scanned};

/// Where links to them lie.
const LINKS: &str = "etc/ssl/certs";
/// Which of them are trusted: the package asks at its installation, and takes all where nobody answers.
const LIST: &str = "etc/ca-certificates.conf";

/// What is made of certificates.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Texts of files, by path.
    pub files: BTreeMap<String, String>,
    /// Targets of links, by path.
    pub links: BTreeMap<String, String>,
}

/// Nothing where the packages have no certificates.
pub(crate) fn made(packages: &[Scanned]) -> Made {
    let all: BTreeMap<&String, &Vec<u8>> =
        packages.iter().flat_map(|package| &package.certificates).collect();
    let mut made = Made::default();
    if all.is_empty() {
        return made;
    }
    let names: String = all
        .keys()
        .filter_map(|path| path.strip_prefix(CERTIFICATES))
        .map(|name| format!("{name}\n"))
        .collect();
    made.files.insert(LIST.into(), names);
    made.files.insert(CERTIFICATE_BUNDLE.into(), bundle(all.values().copied()));
    for (path, certificate) in all {
        let name = format!("{}.pem", link_name(path));
        made.links.insert(format!("{LINKS}/{name}"), format!("/{path}"));
        let Some(hash) = subject_hash(certificate) else { continue };
        let free = (0..10).map(|number| format!("{LINKS}/{hash}.{number}"));
        if let Some(link) = free.into_iter().find(|link| !made.links.contains_key(link)) {
            made.links.insert(link, name);
        }
    }
    made
}

/// The certificates, one after the other, in the order of their paths; each ends its line.
fn bundle<'c>(certificates: impl Iterator<Item = &'c Vec<u8>>) -> String {
    let mut bundle = String::new();
    for certificate in certificates {
        bundle.push_str(&String::from_utf8_lossy(certificate));
        if !bundle.ends_with('\n') {
            bundle.push('\n');
        }
    }
    bundle
}
