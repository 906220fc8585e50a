//! The image's user, and that user's rights on files. In: the configuration's text, the image's accounts. Out: numbers;
//! permission bits for a root file system whose files all belong to one user, because a user namespace may map only
//! one.

use std::collections::BTreeSet;

use fourply_rootfs::accounts::{number_of, passwd};
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

/// The user and groups of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub uid: u32,
    pub gid: u32,
    groups: BTreeSet<u32>,
    pub home: String,
}

impl User {
    /// The user that `USER`, `USER:GROUP` or numbers select; `None` for a name that the image does not have. As in
    /// moby, the default group is that of passwd(5), or 0. Source: moby/sys, `user.GetExecUser`.
    pub(crate) fn of(text: &str, passwd_text: &str, group_text: &str) -> Option<User> {
        let (name, group) = text.split_once(':').map_or((text, None), |(name, group)| (name, Some(group)));
        let name = if name.is_empty() { "0" } else { name };
        let accounts = passwd(passwd_text);
        let number: Option<u32> = name.parse().ok();
        let account = accounts.iter().find(|account| account.name == name);
        let account = account.or_else(|| accounts.iter().find(|account| Some(account.uid) == number));
        let uid = account.map(|account| account.uid).or(number)?;
        let gid = match group.filter(|group| !group.is_empty()) {
            Some(group) => number_of_group(group_text, group)?,
            None => account.map_or(0, |account| account.gid),
        };
        let mut groups = BTreeSet::from([gid]);
        if let Some(account) = account.filter(|_| group.is_none()) {
            groups.extend(groups_of(group_text, &account.name));
        }
        let home = account.map_or("/", |account| account.home.as_str()).to_owned();
        Some(User { uid, gid, groups, home })
    }

    /// This user's rights on an entry: read 4, write 2, execute or enter 1.
    pub(crate) fn rights(&self, entry: &TreeEntry) -> u32 {
        if self.uid == 0 {
            // Root may do everything, except execute files without any x bit.
            let execute = entry.kind == TreeKind::Directory || entry.mode & 0o111 != 0;
            return 0o6 | u32::from(execute);
        }
        let shift = match (entry.uid == self.uid, self.groups.contains(&entry.gid)) {
            (true, _) => 6,
            (_, true) => 3,
            _ => 0,
        };
        entry.mode >> shift & 0o7
    }

    /// Permission bits that give this user exactly these rights, if the user owns all files. Nothing runs as another
    /// user.
    pub(crate) fn mode(&self, entry: &TreeEntry) -> u32 {
        let rights = self.rights(entry);
        rights << 6 | rights << 3 | rights | entry.mode & 0o1000
    }

    /// Folders that this user may change, the outermost of each. Empty for root, who may change everything.
    pub(crate) fn own_folders(&self, rootfs: &RootfsMetadata) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        if self.uid == 0 {
            return found;
        }
        for (path, entry) in &rootfs.entries {
            let inside = |folder: &String| {
                path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            if entry.kind == TreeKind::Directory
                && self.rights(entry) & 2 != 0
                && !found.last().is_some_and(inside)
            {
                found.push(path.clone());
            }
        }
        found
    }
}

fn number_of_group(text: &str, group: &str) -> Option<u32> {
    number_of(text, group).or_else(|| group.parse().ok())
}

/// The groups that list a user.
fn groups_of(text: &str, user: &str) -> impl Iterator<Item = u32> {
    let of_line = move |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, gid, members, ..] = fields.as_slice() else { return None };
        members.split(',').any(|member| member == user).then(|| gid.parse().ok())?
    };
    text.lines().filter_map(of_line).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests;
