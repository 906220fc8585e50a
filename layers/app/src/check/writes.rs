//! Paths that shell text writes before or during the program: `mkdir -p logs`, `node x >> logs/app.log`; and paths that
//! the program's code writes. In: the command's words, code files, the folders that the image's user may write to. Out:
//! findings for other folders.

use std::collections::BTreeSet;

use super::folders::in_image;
use super::own_writes::own_writes;
use super::tree::ImageTree;
use crate::finding::{Asker, Finding};

/// The state of this check.
pub(super) struct Writes<'a> {
    pub tree: &'a ImageTree<'a>,
    /// The container's working directory.
    pub folder: &'a str,
    /// The folders that the image's user may write to, relative to the working directory or absolute.
    pub writable: &'a [String],
}

/// A written path.
#[derive(Debug, PartialEq, Eq)]
struct Write<'t> {
    by: &'t str,
    path: &'t str,
    /// Whether a folder is created.
    makes: bool,
}

impl Writes<'_> {
    /// The paths that the command cannot write.
    pub(super) fn findings(&self, start: &[String]) -> Vec<Finding> {
        let writes = start.iter().filter(|word| word.contains(' ')).flat_map(|text| writes(text));
        writes.filter_map(|write| self.finding(&write)).collect()
    }

    fn finding(&self, write: &Write<'_>) -> Option<Finding> {
        let known = !write.path.starts_with('/') && !write.path.contains(['$', '*', '`', '~', '{']);
        let full = in_image(self.folder, write.path).filter(|_| known)?;
        let what = format!("{} {}", write.by, write.path);
        self.refused(&full, write.makes, (Asker::Start.to_string(), what))
    }

    /// The paths that the program's code cannot write, one per folder.
    pub(super) fn of_code(&self, code: &BTreeSet<String>) -> Vec<Finding> {
        let prefix = format!("{}/", self.tree.root);
        let mut found: Vec<Finding> = Vec::new();
        for file in code {
            let Some(user) = file.strip_prefix(&prefix).filter(|user| !user.contains("node_modules/")) else {
                continue;
            };
            for write in own_writes(&self.tree.text(file).unwrap_or_default(), file, self.folder) {
                let finding = self.refused(&write.path, write.makes, (user.to_owned(), write.what));
                found.extend(finding.filter(|finding| !found.iter().any(|known| is_same(known, finding))));
            }
        }
        found
    }

    /// `full` is an absolute path; `what` names the write and its file or command.
    fn refused(&self, full: &str, makes: bool, (by, what): (String, String)) -> Option<Finding> {
        let inside = full.strip_prefix(self.tree.root).is_some_and(|rest| rest.starts_with('/'));
        if !inside || (makes && self.tree.real(full).is_some()) {
            return None;
        }
        let folder = match makes {
            true => full.trim_end_matches('/'),
            false => full.rsplit_once('/').map_or("", |(folder, _)| folder),
        };
        let may = |named: &String| {
            let named = match named.starts_with('/') {
                true => Some(named.clone()),
                false => in_image(self.folder, named),
            };
            named.is_some_and(|named| folder == named || folder.starts_with(&format!("{named}/")))
        };
        let own = folder.strip_prefix(self.folder).map(|rest| rest.trim_start_matches('/'));
        let own = own.map_or(folder, |own| if own.is_empty() { "." } else { own }).to_owned();
        (!self.writable.iter().any(may)).then_some(Finding::Unwritable { by, what, folder: own })
    }
}

/// Whether two findings are about one folder: one configuration line fixes both.
fn is_same(one: &Finding, other: &Finding) -> bool {
    matches!((one, other), (Finding::Unwritable { folder: one, .. }, Finding::Unwritable { folder: other, .. }) if one == other)
}

/// The paths that a text writes, as far as its words are literal.
fn writes(text: &str) -> Vec<Write<'_>> {
    let words = text.split_whitespace().flat_map(|word| {
        let (word, end) = word.strip_suffix(';').map_or((word, None), |word| (word, Some(";")));
        [Some(word.trim_matches(['"', '\''])), end].into_iter().flatten()
    });
    let (mut found, mut command, mut begins, mut into) = (Vec::new(), "", true, None);
    for word in words.filter(|word| !word.is_empty()) {
        let is_end = ["&&", "||", ";", "|", "&", "{", "("].contains(&word);
        let arrow = word.trim_start_matches(['1', '2', '&']).strip_prefix('>');
        match (arrow, into.take()) {
            (_, Some(by)) => found.push(Write { by, path: word, makes: false }),
            (Some(rest), None) => match rest.trim_start_matches(['>', '|']) {
                "" => into = Some(">"),
                path if path.starts_with('&') => {}
                path => found.push(Write { by: ">", path, makes: false }),
            },
            _ if is_end => begins = true,
            _ if begins && (word.contains('=') || ["exec", "then", "do", "!"].contains(&word)) => {}
            _ if begins => (command, begins) = (word, false),
            _ if word.starts_with('-') => {}
            _ if command == "mkdir" => found.push(Write { by: "mkdir", path: word, makes: true }),
            _ if ["touch", "tee"].contains(&command) => {
                found.push(Write { by: command, path: word, makes: false });
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::Bed;

    #[test]
    fn folders_that_the_command_writes_to_are_the_users() {
        let bed = Bed::new(&[("apps/api/dist/main.js", "1"), ("apps/api/data/x", "1")]);
        let tree = bed.tree();
        let found = |text: &str, writable: &[&str]| {
            let writable: Vec<String> = writable.iter().map(|name| (*name).to_owned()).collect();
            let writes = Writes { tree: &tree, folder: "/app/apps/api", writable: &writable };
            let findings = writes.findings(&["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()]);
            let folders = findings.into_iter().map(|finding| match finding {
                Finding::Unwritable { what, folder, .. } => format!("{what}: {folder}"),
                other => other.to_string(),
            });
            folders.collect::<Vec<_>>()
        };
        for (text, expected) in [
            ("mkdir -p logs && exec node dist/main.js", "mkdir logs: logs"),
            ("rm -rf tmp; mkdir tmp; node dist/main.js", "mkdir tmp: tmp"),
            ("node dist/main.js >> logs/app.log 2>&1", "> logs/app.log: logs"),
            ("node dist/main.js >app.log", "> app.log: ."),
            ("node dist/main.js 2>&1 | tee -a logs/x", "tee logs/x: logs"),
        ] {
            assert_eq!(found(text, &[]), [expected], "{text}");
            assert_eq!(found(text, &["."]), [""; 0], "{text}");
        }
        for text in [
            "mkdir -p data && node x",
            "mkdir -p /tmp/x && node x > /dev/null 2>&1",
            "mkdir -p $DIR; node a.js mkdir b",
            "node x 2>/dev/null",
        ] {
            assert_eq!(found(text, &[]), [""; 0], "{text}");
        }
        assert_eq!(found("mkdir -p logs/a && node x", &["logs"]), [""; 0]);
    }
}
