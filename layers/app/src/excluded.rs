//! Why a build lacks a workspace file. In: the workspace's folder, a path. Out: the line of an ignore file that
//! excludes it. Unreadable ignore files exclude nothing: the build itself reports them.

use std::path::Path;

use crate::docker_ignore::{DOCKER_IGNORE, DockerIgnore};
use crate::git_ignored;
use crate::missed::GitIgnored;

/// The line that excludes a file, relative to `root`, from builds: in a .gitignore, otherwise in `.dockerignore`.
pub fn excluded(root: &Path, path: &str) -> Option<GitIgnored> {
    git_ignored::rule(root, path).or_else(|| docker_rule(root, path))
}

fn docker_rule(root: &Path, path: &str) -> Option<GitIgnored> {
    let text =
        fourply_store::read_text(&root.join(DOCKER_IGNORE), fourply_store::InputKind::IgnoreFile).ok()?;
    let line = DockerIgnore::parse(&text).ok()?.excluding(path)?;
    let pattern = text.lines().nth(line.checked_sub(1)?)?.trim().to_owned();
    Some(GitIgnored { path: path.to_owned(), file: DOCKER_IGNORE.to_owned(), line, pattern })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::write;

    #[test]
    fn the_line_is_told_that_keeps_a_file_from_builds() {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                (".dockerignore", "# ours\n**/x.js\n!a/x.js\n"),
                (".gitignore", "dist\n"),
                ("a/.gitignore", "gen/\n"),
                ("a/gen/c.js", ""),
                ("a/x.js", ""),
                ("b/x.js", ""),
            ],
        );
        let told = |path| excluded(folder.path(), path).map(|one| (one.file, one.line, one.pattern));
        let line = |file: &str, line, pattern: &str| Some((file.to_owned(), line, pattern.to_owned()));
        assert_eq!(told("a/gen/c.js"), line("a/.gitignore", 1, "gen/"));
        assert_eq!(told("b/x.js"), line(".dockerignore", 2, "**/x.js"));
        assert_eq!(told("a/x.js"), None);
        assert_eq!(told("a/y.js"), None);
    }
}
