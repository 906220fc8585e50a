//! The user that the image runs as. In: the configuration, and the base's accounts. Out: numbers, and the few entries
//! that a layer must add for the user's name and home. Only the metadata is read.

use std::collections::BTreeMap;
use std::str::FromStr;

use fourply_blob::{EntriesFragment, Entry, LayerPath, MTIME, Meta};
use fourply_rootfs::accounts::{Group, Passwd};
use fourply_rootfs::{RootfsMetadata, TreeKind};

use crate::account_conflict::AccountConflict;
use crate::error::{BaseError, Result};

/// The start of passwd for a base without one.
const ROOT: &str = "root:x:0:0:root:/root:/sbin/nologin\n";
/// The start of group for a base without one.
const ROOT_GROUP: &str = "root:x:0:\n";

/// The configured user: `nodejs:1001`, `nodejs:1001:staff:1002`, `nodejs:1001:1002`, `1001`, `1001:1002` or the name of
/// a user in the base (`node`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSpec {
    pub name: Option<String>,
    pub uid: Option<u32>,
    /// The group's name; `None` means the user's name.
    pub group: Option<String>,
    /// The group's number; `None` means the user's number.
    pub gid: Option<u32>,
    /// The home of an added user; `None` is `/home/NAME`.
    pub home: Option<String>,
    /// The shell of an added user; `None` is `/bin/sh` if the base has it, otherwise `/sbin/nologin`.
    pub shell: Option<String>,
}

impl UserSpec {
    /// The number of the user with this name.
    pub(crate) fn uid_of(&self, name: &str) -> Option<u32> {
        self.uid.filter(|_| self.name.as_deref() == Some(name))
    }

    /// The number of the group with this name.
    pub(crate) fn gid_of(&self, name: &str) -> Option<u32> {
        let group = self.group.as_ref().or(self.name.as_ref());
        self.gid.or(self.uid).filter(|_| group.is_some_and(|group| group == name))
    }

    /// The configured form, for messages.
    fn shown(&self) -> String {
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let parts = [self.name.clone(), number(self.uid), self.group.clone(), number(self.gid)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(":")
    }
}

impl FromStr for UserSpec {
    type Err = BaseError;

    fn from_str(text: &str) -> Result<Self> {
        let wrong =
            |reason: String| BaseError::Setting { what: "user", text: text.into(), reason: reason.into() };
        let number = |part: &str| {
            part.parse::<u32>()
                .ok()
                .filter(|n| *n < u32::MAX)
                .ok_or_else(|| wrong(format!("{part:?} is no user number")))
        };
        let name = |part: &str| match is_name(part) {
            true => Ok(Some(part.to_owned())),
            false => Err(wrong(format!(
                "{part:?} is no name: letters, digits, '.', '_', '-', at most 32, a letter first"
            ))),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let spec = Self::default();
        match text.split(':').collect::<Vec<_>>().as_slice() {
            [uid] if digits(uid) => Ok(Self { uid: Some(number(uid)?), ..spec }),
            [uid, gid] if digits(uid) => {
                Ok(Self { uid: Some(number(uid)?), gid: Some(number(gid)?), ..spec })
            }
            [user] => Ok(Self { name: name(user)?, ..spec }),
            [user, uid] => Ok(Self { name: name(user)?, uid: Some(number(uid)?), ..spec }),
            [user, uid, gid] => {
                Ok(Self { name: name(user)?, uid: Some(number(uid)?), gid: Some(number(gid)?), ..spec })
            }
            [user, uid, group, gid] => Ok(Self {
                name: name(user)?,
                uid: Some(number(uid)?),
                group: name(group)?,
                gid: Some(number(gid)?),
                ..spec
            }),
            _ => Err(wrong("write it as nodejs:1001 or nodejs:1001:nodejs:1001".into())),
        }
    }
}

/// As in useradd(8): characters that cannot break a line of passwd.
fn is_name(text: &str) -> bool {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && text.len() <= 32 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// A resolved user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user's name; `None` if only a number is known.
    pub name: Option<String>,
    pub uid: u32,
    /// The number of the user's primary group.
    pub gid: u32,
    /// The absolute home; `None` if only a number is known.
    pub home: Option<String>,
    /// The entries that a layer must add to the base, including parents with the base's own metadata; empty if the base
    /// has everything.
    pub entries: BTreeMap<LayerPath, Entry>,
}

impl Account {
    /// The entries as a fragment; `None` if there is nothing to add.
    pub fn fragment(&self) -> Option<EntriesFragment> {
        (!self.entries.is_empty()).then(|| EntriesFragment::new(self.entries.clone()))
    }
}

/// Resolves the user against the base's accounts.
///
/// A number alone needs no account: it means the base's user with that number, if there is one, and otherwise the
/// number itself with a group of the same number. A name with a number is added to passwd, group and, if the base has
/// them, shadow and gshadow (locked), with a home of mode 0755. Existing entries with the same numbers are left
/// unchanged.
///
/// # Errors
/// [`BaseError::Account`] if another account has the name or number, with the configuration to use instead.
pub fn accounts(rootfs: &RootfsMetadata, spec: &UserSpec) -> Result<Account> {
    let passwd = fourply_rootfs::accounts::passwd(&rootfs.passwd);
    let Some(name) = &spec.name else { return numeric(spec, &passwd) };
    if let Some(user) = passwd.iter().find(|user| user.name == *name) {
        return existing(spec, user);
    }
    let Some(uid) = spec.uid else {
        let known = passwd.iter().map(|user| user.name.clone()).collect();
        return Err(conflict(spec, AccountConflict::UnknownUser { name: name.clone(), known }));
    };
    if let Some(taken) = passwd.iter().find(|user| user.uid == uid) {
        return Err(conflict(spec, AccountConflict::UserNumberTaken { uid, by: taken.name.clone() }));
    }
    added(rootfs, spec, name, uid)
}

fn numeric(spec: &UserSpec, passwd: &[Passwd]) -> Result<Account> {
    let uid = spec.uid.unwrap_or(0);
    let known = passwd.iter().find(|user| user.uid == uid);
    Ok(Account {
        name: known.map(|user| user.name.clone()),
        uid,
        gid: spec.gid.or(known.map(|user| user.gid)).unwrap_or(uid),
        home: known.map(|user| user.home.clone()),
        entries: BTreeMap::new(),
    })
}

fn existing(spec: &UserSpec, user: &Passwd) -> Result<Account> {
    if let Some(uid) = spec.uid.filter(|uid| *uid != user.uid) {
        let name = user.name.clone();
        return Err(conflict(spec, AccountConflict::OtherUserNumber { name, found: user.uid, asked: uid }));
    }
    // `nodejs:1001` leaves the group open: the base's own group is used.
    if let Some(gid) = spec.gid.filter(|gid| *gid != user.gid) {
        let (name, uid, found) = (user.name.clone(), user.uid, user.gid);
        return Err(conflict(spec, AccountConflict::OtherPrimaryGroup { name, uid, found, asked: gid }));
    }
    Ok(Account {
        name: Some(user.name.clone()),
        uid: user.uid,
        gid: user.gid,
        home: Some(user.home.clone()),
        entries: BTreeMap::new(),
    })
}

fn added(rootfs: &RootfsMetadata, spec: &UserSpec, name: &str, uid: u32) -> Result<Account> {
    let gid = spec.gid.unwrap_or(uid);
    let group = spec.group.as_deref().unwrap_or(name);
    let has_group = group_stands(rootfs, spec, group, gid)?;
    let home = spec.home.clone().unwrap_or_else(|| format!("/home/{name}"));
    let shell = spec.shell.clone().unwrap_or_else(|| {
        let there = rootfs.is_executable("/bin/sh");
        if there { "/bin/sh" } else { "/sbin/nologin" }.to_owned()
    });
    for (what, text) in [("home", &home), ("shell", &shell)] {
        if !text.starts_with('/') || text.contains([':', '\n', '\r', '\0']) {
            let text = text.clone();
            return Err(BaseError::Setting {
                what,
                text,
                reason: "it must be absolute, without ':' or line breaks".into(),
            });
        }
    }
    let mut entries = Entries { rootfs, entries: BTreeMap::new() };
    entries.text(
        "etc/passwd",
        &rootfs.passwd,
        ROOT,
        &format!("{name}:x:{uid}:{gid}::{home}:{shell}"),
        0o644,
    )?;
    if !has_group {
        entries.text("etc/group", &rootfs.group, ROOT_GROUP, &format!("{group}:x:{gid}:"), 0o644)?;
    }
    if let Some(shadow) = &rootfs.shadow {
        entries.text("etc/shadow", shadow, "", &format!("{name}:!::0:99999:7:::"), 0o640)?;
    }
    if let Some(gshadow) = rootfs.gshadow.as_ref().filter(|_| !has_group) {
        entries.text("etc/gshadow", gshadow, "", &format!("{group}:!::"), 0o640)?;
    }
    entries.home(&home, uid, gid)?;
    Ok(Account { name: Some(name.to_owned()), uid, gid, home: Some(home), entries: entries.entries })
}

/// Whether the base has the group already.
fn group_stands(rootfs: &RootfsMetadata, spec: &UserSpec, group: &str, gid: u32) -> Result<bool> {
    let groups = fourply_rootfs::accounts::groups(&rootfs.group);
    let named: Option<&Group> = groups.iter().find(|known| known.name == group);
    let numbered = groups.iter().find(|known| known.gid == gid);
    let user =
        |gid: u32| Some(format!("{}:{}", spec.name.as_deref().unwrap_or_default(), spec.uid.unwrap_or(gid)));
    match (named, numbered) {
        (Some(known), _) if known.gid != gid => {
            let (user, group, found) = (user(known.gid), group.to_owned(), known.gid);
            Err(conflict(spec, AccountConflict::OtherGroupNumber { user, group, found, asked: gid }))
        }
        (None, Some(known)) => {
            let (user, by) = (user(gid), known.name.clone());
            Err(conflict(spec, AccountConflict::GroupNumberTaken { user, gid, by }))
        }
        (named, _) => Ok(named.is_some()),
    }
}

fn conflict(spec: &UserSpec, reason: AccountConflict) -> BaseError {
    BaseError::Account { user: spec.shown(), reason }
}

/// Entries with all of their parents.
struct Entries<'f> {
    rootfs: &'f RootfsMetadata,
    entries: BTreeMap<LayerPath, Entry>,
}

impl Entries<'_> {
    /// Adds a line to a text file. A file that the base lacks begins with `first`.
    fn text(&mut self, path: &str, text: &str, first: &str, line: &str, mode: u32) -> Result<()> {
        let (real, meta) = match self.rootfs.lookup(path) {
            Some((real, entry)) if matches!(entry.kind, TreeKind::File(_)) => (real.to_owned(), entry.meta()),
            _ => (self.real(path)?, Meta::new(mode, 0, 0)),
        };
        let mut text = if text.is_empty() { first.to_owned() } else { text.to_owned() };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
        let meta = Meta { mtime: MTIME, ..meta };
        self.put(real, Entry::File { meta, bytes: text.into_bytes().into() })
    }

    /// The home, unless the base has it.
    fn home(&mut self, home: &str, uid: u32, gid: u32) -> Result<()> {
        if self.rootfs.is_directory(home) {
            return Ok(());
        }
        let real = self.real(home)?;
        self.put(real, Entry::Directory(Meta::directory(uid, gid)))
    }

    fn real(&self, path: &str) -> Result<String> {
        let wrong = || BaseError::Account { user: path.to_owned(), reason: AccountConflict::NoFolder };
        self.rootfs.real_path(path).ok_or_else(wrong)
    }

    fn put(&mut self, path: String, entry: Entry) -> Result<()> {
        let path = LayerPath::new(path)?;
        for (parent, meta) in self.rootfs.parents(&path) {
            self.entries.entry(parent).or_insert(Entry::Directory(meta));
        }
        self.entries.insert(path, entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
