//! `files` of a package.json: the files that `pnpm pack` would include. In: package.json. Out: whether a path is
//! included. No file is opened.
//!
//! Entries follow the rules of .gitignore with the opposite meaning: a folder includes everything in it, `!` excludes,
//! the last matching entry decides. The files of `main` and `bin` are always included. Source: npm's documentation of
//! package.json, "files".

use fourply_pnpm::Manifest;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The rule of one package.
#[derive(Debug)]
pub(crate) struct Files {
    entries: Vec<String>,
    rules: Gitignore,
    always: Vec<String>,
}

impl Files {
    /// The rule of a package.json with `files`.
    pub(crate) fn of(manifest: &Manifest) -> Option<Files> {
        let list = manifest.raw.get("files")?.as_array()?;
        let entries: Vec<String> =
            list.iter().filter_map(|entry| entry.as_str().map(str::to_owned)).collect();
        let mut rules = GitignoreBuilder::new("");
        for entry in &entries {
            // An invalid glob matches nothing, as in npm.
            let _ = rules.add_line(None, &normalised(entry));
        }
        let always = manifest.main.iter().chain(manifest.bin.values());
        let always = always.map(|path| path.trim_start_matches("./").to_owned()).collect();
        Some(Files { entries, rules: rules.build().ok()?, always })
    }

    /// Whether a file, relative to the package, is included.
    pub(crate) fn names(&self, path: &str) -> bool {
        self.always.iter().any(|always| path == always || path.strip_suffix(".js") == Some(always))
            || self.rules.matched_path_or_any_parents(path, false).is_ignore()
    }

    /// The entries as written.
    pub(crate) fn entries(&self) -> &[String] {
        &self.entries
    }
}

fn normalised(entry: &str) -> String {
    let (sign, body) = entry.strip_prefix('!').map_or(("", entry), |body| ("!", body));
    let body = body.strip_prefix("./").map_or(body.to_owned(), |rest| format!("/{rest}"));
    let body = match body.as_str() {
        "" | "." | "/" => "**".to_owned(),
        comment if comment.starts_with('#') => format!("\\{comment}"),
        star if star.ends_with("/*") => format!("{star}*"),
        _ => body,
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests;
