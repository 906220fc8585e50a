//! The effect of busybox's scripts that every image needs: the links to it. In: the plan, and the packages. Out: links
//! that no package contains.

use std::collections::BTreeMap;

use fourply_blob::{Entry, Meta};
use fourply_rootfs::TreeKind;

use crate::error::{ApkError, Result};
use crate::layout::Own;
use crate::scan::{Scanned, What};

/// The folder with the lists of busybox's links; a list has the name of its program.
const LINKS: &str = "etc/busybox-paths.d/";
/// The folders of busybox's trigger.
const PROGRAMS: [&str; 4] = ["bin", "sbin", "usr/bin", "usr/sbin"];
/// The links that bbsuid takes over from busybox. Source: `bbsuid --install` of Alpine 3.19 and 3.20.
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
    /// Links to busybox and similar programs, if nothing else exists; and those that bbsuid takes over. Source:
    /// `busybox --install -s`, and the trigger of busybox, which runs if programs are added or removed.
    pub(crate) fn links(&mut self, packages: &[Scanned]) -> Result<()> {
        if !self.sets_off(&PROGRAMS, packages) {
            return Ok(());
        }
        let of_base = self.plan.installed.rootfs.databases.iter();
        let of_base = of_base.map(|(path, bytes)| (path.clone(), bytes.0.clone()));
        let of_base = of_base.filter(|(path, _)| self.plan.tree.entries.contains_key(path));
        let new = packages.iter().flat_map(|package| &package.texts);
        let new = new.map(|(path, bytes)| (path.clone(), bytes.clone()));
        // A package's list replaces the base's.
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

    /// Whether an added or removed package has one of the trigger's folders.
    pub(crate) fn sets_off(&self, folders: &[&str], packages: &[Scanned]) -> bool {
        let new = packages.iter().flat_map(|package| &package.items);
        let mut new = new.filter(|item| item.what == What::Directory).map(|item| item.path.as_str());
        let all = &self.plan.installed.files.folders;
        let mut gone = self.plan.gone.iter().filter_map(|number| all.get(*number)).flatten();
        new.any(|path| folders.contains(&path)) || gone.any(|path| folders.contains(&path.as_str()))
    }

    /// Creates a link, if nothing exists, or a link to `instead`.
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
}
