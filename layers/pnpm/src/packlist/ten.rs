//! npm-packlist 10 with pnpm's additions.

use std::collections::BTreeSet;

use fourply_blob::Cause;

use super::extended::Minimatch;
use super::package::{DEFAULTS, Package};
use super::walker::{Era, IgnoreRules, Walker, ignore_file, lines};

/// Rules for the package's own folder that no `files` and no ignore file can override.
const STRICT: [&str; 14] = [
    "/.git",
    "!/package.json",
    "!/readme{,.*[^~$]}",
    "!/copying{,.*[^~$]}",
    "!/license{,.*[^~$]}",
    "!/licence{,.*[^~$]}",
    "/.git",
    "/node_modules",
    ".npmrc",
    "/package-lock.json",
    "/yarn.lock",
    "/pnpm-lock.yaml",
    "/bun.lockb",
    // pnpm's additions: manifests of other formats. In pnpm they come last; no rule between them matches these names.
    "!/package.{yaml,json5}",
];

struct Ten;

/// The files that are packed.
pub(super) fn walk(package: &Package<'_>) -> Result<BTreeSet<String>, Cause> {
    let mut rules = lines("", DEFAULTS.into_iter(), Minimatch::Ten)?;
    let (mut strict, mut required) = (Vec::new(), Vec::new());
    match package.files() {
        Some(files) => {
            let mut own = vec!["*".to_owned()];
            for file in files {
                sort_out(package, file, &mut own, &mut strict, &mut required);
            }
            rules.extend(lines("package.json", own.iter().map(String::as_str), Minimatch::Ten)?);
        }
        None => rules.extend(ignore_file(package, "", Minimatch::Ten)?),
    }
    strict.reverse();
    strict.extend(STRICT.map(str::to_owned));
    strict.extend(package.named().into_iter().map(|path| format!("!/{path}")));
    rules.extend(lines("package.json", strict.iter().map(String::as_str), Minimatch::Ten)?);
    let root =
        Walker { package, parent: None, path: String::new(), rules, exact: false, era: &Ten, required };
    let mut packed = BTreeSet::new();
    root.run_all(&mut packed)?;
    Ok(packed)
}

/// An entry of `files`: a file is always packed, a folder with everything in it, and anything else is a pattern.
fn sort_out(
    package: &Package<'_>,
    file: &str,
    rules: &mut Vec<String>,
    strict: &mut Vec<String>,
    required: &mut Vec<String>,
) {
    let file = if file.starts_with("./") { file.get(1..).unwrap_or_default() } else { file };
    let file = if file.ends_with("/*") { format!("{file}*") } else { file.to_owned() };
    let place = file.trim_start_matches('!').trim_matches('/');
    let place = if place == "." { "" } else { place };
    if package.folder.has(place) {
        strict.push(format!("!{file}"));
        required.push(file.strip_prefix('/').unwrap_or(&file).to_owned());
    } else if package.is_folder(place) {
        rules.push(format!("!{file}"));
        rules.push(format!("!{file}/**"));
    } else {
        rules.push(format!("!{file}"));
    }
}

impl Era for Ten {
    fn admits(&self, walker: &Walker<'_>, entry: &str, partial: bool, base: Option<&str>) -> bool {
        let included = match walker.parent {
            None => true,
            Some(parent) => {
                let base = base.unwrap_or(entry);
                self.admits(parent, &format!("{}/{entry}", walker.base()), partial, Some(base))
            }
        };
        (included || walker.parent.is_none() || walker.exact) && walker.judge(included, entry, partial, base)
    }

    fn rules(&self, package: &Package<'_>, path: &str, required: &[String]) -> Result<IgnoreRules, Cause> {
        let mut rules = lines("", DEFAULTS.into_iter(), Minimatch::Ten)?;
        rules.extend(ignore_file(package, path, Minimatch::Ten)?);
        let strict = ["/.git".to_owned()].into_iter().chain(required.iter().map(|file| format!("!{file}")));
        rules.extend(lines(
            "package.json",
            strict.collect::<Vec<_>>().iter().map(String::as_str),
            Minimatch::Ten,
        )?);
        Ok(rules)
    }
}
