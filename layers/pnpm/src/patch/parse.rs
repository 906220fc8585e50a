//! The text of a patch from git or `pnpm patch-commit` → changes of files. Text in, [`Change`]s out; it knows no file.
//!
//! It accepts what pnpm's patch-package accepts: `diff --git a/x b/x`, modes, renames, new and deleted files, hunks.
//! Parts that patch-package ignores silently, such as a binary patch, are errors here.

/// One change, in the order of the patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    Create {
        path: String,
        executable: bool,
        content: String,
    },
    /// A file is deleted.
    Delete {
        path: String,
    },
    /// A file is renamed.
    Rename {
        from: String,
        to: String,
    },
    Mode {
        path: String,
        executable: bool,
    },
    /// Lines of a file change.
    Edit {
        path: String,
        hunks: Vec<Hunk>,
    },
}

/// A hunk: one changed place of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hunk {
    /// Its first line in the file, from 1.
    pub(super) start: usize,
    /// How many lines of the file it covers.
    pub(super) length: usize,
    patched: usize,
    /// Its lines in runs of one kind.
    pub(super) parts: Vec<Part>,
}

/// A run of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    /// The lines without their mark and end.
    pub(super) lines: Vec<String>,
    /// The last line has no newline at its end.
    pub(super) no_newline: bool,
}

/// The kind of a hunk's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// The line exists and stays.
    Context,
    Deletion,
    Insertion,
}

#[derive(Debug, Default)]
struct FileDiff {
    git: Option<(String, String)>,
    from: Option<String>,
    to: Option<String>,
    old_mode: Option<String>,
    new_mode: Option<String>,
    deleted: Option<String>,
    created: Option<String>,
    rename_from: Option<String>,
    rename_to: Option<String>,
    hunks: Vec<Hunk>,
}

pub(super) fn parse(text: &str) -> Result<Vec<Change>, String> {
    let mut parser = Parser::default();
    for (index, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
        parser.line(line).map_err(|reason| format!("line {}: {reason}", index + 1))?;
    }
    parser.end_file();
    let mut changes = Vec::new();
    for file in &parser.files {
        file.hunks.iter().try_for_each(Hunk::check)?;
        file.changes(&mut changes)?;
    }
    if changes.is_empty() { Err("it changes no file".to_owned()) } else { Ok(changes) }
}

#[derive(Debug, Default)]
struct Parser {
    files: Vec<FileDiff>,
    file: FileDiff,
    in_hunks: bool,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if self.in_hunks && self.hunk_line(line)? {
            return Ok(());
        }
        if self.in_hunks {
            self.end_file();
        }
        self.header_line(line)
    }

    /// Whether the line belongs to the hunks of the current file. `--- ` starts another file once the hunk has all its
    /// lines.
    fn hunk_line(&mut self, line: &str) -> Result<bool, String> {
        let full = self.file.hunks.last().is_some_and(Hunk::is_full);
        let kind = match line.chars().next() {
            Some('@') => {
                self.file.hunks.push(Hunk::new(line)?);
                return Ok(true);
            }
            Some('\\') if line.starts_with("\\ No newline at end of file") => {
                let part = self.file.hunks.last_mut().and_then(|hunk| hunk.parts.last_mut());
                part.ok_or("the note about a missing newline has no line before it")?.no_newline = true;
                return Ok(true);
            }
            Some('-') if !(full && line.starts_with("--- ")) => PartKind::Deletion,
            Some('+') => PartKind::Insertion,
            // git's mail footer ("-- ") and blank lines between files are not context.
            Some(' ') if !full => PartKind::Context,
            None | Some('\r') if !full => PartKind::Context,
            _ => return Ok(false),
        };
        let hunk = self.file.hunks.last_mut().ok_or("a changed line comes before the first hunk")?;
        hunk.push(kind, line.get(1..).unwrap_or_default());
        Ok(true)
    }

    fn header_line(&mut self, line: &str) -> Result<(), String> {
        let value = |prefix: &str| line.strip_prefix(prefix).map(|value| value.trim().to_owned());
        if line.starts_with("@@") {
            self.in_hunks = true;
            self.file.hunks.push(Hunk::new(line)?);
        } else if line.starts_with("diff --git ") {
            self.end_file();
            self.file.git = Some(git_paths(line.trim_end()).ok_or("the two paths of a diff are ambiguous")?);
        } else if line.starts_with("GIT binary patch")
            || (line.starts_with("Binary files ") && line.trim_end().ends_with(" differ"))
        {
            return Err("binary patches are not supported, as in pnpm".to_owned());
        } else if let Some(mode) = value("old mode ") {
            self.file.old_mode = Some(mode);
        } else if let Some(mode) = value("new mode ") {
            self.file.new_mode = Some(mode);
        } else if let Some(mode) = value("deleted file mode ") {
            self.file.deleted = Some(mode);
        } else if let Some(mode) = value("new file mode ") {
            self.file.created = Some(mode);
        } else if let Some(path) = value("rename from ") {
            self.file.rename_from = Some(path);
        } else if let Some(path) = value("rename to ") {
            self.file.rename_to = Some(path);
        } else if let Some(path) = value("--- ") {
            if self.file.from.is_some() {
                self.end_file();
            }
            self.file.from = Some(without_side(&path));
        } else if let Some(path) = value("+++ ") {
            self.file.to = Some(without_side(&path));
        }
        Ok(())
    }

    fn end_file(&mut self) {
        let file = std::mem::take(&mut self.file);
        self.in_hunks = false;
        if file.git.is_some() || !file.hunks.is_empty() {
            self.files.push(file);
        }
    }
}

/// `diff --git a/x b/x`: if ` b/` occurs more than once, both paths must be the same.
fn git_paths(line: &str) -> Option<(String, String)> {
    let paths = line.strip_prefix("diff --git a/")?;
    let splits: Vec<(&str, &str)> = paths
        .match_indices(" b/")
        .filter_map(|(at, _)| Some((paths.get(..at)?, paths.get(at + 3..)?)))
        .collect();
    let same = splits.iter().find(|(from, to)| from == to);
    same.or_else(|| splits.first()).map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
}

/// A path of `---` or `+++` without its `a/` or `b/`.
fn without_side(path: &str) -> String {
    let path = path.split('\t').next().unwrap_or(path);
    path.strip_prefix("a/").or_else(|| path.strip_prefix("b/")).unwrap_or(path).to_owned()
}

impl Hunk {
    fn new(header: &str) -> Result<Hunk, String> {
        let bad = || format!("{header:?} is not a hunk header");
        let ranges = header.strip_prefix("@@ -").and_then(|rest| rest.split_once(" @@")).ok_or_else(bad)?.0;
        let (old, new) = ranges.split_once(" +").ok_or_else(bad)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| bad());
        let range = |text: &str| match text.split_once(',') {
            Some((start, length)) => Ok::<_, String>((number(start)?, number(length)?)),
            None => Ok((number(text)?, 1)),
        };
        let ((start, length), (_, patched)) = (range(old)?, range(new)?);
        Ok(Hunk { start: start.max(1), length, patched, parts: Vec::new() })
    }

    fn push(&mut self, kind: PartKind, line: &str) {
        match self.parts.last_mut() {
            Some(part) if part.kind == kind => part.lines.push(line.to_owned()),
            _ => self.parts.push(Part { kind, lines: vec![line.to_owned()], no_newline: false }),
        }
    }

    fn count(&self, besides: PartKind) -> usize {
        self.parts.iter().filter(|part| part.kind != besides).map(|part| part.lines.len()).sum()
    }

    fn is_full(&self) -> bool {
        self.count(PartKind::Insertion) >= self.length && self.count(PartKind::Deletion) >= self.patched
    }

    fn check(&self) -> Result<(), String> {
        let fits =
            self.count(PartKind::Insertion) == self.length && self.count(PartKind::Deletion) == self.patched;
        if fits {
            Ok(())
        } else {
            Err(format!("the number of lines of the hunk for line {} differs from its header", self.start))
        }
    }
}

impl FileDiff {
    fn changes(&self, changes: &mut Vec<Change>) -> Result<(), String> {
        let from = self.git.as_ref().map(|(from, _)| from).or(self.from.as_ref());
        let to = self.git.as_ref().map(|(_, to)| to).or(self.to.as_ref());
        let inside = |path: Option<&String>| inside(path.ok_or("a change names no file")?);
        if let Some(mode) = &self.deleted {
            executable(mode)?;
            changes.push(Change::Delete { path: inside(from)? });
            return Ok(());
        }
        if let Some(mode) = &self.created {
            changes.push(Change::Create {
                path: inside(to)?,
                executable: executable(mode)?,
                content: self.created_content(),
            });
            return Ok(());
        }
        let mut path = inside(self.to.as_ref().filter(|path| *path != "/dev/null").or(to))?;
        if let Some(renamed) = &self.rename_from {
            path = inside(self.rename_to.as_ref())?;
            changes.push(Change::Rename { from: inside(Some(renamed))?, to: path.clone() });
        }
        if let (Some(old), Some(new)) = (&self.old_mode, &self.new_mode)
            && old != new
        {
            executable(old)?;
            changes.push(Change::Mode { path: path.clone(), executable: executable(new)? });
        }
        if !self.hunks.is_empty() {
            changes.push(Change::Edit { path, hunks: self.hunks.clone() });
        }
        Ok(())
    }

    fn created_content(&self) -> String {
        let Some(part) = self.hunks.first().and_then(|hunk| hunk.parts.first()) else { return String::new() };
        let end = if part.no_newline { "" } else { "\n" };
        part.lines.join("\n") + end
    }
}

fn executable(mode: &str) -> Result<bool, String> {
    match u32::from_str_radix(mode, 8).map(|mode| mode & 0o777) {
        Ok(0o755) => Ok(true),
        Ok(0o644) => Ok(false),
        _ => Err(format!("the file mode must be 644 or 755, got {mode:?}")),
    }
}

/// Checks that a path stays inside the package.
fn inside(path: &str) -> Result<String, String> {
    match fourply_blob::LayerPath::new(path) {
        Ok(path) => Ok(path.into()),
        Err(error) => Err(format!("it names a file outside the package: {error}")),
    }
}
