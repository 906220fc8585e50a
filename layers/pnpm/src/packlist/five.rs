//! npm-packlist 5.

use std::collections::BTreeSet;

use fourply_blob::{Cause, Reason};
use serde_json::Value;

use super::extended::Minimatch;
use super::package::{DEFAULTS, Package};
use super::rule::IgnoreRule;
use super::walker::{Era, IgnoreRules, Walker, ignore_file, lines};

/// Left out of the package's own folder in addition to [`DEFAULTS`].
const LOCKFILES: [&str; 3] = ["/package-lock.json", "/yarn.lock", "/pnpm-lock.yaml"];

struct Five;

/// The files that are packed.
pub(super) fn walk(package: &Package<'_>) -> Result<BTreeSet<String>, Cause> {
    let mut rules = lines("", DEFAULTS.into_iter().chain(LOCKFILES), Minimatch::Five)?;
    let entries = match package.files() {
        Some(files) => {
            let (entries, more) = named(package, &files)?;
            rules.extend(more);
            // An ignore file counts if it is packed itself, as far as `files` decides.
            let taken = |name: &&str| entries.iter().any(|entry| entry == name);
            if let Some(name) = [".npmignore", ".gitignore"].iter().find(|name| taken(name)) {
                let text = package.folder.text(name)?.unwrap_or_default();
                rules.extend(lines(name, text.lines(), Minimatch::Five)?);
            }
            entries
        }
        None => {
            rules.extend(ignore_file(package, "", Minimatch::Five)?);
            let named = package.named();
            // npm's rule for a path that starts with `./` does not match it.
            let dotted = |field: &str| {
                let text = package.manifest.get(field).and_then(Value::as_str);
                text.filter(|text| text.starts_with("./")).map(|text| text.trim_start_matches("./"))
            };
            let dotted = [dotted("browser"), dotted("main")];
            let always = named
                .iter()
                .filter(|path| !dotted.contains(&Some(path.as_str())))
                .map(|path| format!("!/{path}"));
            let always: Vec<String> =
                always.chain(["!/package.json", "!/npm-shrinkwrap.json"].map(str::to_owned)).collect();
            rules.extend(lines("package.json", always.iter().map(String::as_str), Minimatch::Five)?);
            package.entries.get("").into_iter().flatten().map(|name| (*name).to_owned()).collect()
        }
    };
    let root = Walker {
        package,
        parent: None,
        path: String::new(),
        rules,
        exact: false,
        era: &Five,
        required: Vec::new(),
    };
    let mut packed = BTreeSet::new();
    root.run(&entries, &mut packed)?;
    Ok(packed)
}

/// The entries of `files`, as paths to walk from and as rules.
fn named(package: &Package<'_>, files: &[&str]) -> Result<(Vec<String>, IgnoreRules), Cause> {
    let mut patterns: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    patterns.extend(package.named());
    patterns.extend(["package.json", "npm-shrinkwrap.json", "!package-lock.json"].map(str::to_owned));
    let (mut taken, mut dropped) = (BTreeSet::new(), BTreeSet::new());
    for pattern in &patterns {
        let body = pattern.trim_start_matches('!');
        let negate = (pattern.len() - body.len()) % 2 == 1;
        for path in globbed(package, body)? {
            if negate {
                taken.remove(&path);
                dropped.insert(path);
            } else {
                dropped.remove(&path);
                taken.insert(path);
            }
        }
    }
    let root = package.entries.get("").into_iter().flatten();
    taken.extend(root.filter(|name| goes_along(name)).map(|name| (*name).to_owned()));
    let rules: Vec<String> = taken
        .iter()
        .map(|path| format!("!{path}"))
        .chain(dropped.iter().map(|path| format!("!!{path}")))
        .collect();
    let rules = lines("package.json", rules.iter().map(String::as_str), Minimatch::Five)?;
    Ok((taken.into_iter().collect(), rules))
}

/// The files and folders that match a pattern of `files`.
fn globbed(package: &Package<'_>, pattern: &str) -> Result<Vec<String>, Cause> {
    let pattern = pattern.strip_prefix('.').filter(|rest| rest.starts_with('/')).unwrap_or(pattern);
    let only_folders = pattern.ends_with('/');
    let pattern = pattern.trim_start_matches('/').trim_end_matches('/');
    if pattern == "." {
        return Ok(package.entries.get("").into_iter().flatten().map(|name| (*name).to_owned()).collect());
    }
    if pattern.is_empty() {
        return Ok(Vec::new());
    }
    let rule = IgnoreRule::plain(pattern, Minimatch::Five)
        .map_err(|reason| Reason::because(format!("package.json: files: {reason}"), reason))?;
    // `a/**` matches `a` as well.
    let folder =
        pattern.strip_suffix("/**").map(|folder| IgnoreRule::plain(folder, Minimatch::Five)).transpose()?;
    let folders = package.entries.keys().copied().filter(|path| !path.is_empty());
    let matches = |path: &&str| {
        rule.matches_whole(path)
            || folder.as_ref().is_some_and(|folder| package.is_folder(path) && folder.matches_whole(path))
    };
    let files = package.folder.paths().filter(|_| !only_folders);
    Ok(files.chain(folders).filter(matches).map(str::to_owned).collect())
}

/// Whether a name is a README or a licence. These are packed from every folder.
fn goes_along(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["readme", "copying", "license", "licence"].iter().any(|stem| {
        lower.strip_prefix(stem).is_some_and(|rest| {
            rest.is_empty() || (rest.starts_with('.') && rest.len() > 1 && !rest.ends_with(['~', '$']))
        })
    })
}

impl Era for Five {
    fn admits(&self, walker: &Walker<'_>, entry: &str, partial: bool, _base: Option<&str>) -> bool {
        let is_root = walker.parent.is_none();
        if is_root && (entry == "node_modules" || entry.starts_with("node_modules/")) {
            return false;
        }
        if is_root && entry == "package-lock.json" {
            return false;
        }
        if goes_along(entry) || (is_root && matches!(entry, "package.json" | "npm-shrinkwrap.json")) {
            return true;
        }
        let above =
            |parent: &Walker<'_>| self.admits(parent, &format!("{}/{entry}", walker.base()), partial, None);
        walker.judge(walker.parent.is_none_or(above), entry, partial, None)
    }

    fn rules(&self, package: &Package<'_>, path: &str, _required: &[String]) -> Result<IgnoreRules, Cause> {
        ignore_file(package, path, Minimatch::Five)
    }
}
