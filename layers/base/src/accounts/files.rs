//! The lines of passwd(5) and group(5). Lines that are not well-formed are passed over, as the C libraries do.

/// A line of passwd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passwd {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: String,
}

/// A line of group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub name: String,
    pub gid: u32,
}

/// What a passwd begins with in a base that has none.
pub(super) const ROOT: &str = "root:x:0:0:root:/root:/sbin/nologin\n";
/// What a group begins with in a base that has none.
pub(super) const ROOT_GROUP: &str = "root:x:0:\n";

pub(super) fn passwd(text: &str) -> Vec<Passwd> {
    let lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let user = |fields: Vec<&str>| match fields.as_slice() {
        [name, _, uid, gid, _, home, ..] if !name.is_empty() => Some(Passwd {
            name: (*name).to_owned(),
            uid: uid.parse().ok()?,
            gid: gid.parse().ok()?,
            home: (*home).to_owned(),
        }),
        _ => None,
    };
    lines.filter_map(user).collect()
}

pub(super) fn groups(text: &str) -> Vec<Group> {
    let lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let group = |fields: Vec<&str>| match fields.as_slice() {
        [name, _, gid, ..] if !name.is_empty() => {
            Some(Group { name: (*name).to_owned(), gid: gid.parse().ok()? })
        }
        _ => None,
    };
    lines.filter_map(group).collect()
}
