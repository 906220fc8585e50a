//! The commands of a RUN → their visible effects in the image: system packages, accounts, folders. In: a shell script
//! with variables replaced. Out: [`Ran`]. Unknown commands are ignored.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::commands;

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// Alpine's.
    Apk,
    /// Debian's.
    Apt,
}

/// An account that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: Option<u32>,
}

/// A folder that is created or whose owner changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// Whether it is created; otherwise only its owner changes.
    pub made: bool,
    /// `user` or `user:group`, by name or number.
    pub owner: Option<String>,
}

/// The effects of commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Without versions, and without packages that are removed again.
    pub packages: BTreeMap<Manager, BTreeSet<String>>,
    pub accounts: Vec<Account>,
    /// By path, as written.
    pub folders: BTreeMap<String, Folder>,
    /// Folders that `pnpm deploy` fills, by path, each with the filter that names the package.
    pub deployed: BTreeMap<String, String>,
}

/// The effects of a script.
pub fn ran(script: &str) -> Ran {
    let mut ran = Ran::default();
    commands(script).iter().for_each(|words| ran.command(words));
    ran
}

impl Ran {
    fn command(&mut self, words: &[String]) {
        let mut words = words.iter().map(String::as_str).skip_while(|word| is_assignment(word));
        let program = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        match program.rsplit('/').next().unwrap_or_default() {
            "apk" => self.packages(Manager::Apk, &rest),
            "apt" | "apt-get" => self.packages(Manager::Apt, &rest),
            "adduser" | "useradd" => self.account(&rest),
            "pnpm" => self.deploy(&rest),
            "mkdir" => self.folders(&arguments(&rest, &["-m", "--mode"]), None),
            "install" if rest.contains(&"-d") => {
                let owner = after(&rest, &["-o", "--owner"]);
                self.folders(&arguments(&rest, &["-m", "-o", "-g", "--mode", "--owner", "--group"]), owner);
            }
            "chown" => {
                if let Some((owner, paths)) = arguments(&rest, &["--from", "--reference"]).split_first() {
                    paths.iter().for_each(|path| {
                        self.folders.entry((*path).to_owned()).or_default().owner = Some((*owner).to_owned());
                    });
                }
            }
            _ => {}
        }
    }

    fn folders(&mut self, paths: &[&str], owner: Option<&str>) {
        for path in paths {
            let folder = self.folders.entry((*path).to_owned()).or_default();
            folder.made = true;
            if let Some(owner) = owner {
                folder.owner = Some(owner.to_owned());
            }
        }
    }

    fn packages(&mut self, manager: Manager, words: &[&str]) {
        const VALUES: [&str; 14] = [
            "-t",
            "--virtual",
            "-X",
            "--repository",
            "-p",
            "--root",
            "--repositories-file",
            "--keys-dir",
            "-o",
            "--option",
            "-c",
            "--target-release",
            "--cache-dir",
            "--arch",
        ];
        let named = arguments(words, &VALUES);
        let Some((verb, named)) = named.split_first() else { return };
        let names = named.iter().filter_map(|word| package(word));
        match *verb {
            // A virtual group of packages is removed again later.
            "add" | "install" if manager == Manager::Apk && after(words, &["-t", "--virtual"]).is_some() => {}
            "add" | "install" => self.packages.entry(manager).or_default().extend(names.map(str::to_owned)),
            "del" | "remove" | "purge" => {
                let all = self.packages.entry(manager).or_default();
                all.retain(|known| !names.clone().any(|name| name == known));
            }
            _ => {}
        }
    }

    /// `pnpm --filter=api deploy --prod /prod/api`, in any order of its options.
    fn deploy(&mut self, words: &[&str]) {
        const FILTERS: [&str; 4] = ["--filter", "-F", "--filter-prod", "--filter.production"];
        const VALUES: [&str; 6] = ["--filter", "-F", "--filter-prod", "-C", "--dir", "--config"];
        let filter = after(words, &FILTERS).unwrap_or_default();
        if let ["deploy", folder] = arguments(words, &VALUES).as_slice() {
            self.deployed.insert((*folder).to_owned(), filter.to_owned());
        }
    }

    fn account(&mut self, words: &[&str]) {
        const VALUES: [&str; 18] = [
            "-u",
            "--uid",
            "-g",
            "--gid",
            "-G",
            "--ingroup",
            "--groups",
            "-s",
            "--shell",
            "-h",
            "--home",
            "-d",
            "--home-dir",
            "-c",
            "--comment",
            "--gecos",
            "-k",
            "--skel",
        ];
        let number = after(words, &["-u", "--uid"]);
        let uid = number.and_then(|number| number.parse().ok());
        // `adduser USER GROUP` does not add an account.
        if let [name] = arguments(words, &VALUES).as_slice()
            && !name.contains('$')
        {
            self.accounts.push(Account { name: (*name).to_owned(), uid });
        }
    }

    /// Adds the effects of a later script.
    pub(crate) fn extend(&mut self, later: Ran) {
        for (manager, names) in later.packages {
            self.packages.entry(manager).or_default().extend(names);
        }
        self.accounts.extend(later.accounts);
        self.deployed.extend(later.deployed);
        for (path, folder) in later.folders {
            let known = self.folders.entry(path).or_default();
            known.made |= folder.made;
            known.owner = folder.owner.or(known.owner.take());
        }
    }
}

/// Words that are neither options nor values of these.
fn arguments<'w>(words: &[&'w str], values: &[&str]) -> Vec<&'w str> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if values.contains(word) {
            words.next();
        } else if !word.starts_with('-') && !is_redirection(word) {
            found.push(*word);
        }
    }
    found
}

/// `>/dev/null`, `2>`.
fn is_redirection(word: &str) -> bool {
    word.trim_start_matches(|letter: char| letter.is_ascii_digit()).starts_with(['>', '<'])
}

/// The value of an option, written `-u 1001` or `--uid=1001`.
fn after<'w>(words: &[&'w str], options: &[&str]) -> Option<&'w str> {
    let joined = |word: &'w str| {
        let (name, value) = word.split_once('=')?;
        options.contains(&name).then_some(value)
    };
    let separate = || words.iter().position(|word| options.contains(word)).and_then(|at| words.get(at + 1));
    words.iter().find_map(|word| joined(word)).or_else(|| separate().copied())
}

/// `curl` from `curl=8.1`, `curl~=8`, `curl@edge`, `curl/bookworm`, `curl:amd64`. `None` if the word is not a package
/// name, such as a variable or a file.
fn package(word: &str) -> Option<&str> {
    let name = word.split(['=', '~', '<', '>', '@', ':']).next()?;
    let name = if word.starts_with(['/', '.']) { name } else { name.split('/').next()? };
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "+-._".contains(letter);
    let starts = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    (starts && name.chars().all(letter)).then_some(name)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

#[cfg(test)]
mod tests;
