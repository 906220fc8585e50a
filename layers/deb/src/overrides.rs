//! dpkg's list of owners and modes that override those of packages. In: the text of `/var/lib/dpkg/statoverride`, and
//! the words of dpkg-statoverride. Out: the list, and its text in dpkg's form. Source: dpkg-statoverride(1), and dpkg
//! 1.21, run.

use std::collections::BTreeMap;

use crate::accounts::Accounts;
use crate::order::{PATHS, place};

pub(crate) const FILE: &str = "var/lib/dpkg/statoverride";

/// User, group and mode; a number is prefixed with `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override {
    pub user: String,
    pub group: String,
    pub mode: u32,
}

/// By absolute path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overrides(pub BTreeMap<String, Override>);

impl Overrides {
    /// Invalid lines are ignored.
    pub(crate) fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut fields = line.splitn(4, ' ');
            let (user, group) = (fields.next()?.to_owned(), fields.next()?.to_owned());
            let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
            Some((fields.next()?.to_owned(), Override { user, group, mode }))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// In the order of dpkg's table of paths.
    pub(crate) fn text(&self) -> String {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_by_key(|(path, _)| place(path.trim_start_matches('/'), PATHS));
        let line = |(path, set): &(&String, &Override)| {
            format!("{} {} {:o} {path}\n", set.user, set.group, set.mode)
        };
        all.iter().map(line).collect()
    }
}

impl Override {
    /// The numbers of user and group in these accounts; `None` if one does not exist.
    pub(crate) fn numbers(&self, accounts: &Accounts) -> Option<(u32, u32)> {
        let number = |name: &str, known: &dyn Fn(&str) -> Option<u32>| match name.strip_prefix('#') {
            Some(number) => number.parse().ok(),
            None => known(name),
        };
        let uid = number(&self.user, &|name| accounts.uid(name))?;
        let gid = number(&self.group, &|name| accounts.gid(name))?;
        Some((uid, gid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As real dpkg-statoverride left it.
    const TEXT: &str = "\
root adm 640 /etc/chrony.keys
root adm 640 /a
root adm 640 /c
root adm 640 /b
root adm 640 /redis
root adm 640 /usr/bin/crontab
root adm 640 /opt/z
root adm 640 /usr/bin/ssh-agent
root adm 640 /var/lib/chrony
root adm 640 /etc/redis.conf
root #77 2755 /nope/x
root adm 640 /var/log/x
";

    #[test]
    fn the_list_is_in_the_order_of_dpkg() {
        let overrides = Overrides::parse(TEXT);
        assert_eq!(overrides.text(), TEXT);
        let accounts = Accounts { passwd: "root:x:0:0::/:/\n".into(), ..Accounts::default() };
        assert_eq!(overrides.0["/nope/x"].mode, 0o2755);
        assert_eq!(overrides.0["/nope/x"].numbers(&accounts), Some((0, 77)));
        assert_eq!(overrides.0["/a"].numbers(&accounts), None);
    }
}
