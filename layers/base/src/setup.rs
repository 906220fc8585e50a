//! Additions to a base other than packages: groups, users, folders, certificates. In: the configuration, and the base's
//! metadata. Out: the entries of one layer. Only the metadata is read.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use fourply_blob::{EntriesFragment, Entry, LayerPath, MTIME, Meta};
use fourply_rootfs::accounts::number_of;
use fourply_rootfs::{CERTIFICATE_BUNDLE, RootfsMetadata, TreeEntry, TreeKind};

use crate::account_conflict::AccountConflict;
use crate::accounts::{UserSpec, accounts};
use crate::error::{BaseError, Result};

/// The added certificates only: Node.js reads its own list and this file.
pub(crate) const ADDED: &str = "usr/local/share/ca-certificates/added.crt";

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// Groups, added before users.
    pub groups: Vec<GroupSpec>,
    /// Users, as [`accounts`] adds them.
    pub users: Vec<UserSpec>,
    /// Folders, whose owners may be among those users.
    pub folders: Vec<FolderSpec>,
    /// Certificates in PEM, each with its name in messages.
    pub certificates: Vec<(String, String)>,
    /// Users that images add on top: folders may belong to them already.
    pub image_users: Vec<UserSpec>,
    /// The layer's text in the image's history: bytes of the image, given by the caller.
    pub history: String,
}

/// Such as `data:2000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSpec {
    pub name: String,
    pub gid: u32,
}

impl FromStr for GroupSpec {
    type Err = BaseError;

    fn from_str(text: &str) -> Result<Self> {
        // A user of that name and number has the same form.
        let user: UserSpec = text.parse()?;
        match (user.name, user.uid, user.group, user.gid) {
            (Some(name), Some(gid), None, None) => Ok(Self { name, gid }),
            _ => Err(wrong("group", text, "write it as data:2000")),
        }
    }
}

/// A folder, with owner and mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderSpec {
    /// Absolute.
    pub path: String,
    /// `user`, `user:group`, by name or by number; `None` is root.
    pub owner: Option<String>,
    /// The twelve permission bits.
    pub mode: u32,
}

/// The reason why a name cannot be an owner.
const NOBODY: &str = "the base has nobody of that name; add it with users or groups, or give numbers";

fn wrong(what: &'static str, text: &str, reason: &str) -> BaseError {
    BaseError::Setting { what, text: text.into(), reason: reason.into() }
}

impl Setup {
    /// Whether nothing is configured.
    pub fn is_empty(&self) -> bool {
        let Self { groups, users, folders, certificates, image_users: _, history: _ } = self;
        groups.is_empty() && users.is_empty() && folders.is_empty() && certificates.is_empty()
    }

    /// The entries that the base lacks; `None` if it has everything.
    pub(crate) fn entries(&self, base: &RootfsMetadata) -> Result<EntriesFragment> {
        let mut work = Work { rootfs: base.clone(), entries: BTreeMap::new() };
        self.groups.iter().try_for_each(|group| work.group(group))?;
        self.users.iter().try_for_each(|user| work.user(user))?;
        self.folders.iter().try_for_each(|folder| work.folder(folder, &self.image_users))?;
        work.certificates(&self.certificates)?;
        Ok(EntriesFragment::new(work.entries))
    }
}

/// The resulting metadata, and the entries to write.
struct Work {
    rootfs: RootfsMetadata,
    entries: BTreeMap<LayerPath, Entry>,
}

impl Work {
    fn group(&mut self, spec: &GroupSpec) -> Result<()> {
        let GroupSpec { name, gid } = spec;
        let lines = self.rootfs.group.lines();
        let mut others = lines.filter(|line| line.split(':').nth(2) == Some(&gid.to_string()));
        let taken =
            others.find_map(|line| line.split(':').next().filter(|other| other != name)).map(str::to_owned);
        let account = |reason| BaseError::Account { user: name.clone(), reason };
        match (number_of(&self.rootfs.group, name), taken) {
            (Some(known), _) if known == *gid => Ok(()),
            (Some(known), _) => {
                let (group, found, asked) = (name.clone(), known, *gid);
                Err(account(AccountConflict::OtherGroupNumber { user: None, group, found, asked }))
            }
            (None, Some(other)) => {
                Err(account(AccountConflict::GroupNumberTaken { user: None, gid: *gid, by: other }))
            }
            (None, None) => {
                let text = with_line(&self.rootfs.group, &format!("{name}:x:{gid}:"));
                self.rootfs.group.clone_from(&text);
                self.file("etc/group", text.into_bytes())
            }
        }
    }

    fn user(&mut self, spec: &UserSpec) -> Result<()> {
        let account = accounts(&self.rootfs, spec)?;
        for (path, entry) in account.entries {
            match &entry {
                Entry::File { bytes, .. } => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    match path.name() {
                        "passwd" => self.rootfs.passwd = text,
                        "group" => self.rootfs.group = text,
                        "shadow" => self.rootfs.shadow = Some(text),
                        "gshadow" => self.rootfs.gshadow = Some(text),
                        _ => {}
                    }
                }
                Entry::Directory(meta) => self.know(&path, TreeKind::Directory, meta),
                Entry::Symlink { .. } | Entry::Whiteout => {}
            }
            self.entries.insert(path, entry);
        }
        Ok(())
    }

    fn folder(&mut self, spec: &FolderSpec, image_users: &[UserSpec]) -> Result<()> {
        let refuse = |reason: &str| wrong("folder", &spec.path, reason);
        if !spec.path.starts_with('/') || spec.mode > 0o7777 {
            return Err(refuse("it has to be absolute, and its mode to be up to 7777"));
        }
        let real =
            self.rootfs.real_path(&spec.path).ok_or_else(|| refuse("the base has something else there"))?;
        if self.rootfs.entries.get(&real).is_some_and(|entry| entry.kind != TreeKind::Directory) {
            return Err(refuse("the base has a file or link there"));
        }
        let (uid, gid) = self.owner(spec, image_users)?;
        let meta = Meta::new(spec.mode, uid, gid);
        self.put(real, Entry::Directory(meta))
    }

    fn owner(&self, spec: &FolderSpec, image_users: &[UserSpec]) -> Result<(u32, u32)> {
        let Some(owner) = &spec.owner else { return Ok((0, 0)) };
        let (user, group) =
            owner.split_once(':').map_or((owner.as_str(), None), |(user, group)| (user, Some(group)));
        let numbers = |text: &str, table: &str, later: fn(&UserSpec, &str) -> Option<u32>| {
            let known = text.parse().ok().or_else(|| number_of(table, text));
            let known = known.map(|number| BTreeSet::from([number]));
            known.unwrap_or_else(|| image_users.iter().filter_map(|user| later(user, text)).collect())
        };
        let number = |numbers: BTreeSet<u32>| match numbers.into_iter().collect::<Vec<_>>().as_slice() {
            [number] => Ok(*number),
            [] => Err(wrong("owner", owner, NOBODY)),
            _ => Err(wrong(
                "owner",
                owner,
                "services have users of that name with other numbers; give a number",
            )),
        };
        let uid = number(numbers(user, &self.rootfs.passwd, UserSpec::uid_of))?;
        let first = self.rootfs.passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid.to_string()));
        let first = first.and_then(|line| line.split(':').nth(3)?.parse().ok());
        let later =
            image_users.iter().find(|known| known.uid_of(user) == Some(uid)).and_then(|known| known.gid);
        let gid =
            group.map(|group| number(numbers(group, &self.rootfs.group, UserSpec::gid_of))).transpose()?;
        Ok((uid, gid.or(first).or(later).unwrap_or(uid)))
    }

    /// Adds them to the bundle that all programs read, and to a separate file.
    fn certificates(&mut self, certificates: &[(String, String)]) -> Result<()> {
        if certificates.is_empty() {
            return Ok(());
        }
        let mut added = String::new();
        for (name, pem) in certificates {
            let whole =
                pem.contains("-----BEGIN CERTIFICATE-----") && pem.contains("-----END CERTIFICATE-----");
            if !whole || pem.contains("PRIVATE KEY") {
                return Err(wrong("certificate", name, "it has to be certificates in PEM, and nothing else"));
            }
            added.push_str(pem.trim());
            added.push('\n');
        }
        let before =
            self.rootfs.lookup(CERTIFICATE_BUNDLE).and_then(|(real, _)| self.rootfs.databases.get(real));
        let mut bundle =
            before.map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned()).unwrap_or_default();
        if !bundle.is_empty() && !bundle.ends_with('\n') {
            bundle.push('\n');
        }
        bundle.push_str(&added);
        self.file(CERTIFICATE_BUNDLE, bundle.into_bytes())?;
        self.file(ADDED, added.into_bytes())
    }

    /// A file with the base's own metadata, if it has the file.
    fn file(&mut self, path: &str, bytes: Vec<u8>) -> Result<()> {
        let known = self.rootfs.lookup(path).filter(|(_, entry)| matches!(entry.kind, TreeKind::File(_)));
        let (real, meta) = match known {
            Some((real, entry)) => (real.to_owned(), entry.meta()),
            None => {
                let real = self.rootfs.real_path(path);
                (
                    real.ok_or_else(|| wrong("file", path, "the base has something else there"))?,
                    Meta::file(false, 0, 0),
                )
            }
        };
        self.put(real, Entry::File { meta: Meta { mtime: MTIME, ..meta }, bytes: bytes.into() })
    }

    fn put(&mut self, real: String, entry: Entry) -> Result<()> {
        let path = LayerPath::new(real)?;
        for (parent, meta) in self.rootfs.parents(&path) {
            self.know(&parent, TreeKind::Directory, &meta);
            self.entries.entry(parent).or_insert(Entry::Directory(meta));
        }
        if let Entry::Directory(meta) = &entry {
            self.know(&path, TreeKind::Directory, meta);
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    fn know(&mut self, path: &LayerPath, kind: TreeKind, meta: &Meta) {
        let Meta { mode, uid, gid, mtime, xattrs } = meta.clone();
        self.rootfs.entries.insert(
            path.as_str().to_owned(),
            TreeEntry { kind, mode, uid, gid, mtime, xattrs, program: None },
        );
    }
}

fn with_line(text: &str, line: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}{line}\n")
}

#[cfg(test)]
mod tests;
