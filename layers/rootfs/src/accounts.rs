//! The lines of passwd(5) and group(5). In: their texts. Out: users and groups. Malformed lines are skipped, as the C
//! libraries do.

/// A user of passwd(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passwd {
    /// The user's name; never empty.
    pub name: String,
    pub uid: u32,
    /// The number of the user's primary group.
    pub gid: u32,
    /// The home directory, as written.
    pub home: String,
}

/// A group of group(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group's name; never empty.
    pub name: String,
    pub gid: u32,
}

/// The users of a passwd(5) text, in order.
pub fn passwd(text: &str) -> Vec<Passwd> {
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

/// The groups of a group(5) text, in order.
pub fn groups(text: &str) -> Vec<Group> {
    let lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let group = |fields: Vec<&str>| match fields.as_slice() {
        [name, _, gid, ..] if !name.is_empty() => {
            Some(Group { name: (*name).to_owned(), gid: gid.parse().ok()? })
        }
        _ => None,
    };
    lines.filter_map(group).collect()
}

/// The number of a name in a passwd(5) or group(5) text.
pub fn number_of(text: &str, name: &str) -> Option<u32> {
    let mut lines = text.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten())
}
