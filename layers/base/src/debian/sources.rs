//! Where packages come from: a mirror that was named, or the machine's own apt sources (sources.list(5)). Comes in: the
//! folder of apt's configuration. Goes out: archives with suite, components and the keys that may sign. Nothing is fetched
//! here, and no archive's name is known here.

use std::path::{Path, PathBuf};

use url::Url;

use super::control::{Paragraph, Paragraphs};
use super::error::{DebianError, Result};
use crate::spec::DebianSpec;

/// Where Debian's package debian-archive-keyring puts the keys; for a mirror that is named without a keyring.
const ARCHIVE_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// What is behind the name of a suite in those of its companions. A base takes updates and security, as Debian's own
/// installations do, but no backports.
const COMPANIONS: [&str; 3] = ["-updates", "-security", "/updates"];
/// Other suites of the same release.
const OTHERS: [&str; 3] = ["-proposed-updates", "-backports", "-backports-sloppy"];

/// One suite of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The folder that has `dists` and `pool`; its path ends in a slash.
    pub archive: Url,
    /// `bookworm`, `bookworm-security`, …
    pub suite: String,
    /// `main`, …
    pub components: Vec<String>,
    /// Who may sign.
    pub keys: Keys,
    /// Whether `Valid-Until` counts; a snapshot's stanza may say that it does not.
    pub check_valid_until: bool,
}

/// Which keys may sign a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keys {
    /// All keys of these files.
    Files(Vec<PathBuf>),
    /// Armoured keys that stand in the source itself.
    Inline(String),
    /// Those of apt's own keys that have these fingerprints.
    Fingerprints(Vec<String>),
    /// All of apt's own keys: `trusted.gpg` and `trusted.gpg.d`.
    Trusted,
}

/// The suite that a base is made of, and all sources for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub suite: String,
    pub sources: Vec<Source>,
}

/// Settles where the packages of a base come from.
///
/// With a mirror, that mirror's suite and component `main` alone. Without one, the machine's sources for the suite and its
/// companions; of several archives that have such a suite (others name theirs after Debian's), the one with the most of
/// these suites under the same keys, at a tie the first.
///
/// # Errors
/// [`DebianError::NoSource`] where neither says enough.
pub(super) fn choose(spec: &DebianSpec, apt: &Path) -> Result<Chosen> {
    let known = read(apt)?;
    let suite = spec.suite.clone().or_else(|| known.iter().find_map(Source::release)).ok_or_else(|| {
        let reason = format!("{} has no source that names a suite", apt.display());
        DebianError::NoSource { wanted: "a Debian suite".into(), reason }
    })?;
    let own = of_one_archive(&known, &suite);
    if let Some(mirror) = &spec.mirror {
        let keys = match (&spec.keyring, own.first()) {
            (Some(path), _) => Keys::Files(vec![path.clone()]),
            (None, Some(source)) => source.keys.clone(),
            (None, None) => Keys::Files(vec![ARCHIVE_KEYRING.into()]),
        };
        let archive = folder(mirror.clone());
        let components = vec!["main".to_owned()];
        let source = Source { archive, suite: suite.clone(), components, keys, check_valid_until: true };
        return Ok(Chosen { suite, sources: vec![source] });
    }
    if own.is_empty() {
        return Err(no_suite(&suite, &known, apt));
    }
    let with_keys = |source: Source| match &spec.keyring {
        Some(path) => Source { keys: Keys::Files(vec![path.clone()]), ..source },
        None => source,
    };
    Ok(Chosen { suite, sources: own.into_iter().map(with_keys).collect() })
}

fn no_suite(suite: &str, known: &[Source], apt: &Path) -> DebianError {
    let mut names: Vec<&str> = known.iter().map(|source| source.suite.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let reason = match names.is_empty() {
        true => format!("{} has no sources", apt.display()),
        false => format!("the sources in {} are for {}", apt.display(), names.join(", ")),
    };
    DebianError::NoSource { wanted: suite.into(), reason }
}

impl Source {
    /// The release that a source is of, if it is Debian's kind of a source.
    fn release(&self) -> Option<String> {
        let is_main = self.components.iter().any(|component| component == "main");
        let endings = COMPANIONS.iter().chain(&OTHERS);
        let name =
            endings.into_iter().find_map(|ending| self.suite.strip_suffix(ending)).unwrap_or(&self.suite);
        is_main.then(|| name.to_owned())
    }
}

fn of_one_archive(known: &[Source], suite: &str) -> Vec<Source> {
    let belongs = |source: &&Source| {
        let companion = source.suite.strip_prefix(suite).is_some_and(|ending| COMPANIONS.contains(&ending));
        source.suite == suite || companion
    };
    let matching: Vec<&Source> = known.iter().filter(belongs).collect();
    let together = |keys: &Keys| matching.iter().filter(|source| source.keys == *keys).count();
    let mut best: Option<(&Keys, usize)> = None;
    for source in matching.iter().filter(|source| source.suite == suite) {
        let count = together(&source.keys);
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((&source.keys, count));
        }
    }
    let Some((keys, _)) = best else { return Vec::new() };
    matching.iter().filter(|source| source.keys == *keys).map(|source| (*source).clone()).collect()
}

/// Reads `sources.list`, then the files of `sources.list.d` in the order of their names.
fn read(apt: &Path) -> Result<Vec<Source>> {
    let mut files = vec![apt.join("sources.list")];
    if let Ok(folder) = std::fs::read_dir(apt.join("sources.list.d")) {
        let mut more: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
        more.sort();
        files.extend(more);
    }
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(parse_list(&fs_err::read_to_string(file)?)),
            Some("sources") => sources.extend(
                parse_deb822(&fs_err::read_to_string(file)?)
                    .map_err(|error| DebianError::document(&file.display().to_string(), error))?,
            ),
            _ => {}
        }
    }
    Ok(sources)
}

/// The one-line form: `deb [option=value …] URI suite component …`.
fn parse_list(text: &str) -> Vec<Source> {
    text.lines().filter_map(|line| parse_line(line.split('#').next().unwrap_or_default().trim())).collect()
}

fn parse_line(line: &str) -> Option<Source> {
    let rest = line.strip_prefix("deb")?.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let option = |name: &str| {
        options
            .split_ascii_whitespace()
            .filter_map(|option| option.split_once('='))
            .find(|(known, _)| *known == name)
    };
    let mut words = rest.split_ascii_whitespace();
    let (archive, suite) = (archive(words.next()?)?, words.next()?);
    Some(Source {
        archive,
        suite: (!suite.ends_with('/')).then(|| suite.to_owned())?,
        components: words.map(str::to_owned).collect(),
        keys: option("signed-by").map_or(Keys::Trusted, |(_, value)| signed_by(value)),
        check_valid_until: option("check-valid-until").is_none_or(|(_, value)| is_yes(value)),
    })
}

/// The form of paragraphs: every URI goes with every suite; of several URIs of a paragraph, the first is taken.
fn parse_deb822(text: &str) -> std::io::Result<Vec<Source>> {
    let mut paragraphs = Paragraphs::new(text.as_bytes());
    let mut sources = Vec::new();
    while let Some(paragraph) = paragraphs.next()? {
        sources.extend(from_paragraph(&paragraph));
    }
    Ok(sources)
}

fn from_paragraph(paragraph: &Paragraph) -> Vec<Source> {
    let enabled = paragraph.get("Enabled").is_none_or(is_yes);
    let archive = paragraph.words("URIs").find_map(archive);
    let (Some(archive), true) = (archive, enabled && paragraph.words("Types").any(|kind| kind == "deb"))
    else {
        return Vec::new();
    };
    let suites = paragraph.words("Suites").filter(|suite| !suite.ends_with('/'));
    let source = |suite: &str| Source {
        archive: archive.clone(),
        suite: suite.to_owned(),
        components: paragraph.words("Components").map(str::to_owned).collect(),
        keys: paragraph.get("Signed-By").map_or(Keys::Trusted, signed_by),
        check_valid_until: paragraph.get("Check-Valid-Until").is_none_or(is_yes),
    };
    suites.map(source).collect()
}

/// What a source may be fetched from here: not a disc, nor a transport that only apt has.
fn archive(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https" | "file").then(|| folder(url))
}

fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// `Signed-By`: absolute paths, fingerprints, or a key itself, whose empty lines are written as dots.
fn signed_by(value: &str) -> Keys {
    if value.contains("-----BEGIN PGP") {
        let line = |line: &str| match line.trim() {
            "." => String::new(),
            line => line.to_owned(),
        };
        return Keys::Inline(value.lines().map(|text| line(text) + "\n").collect());
    }
    let words: Vec<&str> = value.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()).collect();
    let files: Vec<PathBuf> = words.iter().filter(|word| word.starts_with('/')).map(PathBuf::from).collect();
    match files.is_empty() {
        true => Keys::Fingerprints(
            words.iter().map(|word| word.trim_end_matches('!').to_ascii_lowercase()).collect(),
        ),
        false => Keys::Files(files),
    }
}

/// As apt's StringToBool: `no`, `false`, `without`, `off`, `disable` and `0` are not.
fn is_yes(value: &str) -> bool {
    !matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "no" | "false" | "without" | "off" | "disable" | "0"
    )
}

#[cfg(test)]
mod tests;
