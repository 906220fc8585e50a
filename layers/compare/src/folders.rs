//! Folders that the team's image lets its program write to, and the new one does not. In: its tree and user, or what a Dockerfile makes. Out: folders, relative to
//! the service's or absolute. Evidence is an empty folder that is the user's, a volume, or a folder that is called as those which services write to.

use std::collections::BTreeSet;

use fourply_dockerfile::DockerImage;
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::files::Kinds;
use crate::installed::in_modules;
use crate::kind::FileKind;
use crate::known::{Known, below};
use crate::place::Place;

/// Folders that services write to.
const WRITTEN: [&str; 9] = ["logs", "log", "tmp", "temp", "cache", "uploads", "upload", "storage", ".cache"];
/// Folders of the system that every engine or every user has.
const SYSTEM: [&str; 7] = ["dev", "home", "proc", "root", "run", "sys", "tmp"];
/// What builds make: a folder that has files is there to be read.
const OUTPUTS: [&str; 8] = ["dist", "build", "out", "lib", ".next", ".output", "public", "standalone"];

/// Whose folders are looked for.
pub(crate) struct Folders<'a> {
    pub known: &'a Known,
    pub kinds: &'a Kinds<'a>,
    pub place: Option<&'a Place>,
    pub ours: &'a RootfsMetadata,
    /// The number of the new image's user.
    pub our_user: u32,
}

impl Folders<'_> {
    /// Of an image whose user has this number and home.
    pub(crate) fn of_image(
        &self,
        theirs: &RootfsMetadata,
        (uid, home): (u32, &str),
        volumes: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (path, entry) in &theirs.entries {
            if entry.kind != TreeKind::Directory || !is_writable(entry, uid) {
                continue;
            }
            let evidence = match self.place.and_then(|place| place.of(path, self.known)) {
                Some(inside) => self.is_written(&inside) || (self.may_be(&inside) && is_empty(theirs, path)),
                // What is root's anyway, or in a home, says nothing.
                None => uid != 0 && entry.uid == uid && self.is_of_nobody(path, home),
            };
            if evidence {
                found.insert(path.clone());
            }
        }
        found.extend(volumes.iter().map(|path| path.trim_matches('/').to_owned()));
        self.lacking(found)
    }

    /// Of a Dockerfile.
    pub(crate) fn of_dockerfile(&self, image: &DockerImage) -> BTreeSet<String> {
        let user = image.user.as_deref().unwrap_or("root").split(':').next().unwrap_or_default();
        let mut found: BTreeSet<String> =
            image.volumes.iter().map(|path| path.trim_matches('/').to_owned()).collect();
        for (path, folder) in &image.ran.folders {
            let path = path.trim_matches('/');
            let owner = folder.owner.as_deref().and_then(|owner| owner.split(':').next());
            let given = owner.is_some_and(|owner| owner == user) || (folder.made && owner.is_none());
            let name = path.rsplit('/').next().unwrap_or(path);
            let evidence = match self.place.and_then(|place| place.of(path, self.known)) {
                Some(inside) => self.may_be(&inside) && (folder.made || !OUTPUTS.contains(&name)),
                None => folder.made && self.is_of_nobody(path, "/home"),
            };
            if given && evidence {
                found.insert(path.to_owned());
            }
        }
        self.lacking(found)
    }

    /// Whether the program may write to what lies at a path of the workspace because of its name.
    pub(crate) fn is_written(&self, inside: &str) -> bool {
        let within = Known::within(self.known.owner(inside), inside);
        let first = within.split('/').next().unwrap_or_default();
        let in_sources = self.known.sources.contains(inside);
        WRITTEN.contains(&first) && !in_sources && !in_modules(inside) && below(inside, &self.known.service)
    }

    /// Whether a folder of the workspace is none of sources or packages.
    fn may_be(&self, inside: &str) -> bool {
        let packages = self.known.packages.values().any(|package| below(package, inside));
        let kind = self.kinds.of(inside);
        !inside.is_empty() && !packages && !in_modules(inside) && kind == FileKind::Needed
    }

    fn is_of_nobody(&self, path: &str, home: &str) -> bool {
        let top = path.split('/').next().unwrap_or_default();
        let home = home.trim_matches('/');
        let holds = self.place.is_some_and(|place| below(place.shown().trim_matches('/'), path));
        !SYSTEM.contains(&top) && (home.is_empty() || !below(path, home)) && !holds && !in_modules(path)
    }

    /// Those that the new image does not let its user write to, the outermost of each.
    fn lacking(&self, found: BTreeSet<String>) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        let mut last: Option<String> = None;
        for path in found.into_iter().filter(|path| !path.is_empty()) {
            if last.as_ref().is_some_and(|last| below(&path, last)) {
                continue;
            }
            let inside = self.place.and_then(|place| place.of(&path, self.known));
            let absolute = match &inside {
                Some(inside) => format!("{}/{inside}", self.known.root_in_image),
                None => format!("/{path}"),
            };
            // Next.js writes to its cache, not to what it was built to.
            let absolute = if absolute.ends_with("/.next") { absolute + "/cache" } else { absolute };
            last = Some(path);
            if !self.is_ours(&absolute) {
                let service = format!("{}/", join_root(&self.known.root_in_image, &self.known.service));
                lines.insert(absolute.strip_prefix(&service).unwrap_or(&absolute).to_owned());
            }
        }
        lines
    }

    fn is_ours(&self, absolute: &str) -> bool {
        let found = self.ours.lookup(absolute);
        found.is_some_and(|(_, entry)| entry.kind == TreeKind::Directory && is_writable(entry, self.our_user))
    }
}

fn join_root(root: &str, service: &str) -> String {
    if service == "." { root.to_owned() } else { format!("{root}/{service}") }
}

/// Root may write everywhere.
fn is_writable(entry: &TreeEntry, uid: u32) -> bool {
    uid == 0 || (entry.uid == uid && entry.mode & 0o200 != 0) || entry.mode & 0o002 != 0
}

/// Whether a folder has nothing but what keeps it in git.
fn is_empty(rootfs: &RootfsMetadata, folder: &str) -> bool {
    let start = format!("{folder}/");
    let mut inside = rootfs.entries.range(start.clone()..).take_while(|(path, _)| path.starts_with(&start));
    inside.all(|(path, _)| {
        let name = path.rsplit('/').next().unwrap_or_default();
        matches!(name, ".gitkeep" | ".keep" | ".gitignore")
    })
}
