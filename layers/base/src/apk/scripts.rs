//! What scripts of packages would have done. Comes in: `.pre-install` scripts, and the accounts that there are. Goes out: the
//! accounts with those that the scripts add. Nothing runs: a script is understood if all that it does is to add users
//! and groups with busybox's `addgroup` and `adduser`; every other one is named to the caller.

use std::collections::BTreeMap;

use crate::accounts::number_of;

/// The first number that busybox gives to a user or group of the system. Source: busybox, `loginutils/adduser.c`.
const FIRST_SYSTEM: u32 = 100;
/// The first number of others.
const FIRST_OTHER: u32 = 1000;

/// The texts of passwd, group and shadow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Accounts {
    pub passwd: String,
    pub group: String,
    /// `None` where there is none.
    pub shadow: Option<String>,
}

/// One command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Command {
    Nothing,
    Group {
        name: String,
        gid: Option<u32>,
        system: bool,
    },
    User {
        name: String,
        uid: Option<u32>,
        group: Option<String>,
        gecos: Option<String>,
        home: Option<String>,
        shell: Option<String>,
        system: bool,
    },
    Member {
        user: String,
        group: String,
    },
}

impl Accounts {
    /// Does what a script would do; false where it is not understood, and nothing is changed.
    pub fn apply(&mut self, script: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(script) else { return false };
        let Some(commands) = parse(text) else { return false };
        commands.iter().for_each(|command| self.run(command));
        true
    }

    /// The number of a user.
    pub fn uid(&self, name: &str) -> Option<u32> {
        number_of(&self.passwd, name)
    }

    /// The number of a group.
    pub fn gid(&self, name: &str) -> Option<u32> {
        number_of(&self.group, name)
    }

    fn run(&mut self, command: &Command) {
        match command {
            Command::Nothing => {}
            Command::Group { name, gid, system } => self.add_group(name, *gid, *system),
            Command::Member { user, group } => self.add_member(user, group),
            Command::User { name, uid, group, gecos, home, shell, system } => {
                if self.uid(name).is_some() {
                    return;
                }
                let uid = uid.unwrap_or_else(|| free(&self.passwd, *system));
                let gid = match group {
                    Some(group) => self.gid(group),
                    // Without -G a user of the system is in nogroup; others get a group of their own.
                    None if *system => Some(self.gid("nogroup").unwrap_or(65533)),
                    None => None,
                };
                let gid = gid.unwrap_or_else(|| {
                    self.add_group(name, Some(uid), *system);
                    self.gid(name).unwrap_or(uid)
                });
                let gecos = gecos.clone().unwrap_or_else(|| "Linux User,,,".into());
                let home = home.clone().unwrap_or_else(|| format!("/home/{name}"));
                let shell = shell.clone().unwrap_or_else(|| "/bin/sh".into());
                push(&mut self.passwd, &format!("{name}:x:{uid}:{gid}:{gecos}:{home}:{shell}"));
                if let Some(shadow) = &mut self.shadow {
                    // Without the day on which it was made, which would differ from build to build.
                    push(shadow, &format!("{name}:!::0:99999:7:::"));
                }
            }
        }
    }

    fn add_group(&mut self, name: &str, gid: Option<u32>, system: bool) {
        let taken = gid.is_some_and(|gid| numbers(&self.group).any(|known| known == gid));
        if self.gid(name).is_none() && !taken {
            let gid = gid.unwrap_or_else(|| free(&self.group, system));
            push(&mut self.group, &format!("{name}:x:{gid}:"));
        }
    }

    fn add_member(&mut self, user: &str, group: &str) {
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

fn numbers(text: &str) -> impl Iterator<Item = u32> + '_ {
    text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok())
}

fn free(text: &str, system: bool) -> u32 {
    let mut number = if system { FIRST_SYSTEM } else { FIRST_OTHER };
    while numbers(text).any(|known| known == number) {
        number += 1;
    }
    number
}

/// The commands of a script; `None` where there is anything else in it.
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

/// Splits a line as a shell would, where it has nothing but plain words, quotes and plain variables.
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

/// A name as it may stand in passwd(5), or the text of another of its fields.
fn is_field(text: &str) -> bool {
    !text.contains([':', '\n', '\r'])
}

fn add_group(words: &[String]) -> Option<Command> {
    let (mut gid, mut system, mut names) = (None, false, Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-S" => system = true,
            "-g" => gid = Some(rest.next()?.parse().ok()?),
            "-Sg" => (gid, system) = (Some(rest.next()?.parse().ok()?), true),
            option if option.starts_with('-') => return None,
            name if is_field(name) => names.push(name.to_owned()),
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
    let (mut uid, mut system, mut names) = (None, false, Vec::new());
    let (mut group, mut gecos, mut home, mut shell) = (None, None, None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().filter(|value| is_field(value)).cloned();
        match word.as_str() {
            "-u" => uid = Some(value()?.parse().ok()?),
            "-G" => group = Some(value()?),
            "-g" => gecos = Some(value()?),
            "-h" => home = Some(value()?),
            "-s" => shell = Some(value()?),
            options if options.starts_with('-') && options.len() > 1 => {
                if !options.chars().skip(1).all(|option| "SDH".contains(option)) {
                    return None;
                }
                system |= options.contains('S');
            }
            name if is_field(name) => names.push(name.to_owned()),
            _ => return None,
        }
    }
    match names.as_slice() {
        [name] => Some(Command::User { name: name.clone(), uid, group, gecos, home, shell, system }),
        [user, group] => Some(Command::Member { user: user.clone(), group: group.clone() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts {
            passwd: "root:x:0:0:root:/root:/bin/ash\n".into(),
            group: "root:x:0:\nshadow:x:42:\ntaken:x:100:\n".into(),
            shadow: Some("root:*::0:::::\n".into()),
        }
    }

    #[test]
    fn accounts_are_added_as_busybox_would() {
        let script = b"#!/bin/sh\nuser=chrony\naddgroup -S -g 42 shadow 2>/dev/null\naddgroup -S \"$user\" 2>/dev/null\nadduser -S -D -h /var/log/chrony -s /sbin/nologin -G $user -g 'a b' ${user} 2>/dev/null\naddgroup chrony shadow\nexit 0\n";
        let mut found = accounts();
        assert!(found.apply(script));
        assert_eq!(found.group, "root:x:0:\nshadow:x:42:chrony\ntaken:x:100:\nchrony:x:101:\n");
        assert!(found.passwd.ends_with("chrony:x:100:101:a b:/var/log/chrony:/sbin/nologin\n"));
        assert_eq!(found.shadow.clone().unwrap().lines().last(), Some("chrony:!::0:99999:7:::"));
        let before = found.clone();
        assert!(found.apply(script) && found == before);
    }

    #[test]
    fn anything_else_is_not_understood() {
        for script in [
            "mkdir -p /x",
            "adduser -k /skel x",
            "addgroup $(id)",
            "addgroup $x",
            "adduser 'a:b'",
            "if true; then",
            "addgroup a || rm -rf /",
            "addgroup 'x",
        ] {
            let mut found = accounts();
            assert!(!found.apply(script.as_bytes()) && found == accounts(), "{script}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_script_is_read(script in "((addgroup|adduser) )?.{0,30}") {
            accounts().apply(script.as_bytes());
        }
    }
}
