//! The submodules of a commit: their repositories, commits and paths. In: a fetched commit. Out: a list; nothing is
//! fetched here.
//!
//! Source: git's documentation of gitmodules and of `git submodule`. A path that `.gitmodules` lacks is an error there
//! as well.

use std::collections::BTreeMap;

use super::command::Git;
use crate::Result;

/// The most submodules of one repository. Each may have as many.
const MOST: usize = 64;

/// One submodule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Submodule {
    /// The path, relative to the repository's files.
    pub(super) path: String,
    /// The URL of its repository.
    pub(super) repo: String,
    /// A full hash.
    pub(super) commit: String,
}

/// The submodules of `commit`, which was fetched; empty if there is no `.gitmodules`.
///
/// # Errors
/// If an entry is missing or leads to this host's own files, or there are too many.
pub(super) fn list(git: &Git<'_>, commit: &str) -> Result<Vec<Submodule>> {
    let tree = git.hermetic(&["ls-tree", "-r", "-z", commit])?;
    let links: Vec<(&str, &str)> = tree.split('\0').filter_map(link).collect();
    if links.is_empty() || git.hermetic(&["cat-file", "-e", &format!("{commit}:.gitmodules")]).is_err() {
        return Ok(Vec::new());
    }
    if links.len() > MOST {
        return Err(git.fault(format!("it has more than {MOST} submodules")));
    }
    let blob = format!("--blob={commit}:.gitmodules");
    let urls = urls(&git.hermetic(&["config", "-z", &blob, "--list"])?);
    let module = |(commit, path): (&str, &str)| {
        let url = urls.get(path).ok_or_else(|| git.fault(format!(".gitmodules has no url for {path}")))?;
        let repo = resolved(git.remote(), url)
            .ok_or_else(|| git.fault(format!("the url {url:?} of the submodule {path} leads nowhere")))?;
        // git has the same rule: the author of a repository must not read files of the person who fetches it.
        if repo.starts_with("file:") && !git.remote().starts_with("file:") {
            return Err(git.fault(format!("the submodule {path} is a folder of this machine: {repo}")));
        }
        Ok(Submodule { path: path.to_owned(), repo, commit: commit.to_owned() })
    };
    links.into_iter().map(module).collect()
}

/// Commit and path of `160000 commit HASH<tab>PATH`.
fn link(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("160000 commit ")?.split_once('\t')
}

/// Path to URL, from `key<newline>value<nul>` in the output of `git config -z --list`.
fn urls(config: &str) -> BTreeMap<String, String> {
    let (mut paths, mut urls) = (BTreeMap::new(), BTreeMap::new());
    for entry in config.split('\0') {
        let Some((key, value)) = entry.split_once('\n') else { continue };
        let Some(key) = key.strip_prefix("submodule.") else { continue };
        match key.rsplit_once('.') {
            Some((name, "path")) => drop(paths.insert(name, value)),
            Some((name, "url")) => drop(urls.insert(name, value)),
            _ => {}
        }
    }
    let url = |(name, path): (&str, &str)| Some((path.to_owned(), (*urls.get(name)?).to_owned()));
    paths.into_iter().filter_map(url).collect()
}

/// A submodule's URL, which may be relative to its repository's URL.
fn resolved(remote: &str, url: &str) -> Option<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Some(url.to_owned());
    }
    let host = remote.find("://").map_or(0, |at| at + 3);
    let (mut base, mut rest, mut joint) = (remote.trim_end_matches('/'), url, '/');
    loop {
        if let Some(below) = rest.strip_prefix("./") {
            rest = below;
        } else if let Some(above) = rest.strip_prefix("../") {
            rest = above;
            let cut = base.rfind('/').filter(|at| *at >= host);
            // user@host:path
            let colon = || base.rfind(':').filter(|_| host == 0);
            joint = if cut.is_some() { '/' } else { ':' };
            base = base.get(..cut.or_else(colon)?)?;
        } else {
            return Some(format!("{base}{joint}{}", rest.trim_end_matches('/')));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::resolved;

    #[test]
    fn urls_are_relative_to_the_repository() {
        for (remote, url, expected) in [
            ("https://h/a/b.git", "../c.git", Some("https://h/a/c.git")),
            ("https://h/a/b/", "./c", Some("https://h/a/b/c")),
            ("https://h/a", "../../../c", None),
            ("git@h:a/b", "../c", Some("git@h:a/c")),
            ("git@h:b", "../c", Some("git@h:c")),
            ("https://h/a", "https://i/c", Some("https://i/c")),
        ] {
            assert_eq!(resolved(remote, url).as_deref(), expected, "{remote} {url}");
        }
    }
}
