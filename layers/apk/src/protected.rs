//! Protected folders, whose configuration files apk does not overwrite. In: the lists of a base. Out: whether a folder
//! is protected. Source of the rules: apk-tools 2.14, `add_protected_path` and `apk_db_dir_get` of `database.c`.

use fourply_rootfs::RootfsMetadata;

/// apk's built-in patterns, which come before any list.
const OWN: &str = "+etc\n@etc/init.d\n!etc/apk\n";
const LISTS: &str = "etc/apk/protected_paths.d/";

/// The patterns of a base, in order: if several match a folder, the last one wins.
#[derive(Debug)]
pub(crate) struct Protected {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    parts: Vec<String>,
    protects: bool,
}

impl Protected {
    /// apk's own patterns, and those of `/etc/apk/protected_paths.d/*.list`.
    pub(crate) fn of(rootfs: &RootfsMetadata) -> Self {
        let lists = rootfs.databases.iter().filter(|(path, _)| path.starts_with(LISTS));
        let lists: Vec<String> =
            lists.map(|(_, bytes)| String::from_utf8_lossy(&bytes.0).into_owned()).collect();
        let lines = OWN.lines().chain(lists.iter().flat_map(|text| text.lines()));
        Self { patterns: lines.filter_map(Pattern::parse).collect() }
    }

    /// Whether the files in a folder are protected. The rule for a folder applies to all folders below, unless a
    /// pattern matches them.
    pub(crate) fn holds(&self, folder: &str) -> bool {
        let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        (1..=parts.len()).fold(false, |protected, length| {
            let here = parts.get(..length).unwrap_or_default();
            let fits = |pattern: &&Pattern| pattern.fits(here);
            self.patterns.iter().rev().find(fits).map_or(protected, |pattern| pattern.protects)
        })
    }
}

impl Pattern {
    /// `-` removes the protection of a path; any other character, or none, protects it.
    fn parse(line: &str) -> Option<Self> {
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let rest = line.strip_prefix(['-', '+', '@', '!']).unwrap_or(line);
        let parts = rest.trim_matches('/').split('/').map(str::to_owned).collect();
        Some(Self { parts, protects: !line.starts_with('-') })
    }

    fn fits(&self, folder: &[&str]) -> bool {
        let fits = |(pattern, part): (&String, &&str)| matches(pattern.as_bytes(), part.as_bytes());
        self.parts.len() == folder.len() && self.parts.iter().zip(folder).all(fits)
    }
}

/// Whether a name matches a pattern with `*` and `?`, as in fnmatch(3).
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, name) || name.split_first().is_some_and(|(_, shorter)| matches(pattern, shorter))
        }
        ([b'?', rest @ ..], [_, shorter @ ..]) => matches(rest, shorter),
        ([one, rest @ ..], [other, shorter @ ..]) => one == other && matches(rest, shorter),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
