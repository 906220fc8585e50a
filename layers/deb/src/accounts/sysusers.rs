//! The effects of systemd-sysusers on Debian's accounts. In: the texts of files in sysusers.d. Out: the accounts with
//! the additions; `None` if a rule is not known. Nothing runs. Source of all rules: sysusers.d(5), and systemd 252 of
//! bookworm and 257 of trixie, run.

use super::{Accounts, Rules, is_name, number_free, push};

const SYSTEM: std::ops::RangeInclusive<u32> = 1..=999;
const NO_SHELL: &str = "/usr/sbin/nologin";

/// A user in a line.
#[derive(Debug, Default)]
struct User {
    name: String,
    number: Option<u32>,
    group: Option<String>,
    comment: String,
    home: String,
    shell: String,
    /// `u!`: nobody can log in, whatever the password.
    expired: bool,
}

/// The requests of all lines, each in order.
#[derive(Debug, Default)]
struct Asked {
    users: Vec<User>,
    groups: Vec<(String, Option<u32>)>,
    members: Vec<(String, String)>,
}

impl Accounts {
    /// `None` if a line is not known, or requests a number that is in use.
    pub(crate) fn sysusers(&mut self, texts: &[String], rules: Rules) -> Option<()> {
        let asked = Asked::of(texts, rules)?;
        let mut from = *SYSTEM.end();
        for (name, number) in &asked.groups {
            self.add_locked_group(name, *number, &mut from)?;
        }
        for user in &asked.users {
            self.add_locked_user(user, &mut from)?;
        }
        asked.members.iter().try_for_each(|(user, group)| self.add_member(user, group))
    }

    fn add_locked_group(&mut self, name: &str, number: Option<u32>, from: &mut u32) -> Option<u32> {
        if let Some(known) = self.gid(name) {
            return Some(known);
        }
        let gid = match number {
            Some(number) => (!self.is_taken(number)).then_some(number)?,
            None => self.free(from)?,
        };
        push(&mut self.group, &format!("{name}:x:{gid}:"));
        if let Some(gshadow) = &mut self.gshadow {
            push(gshadow, &format!("{name}:!*::"));
        }
        Some(gid)
    }

    fn add_locked_user(&mut self, user: &User, from: &mut u32) -> Option<()> {
        let name = &user.name;
        if self.uid(name).is_some() {
            return Some(());
        }
        let same = self.gid(name).filter(|_| user.group.is_none());
        let free_of_users = |number: u32| number_free(&self.passwd, number);
        let uid = match (user.number, same) {
            (Some(number), Some(gid)) if number != gid => return None,
            (Some(number), Some(_)) => Some(number).filter(|number| free_of_users(*number))?,
            (Some(number), None) => (!self.is_taken(number)).then_some(number)?,
            (None, Some(gid)) if free_of_users(gid) => gid,
            (None, _) => self.free(from)?,
        };
        let gid = match &user.group {
            Some(group) => self.gid(group)?,
            None => self.add_locked_group(name, Some(uid), from)?,
        };
        let User { comment, home, shell, expired, .. } = user;
        push(&mut self.passwd, &format!("{name}:x:{uid}:{gid}:{comment}:{home}:{shell}"));
        if let Some(shadow) = &mut self.shadow {
            // Without the creation day, which would differ from build to build.
            let expires = if *expired { "1" } else { "" };
            push(shadow, &format!("{name}:!*::::::{expires}:"));
        }
        Some(())
    }

    /// Whether a user or a group has this number.
    fn is_taken(&self, number: u32) -> bool {
        !number_free(&self.passwd, number) || !number_free(&self.group, number)
    }

    /// The highest number, starting at this one, that neither a user nor a group has.
    fn free(&self, from: &mut u32) -> Option<u32> {
        let found = (*SYSTEM.start()..=*from).rev().find(|number| !self.is_taken(*number))?;
        *from = found.saturating_sub(1);
        Some(found)
    }
}

impl Asked {
    fn of(texts: &[String], rules: Rules) -> Option<Self> {
        let mut asked = Self::default();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with(['#', ';']) {
                asked.line(&fields(line)?, rules)?;
            }
        }
        // Groups that occur only in member lines come after all others.
        for (name, group) in asked.members.clone() {
            if !asked.users.iter().any(|user| user.name == name) {
                let (home, shell) = ("/".to_owned(), NO_SHELL.to_owned());
                asked.users.push(User { name, home, shell, ..User::default() });
            }
            asked.group(&group, None);
        }
        Some(asked)
    }

    fn line(&mut self, fields: &[String], rules: Rules) -> Option<()> {
        let given =
            |at: usize| fields.get(at).map(String::as_str).filter(|field| !matches!(*field, "" | "-"));
        let name = given(1).filter(|name| is_name(name, true))?.to_owned();
        match fields.first()?.as_str() {
            kind if kind == "u" || (kind == "u!" && rules == Rules::Trixie) => {
                let (number, group) = match given(2).map(|id| id.split_once(':').unwrap_or((id, ""))) {
                    None => (None, None),
                    Some((number, group)) => (
                        Some(number).filter(|number| *number != "-").map(str::parse).transpose().ok()?,
                        // A group by number must exist.
                        Some(group.to_owned()).filter(|group| !group.is_empty()),
                    ),
                };
                if group.as_ref().is_some_and(|group| group.parse::<u32>().is_ok()) {
                    return None;
                }
                let text = |at: usize, default: &str| given(at).unwrap_or(default).to_owned();
                let (comment, home, shell) = (text(3, ""), text(4, "/"), text(5, NO_SHELL));
                if !self.users.iter().any(|user| user.name == name) {
                    let expired = kind == "u!";
                    self.users.push(User { name, number, group, comment, home, shell, expired });
                }
            }
            "g" => self.group(&name, given(2).map(str::parse).transpose().ok()?),
            "m" => {
                let group = given(2).filter(|group| is_name(group, true))?;
                self.members.push((name, group.to_owned()));
            }
            _ => return None,
        }
        Some(())
    }

    fn group(&mut self, name: &str, number: Option<u32>) {
        match self.groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = known.or(number),
            None => self.groups.push((name.to_owned(), number)),
        }
    }
}

/// The fields of a line; `None` for an unsupported form: specifiers, and quotes within a word.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (field, after) = match first {
            '"' | '\'' => rest.get(1..)?.split_once(first)?,
            _ => rest.split_once([' ', '\t']).unwrap_or((rest, "")),
        };
        // A colon is allowed only between numbers.
        let is_odd = |c: char| matches!(c, '%' | '\\' | '"') || (c == ':' && fields.len() != 2);
        if field.contains(is_odd) {
            return None;
        }
        fields.push(field.to_owned());
        rest = after.trim_start();
    }
    Some(fields)
}
