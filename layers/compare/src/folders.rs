//! Folders that the team's image lets its program write to, and the new image does not. In: its tree and user, or what
//! a Dockerfile creates. Out: folders, relative to the service's folder or absolute. The evidence is an empty folder
//! that the user owns, a volume, or a usual name of a folder that services write to.

use std::collections::BTreeSet;

use fourply_dockerfile::{CopiedPath, DockerImage};
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use crate::command::name;
use crate::files::Kinds;
use crate::installed::in_modules;
use crate::kind::FileKind;
use crate::known::{Known, below, join};
use crate::place::Place;

/// Usual names of folders that services write to.
const WRITTEN: [&str; 9] = ["logs", "log", "tmp", "temp", "cache", "uploads", "upload", "storage", ".cache"];
/// Folders of the system that every engine or user has.
const SYSTEM: [&str; 7] = ["dev", "home", "proc", "root", "run", "sys", "tmp"];
/// Outputs of builds: a folder with files is for reading.
const OUTPUTS: [&str; 8] = ["dist", "build", "out", "lib", ".next", ".output", "public", "standalone"];

/// The inputs for a search.
pub(crate) struct Folders<'a> {
    pub known: &'a Known,
    pub kinds: &'a Kinds<'a>,
    pub place: Option<&'a Place>,
    pub ours: &'a RootfsMetadata,
    /// The number of the new image's user.
    pub our_user: u32,
}

impl Folders<'_> {
    /// The folders of an image whose user has this number and home.
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
                // A folder of root, or in a home, is no evidence.
                None => uid != 0 && entry.uid == uid && self.is_of_nobody(path, home),
            };
            if evidence {
                found.insert(path.clone());
            }
        }
        found.extend(volumes.iter().map(|path| path.trim_matches('/').to_owned()));
        self.lacking(found)
    }

    /// The folders of a Dockerfile.
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
        found.extend(self.kept(image, user));
        self.lacking(found)
    }

    /// Workspace folders with only a placeholder file for git, which a copy gives to the user.
    fn kept(&self, image: &DockerImage, user: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let sources = &self.known.sources;
        let folders = sources.iter().filter_map(|path| path.rsplit_once('/')).filter(|(_, name)| keeps(name));
        for (folder, _) in folders {
            let start = format!("{folder}/");
            let mut inside = sources.range(start.clone()..).take_while(|path| path.starts_with(&start));
            let empty = inside.all(|path| keeps(name(path)));
            let given = |copied: &&CopiedPath| {
                let owner = copied.owner.as_deref().and_then(|owner| owner.split(':').next());
                let source = copied.source.as_deref();
                (owner == Some(user) || user == "root") && source.is_some_and(|source| below(folder, source))
            };
            let copied = image.copies.iter().rfind(given).filter(|_| empty && self.may_be(folder));
            found.extend(copied.map(|copied| {
                let inside = Known::within(copied.source.as_deref().unwrap_or_default(), folder);
                join(copied.to.trim_matches('/'), inside)
            }));
        }
        found
    }

    /// Whether the program may write to a workspace path because of its name.
    pub(crate) fn is_written(&self, inside: &str) -> bool {
        let within = Known::within(self.known.owner(inside), inside);
        let first = within.split('/').next().unwrap_or_default();
        let in_sources = self.known.sources.contains(inside);
        WRITTEN.contains(&first) && !in_sources && !in_modules(inside) && below(inside, &self.known.service)
    }

    /// Whether a workspace folder contains neither sources nor packages.
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

    /// The folders that the new image's user cannot write to, the outermost of each.
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
            // Next.js writes to its cache, not to its build output.
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

/// Whether a folder has only a placeholder file for git.
fn is_empty(rootfs: &RootfsMetadata, folder: &str) -> bool {
    let start = format!("{folder}/");
    let mut inside = rootfs.entries.range(start.clone()..).take_while(|(path, _)| path.starts_with(&start));
    inside.all(|(path, _)| keeps(name(path)))
}

/// Whether a file of this name is a placeholder that keeps a folder in git.
fn keeps(name: &str) -> bool {
    matches!(name, ".gitkeep" | ".keep" | ".gitignore")
}
