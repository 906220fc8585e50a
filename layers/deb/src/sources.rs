//! The sources of packages: configured lines or a configured mirror, the base's sources, or the host's
//! (sources.list(5)). In: the configuration, and both configurations of apt. Out: archives with suite, components and
//! the keys that may sign. Nothing is fetched here, and no archive's name is known here.

use std::path::{Path, PathBuf};

use fourply_rootfs::RootfsMetadata;
use url::Url;

use crate::apt::{Apt, is_key};
use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};
use crate::spec::DebianSpec;

/// The keys of Debian's package debian-archive-keyring; for a mirror that is configured without a keyring.
const ARCHIVE_KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// The suffixes of a suite's companions. A base uses updates and security, as Debian's own installations do, but no
/// backports.
const COMPANIONS: [&str; 3] = ["-updates", "-security", "/updates"];
/// The suffixes of other suites of the same release.
const OTHERS: [&str; 3] = ["-proposed-updates", "-backports", "-backports-sloppy"];

/// One suite of one archive.
#[derive(Debug, Clone)]
pub(crate) struct AptSource<'a> {
    /// The folder with `dists` and `pool`; its path ends in a slash.
    pub archive: Url,
    /// `bookworm`, `bookworm-security`, …
    pub suite: String,
    /// `main`, …
    pub components: Vec<String>,
    pub keys: Keys,
    /// The configuration that those keys are read from.
    pub apt: Apt<'a>,
    /// Whether `Valid-Until` is checked; a snapshot's stanza may disable it.
    pub check_valid_until: bool,
    /// The architectures of the source, if it lists them.
    architectures: Vec<String>,
}

/// The keys that may sign a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keys {
    /// All keys of these files.
    Files(Vec<PathBuf>),
    /// Armoured keys in the source itself.
    Inline(String),
    /// Those of apt's own keys that have these fingerprints.
    Fingerprints(Vec<String>),
    /// All of apt's own keys: `trusted.gpg` and `trusted.gpg.d`.
    Trusted,
}

/// The suite of a base, and all of its sources.
#[derive(Debug, Clone)]
pub(crate) struct Chosen<'a> {
    pub suite: String,
    pub sources: Vec<AptSource<'a>>,
    /// Whether the host's sources are used, because neither the base nor the configuration has any.
    pub by_machine: bool,
}

/// Chooses the sources of packages, for Debian's name of an architecture.
///
/// Configured lines are used completely and exclusively. A configured mirror gives its suite and the component `main`.
/// Otherwise the base's sources are used, then the host's: those for the suite and its companions. If several archives
/// have such a suite (others use Debian's names), the one with the most of these suites under the same keys is used; of
/// several equal ones, the first.
///
/// # Errors
/// [`DebianError::NoSource`] if the information is not enough.
pub(crate) fn choose<'a>(
    spec: &'a DebianSpec,
    base: Option<&'a RootfsMetadata>,
    architecture: &str,
) -> Result<Chosen<'a>> {
    let (machine, base) = (Apt::Machine(&spec.options.apt), base.map(Apt::Base));
    let of_base = base.map(read).transpose()?.unwrap_or_default();
    let of_base = suiting(&of_base, spec.suite.as_deref(), architecture);
    let by_name = spec.mirror.is_some() || !spec.options.repositories.is_empty();
    if !by_name && let Some(suite) = of_base.first().and_then(AptSource::release) {
        return Ok(Chosen { suite, sources: signed(of_base, spec, machine), by_machine: false });
    }
    let named = named(spec, machine)?;
    let known = read(machine)?;
    let told = || {
        let trusted = if base.is_none() { known.as_slice() } else { &[] };
        named.iter().chain(trusted).find_map(AptSource::release)
    };
    let suite = spec.suite.clone().or_else(told).ok_or_else(|| no_release(base.unwrap_or(machine)))?;
    let own = of_one_archive(&known, &suite, architecture);
    let keys = usual_keys(spec, of_base.first().or(own.first()), base, machine);
    let sources = match &spec.mirror {
        Some(mirror) => vec![of_mirror(mirror, &suite, keys)],
        None if !named.is_empty() => named.into_iter().map(|source| source.or_signed_by(&keys)).collect(),
        None if own.is_empty() => return Err(no_suite(&suite, &known, machine)),
        None => signed(own, spec, machine),
    };
    Ok(Chosen { suite, sources, by_machine: base.is_some() && !by_name })
}

fn of_mirror<'a>(mirror: &Url, suite: &str, (keys, apt): (Keys, Apt<'a>)) -> AptSource<'a> {
    let (archive, suite, components) = (folder(mirror.clone()), suite.to_owned(), vec!["main".to_owned()]);
    AptSource { archive, suite, components, keys, apt, check_valid_until: true, architectures: Vec::new() }
}

/// With the configured keys instead of their own.
fn signed<'a>(sources: Vec<AptSource<'a>>, spec: &DebianSpec, machine: Apt<'a>) -> Vec<AptSource<'a>> {
    let with_keys = |source: AptSource<'a>| match given_keys(spec) {
        Some(keys) => AptSource { keys, apt: machine, ..source },
        None => source,
    };
    sources.into_iter().map(with_keys).collect()
}

/// The base's sources for its release; if none has that name (`stable`, `sid`), for the first release that they name.
fn suiting<'a>(known: &[AptSource<'a>], suite: Option<&str>, architecture: &str) -> Vec<AptSource<'a>> {
    let of = |suite: &str| of_one_archive(known, suite, architecture);
    let own = suite.map(of).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    known.iter().find_map(AptSource::release).map(|suite| of(&suite)).unwrap_or_default()
}

/// The configured files of keys, and the files of configured folders.
fn given_keys(spec: &DebianSpec) -> Option<Keys> {
    let in_folder = |path: &PathBuf| -> Vec<PathBuf> {
        let files = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = files.filter(|file| is_key(file)).collect();
        files.sort();
        // A folder without keys must not lead to trusting others: reading it fails.
        if files.is_empty() { vec![path.clone()] } else { files }
    };
    let named = spec.keyring.iter().chain(&spec.options.keys);
    let files = named.flat_map(|path| if path.is_dir() { in_folder(path) } else { vec![path.clone()] });
    let files: Vec<PathBuf> = files.collect();
    (!files.is_empty()).then_some(Keys::Files(files))
}

/// The keys for a source that is configured without keys: keys configured separately, otherwise those of the base's or
/// host's source for the suite, otherwise Debian's own in the base or on the host.
fn usual_keys<'a>(
    spec: &DebianSpec,
    known: Option<&AptSource<'a>>,
    base: Option<Apt<'a>>,
    machine: Apt<'a>,
) -> (Keys, Apt<'a>) {
    let of_archive = Keys::Files(vec![ARCHIVE_KEYRING.into()]);
    match (given_keys(spec), known, base.filter(|base| base.has(Path::new(ARCHIVE_KEYRING)))) {
        (Some(keys), _, _) => (keys, machine),
        (None, Some(source), _) => (source.keys.clone(), source.apt),
        (None, None, Some(base)) => (of_archive, base),
        (None, None, None) => (of_archive, machine),
    }
}

/// The lines of fourply.toml. Files of keys in them are on this host.
fn named<'a>(spec: &DebianSpec, machine: Apt<'a>) -> Result<Vec<AptSource<'a>>> {
    let mut sources = Vec::new();
    for text in &spec.options.repositories {
        let read = match text.contains('\n') {
            true => parse_deb822(text, machine).unwrap_or_default(),
            false => parse_list(text, machine),
        };
        if read.is_empty() {
            return Err(DebianError::Source { text: text.clone() });
        }
        sources.extend(read);
    }
    for source in &mut sources {
        if let Keys::Files(files) = &mut source.keys {
            files.iter_mut().for_each(|file| *file = spec.options.root.join(&*file));
        }
    }
    Ok(sources)
}

fn no_release(apt: Apt<'_>) -> DebianError {
    let reason = format!("{} has no source that names a suite", apt.shown());
    DebianError::NoSource { wanted: "a Debian suite".into(), reason, known: Vec::new() }
}

fn no_suite(suite: &str, known: &[AptSource<'_>], apt: Apt<'_>) -> DebianError {
    let mut names: Vec<&str> = known.iter().map(|source| source.suite.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let reason = match names.is_empty() {
        true => format!("{} has no sources", apt.shown()),
        false => format!("the sources in {} are for {}", apt.shown(), names.join(", ")),
    };
    let known = names.into_iter().map(str::to_owned).collect();
    DebianError::NoSource { wanted: suite.into(), reason, known }
}

impl<'a> AptSource<'a> {
    /// The source itself, with these keys if it has none.
    fn or_signed_by(self, keys: &(Keys, Apt<'a>)) -> Self {
        match self.keys {
            Keys::Trusted => Self { keys: keys.0.clone(), apt: keys.1, ..self },
            _ => self,
        }
    }

    /// The release of a source, if it has Debian's form.
    fn release(&self) -> Option<String> {
        let is_main = self.components.iter().any(|component| component == "main");
        let endings = COMPANIONS.iter().chain(&OTHERS);
        let name =
            endings.into_iter().find_map(|ending| self.suite.strip_suffix(ending)).unwrap_or(&self.suite);
        is_main.then(|| name.to_owned())
    }

    fn is_for(&self, architecture: &str) -> bool {
        self.architectures.is_empty() || self.architectures.iter().any(|known| known == architecture)
    }
}

/// The sources for this architecture, if there are any; otherwise all: a host's sources are often limited to its own
/// architecture, though the archive has more.
fn of_one_archive<'a>(known: &[AptSource<'a>], suite: &str, architecture: &str) -> Vec<AptSource<'a>> {
    let fitting: Vec<&AptSource<'a>> = known.iter().filter(|source| source.is_for(architecture)).collect();
    match of_one(&fitting, suite) {
        none if none.is_empty() => of_one(&known.iter().collect::<Vec<_>>(), suite),
        found => found,
    }
}

fn of_one<'a>(known: &[&AptSource<'a>], suite: &str) -> Vec<AptSource<'a>> {
    let belongs = |source: &&&AptSource<'a>| {
        let companion = source.suite.strip_prefix(suite).is_some_and(|ending| COMPANIONS.contains(&ending));
        source.suite == suite || companion
    };
    let matching: Vec<&AptSource<'a>> = known.iter().filter(belongs).copied().collect();
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

/// All sources of a configuration, in order. A path in a base refers to the base, never to this host.
fn read(apt: Apt<'_>) -> Result<Vec<AptSource<'_>>> {
    let mut sources = Vec::new();
    for (file, text) in apt.sources()? {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(parse_list(&text, apt)),
            _ => sources.extend(
                parse_deb822(&text, apt)
                    .map_err(|error| DebianError::document(&file.display().to_string(), error))?,
            ),
        }
    }
    let here = matches!(apt, Apt::Machine(_));
    sources.retain(|source| here || source.archive.scheme() != "file");
    Ok(sources)
}

/// The suites of a text in either form, for the fuzz targets.
pub(crate) fn suites(text: &str, apt: &Path) -> Vec<String> {
    let apt = Apt::Machine(apt);
    let all = parse_list(text, apt).into_iter().chain(parse_deb822(text, apt).unwrap_or_default());
    all.map(|source| source.suite).collect()
}

/// The one-line form: `deb [option=value …] URI suite component …`.
fn parse_list<'a>(text: &str, apt: Apt<'a>) -> Vec<AptSource<'a>> {
    let plain = |line: &'_ str| line.split('#').next().unwrap_or_default().trim().to_owned();
    text.lines().filter_map(|line| parse_line(&plain(line), apt)).collect()
}

fn parse_line<'a>(line: &str, apt: Apt<'a>) -> Option<AptSource<'a>> {
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
    Some(AptSource {
        archive,
        suite: (!suite.ends_with('/')).then(|| suite.to_owned())?,
        components: words.map(str::to_owned).collect(),
        keys: option("signed-by").map_or(Keys::Trusted, |(_, value)| signed_by(value)),
        apt,
        check_valid_until: option("check-valid-until").is_none_or(|(_, value)| is_yes(value)),
        architectures: option("arch").map(|(_, value)| names(value)).unwrap_or_default(),
    })
}

/// The paragraph form: every URI is combined with every suite; if a paragraph has several URIs, the first is used.
fn parse_deb822<'a>(text: &str, apt: Apt<'a>) -> std::io::Result<Vec<AptSource<'a>>> {
    let mut paragraphs = Paragraphs::new(text.as_bytes());
    let mut sources = Vec::new();
    while let Some(paragraph) = paragraphs.next()? {
        sources.extend(from_paragraph(&paragraph, apt));
    }
    Ok(sources)
}

fn from_paragraph<'a>(paragraph: &Paragraph, apt: Apt<'a>) -> Vec<AptSource<'a>> {
    let enabled = paragraph.get("Enabled").is_none_or(is_yes);
    let archive = paragraph.words("URIs").find_map(archive);
    let (Some(archive), true) = (archive, enabled && paragraph.words("Types").any(|kind| kind == "deb"))
    else {
        return Vec::new();
    };
    let suites = paragraph.words("Suites").filter(|suite| !suite.ends_with('/'));
    let source = |suite: &str| AptSource {
        archive: archive.clone(),
        suite: suite.to_owned(),
        components: paragraph.words("Components").map(str::to_owned).collect(),
        keys: paragraph.get("Signed-By").map_or(Keys::Trusted, signed_by),
        apt,
        check_valid_until: paragraph.get("Check-Valid-Until").is_none_or(is_yes),
        architectures: paragraph.get("Architectures").map(names).unwrap_or_default(),
    };
    suites.map(source).collect()
}

/// The URL of a source that can be fetched here: not a disc, and not a transport that only apt has.
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

/// `Signed-By`: paths, fingerprints, or a key itself, whose empty lines are written as dots.
fn signed_by(value: &str) -> Keys {
    if value.contains("-----BEGIN PGP") {
        let line = |line: &str| match line.trim() {
            "." => String::new(),
            line => line.to_owned(),
        };
        return Keys::Inline(value.lines().map(|text| line(text) + "\n").collect());
    }
    let words = names(value);
    let is_path = |word: &&String| word.contains(['/', '.']);
    let files: Vec<PathBuf> = words.iter().filter(is_path).map(PathBuf::from).collect();
    match files.is_empty() {
        true => Keys::Fingerprints(
            words.iter().map(|word| word.trim_end_matches('!').to_ascii_lowercase()).collect(),
        ),
        false => Keys::Files(files),
    }
}

/// A list, separated by commas or spaces.
fn names(value: &str) -> Vec<String> {
    value.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// As apt's StringToBool: `no`, `false`, `without`, `off`, `disable` and `0` are false.
fn is_yes(value: &str) -> bool {
    !matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "no" | "false" | "without" | "off" | "disable" | "0"
    )
}

#[cfg(test)]
mod tests;
