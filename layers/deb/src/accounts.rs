//! The effects of adduser and addgroup on Debian's accounts. In: the texts of accounts, and a command's words. Out: the
//! texts with the additions, or `None` if a rule is not known. Nothing runs. Source of all rules: adduser 3.134 of
//! bookworm and 3.152 of trixie, run in a chroot.

use std::ops::RangeInclusive;

use fourply_rootfs::RootfsMetadata;
use fourply_rootfs::accounts::number_of;

/// The numbers of system users and groups: `FIRST_SYSTEM_UID` and similar settings in `/etc/adduser.conf`.
const SYSTEM: RangeInclusive<u32> = 100..=999;
const NOGROUP: &str = "nogroup";
const NO_HOME: &str = "/nonexistent";
const NO_SHELL: &str = "/usr/sbin/nologin";

mod shadow;
mod sysusers;

/// The texts of passwd, group, shadow and gshadow; `None` if a file does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    pub passwd: String,
    pub group: String,
    pub shadow: Option<String>,
    pub gshadow: Option<String>,
}

/// The rules of a tool that creates accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    Bookworm,
    /// Rules that bookworm and trixie share.
    Shared,
    Trixie,
}

/// A missing home that adduser creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    pub path: String,
    pub uid: u32,
    pub gid: u32,
}

/// The arguments of adduser or addgroup.
#[derive(Debug, Default)]
struct Asked {
    system: bool,
    with_group: bool,
    no_home: bool,
    home: Option<String>,
    shell: Option<String>,
    gecos: Option<String>,
    number: Option<u32>,
    group: Option<String>,
    names: Vec<String>,
}

impl Accounts {
    /// The accounts of a base.
    pub(crate) fn of(rootfs: &RootfsMetadata) -> Self {
        Self {
            passwd: rootfs.passwd.clone(),
            group: rootfs.group.clone(),
            shadow: rootfs.shadow.clone(),
            gshadow: rootfs.gshadow.clone(),
        }
    }

    pub(crate) fn uid(&self, name: &str) -> Option<u32> {
        number_of(&self.passwd, name)
    }

    pub(crate) fn gid(&self, name: &str) -> Option<u32> {
        number_of(&self.group, name)
    }

    /// Applies adduser. Returns the home that it creates; `None` if a rule is not known.
    pub(crate) fn adduser(&mut self, words: &[String], rules: Rules) -> Option<Option<Home>> {
        let asked = Asked::of(words)?;
        match (asked.names.as_slice(), asked.system) {
            ([name], true) => self.add_user(name, &asked, rules),
            ([user, group], false) => self.add_member(user, group).map(|()| None),
            _ => None,
        }
    }

    /// Applies addgroup; `None` if a rule is not known.
    pub(crate) fn addgroup(&mut self, words: &[String]) -> Option<()> {
        let asked = Asked::of(words)?;
        match (asked.names.as_slice(), asked.system) {
            ([name], true) => match self.gid(name) {
                Some(known) => SYSTEM.contains(&known).then_some(()),
                None => self.add_group(name, asked.number).map(drop),
            },
            ([user, group], false) => self.add_member(user, group),
            _ => None,
        }
    }

    fn add_user(&mut self, name: &str, asked: &Asked, rules: Rules) -> Option<Option<Home>> {
        if let Some(uid) = self.uid(name) {
            return SYSTEM.contains(&uid).then_some(None);
        }
        let gecos = gecos(asked.gecos.as_deref().unwrap_or_default(), rules)?;
        let uid = free(&self.passwd, asked.number)?;
        let gid = match (&asked.group, asked.with_group) {
            (Some(group), false) => self.gid(group)?,
            (None, false) => self.gid(NOGROUP)?,
            (None, true) => match self.gid(name) {
                Some(known) if SYSTEM.contains(&known) => known,
                Some(_) => return None,
                None => self.add_group(name, asked.number)?,
            },
            (Some(_), true) => return None,
        };
        let home = asked.home.as_deref().unwrap_or(NO_HOME);
        let shell = asked.shell.as_deref().unwrap_or(NO_SHELL);
        push(&mut self.passwd, &format!("{name}:x:{uid}:{gid}:{gecos}:{home}:{shell}"));
        if let Some(shadow) = &mut self.shadow {
            // Without the creation day, which would differ from build to build.
            push(shadow, &format!("{name}:!:::::::"));
        }
        let makes = !asked.no_home && home != NO_HOME && !home.starts_with("/nonexistent/");
        Some(makes.then(|| Home { path: home.to_owned(), uid, gid }))
    }

    fn add_group(&mut self, name: &str, number: Option<u32>) -> Option<u32> {
        let gid = free(&self.group, number)?;
        Some(self.add_group_numbered(name, gid))
    }

    fn add_group_numbered(&mut self, name: &str, gid: u32) -> u32 {
        push(&mut self.group, &format!("{name}:x:{gid}:"));
        if let Some(gshadow) = &mut self.gshadow {
            push(gshadow, &format!("{name}:!::"));
        }
        gid
    }

    fn add_member(&mut self, user: &str, group: &str) -> Option<()> {
        (self.uid(user).is_some() && self.gid(group).is_some()).then_some(())?;
        self.group = with_member(&self.group, user, group);
        self.gshadow = self.gshadow.as_ref().map(|text| with_member(text, user, group));
        Some(())
    }
}

/// Splits options from their values: `--home=/x` becomes two words.
fn split(words: &[String]) -> impl Iterator<Item = &str> {
    words.iter().flat_map(|word| match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option, value],
        _ => vec![word.as_str()],
    })
}

/// A value, if it can be a field of an accounts file.
fn field(value: Option<&str>) -> Option<String> {
    value.filter(|value| !value.contains([':', '\n', '\r'])).map(str::to_owned)
}

impl Asked {
    /// `None` for an unknown option.
    fn of(words: &[String]) -> Option<Self> {
        let mut asked = Self::default();
        let mut any_name = false;
        let mut rest = split(words);
        while let Some(word) = rest.next() {
            let mut value = || field(rest.next());
            match word {
                "--system" => asked.system = true,
                "--group" => asked.with_group = true,
                "--no-create-home" => asked.no_home = true,
                "--quiet" | "-q" | "--disabled-login" | "--disabled-password" => {}
                "--force-badname" | "--allow-badname" | "--allow-bad-names" | "--allow-all-names" => {
                    any_name = true
                }
                "--home" => asked.home = Some(value()?),
                "--shell" => asked.shell = Some(value()?),
                "--gecos" | "--comment" => asked.gecos = Some(value()?),
                "--uid" | "--gid" => asked.number = Some(value()?.parse().ok()?),
                "--ingroup" => asked.group = Some(value()?),
                option if option.starts_with('-') => return None,
                name => asked.names.push(name.to_owned()),
            }
            // The number of an existing group is another case.
            if word == "--gid" && !words.iter().any(|word| word == "--system") {
                return None;
            }
        }
        let plain = |name: &String| is_name(name, any_name);
        let home = asked.home.as_ref().is_none_or(|home| home.starts_with('/'));
        (home && asked.names.iter().all(plain)).then_some(asked)
    }
}

/// `SYS_NAME_REGEX` of adduser.conf; with `--force-badname`, the names that useradd accepts.
fn is_name(name: &str, any: bool) -> bool {
    let first = |c: char| c.is_ascii_lowercase() || c == '_' || (any && c.is_ascii_uppercase());
    let other = |c: char| first(c) || c.is_ascii_digit() || c == '-' || (any && c == '.');
    name.len() <= 32 && name.starts_with(first) && name.chars().all(other)
}

/// Bookworm's adduser fills the four fields up to the last comma; trixie's uses the text unchanged.
fn gecos(text: &str, rules: Rules) -> Option<String> {
    let missing = || 3_usize.saturating_sub(text.matches(',').count());
    match rules {
        _ if text.is_empty() => Some(String::new()),
        Rules::Bookworm => Some(format!("{text}{}", ",".repeat(missing()))),
        Rules::Shared => None,
        Rules::Trixie => Some(text.to_owned()),
    }
}

/// The requested number, or the first free one.
fn free(text: &str, asked: Option<u32>) -> Option<u32> {
    match asked {
        Some(number) => Some(number).filter(|number| number_free(text, *number)),
        None => SYSTEM.into_iter().find(|number| number_free(text, *number)),
    }
}

/// Appends a line.
fn push(text: &mut String, line: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
}

/// A text of group(5) or gshadow(5) with one more member.
fn with_member(text: &str, user: &str, group: &str) -> String {
    let line = |line: &str| {
        let (head, members) = line.rsplit_once(':').unwrap_or((line, ""));
        let there = members.split(',').any(|member| member == user);
        match line.split(':').next() == Some(group) && !there {
            true if members.is_empty() => format!("{head}:{user}\n"),
            true => format!("{head}:{members},{user}\n"),
            false => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// Whether no line has this number.
fn number_free(text: &str, number: u32) -> bool {
    !text.lines().any(|line| line.split(':').nth(2).and_then(|field| field.parse().ok()) == Some(number))
}

#[cfg(test)]
mod tests;
