//! Files in the arguments of a package's command: programs that it starts, files that it must read, and other words
//! that look like files. In: the image's tree, the command's name and its words. Out: findings, and the real paths of
//! the programs that start with the container.

use super::starters::{is_configuration, read_files, scripts_of, started_file};
use super::tree::ImageTree;
use crate::finding::{Asker, Finding};
use crate::tsconfig::is_typescript;

/// The state of this check.
pub(super) struct Given<'a> {
    pub tree: &'a ImageTree<'a>,
    /// The container's working directory.
    pub folder: &'a str,
    /// Node.js programs in the service's folder, for hints.
    pub programs: &'a [String],
    pub by: Asker,
}

impl Given<'_> {
    /// `others` are the words with a file's extension.
    pub(super) fn of(&self, name: &str, words: &[&str], others: Vec<&str>) -> (Vec<Finding>, Vec<String>) {
        if self.tree.unbuilt {
            return (Vec::new(), Vec::new());
        }
        let started = started_file(name, words);
        let configuration = started.filter(|path| is_configuration(path));
        let programs = match configuration {
            Some(path) => scripts_of(path, &self.tree.text(&self.absolute(path)).unwrap_or_default()),
            None => started.map(str::to_owned).into_iter().collect(),
        };
        let by_file = configuration.map(|path| format!("{name} by {path}"));
        let starter = by_file.as_deref().unwrap_or(name);
        let read: Vec<&str> = configuration.into_iter().chain(read_files(name, words)).collect();
        let known = |path: &&str| !read.contains(path) && programs.iter().all(|program| program != path);
        let others = others.into_iter().filter(known).filter(|path| self.is_absent(path));
        let others = others.map(|path| Finding::Argument {
            by: self.by,
            program: name.to_owned(),
            path: path.to_owned(),
        });
        let absent = programs.iter().map(String::as_str).filter(|path| self.is_absent(path));
        let absent = absent.map(|path| self.missing(starter, path, self.programs));
        // A file that is not a program is not among the outputs' programs.
        let unread =
            read.iter().filter(|path| self.is_absent(path)).map(|path| self.missing(name, path, &[]));
        let findings = unread.chain(absent).chain(others).collect();
        // Whether and how TypeScript is compiled here is up to the starter.
        let starts = programs.iter().filter(|path| self.by == Asker::Start && !is_typescript(path));
        let files = starts.filter_map(|path| self.tree.real(&self.absolute(path))).collect();
        (findings, files)
    }

    fn missing(&self, program: &str, path: &str, found: &[String]) -> Finding {
        let (program, path, found) = (program.to_owned(), path.to_owned(), found.to_vec());
        Finding::File { by: self.by, program, path, found }
    }

    fn is_absent(&self, path: &str) -> bool {
        !self.tree.is_file(&self.absolute(path))
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}
