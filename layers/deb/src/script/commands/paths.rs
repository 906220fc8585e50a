//! Commands that create folders and set owners and modes. In: words. Out: the settings by path. Commands that need a
//! file's content are not supported.

use crate::accounts::Home;
use crate::overrides::Override;
use crate::script::glob;
use crate::script::system::{Outcome, System, Touched};

/// The mode of a created folder: the usual umask.
const FOLDER: u32 = 0o755;

/// The system that a script sees, and its effects so far.
pub(super) struct Paths<'p> {
    pub system: &'p dyn System,
    pub outcome: &'p mut Outcome,
}

impl Paths<'_> {
    pub(super) fn on_paths(&mut self, name: &str, words: &[String]) -> Option<bool> {
        let (options, plain) = split(words);
        match (name, options.as_slice()) {
            ("mkdir", ["-p"]) => {
                plain.iter().map(|path| self.make_folder(path)).collect::<Option<Vec<_>>>().map(|_| true)
            }
            ("mkdir", []) => {
                let taken = plain.iter().any(|path| self.attributes(path).is_some());
                (!taken)
                    .then(|| plain.iter().map(|path| self.make_folder(path)).collect::<Option<Vec<_>>>())
                    .flatten()
                    .map(|_| true)
            }
            ("chown", []) => self.each_path(&plain, |run, path, owner| run.chown(path, owner)),
            ("chown", ["-R"]) => self.each_path(&plain, |run, path, owner| {
                let below = run.system.below(path);
                below.iter().map(|path| run.chown(path, owner)).collect::<Option<Vec<_>>>()?;
                run.chown(path, owner)
            }),
            ("chgrp", []) => self.each_path(&plain, |run, path, group| run.chown(path, &format!(":{group}"))),
            ("chmod", []) => self.each_path(&plain, |run, path, mode| {
                let mode = octal(mode)?;
                run.set(path, |touched| touched.mode = mode)
            }),
            ("install", _) => self.install(words),
            ("find", _) => self.find(words),
            _ => None,
        }
    }

    /// Applies the first word to each of the others.
    fn each_path(
        &mut self,
        words: &[&str],
        each: impl Fn(&mut Self, &str, &str) -> Option<()>,
    ) -> Option<bool> {
        let (first, paths) = words.split_first()?;
        (!paths.is_empty()).then_some(())?;
        for path in paths {
            each(self, path, first)?;
        }
        Some(true)
    }

    pub(super) fn make_home(&mut self, home: &Home) -> Option<bool> {
        if self.attributes(&home.path).is_none() {
            self.make_folder(&home.path)?;
            self.set(&home.path, |touched| (touched.uid, touched.gid) = (home.uid, home.gid))?;
        }
        Some(true)
    }

    fn attributes(&self, path: &str) -> Option<Touched> {
        let known = self.outcome.touched.get(path).copied();
        known.or_else(|| self.system.attributes(path).map(|(mode, uid, gid)| Touched { mode, uid, gid }))
    }

    /// Creates a folder and its parents.
    fn make_folder(&mut self, path: &str) -> Option<()> {
        is_plain(path).then_some(())?;
        let ends = path.match_indices('/').map(|(end, _)| end).skip(1).chain([path.len()]);
        for end in ends {
            let folder = path.get(..end)?;
            match (self.outcome.touched.contains_key(folder), self.system.is_folder(folder)) {
                (true, _) | (_, Some(true)) => {}
                (_, Some(false)) => return None,
                (_, None) if self.system.is_link(folder) => return None,
                (_, None) => drop(
                    self.outcome.touched.insert(folder.to_owned(), Touched { mode: FOLDER, uid: 0, gid: 0 }),
                ),
            }
        }
        Some(())
    }

    fn set(&mut self, path: &str, change: impl FnOnce(&mut Touched)) -> Option<()> {
        is_plain(path).then_some(())?;
        let mut touched = self.attributes(path)?;
        change(&mut touched);
        self.outcome.touched.insert(path.to_owned(), touched);
        Some(())
    }

    /// `USER`, `USER:GROUP` or `:GROUP`. A new owner removes setuid and setgid from a file, as in the kernel.
    fn chown(&mut self, path: &str, owner: &str) -> Option<()> {
        let (user, group) = owner.split_once(':').unwrap_or((owner, ""));
        let accounts = &self.outcome.accounts;
        let number = |name: &str, known: Option<u32>| name.parse().ok().or(known).map(Some);
        let uid = if user.is_empty() { None } else { number(user, accounts.uid(user))? };
        let gid = if group.is_empty() { None } else { number(group, accounts.gid(group))? };
        if user.is_empty() && group.is_empty() {
            return None;
        }
        let is_file = self.system.is_folder(path) == Some(false);
        self.set(path, |touched| {
            touched.uid = uid.unwrap_or(touched.uid);
            touched.gid = gid.unwrap_or(touched.gid);
            if is_file {
                touched.mode &= 0o1777;
            }
        })
    }

    /// Only if nothing is found, so that nothing is done and nothing is printed.
    fn find(&self, words: &[String]) -> Option<bool> {
        let (folder, mut rest) = words.split_first()?;
        is_plain(folder).then_some(())?;
        let name = loop {
            match rest {
                [option, _, after @ ..] if matches!(option.as_str(), "-maxdepth" | "-mindepth" | "-type") => {
                    rest = after;
                }
                [option, name, after @ ..] if option == "-name" => {
                    let joins = |word: &String| matches!(word.as_str(), "-o" | "-or" | "," | "!" | "-not");
                    (!after.iter().any(joins)).then_some(())?;
                    break name;
                }
                _ => return None,
            }
        };
        let made = self.outcome.touched.keys().filter(|path| path.starts_with(&format!("{folder}/")));
        let all = self.system.below(folder);
        let mut paths = all.iter().chain(made).chain([folder]);
        let ends = |path: &String| glob::fits(name, path.rsplit('/').next().unwrap_or_default());
        let found = paths.try_fold(false, |found, path| Some(found || ends(path)?))?;
        (!found && self.system.is_folder(folder) == Some(true)).then_some(true)
    }

    /// dpkg-statoverride: the setting, and whether the command succeeds.
    pub(super) fn overrides(&mut self, words: &[String]) -> Option<bool> {
        let (mut update, mut force, mut rest) = (false, false, Vec::new());
        for word in words {
            match word.as_str() {
                "--quiet" => {}
                "--update" => update = true,
                "--force" | "--force-all" | "--force-statoverride-add" => force = true,
                word => rest.push(word),
            }
        }
        let known = |path: &str| self.outcome.overrides.0.contains_key(path);
        match rest.as_slice() {
            ["--list"] => Some(!self.outcome.overrides.0.is_empty()),
            ["--list", path] if is_plain(path) && !path.contains(['*', '?', '[', '\\']) => Some(known(path)),
            ["--remove", path] if !known(path) => Some(false),
            ["--add", user, group, mode, path] if is_plain(path) => {
                if known(path) && !force {
                    return Some(false);
                }
                let (user, group) = ((*user).to_owned(), (*group).to_owned());
                let set = Override { user, group, mode: octal(mode)? };
                let (uid, gid) = set.numbers(&self.outcome.accounts)?;
                let touched = Touched { mode: set.mode, uid, gid };
                self.outcome.overrides.0.insert((*path).to_owned(), set);
                if update && self.attributes(path).is_some() {
                    self.set(path, |before| *before = touched)?;
                }
                Some(true)
            }
            _ => None,
        }
    }

    /// `install -d -o USER -g GROUP -m MODE FOLDER…`.
    fn install(&mut self, words: &[String]) -> Option<bool> {
        let (mut folder, mut mode, mut owner, mut group, mut paths) =
            (false, FOLDER, "root", "root", Vec::new());
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            match word {
                "-d" | "--directory" => folder = true,
                "-m" => mode = octal(rest.next()?)?,
                "-o" => owner = rest.next()?,
                "-g" => group = rest.next()?,
                option if option.starts_with('-') => return None,
                path => paths.push(path),
            }
        }
        folder.then_some(())?;
        for path in paths {
            self.make_folder(path)?;
            self.chown(path, &format!("{owner}:{group}"))?;
            self.set(path, |touched| touched.mode = mode)?;
        }
        Some(true)
    }
}

/// Options and other words.
fn split(words: &[String]) -> (Vec<&str>, Vec<&str>) {
    words.iter().map(String::as_str).partition(|word| word.starts_with('-'))
}

fn octal(text: &str) -> Option<u32> {
    let digits = (3..=4).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    digits.then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// Whether this is an absolute path without `..`.
fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && path.len() > 1
        && !path.ends_with('/')
        && !path.contains("//")
        && !path.split('/').any(|part| matches!(part, "." | ".."))
}
