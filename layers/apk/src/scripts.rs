//! The effects of packages' scripts. In: `.pre-install` scripts, and the accounts. Out: the accounts with those that
//! the scripts add. Nothing runs: a script is understood if it only adds users and groups with busybox's `addgroup` and
//! `adduser`; any other one is reported to the caller.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use fourply_rootfs::accounts::number_of;

/// The numbers that busybox gives to system users and groups. Source of all rules here: the behaviour of Alpine's
/// busybox 1.36, which the tests run.
const SYSTEM: RangeInclusive<u32> = 100..=999;
const OTHERS: RangeInclusive<u32> = 1000..=MAX;
/// The largest accepted number.
const MAX: u32 = 256_000;
/// The default group of a system user.
const NOGROUP: &str = "nogroup";

/// The texts of passwd, group and shadow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    pub passwd: String,
    pub group: String,
    /// `None` if the file does not exist.
    pub shadow: Option<String>,
}

/// One command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Command {
    Nothing,
    Group { name: String, gid: Option<u32>, system: bool },
    User(User),
    Member { user: String, group: String },
}

/// A user to add.
#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    uid: Option<u32>,
    group: Option<String>,
    gecos: Option<String>,
    home: Option<String>,
    shell: Option<String>,
    system: bool,
    /// Whether its home is created, too.
    makes_home: bool,
}

/// A home that adduser creates, or gives to its user if it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    pub path: String,
    pub uid: u32,
    pub gid: u32,
}

impl Accounts {
    /// Applies a script, and returns the homes that it would create; `None` if it is not understood, and nothing is
    /// changed.
    pub(crate) fn apply(&mut self, script: &[u8]) -> Option<Vec<Home>> {
        let commands = parse(std::str::from_utf8(script).ok()?)?;
        Some(commands.iter().filter_map(|command| self.run(command)).collect())
    }

    /// The number of a user.
    pub(crate) fn uid(&self, name: &str) -> Option<u32> {
        number_of(&self.passwd, name)
    }

    /// The number of a group.
    pub(crate) fn gid(&self, name: &str) -> Option<u32> {
        number_of(&self.group, name)
    }

    fn run(&mut self, command: &Command) -> Option<Home> {
        match command {
            Command::Nothing => {}
            Command::Group { name, gid, system } => self.add_group(name, *gid, *system),
            Command::Member { user, group } => self.add_member(user, group),
            Command::User(user) => return self.add_user(user).filter(|_| user.makes_home),
        }
        None
    }

    /// Adds a user. Nothing is added if the name, the number or the user's own group is taken, or the group does not
    /// exist.
    fn add_user(&mut self, user: &User) -> Option<Home> {
        let User { name, system, .. } = user;
        let group = user.group.as_deref().or(system.then_some(NOGROUP));
        let gid = match group {
            Some(group) => Some(self.gid(group)?),
            None => None,
        };
        if self.uid(name).is_some() || (gid.is_none() && self.gid(name).is_some()) {
            return None;
        }
        let taken =
            |number: u32| is_taken(&self.passwd, number) || (gid.is_none() && is_taken(&self.group, number));
        let uid = number(user.uid, *system, taken)?;
        let gecos = user.gecos.as_deref().unwrap_or("Linux User,,,");
        let home = user.home.clone().unwrap_or_else(|| format!("/home/{name}"));
        let usual = if *system { "/sbin/nologin" } else { shell_of_root(&self.passwd) };
        let shell = user.shell.as_deref().unwrap_or(usual);
        let line = format!("{name}:x:{uid}:{}:{gecos}:{home}:{shell}", gid.unwrap_or(uid));
        push(&mut self.passwd, &line);
        if let Some(shadow) = &mut self.shadow {
            // Without the creation day, which would differ from build to build.
            push(shadow, &format!("{name}:!::0:99999:7:::"));
        }
        match group {
            Some(group) => self.add_member(name, group),
            None => push(&mut self.group, &format!("{name}:x:{uid}:")),
        }
        Some(Home { path: home, uid, gid: gid.unwrap_or(uid) })
    }

    /// Adds a group. Nothing is added if the name or the number is taken.
    fn add_group(&mut self, name: &str, gid: Option<u32>, system: bool) {
        let gid = number(gid, system, |number| is_taken(&self.group, number));
        if let (None, Some(gid)) = (self.gid(name), gid) {
            push(&mut self.group, &format!("{name}:x:{gid}:"));
        }
    }

    fn add_member(&mut self, user: &str, group: &str) {
        if self.uid(user).is_none() {
            return;
        }
        let line = |line: &str| {
            let mut fields: Vec<&str> = line.split(':').collect();
            let (Some(name), Some(members)) = (fields.first(), fields.get(3)) else { return line.to_owned() };
            let there = members.split(',').any(|member| member == user);
            if *name != group || there {
                return line.to_owned();
            }
            let members = if members.is_empty() { user.to_owned() } else { format!("{members},{user}") };
            fields.truncate(3);
            format!("{}:{members}", fields.join(":"))
        };
        self.group = self.group.lines().map(|text| line(text) + "\n").collect();
    }
}

fn push(text: &mut String, line: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
}

fn is_taken(text: &str, number: u32) -> bool {
    text.lines().any(|line| line.split(':').nth(2).and_then(|field| field.parse().ok()) == Some(number))
}

/// The requested number, or the first free one; `None` if it is taken.
fn number(asked: Option<u32>, system: bool, taken: impl Fn(u32) -> bool) -> Option<u32> {
    match asked {
        Some(number) => Some(number).filter(|number| !taken(*number)),
        None => (if system { SYSTEM } else { OTHERS }).find(|number| !taken(*number)),
    }
}

/// The shell of ordinary users: that of the user who adds them.
fn shell_of_root(passwd: &str) -> &str {
    let root = passwd.lines().find(|line| line.split(':').nth(2) == Some("0"));
    root.and_then(|line| line.split(':').nth(6)).filter(|shell| !shell.is_empty()).unwrap_or("/bin/sh")
}

/// The commands of a script; `None` if it contains anything else.
fn parse(text: &str) -> Option<Vec<Command>> {
    let mut variables = BTreeMap::new();
    text.lines().map(|line| command(line.trim(), &mut variables)).collect()
}

fn command(line: &str, variables: &mut BTreeMap<String, String>) -> Option<Command> {
    if line.is_empty() || line.starts_with('#') || matches!(line, "exit 0" | ":" | "true") {
        return Some(Command::Nothing);
    }
    let endings = [
        "|| true",
        "|| :",
        "&>/dev/null",
        "2>/dev/null",
        ">/dev/null",
        "1>/dev/null",
        "2> /dev/null",
        "2>&1",
        "> /dev/null",
    ];
    let mut line = line.trim_end_matches(';').trim_end();
    while let Some(shorter) = endings.iter().find_map(|ending| line.strip_suffix(ending)) {
        line = shorter.trim_end();
    }
    let words = words(line, variables)?;
    match words.split_first()? {
        (first, []) if is_assignment(first) => {
            let (name, value) = first.split_once('=')?;
            variables.insert(name.to_owned(), value.to_owned());
            Some(Command::Nothing)
        }
        (first, rest) if first == "addgroup" => add_group(rest),
        (first, rest) if first == "adduser" => add_user(rest),
        _ => None,
    }
}

fn is_assignment(word: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Splits a line as a shell would, if it has only plain words, quotes and plain variables.
fn words(line: &str, variables: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            ('$', None | Some('"')) => {
                let braced = rest.next_if_eq(&'{').is_some();
                let mut name = String::new();
                while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if braced && rest.next() != Some('}') {
                    return None;
                }
                word.get_or_insert_default().push_str(variables.get(&name)?);
            }
            (' ' | '\t', None) => words.extend(word.take()),
            (c, None) if "`|&;<>(){}*?[]!\\~#".contains(c) => return None,
            ('`' | '\\', Some('"')) => return None,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// Whether this is valid text for a field of passwd(5).
fn is_field(text: &str) -> bool {
    !text.contains([':', '\n', '\r'])
}

/// Whether busybox accepts this name for an account.
fn is_account(text: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !text.is_empty() && !text.starts_with(['.', '-']) && text.chars().all(known)
}

fn account_number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number <= MAX)
}

fn add_group(words: &[String]) -> Option<Command> {
    let (mut gid, mut system, mut names) = (None, false, Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-S" => system = true,
            "-g" => gid = Some(account_number(rest.next()?)?),
            "-Sg" => (gid, system) = (Some(account_number(rest.next()?)?), true),
            option if option.starts_with('-') => return None,
            name if is_account(name) => names.push(name.to_owned()),
            _ => return None,
        }
    }
    match names.as_slice() {
        [name] => Some(Command::Group { name: name.clone(), gid, system }),
        [user, group] if gid.is_none() => Some(Command::Member { user: user.clone(), group: group.clone() }),
        _ => None,
    }
}

fn add_user(words: &[String]) -> Option<Command> {
    let (mut uid, mut system, mut makes_home, mut names) = (None, false, true, Vec::new());
    let (mut group, mut gecos, mut home, mut shell) = (None, None, None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().filter(|value| is_field(value)).cloned();
        match word.as_str() {
            "-u" => uid = Some(account_number(&value()?)?),
            "-G" => group = Some(value()?),
            "-g" => gecos = Some(value()?),
            "-h" => home = Some(value()?),
            "-s" => shell = Some(value()?),
            options if options.starts_with('-') && options.len() > 1 => {
                if !options.chars().skip(1).all(|option| "SDH".contains(option)) {
                    return None;
                }
                system |= options.contains('S');
                makes_home &= !options.contains('H');
            }
            name if is_account(name) => names.push(name.to_owned()),
            _ => return None,
        }
    }
    match names.as_slice() {
        [name] => {
            let name = name.clone();
            Some(Command::User(User { name, uid, group, gecos, home, shell, system, makes_home }))
        }
        [user, group] => Some(Command::Member { user: user.clone(), group: group.clone() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
