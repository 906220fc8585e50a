//! States of a workspace that git keeps. In: a folder, words for commits. Out: commits, the files of one, paths that changed since. git itself is
//! asked, as a program; nothing is fetched, and nothing in the repository changes.
//!
//! What a tree holds may be hostile: no path leaves the folder that it is written to, and links are made after all files.

mod working;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Error;

/// A file that is larger is written empty, unless its name says that it may be configuration.
const LARGE: u64 = 1 << 20;
/// So is one of configuration that is larger than this.
const LARGEST: u64 = 64 << 20;
/// The endings of files that may be configuration.
const CONFIGURATION: [&str; 12] =
    [".json", ".jsonc", ".yaml", ".yml", ".toml", ".lock", ".js", ".cjs", ".mjs", ".ts", ".patch", "rc"];

/// The name of files that say how git converts others.
pub(crate) const ATTRIBUTES: &str = ".gitattributes";

/// The repository around a workspace.
#[derive(Debug)]
pub(crate) struct History {
    root: PathBuf,
    /// The way from the top of the repository to the workspace: empty, or with `/` at its end.
    prefix: String,
}

/// The files of one commit, below the workspace's root.
#[derive(Debug, Default)]
pub(crate) struct CommitTree {
    entries: Vec<TreeEntry>,
}

#[derive(Debug)]
struct TreeEntry {
    kind: EntryKind,
    object: String,
    executable: bool,
    size: u64,
    /// As git has it, relative to the workspace's root or, with `above`, to that of the repository.
    path: Vec<u8>,
    above: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    File,
    Link,
    /// Another repository.
    Submodule,
}

impl History {
    /// The repository that the workspace at `root` lies in.
    ///
    /// # Errors
    /// Where there is no git, or it knows no repository there.
    pub(crate) fn open(root: &Path) -> Result<History, Error> {
        let history = History { root: root.to_path_buf(), prefix: String::new() };
        let output = history.run(&["rev-parse", "--show-prefix"])?;
        if !output.status.success() {
            let said = said(&output);
            return Err(match said.contains("not a git repository") {
                true => Error::user(
                    format!("{} is in no git repository, so nothing tells what changed", root.display()),
                    "run this in a clone; without one, build --all takes from its store what did not change",
                ),
                false => {
                    Error::user(format!("git cannot read {}: {said}", root.display()), "do what git says")
                }
            });
        }
        Ok(History { prefix: text(&output).trim_end_matches('\n').to_owned(), ..history })
    }

    /// The hash of the commit that a word names.
    ///
    /// # Errors
    /// Where this clone has no such commit.
    pub(crate) fn commit(&self, word: &str) -> Result<String, Error> {
        let named = format!("{word}^{{commit}}");
        let output = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &named])?;
        let hash = text(&output).trim().to_owned();
        if output.status.success() && !word.is_empty() && is_hash(&hash) {
            return Ok(hash);
        }
        let shallow = self.run(&["rev-parse", "--is-shallow-repository"])?;
        let is_shallow = text(&shallow).trim() == "true";
        let clone = if is_shallow { "this shallow clone" } else { "this clone" };
        let remotes = text(&self.run(&["remote"])?);
        let remotes: Vec<&str> = remotes.lines().collect();
        Err(Error::user(format!("{clone} has no commit {word:?}"), fetch(word, is_shallow, &remotes)))
    }

    /// What of the workspace a commit has, and the `.gitignore` files above it.
    ///
    /// # Errors
    /// Where git cannot list it.
    pub(crate) fn tree(&self, commit: &str) -> Result<CommitTree, Error> {
        let mut tree = CommitTree::default();
        tree.add(&self.ask(&["ls-tree", "-r", "-z", "--long", commit])?, false)?;
        if !self.prefix.is_empty() {
            let mut ignores = vec![".gitignore".to_owned()];
            let above = self.prefix.trim_end_matches('/').match_indices('/');
            ignores
                .extend(above.filter_map(|(at, _)| Some(format!("{}/.gitignore", self.prefix.get(..at)?))));
            let mut args = vec!["ls-tree", "-z", "--long", "--full-tree", commit, "--"];
            args.extend(ignores.iter().map(String::as_str));
            tree.add(&self.ask(&args)?, true)?;
        }
        Ok(tree)
    }

    /// The paths that differ between a commit and another, or the files as they lie there, relative to the workspace's root. What git does not know is
    /// not among them.
    ///
    /// # Errors
    /// Where git cannot compare them.
    pub(crate) fn changed(&self, from: &str, to: Option<&str>) -> Result<BTreeSet<String>, Error> {
        let mut args = vec!["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];
        args.extend(["--ignore-submodules=none", "--relative", from]);
        args.extend(to);
        args.extend(["--", "."]);
        let output = self.ask(&args)?;
        let paths = output.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

    /// The submodules in git's index, relative to the workspace's root.
    ///
    /// # Errors
    /// If git cannot list them.
    pub(crate) fn submodules_in_index(&self) -> Result<BTreeSet<String>, Error> {
        let listed = self.ask(&["ls-files", "--stage", "-z"])?;
        let entries = listed.split(|byte| *byte == 0).filter(|entry| entry.starts_with(b"160000 "));
        let paths = entries.filter_map(|entry| entry.splitn(2, |byte| *byte == b'\t').nth(1));
        Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
    }

    /// Writes a commit's files below `top`, which is empty, and gives the workspace's root there.
    ///
    /// # Errors
    /// A path that leaves the folder, an object that the clone lacks, a folder that cannot be written.
    pub(crate) fn write(&self, tree: &CommitTree, top: &Path) -> Result<PathBuf, Error> {
        let root = top.join(&self.prefix);
        fs_err::create_dir_all(&root)?;
        // Whether ignore files above the workspace count depends on it.
        fs_err::create_dir_all(top.join(".git"))?;
        let wanted: Vec<(&TreeEntry, PathBuf)> = tree
            .entries
            .iter()
            .map(|entry| {
                let path = safe(&entry.path)?;
                Ok((entry, if entry.above { top.join(path) } else { root.join(path) }))
            })
            .collect::<Result<_, Error>>()?;
        let mut folders: BTreeSet<&Path> = wanted.iter().filter_map(|(_, path)| path.parent()).collect();
        let links = wanted.iter().filter(|(entry, _)| entry.kind == EntryKind::Submodule);
        folders.extend(links.map(|(_, path)| path.as_path()));
        folders.into_iter().try_for_each(fs_err::create_dir_all)?;
        let (large, read): (Vec<_>, Vec<_>) = wanted
            .iter()
            .filter(|(entry, _)| entry.kind != EntryKind::Submodule)
            .partition(|(entry, _)| entry.is_large());
        large.into_iter().try_for_each(|(_, path)| fs_err::write(path, b""))?;
        let mut links = Vec::new();
        self.objects(
            &read.iter().map(|(entry, _)| entry.object.as_str()).collect::<Vec<_>>(),
            |at, bytes| {
                match read.get(at) {
                    Some((entry, path)) if entry.kind == EntryKind::File => fs_err::write(path, bytes)?,
                    Some((_, path)) => links.push((path, bytes.to_vec())),
                    None => {}
                }
                Ok(())
            },
        )?;
        for (path, target) in links {
            fs_err::os::unix::fs::symlink(OsStr::from_bytes(&target), path)?;
        }
        Ok(root)
    }

    /// Calls `take` with the bytes of each object, by its place.
    fn objects(
        &self,
        names: &[&str],
        mut take: impl FnMut(usize, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut command = self.git(&["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else { return Ok(()) };
        let asked: String = names.iter().flat_map(|name| [*name, "\n"]).collect();
        // git answers while it is asked.
        let asking = std::thread::spawn(move || to.write_all(asked.as_bytes()));
        let mut from = BufReader::with_capacity(1 << 16, from);
        let mut all = || {
            let (mut line, mut bytes) = (String::new(), Vec::new());
            for at in 0..names.len() {
                line.clear();
                from.read_line(&mut line)?;
                let size = line.trim().split_once(" blob ").and_then(|(_, size)| size.parse::<u64>().ok());
                let size = size.ok_or_else(missing)?;
                bytes.clear();
                // The newline behind it as well.
                from.by_ref().take(size + 1).read_to_end(&mut bytes)?;
                let content = bytes.get(..size as usize).ok_or_else(missing)?;
                take(at, content)?;
            }
            Ok(())
        };
        let done = all();
        if done.is_err() {
            let _ = child.kill();
        }
        let _ = asking.join();
        let _ = child.wait();
        done
    }

    /// What a command of git prints.
    fn ask(&self, args: &[&str]) -> Result<Vec<u8>, Error> {
        let output = self.run(args)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => {
                let what = args.first().copied().unwrap_or_default();
                Err(Error::user(format!("git {what} failed: {}", said(&output)), "do what git says"))
            }
        }
    }

    fn run(&self, args: &[&str]) -> Result<Output, Error> {
        self.git(args).output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Error::user("there is no git on PATH, which tells what changed", "install git")
            }
            _ => error.into(),
        })
    }

    fn git(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(args).current_dir(&self.root).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        // A clone elsewhere does not have what replaces an object here.
        command.env("GIT_NO_REPLACE_OBJECTS", "1");
        command
    }
}

impl CommitTree {
    /// Whether it has files at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.above)
    }

    /// The folders that are other repositories.
    pub(crate) fn submodules(&self) -> impl Iterator<Item = String> {
        let all = self.entries.iter().filter(|entry| entry.kind == EntryKind::Submodule);
        all.map(|entry| String::from_utf8_lossy(&entry.path).into_owned())
    }

    /// Adds what `git ls-tree -z --long` prints: `MODE TYPE OBJECT SIZE<tab>PATH`.
    fn add(&mut self, listed: &[u8], above: bool) -> Result<(), Error> {
        for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            let tab = line.iter().position(|byte| *byte == b'\t').ok_or_else(unknown)?;
            let (head, path) = line.split_at(tab);
            let head = String::from_utf8_lossy(head);
            let mut words = head.split_whitespace();
            let (Some(mode), Some(_), Some(object), Some(size)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(unknown());
            };
            let kind = match mode {
                "120000" => EntryKind::Link,
                "160000" => EntryKind::Submodule,
                mode if mode.starts_with("100") => EntryKind::File,
                _ => continue,
            };
            let path = path.get(1..).unwrap_or_default().to_vec();
            let size = size.parse().unwrap_or_default();
            let (object, executable) = (object.to_owned(), mode == "100755");
            self.entries.push(TreeEntry { kind, object, executable, size, path, above });
        }
        Ok(())
    }
}

impl TreeEntry {
    fn is_large(&self) -> bool {
        let is_configuration = CONFIGURATION.iter().any(|end| self.path.ends_with(end.as_bytes()));
        self.size > if is_configuration { LARGEST } else { LARGE }
    }
}

fn unknown() -> Error {
    Error::Outside { message: "git ls-tree printed what is no list".to_owned(), hint: None }
}

fn missing() -> Error {
    Error::user(
        "this clone lacks files of the commit",
        "fetch them: git fetch --refetch origin, or clone without --filter",
    )
}

/// A path of a tree as one that stays below where it is written.
fn safe(path: &[u8]) -> Result<&Path, Error> {
    let path = Path::new(OsStr::from_bytes(path));
    let mut parts = path.components().peekable();
    let plain = parts.peek().is_some()
        && parts.all(|part| matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git")));
    match plain {
        true => Ok(path),
        false => Err(Error::user(
            format!("the commit has the path {:?}, which no checkout can have", path.display()),
            "look at the repository with git fsck",
        )),
    }
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The command that brings a commit, if a remote may have it.
fn fetch(word: &str, is_shallow: bool, remotes: &[&str]) -> String {
    let is_plain = |text: &str| {
        !text.is_empty()
            && !text.starts_with('-')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    };
    let named = remotes.iter().filter(|remote| is_plain(remote)).find_map(|remote| {
        let branch = word.strip_prefix(*remote)?.strip_prefix('/')?;
        is_plain(branch).then_some((*remote, branch))
    });
    let usual = remotes.iter().find(|remote| **remote == "origin").or(remotes.first());
    match (named, usual.filter(|remote| is_plain(remote))) {
        (Some((remote, branch)), _) => {
            format!("fetch it: git fetch --depth=1 {remote} {branch}:refs/remotes/{remote}/{branch}")
        }
        (None, None) => "name a commit of git log: this clone has no remote to fetch it from".to_owned(),
        (None, Some(_)) if word.starts_with("origin/") && !remotes.contains(&"origin") => {
            format!("name a branch of a remote of this clone, which are: {}", remotes.join(", "))
        }
        (None, Some(remote)) if is_hash(word) => format!("fetch it: git fetch --depth=1 {remote} {word}"),
        (None, Some(remote)) if is_shallow => format!("fetch the history: git fetch --unshallow {remote}"),
        (None, Some(remote)) => format!("fetch it with git fetch {remote}, or name a commit of git log"),
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The first line that git printed as an error.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().next().unwrap_or("it said nothing").trim_start_matches("fatal: ").to_owned()
}

#[cfg(test)]
mod tests;
