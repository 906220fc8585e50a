//! The effects of ca-certificates' script and `update-ca-certificates`. In: the plan, and packages. Out: the bundle,
//! the list of certificates, and links to each of them by name and by hash. On a base, its own additions are kept and
//! its disabled certificates stay disabled. Source: debian/postinst, debian/config and sbin/update-ca-certificates of
//! ca-certificates 20250419.

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Meta;
use fourply_rootfs::certificates::{CertificateLinks, link_name};
use fourply_rootfs::{CERTIFICATE_BUNDLE, LOCAL_CERTIFICATES, TreeKind};

use crate::plan::DebPlan;
use crate::scan::{CERTIFICATES, Scanned};

mod list;

/// The package with the script.
pub(crate) const PACKAGE: &str = "ca-certificates";
/// The list of trusted certificates. The package asks about it at installation, and trusts all if nobody answers.
const LIST: &str = "etc/ca-certificates.conf";
/// The previous list.
const OLD_LIST: &str = "etc/ca-certificates.conf.dpkg-old";
/// Programs that are notified of changes.
const HOOKS: &str = "etc/ca-certificates/update.d/";

/// The files and links that result from certificates.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Contents of files, by path.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Targets of links, by path; they replace existing entries.
    pub links: BTreeMap<String, String>,
    /// Links of the base to remove.
    pub gone: BTreeSet<String>,
    /// The folder for the system's own certificates, as on a base.
    pub folder: Option<Meta>,
    /// Whether something is missing that only the script could create.
    pub incomplete: bool,
}

/// Empty if the script does not run.
pub(crate) fn made(plan: &DebPlan<'_>, packages: &[Scanned]) -> Made {
    if !runs(plan, packages) {
        return Made::default();
    }
    let folder = CertificateLinks::of(&plan.tree);
    Update { plan, packages, made: Made::default(), folder }.run()
}

/// Whether the package is new or upgraded, or another one activates its trigger.
fn runs(plan: &DebPlan<'_>, packages: &[Scanned]) -> bool {
    let is_there = || plan.base.is_some_and(|base| base.packages.iter().any(|known| *known.name == *PACKAGE));
    let comes = packages.iter().any(|package| package.pin.name == PACKAGE);
    comes || (is_there() && packages.iter().any(|package| package.activates("update-ca-certificates")))
}

/// One run of the script.
struct Update<'u> {
    plan: &'u DebPlan<'u>,
    packages: &'u [Scanned],
    made: Made,
    folder: CertificateLinks<'u>,
}

impl<'u> Update<'u> {
    fn run(mut self) -> Made {
        let list = self.list();
        for name in list.lines().filter_map(|line| line.strip_prefix('!')) {
            let name = name.rsplit('/').next().unwrap_or(name);
            self.folder.remove(&format!("{}.pem", name.strip_suffix(".crt").unwrap_or(name)));
        }
        let mut bundle = Vec::new();
        for (path, certificate) in self.trusted(&list) {
            self.folder.add(format!("{}.pem", link_name(&path)), format!("/{path}"));
            bundle.extend_from_slice(certificate);
            // As with `sed '$a\'`.
            if bundle.last().is_some_and(|last| *last != b'\n') {
                bundle.push(b'\n');
            }
        }
        if self.folder.changed() {
            self.folder.remove_lost();
            let (plan, packages) = (self.plan, self.packages);
            self.folder.rehash(&|path| content(plan, packages, path));
        }
        self.made.files.insert(CERTIFICATE_BUNDLE.into(), bundle);
        let has_hook = self.plan.tree.entries.keys().any(|path| path.starts_with(HOOKS));
        self.made.incomplete |= has_hook;
        self.made.folder = self.local_folder();
        let (links, gone) = self.folder.changes();
        Made { links, gone, ..self.made }
    }

    /// With the metadata of `/usr/local`.
    fn local_folder(&self) -> Option<Meta> {
        let rootfs = self.plan.base?.rootfs;
        let Meta { mode, uid, gid, .. } = rootfs.lookup("usr/local")?.1.meta();
        let there = rootfs.lookup(LOCAL_CERTIFICATES).map(|(_, entry)| entry.meta());
        Some(Meta { mode, uid, gid, ..there.unwrap_or(Meta::directory(0, 0)) })
    }

    /// The list of certificates, written if it changes.
    fn list(&mut self) -> String {
        let available: BTreeSet<&str> =
            self.files(CERTIFICATES.trim_end_matches('/')).filter(|name| name.ends_with(".crt")).collect();
        let old = self.plan.base.and_then(|base| base.rootfs.content(LIST));
        let old = old.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let new = match (&old, self.plan.base) {
            (Some(old), _) => list::updated(old, &available, &|name| {
                [CERTIFICATES.trim_end_matches('/'), LOCAL_CERTIFICATES]
                    .iter()
                    .any(|folder| self.is_file(&format!("{folder}/{name}")))
            }),
            (None, Some(_)) => list::fresh(&available),
            (None, None) => list::plain(&available),
        };
        if let Some(old) = old.filter(|old| *old != new) {
            self.made.files.insert(OLD_LIST.into(), old.into_bytes());
            self.made.files.insert(LIST.into(), new.clone().into_bytes());
        } else if self.plan.base.is_none_or(|base| base.rootfs.content(LIST).is_none()) {
            self.made.files.insert(LIST.into(), new.clone().into_bytes());
        }
        new
    }

    /// Paths below a folder, relative to it: files, and links to files.
    fn files(&self, folder: &str) -> impl Iterator<Item = &'u str> {
        let tree = &self.plan.tree;
        let real = tree.lookup(folder).map(|(real, _)| real).unwrap_or_default();
        let all = tree.entries.range(format!("{real}/")..format!("{real}0"));
        let files = all.filter(|(_, entry)| matches!(entry.kind, TreeKind::File(_)));
        files.filter_map(move |(path, _)| path.get(real.len() + 1..))
    }

    fn is_file(&self, path: &str) -> bool {
        self.plan.tree.lookup(path).is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(_)))
    }

    /// Certificates in the list, in its order, then the system's own, sorted by path.
    fn trusted(&mut self, list: &str) -> Vec<(String, &'u [u8])> {
        let named =
            list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        let named = named.map(|name| format!("{CERTIFICATES}{name}"));
        let paths: Vec<String> = named.filter(|path| self.is_file(path)).chain(self.local()).collect();
        let mut trusted = Vec::new();
        for path in paths {
            match content(self.plan, self.packages, &path) {
                Some(bytes) => trusted.push((path, bytes)),
                None => self.made.incomplete = true,
            }
        }
        trusted
    }

    /// `find -L … -type f -name '*.crt' | sort`, except for links to folders.
    fn local(&self) -> Vec<String> {
        let tree = &self.plan.tree;
        let real = tree.lookup(LOCAL_CERTIFICATES).map(|(real, _)| real).unwrap_or_default();
        let all = tree.entries.range(format!("{real}/")..format!("{real}0")).map(|(path, _)| path);
        let paths =
            all.filter_map(|path| Some(format!("{LOCAL_CERTIFICATES}/{}", path.get(real.len() + 1..)?)));
        paths.filter(|path| path.ends_with(".crt") && self.is_file(path)).collect()
    }
}

/// The content at a path: a package's, otherwise the base's.
fn content<'u>(plan: &'u DebPlan<'_>, packages: &'u [Scanned], path: &str) -> Option<&'u [u8]> {
    let (real, _) = plan.tree.lookup(path)?;
    let of_packages = packages.iter().rev().find_map(|package| package.certificates.get(real));
    of_packages.map(Vec::as_slice).or_else(|| plan.base?.rootfs.content(real))
}

#[cfg(test)]
mod tests;
