//! The effects of useradd, groupadd and usermod on Debian's accounts. In: a command's words. Out: the accounts with the
//! additions, and whether the command succeeds; `None` if a rule is not known. Nothing runs. Source of all rules:
//! shadow 4.13 of bookworm and 4.17 of trixie, run.

use super::{Accounts, field, is_name, number_free, push, split};

/// `SYS_UID_MIN` to `SYS_UID_MAX`, if login.defs does not set them.
const SYSTEM: std::ops::RangeInclusive<u32> = 101..=999;

/// The arguments.
#[derive(Debug, Default)]
struct Asked {
    system: bool,
    force: bool,
    append: bool,
    home: Option<String>,
    shell: Option<String>,
    comment: String,
    number: Option<u32>,
    group: Option<String>,
    groups: Vec<String>,
    names: Vec<String>,
}

impl Accounts {
    /// Only system users whose home need not be created. Without a shell or a home, the host's defaults decide, which
    /// are not known.
    pub(crate) fn useradd(&mut self, words: &[String]) -> Option<bool> {
        let asked = Asked::of(words)?;
        let [name] = asked.names.as_slice() else { return None };
        let (home, shell) = (asked.home.as_ref()?, asked.shell.as_ref()?);
        if !asked.system || asked.force || asked.append {
            return None;
        }
        if self.uid(name).is_some() || asked.groups.iter().any(|group| self.gid(group).is_none()) {
            return Some(false);
        }
        let uid = free(&self.passwd, asked.number)?;
        let gid = match &asked.group {
            Some(group) => group.parse().ok().or_else(|| self.gid(group))?,
            None if self.gid(name).is_some() => return Some(false),
            None => {
                let same = number_free(&self.group, uid).then_some(uid);
                self.add_group_numbered(name, free(&self.group, same)?)
            }
        };
        push(&mut self.passwd, &format!("{name}:x:{uid}:{gid}:{}:{home}:{shell}", asked.comment));
        if let Some(shadow) = &mut self.shadow {
            push(shadow, &format!("{name}:!:::::::"));
        }
        asked.groups.iter().try_for_each(|group| self.add_member(name, group))?;
        Some(true)
    }

    pub(crate) fn groupadd(&mut self, words: &[String]) -> Option<bool> {
        let asked = Asked::of(words)?;
        let [name] = asked.names.as_slice() else { return None };
        if self.gid(name).is_some() {
            return Some(asked.force);
        }
        if !asked.system && asked.number.is_none() {
            return None;
        }
        let gid = free(&self.group, asked.number)?;
        self.add_group_numbered(name, gid);
        Some(true)
    }

    /// Only `usermod -a -G GROUPS USER`.
    pub(crate) fn usermod(&mut self, words: &[String]) -> Option<bool> {
        let asked = Asked::of(words)?;
        let [name] = asked.names.as_slice() else { return None };
        let only = asked.append
            && !asked.groups.is_empty()
            && !asked.system
            && asked.home.is_none()
            && asked.shell.is_none()
            && asked.number.is_none()
            && asked.group.is_none()
            && asked.comment.is_empty();
        only.then_some(())?;
        if self.uid(name).is_none() || asked.groups.iter().any(|group| self.gid(group).is_none()) {
            return Some(false);
        }
        asked.groups.iter().try_for_each(|group| self.add_member(name, group))?;
        Some(true)
    }
}

impl Asked {
    /// `None` for an unknown option.
    fn of(words: &[String]) -> Option<Self> {
        let mut asked = Self::default();
        let mut rest = split(words);
        while let Some(word) = rest.next() {
            let mut value = || field(rest.next());
            asked.append |= word == "-aG";
            match word {
                "-r" | "--system" => asked.system = true,
                "-f" | "--force" => asked.force = true,
                "-a" | "--append" => asked.append = true,
                "-M" | "--no-create-home" | "-U" | "--user-group" => {}
                "-d" | "--home-dir" | "--home" => asked.home = Some(value()?),
                "-s" | "--shell" => asked.shell = Some(value()?),
                "-c" | "--comment" => asked.comment = value()?,
                "-u" | "--uid" => asked.number = Some(value()?.parse().ok()?),
                // For groupadd the number, for useradd the group.
                "-g" | "--gid" => {
                    let value = value()?;
                    asked.number = asked.number.or(value.parse().ok());
                    asked.group = Some(value);
                }
                "-G" | "-aG" | "--groups" => asked.groups = value()?.split(',').map(str::to_owned).collect(),
                option if option.starts_with('-') => return None,
                name => asked.names.push(name.to_owned()),
            }
        }
        asked.names.iter().all(|name| is_name(name, true)).then_some(asked)
    }
}

/// The requested number; otherwise the one below the lowest number in use, counted from the end; otherwise the highest
/// free one.
fn free(text: &str, asked: Option<u32>) -> Option<u32> {
    if let Some(number) = asked {
        return number_free(text, number).then_some(number);
    }
    let numbers = text.lines().filter_map(|line| line.split(':').nth(2)?.parse::<u32>().ok());
    let lowest = numbers.filter(|number| SYSTEM.contains(number)).min().unwrap_or(SYSTEM.end() + 1);
    let below = Some(lowest - 1).filter(|number| SYSTEM.contains(number));
    below.or_else(|| SYSTEM.rev().find(|number| number_free(text, *number)))
}
