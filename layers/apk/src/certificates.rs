//! What `update-ca-certificates` makes of Alpine's certificates. Comes in: the plan, and packages. Goes out: the bundle, and links to each certificate by
//! name and by hash; on a base, with what it added itself and without what it switched off. Source: ca-certificates.c and c_rehash.c of Alpine's
//! ca-certificates 20240226. Both take files in the order of the file system, here it is that of their names; and where several new certificates have
//! one subject, c_rehash links the last one alone.

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
/// Where the packages' own certificates lie.
const CERTIFICATES: &str = "usr/share/ca-certificates/";
/// Which of them are trusted.
const LIST: &str = "etc/ca-certificates.conf";
/// Programs that run afterwards.
const HOOKS: &str = "etc/ca-certificates/update.d";
/// The one of them that makes links by hash.
const REHASH: &str = "etc/ca-certificates/update.d/certhash";
/// The folders that the trigger waits for.
const FOLDERS: [&str; 4] = ["usr/share/ca-certificates", LOCAL_CERTIFICATES, CERTIFICATE_LINKS, HOOKS];

/// Contents of files, as packages and the base have them.
struct Contents<'c> {
    tree: &'c RootfsMetadata,
    /// The paths that packages write.
    written: BTreeSet<&'c str>,
    base: &'c RootfsMetadata,
    packages: &'c [Scanned],
}

impl<'c> Contents<'c> {
    /// What a path leads to, where that is known.
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

    /// Everything in a folder whose name does not begin with a dot, by path.
    fn visible(&self, folder: &str) -> Vec<String> {
        let real = self.tree.lookup(folder).map(|(real, _)| real).unwrap_or_default();
        let below = self.tree.entries.range(format!("{real}/")..format!("{real}0"));
        let names = below.filter_map(|(path, _)| path.get(real.len() + 1..));
        let names = names.filter(|name| !name.contains('/') && !name.starts_with('.'));
        names.map(|name| format!("{folder}/{name}")).collect()
    }
}

/// What is made of certificates.
struct Made<'c> {
    bundle: Vec<u8>,
    folder: CertificateLinks<'c>,
    /// Whether something is missing that only the programs could make.
    incomplete: bool,
}

impl Own<'_, '_> {
    /// The bundle and the links, where the trigger runs; whether something is missing that only the programs could make.
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

    /// The bundle, unless the base has the same.
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
