//! The effects of `update-ca-certificates` on Alpine's certificates. In: the plan, and packages. Out: the bundle, and
//! links to each certificate by name and by hash. On a base, its own additions are kept and its disabled certificates
//! stay disabled. Source: ca-certificates.c and c_rehash.c of Alpine's ca-certificates
//! 20240226. Both use the order of the file system; here files are sorted by name. If several new certificates have the
//!   same subject, c_rehash links only
//! the last one.

use std::collections::BTreeSet;

use fourply_blob::{Entry, Meta};
use fourply_rootfs::certificates::{CertificateLinks, link_name};
use fourply_rootfs::{
    CERTIFICATE_BUNDLE, CERTIFICATE_LINKS, FileDigests, LOCAL_CERTIFICATES, RootfsMetadata, TreeKind,
};

use crate::error::Result;
use crate::layout::Own;
use crate::scan::Scanned;

const PROGRAM: &str = "usr/sbin/update-ca-certificates";
/// The folder of the packages' certificates.
const CERTIFICATES: &str = "usr/share/ca-certificates/";
/// The list of trusted certificates.
const LIST: &str = "etc/ca-certificates.conf";
/// Programs that run afterwards.
const HOOKS: &str = "etc/ca-certificates/update.d";
/// The program among them that creates links by hash.
const REHASH: &str = "etc/ca-certificates/update.d/certhash";
/// The folders of the trigger.
const FOLDERS: [&str; 4] = ["usr/share/ca-certificates", LOCAL_CERTIFICATES, CERTIFICATE_LINKS, HOOKS];

/// Contents of files in packages and the base.
struct Contents<'c> {
    tree: &'c RootfsMetadata,
    /// The paths that packages write.
    written: BTreeSet<&'c str>,
    base: &'c RootfsMetadata,
    packages: &'c [Scanned],
}

impl<'c> Contents<'c> {
    /// The content at a path, if it is known.
    fn get(&self, path: &str) -> Option<&'c [u8]> {
        let (real, _) = self.tree.lookup(path)?;
        if self.written.contains(real) {
            return self.packages.iter().rev().find_map(|package| package.texts.get(real)).map(Vec::as_slice);
        }
        self.base.content(real)
    }

    fn is_file(&self, path: &str) -> bool {
        self.tree.lookup(path).is_some_and(|(_, entry)| matches!(entry.kind, TreeKind::File(_)))
    }

    /// All entries of a folder whose names do not begin with a dot, by path.
    fn visible(&self, folder: &str) -> Vec<String> {
        let real = self.tree.lookup(folder).map(|(real, _)| real).unwrap_or_default();
        let below = self.tree.entries.range(format!("{real}/")..format!("{real}0"));
        let names = below.filter_map(|(path, _)| path.get(real.len() + 1..));
        let names = names.filter(|name| !name.contains('/') && !name.starts_with('.'));
        names.map(|name| format!("{folder}/{name}")).collect()
    }
}

/// The files and links that result from certificates.
struct Made<'c> {
    bundle: Vec<u8>,
    folder: CertificateLinks<'c>,
    /// Whether something is missing that only the programs could create.
    incomplete: bool,
}

impl Own<'_, '_> {
    /// Adds the bundle and the links, if the trigger runs. Returns whether something is missing that only the programs
    /// could create.
    pub(crate) fn certificates(&mut self, packages: &[Scanned]) -> Result<bool> {
        if !self.plan.tree.is_executable(PROGRAM) || !self.sets_off(&FOLDERS, packages) {
            return Ok(false);
        }
        let contents = Contents {
            tree: &self.plan.tree,
            written: self.plan.claims.written().map(|place| place.path.as_str()).collect(),
            base: self.plan.installed.rootfs,
            packages,
        };
        let Made { bundle, folder, incomplete } = made(&contents);
        let (links, gone) = folder.changes();
        for path in gone {
            let path = self.place(&path)?;
            self.entries.insert(path, Entry::Whiteout);
        }
        for (path, target) in links {
            let path = self.place(&path)?;
            self.plan.make_parents(&path);
            self.plan.claims.unwrite(&path);
            self.entries.insert(path, Entry::Symlink { meta: Meta::symlink(0, 0), target });
        }
        self.bundle(bundle)?;
        Ok(incomplete)
    }

    /// Writes the bundle, unless the base has the same one.
    fn bundle(&mut self, bundle: Vec<u8>) -> Result<()> {
        if let Some((real, _)) = self.plan.tree.lookup(CERTIFICATE_BUNDLE) {
            let known = self.plan.installed.rootfs.digests.get(real);
            if self.plan.claims.owner(real).is_none() && known == Some(&FileDigests::of(&bundle)) {
                return Ok(());
            }
        }
        self.file(CERTIFICATE_BUNDLE, bundle, Meta::file(false, 0, 0))
    }
}

fn made<'c>(contents: &Contents<'c>) -> Made<'c> {
    let list = String::from_utf8_lossy(contents.get(LIST).unwrap_or_default()).into_owned();
    let named = list.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    let named = named.map(|name| format!("{CERTIFICATES}{name}"));
    let paths: Vec<String> = named.chain(contents.visible(LOCAL_CERTIFICATES)).collect();
    let is_other = |path: &String| path != REHASH && contents.tree.is_executable(path);
    let mut made = Made {
        bundle: Vec::new(),
        folder: CertificateLinks::of(contents.tree),
        incomplete: contents.visible(HOOKS).iter().any(is_other),
    };
    let mut wanted = BTreeSet::new();
    for path in &paths {
        let name = format!("ca-cert-{}.pem", link_name(path));
        made.folder.add(name.clone(), format!("/{path}"));
        wanted.insert(name);
        match contents.get(path) {
            Some(bytes) => made.bundle.extend_from_slice(bytes),
            None => made.incomplete |= contents.is_file(path),
        }
        if contents.tree.lookup(path).is_some() {
            made.bundle.push(b'\n');
        }
    }
    let below = |target: &str| {
        [CERTIFICATES, LOCAL_CERTIFICATES]
            .iter()
            .any(|folder| target.get(1..).is_some_and(|target| target.starts_with(folder)))
    };
    let old = made.folder.links().filter(|(name, target)| below(target) && !wanted.contains(*name));
    let old: Vec<String> = old.map(|(name, _)| name.to_owned()).collect();
    old.iter().for_each(|name| made.folder.remove(name));
    if contents.tree.lookup(REHASH).is_some() {
        made.folder.rehash(&|path| contents.get(path));
    }
    made
}
