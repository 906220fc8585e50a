//! What the scripts of two packages of Alpine do that every image needs: the links to busybox, and certificates. Comes in: the plan, and the
//! packages. Goes out: links and files that no package brings.

use std::collections::BTreeMap;

use fourply_blob::{Entry, Meta};
use fourply_rootfs::certificates::{link_name, subject_hash};
use fourply_rootfs::{CERTIFICATE_BUNDLE, FileDigests, TreeKind};

use crate::error::{ApkError, Result};
use crate::layout::Own;
use crate::scan::{Scanned, What};

/// Where the packages' own certificates lie.
const CERTIFICATES: &str = "usr/share/ca-certificates/";
const LOCAL_CERTIFICATES: &str = "usr/local/share/ca-certificates/";
/// Where links to certificates lie.
const CERTIFICATE_LINKS: &str = "etc/ssl/certs";
/// The script of ca-certificates that makes links by hash.
const REHASH: &str = "etc/ca-certificates/update.d/certhash";
/// Where the lists of busybox's links lie; a list bears the name of its program.
const LINKS: &str = "etc/busybox-paths.d/";
/// The folders that busybox's trigger waits for.
const PROGRAMS: [&str; 4] = ["bin", "sbin", "usr/bin", "usr/sbin"];
/// What bbsuid takes from busybox. Source: `bbsuid --install` of Alpine 3.19 and 3.20.
const SUID_LINKS: [&str; 8] = [
    "bin/mount",
    "bin/su",
    "bin/umount",
    "usr/bin/crontab",
    "usr/bin/passwd",
    "usr/bin/traceroute",
    "usr/bin/traceroute6",
    "usr/bin/vlock",
];
const BUSYBOX: &str = "/bin/busybox";
const BBSUID: &str = "/bin/bbsuid";

impl Own<'_, '_> {
    /// Links to busybox and its like, where there is nothing else; those that bbsuid takes from it. Source: `busybox --install -s`, and the
    /// trigger of busybox, which runs where programs come or go.
    pub(crate) fn links(&mut self, packages: &[Scanned]) -> Result<()> {
        if !self.programs_change(packages) {
            return Ok(());
        }
        let of_base = self.plan.installed.rootfs.databases.iter();
        let of_base = of_base.map(|(path, bytes)| (path.clone(), bytes.0.clone()));
        let of_base = of_base.filter(|(path, _)| self.plan.tree.entries.contains_key(path));
        let new = packages.iter().flat_map(|package| &package.texts);
        let new = new.map(|(path, bytes)| (path.clone(), bytes.clone()));
        // What a package brings takes the place of what the base has.
        let lists: BTreeMap<String, Vec<u8>> = of_base.chain(new).collect();
        for (list, bytes) in &lists {
            let Some(program) = list.strip_prefix(LINKS) else { continue };
            for line in String::from_utf8_lossy(bytes).lines().map(str::trim).filter(|line| !line.is_empty())
            {
                let Ok(Some(path)) = fourply_rootfs::tarball::normalise(line) else {
                    return Err(ApkError::document(list, format!("{line:?} is no path")));
                };
                self.link(&path, &format!("/bin/{program}"), None)?;
            }
        }
        if self.plan.tree.lookup(BBSUID).is_some() {
            for path in SUID_LINKS {
                self.link(path, BBSUID, Some(BUSYBOX))?;
            }
        }
        Ok(())
    }

    fn programs_change(&self, packages: &[Scanned]) -> bool {
        let new = packages.iter().flat_map(|package| &package.items);
        let mut new = new.filter(|item| item.what == What::Directory).map(|item| item.path.as_str());
        let all = &self.plan.installed.files.folders;
        let mut gone = self.plan.gone.iter().filter_map(|number| all.get(*number)).flatten();
        new.any(|path| PROGRAMS.contains(&path)) || gone.any(|path| PROGRAMS.contains(&path.as_str()))
    }

    /// A link, where there is nothing, or a link to `instead`.
    fn link(&mut self, path: &str, target: &str, instead: Option<&str>) -> Result<()> {
        let path = self.place(path)?;
        let is_instead = |known: &str| Some(known) == instead;
        let known = self.plan.tree.entries.get(path.as_str()).map(|entry| &entry.kind);
        let free = match (known, self.entries.get(&path)) {
            (_, Some(Entry::Symlink { target, .. })) => is_instead(target),
            (Some(TreeKind::Symlink(target)), None) => is_instead(target),
            (None, None) => true,
            _ => false,
        };
        if free {
            self.plan.make_parents(&path);
            self.plan.claims.unwrite(&path);
            self.entries
                .insert(path, Entry::Symlink { meta: Meta::symlink(0, 0), target: target.to_owned() });
        }
        Ok(())
    }

    /// The bundle of certificates: those that the configuration names, in its order, each with a line break behind it; links to
    /// each of them, by name and by hash. Source: `update-ca-certificates` of Alpine's ca-certificates.
    pub(crate) fn certificates(&mut self, packages: &[Scanned]) -> Result<()> {
        let texts: BTreeMap<&str, &Vec<u8>> = packages
            .iter()
            .flat_map(|package| &package.texts)
            .map(|(path, text)| (path.as_str(), text))
            .collect();
        let Some(list) = texts.get("etc/ca-certificates.conf") else { return Ok(()) };
        let list = String::from_utf8_lossy(list);
        let named =
            list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        let local = texts.keys().filter(|path| path.starts_with(LOCAL_CERTIFICATES));
        let paths =
            named.map(|name| format!("{CERTIFICATES}{name}")).chain(local.map(|path| (*path).to_owned()));
        let all: Vec<(String, &Vec<u8>)> =
            paths.filter_map(|path| Some((path.clone(), *texts.get(path.as_str())?))).collect();
        self.bundle(
            all.iter()
                .flat_map(|(_, certificate)| [certificate.as_slice(), b"\n"])
                .collect::<Vec<_>>()
                .concat(),
        )?;
        let has_script = |package: &Scanned| package.items.iter().any(|item| item.path == REHASH);
        let by_hash = packages.iter().any(has_script);
        for (path, certificate) in all {
            self.certificate_links(&path, certificate, by_hash)?;
        }
        Ok(())
    }

    /// The bundle, unless a package brings it or the base has the same.
    fn bundle(&mut self, bundle: Vec<u8>) -> Result<()> {
        if let Some((real, _)) = self.plan.tree.lookup(CERTIFICATE_BUNDLE) {
            let known = self.plan.installed.rootfs.digests.get(real);
            if self.plan.claims.owner(real).is_some() || known == Some(&FileDigests::of(&bundle)) {
                return Ok(());
            }
        }
        self.file(CERTIFICATE_BUNDLE, bundle, Meta::file(false, 0, 0))
    }

    fn certificate_links(&mut self, path: &str, certificate: &[u8], by_hash: bool) -> Result<()> {
        let name = format!("ca-cert-{}.pem", link_name(path));
        self.link(&format!("{CERTIFICATE_LINKS}/{name}"), &format!("/{path}"), None)?;
        let Some(hash) = subject_hash(certificate).filter(|_| by_hash) else { return Ok(()) };
        // Another number where another certificate has the name.
        for number in 0..10 {
            let link = format!("{CERTIFICATE_LINKS}/{hash}.{number}");
            let place = self.place(&link)?;
            let there =
                self.plan.tree.entries.contains_key(place.as_str()) || self.entries.contains_key(&place);
            if !there {
                return self.link(&link, &name, None);
            }
        }
        Ok(())
    }
}
