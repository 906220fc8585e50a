//! Links that packages register with `update-alternatives` when they are configured, such as `/usr/bin/cc`. In:
//! resolved packages. Out: links by path, as update-alternatives(1) creates them. Scripts are read and never run: a
//! call with words that only a shell can expand is skipped.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourply_blob::Digest;
use fourply_rootfs::Tools;
use rayon::prelude::*;

use crate::deb::DebFile;
use crate::error::Result;
use crate::fetch::fetched;
use crate::resolution::{DebPin, DebResolution};

/// The folder of the programs' alternatives.
const FOLDER: &str = "/etc/alternatives";

fourply_store::record! {
    /// The links of a list of packages.
    struct LinksOf in DebAlternatives, rules 1 => BTreeMap<String, String> {
        packages: Vec<Digest>,
    }
}

/// One choice of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Such as `cc`.
    name: String,
    /// Such as `/usr/bin/cc`.
    link: String,
    /// Such as `/usr/bin/gcc`.
    pub path: String,
    /// The highest wins.
    priority: i64,
}

/// The links that the packages' scripts would create, by absolute path, with their targets.
///
/// # Errors
/// If a package cannot be fetched or read.
pub fn alternatives(resolution: &DebResolution, tools: &Tools<'_>) -> Result<BTreeMap<String, String>> {
    let record = LinksOf { packages: resolution.packages.iter().map(|pin| pin.sha256).collect() };
    tools.store.get_or(&record, || {
        let pins: Vec<&DebPin> = resolution.packages.iter().collect();
        let files = fetched(&pins, tools.fetcher, || ())?;
        let read = |(path, pin): &(PathBuf, &DebPin)| {
            let deb = DebFile::open(path, &pin.file_name())?;
            Ok(deb.script("postinst")?.map(|script| choices(&script)).unwrap_or_default())
        };
        let found: Result<Vec<Vec<Choice>>> = files.par_iter().map(read).collect();
        Ok(links(found?.into_iter().flatten()))
    })
}

/// For each name the choice with the highest priority; of several equal ones, the first.
pub(crate) fn links(choices: impl Iterator<Item = Choice>) -> BTreeMap<String, String> {
    let mut best: BTreeMap<String, Choice> = BTreeMap::new();
    for choice in choices {
        match best.get(&choice.name) {
            Some(known) if known.priority >= choice.priority => {}
            _ => drop(best.insert(choice.name.clone(), choice)),
        }
    }
    let of_choice = |Choice { name, link, path, .. }| {
        let middle = format!("{FOLDER}/{name}");
        [(link, middle.clone()), (middle, path)]
    };
    best.into_values().flat_map(of_choice).collect()
}

/// The choices of `update-alternatives --install LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…` in a script.
pub(crate) fn choices(script: &str) -> Vec<Choice> {
    let joined = script.replace("\\\n", " ");
    let calls = joined.lines().filter_map(|line| line.split_once("update-alternatives "));
    calls.flat_map(|(_, words)| of_call(words)).collect()
}

fn of_call(line: &str) -> Vec<Choice> {
    let words = line.split_whitespace().take_while(|word| !word.starts_with(['#', ';', '&', '|', '>']));
    let words: Vec<&str> = words.map(|word| word.trim_matches(['"', '\''])).collect();
    let after = |at: usize, count: usize| words.get(at + 1..at + 1 + count);
    let priority = words.iter().position(|word| *word == "--install").and_then(|at| after(at, 4));
    let Some(Ok(priority)) = priority.and_then(|install| install.last()).map(|text| text.parse()) else {
        return Vec::new();
    };
    let choice = |at: usize| match after(at, 3) {
        Some([link, name, path]) => {
            let [name, link, path] = [*name, *link, *path].map(str::to_owned);
            Some(Choice { name, link, path, priority })
        }
        _ => None,
    };
    let starts = words.iter().enumerate().filter(|(_, word)| matches!(**word, "--install" | "--slave"));
    starts.filter_map(|(at, _)| choice(at)).filter(is_plain).collect()
}

/// Whether all words are literal, without shell variables.
fn is_plain(choice: &Choice) -> bool {
    let Choice { name, link, path, .. } = choice;
    let plain =
        |text: &String| !text.contains(['$', '`', '*', '\\']) && !text.split('/').any(|part| part == "..");
    let absolute = link.starts_with('/') && path.starts_with('/');
    absolute && !name.is_empty() && !name.contains('/') && [name, link, path].into_iter().all(plain)
}

#[cfg(test)]
mod tests;
