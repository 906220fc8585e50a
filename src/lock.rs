//! `fourply.lock`: what the names, versions and ranges of `[base]` led to, for each platform. Comes in: its text, or what a
//! base was made of. Goes out: the same in the other form, and what of it does not fit what is asked for now. It must not
//! know how a base is made.
//!
//! It also has what scripts download, as builds add it.
//!
//! The file is TOML, sorted, with each package in lines of its own, so that two changes of different packages merge.

mod asked;
mod changes;
mod downloads;
mod place;

use std::collections::BTreeMap;
use std::path::Path;

use fourply_base::{Base, Pins};
use fourply_blob::{Digest, Reason};
use fourply_scripts::DownloadLines;
use fourply_store::{InputKind, NpmVersion, read_file};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Error;
use crate::config::Config;
pub use asked::Asked;
pub(crate) use asked::BUILD_NODE;
use asked::REPOSITORIES;
pub(crate) use asked::asked;
use place::Place;

/// The name of the file, at the workspace's root.
pub const FILE_NAME: &str = "fourply.lock";
/// The version of its form.
const VERSION: u32 = 1;
const HEAD: &str = "# Written by `fourply lock`: what the base in fourply.toml is made of; and by builds: what scripts download.\n\
                    # Not to be edited, but that deleted downloads are asked for again.\n";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// 1.
    pub version: u32,
    /// What was asked for: keys of `[base]`, each with its words.
    #[serde(default)]
    pub asked: Asked,
    /// By platform: `linux/amd64`.
    #[serde(default)]
    pub platform: BTreeMap<String, Locked>,
    /// What scripts download.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    download: Vec<downloads::LockedDownload>,
}

impl Default for Lock {
    fn default() -> Lock {
        Lock { version: VERSION, asked: BTreeMap::new(), platform: BTreeMap::new(), download: Vec::new() }
    }
}

/// A base for one platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// What was asked for, where that is not what the other platforms were locked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// The digest that an image's name led to: of its index where it is for several platforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Digest>,
    /// The digest of the image's manifest for this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The package manager's name of the architecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// npm's node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NpmVersion>,
    /// The node that scripts run on, by the words of the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", rename = "build-node")]
    pub build_node: BTreeMap<String, String>,
    /// Alpine's packages by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub apk: BTreeMap<String, Apk>,
    /// Debian's packages by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deb: BTreeMap<String, Deb>,
    /// The packages that `[build] toolchain` adds for scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<Box<Locked>>,
}

/// One package of Alpine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apk {
    version: String,
    /// Its place in the order of installation.
    order: usize,
    url: Place,
    size: u64,
    identity: fourply_apk::Identity,
    sha256: Digest,
}

/// One package of Debian's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deb {
    version: String,
    architecture: String,
    url: Place,
    size: u64,
    sha256: Digest,
}

impl Lock {
    /// An empty lock of what is asked for.
    pub fn new(config: &Config) -> Lock {
        Lock { asked: asked(config), ..Lock::default() }
    }

    /// The lock of a workspace, if it has one.
    ///
    /// # Errors
    /// As [`Lock::parse`]; a file that cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Option<Lock>, Error> {
        let path = root.join(FILE_NAME);
        if !path.exists() {
            return Ok(None);
        }
        let text = String::from_utf8(read_file(&path, InputKind::OwnLockfile)?).map_err(|error| {
            let reason = Reason::because(format!("{FILE_NAME} cannot be read: it is no text"), error);
            Error::user(reason, "write it again with fourply lock")
        })?;
        Lock::parse(&text).map(Some)
    }

    /// What scripts download.
    ///
    /// # Errors
    /// Where a line says something that cannot be.
    pub(crate) fn downloads(&self) -> Result<DownloadLines, Error> {
        let again =
            "run fourply lock: it leaves the line out, and the next build downloads and locks it again";
        let wrong = |reason| Error::user(format!("{FILE_NAME} cannot be read: {reason}"), again);
        downloads::read(&self.download).map_err(wrong)
    }

    /// What can be read of a text that is no lock as a whole: the platforms that it is for, what scripts download, and how many of these lines
    /// cannot be read.
    pub(crate) fn salvaged(text: &str) -> (Vec<String>, DownloadLines, usize) {
        let platform = |line: &str| {
            let name = line.strip_prefix("[platform.\"")?.split('"').next()?;
            name.parse::<fourply_platform::Platform>().ok().map(|_| name.to_owned())
        };
        let platforms: std::collections::BTreeSet<String> = text.lines().filter_map(platform).collect();
        let (downloads, lost) = downloads::salvaged(text);
        (platforms.into_iter().collect(), downloads, lost)
    }

    /// Exchanges what scripts download.
    ///
    /// # Errors
    /// A URL that is none.
    pub(crate) fn set_downloads(&mut self, all: &DownloadLines) -> Result<(), Error> {
        let wrong =
            |error| Error::user(Reason::because(format!("{FILE_NAME} has no form"), error), "report this");
        self.download = downloads::lines(all).map_err(wrong)?;
        Ok(())
    }

    /// Reads the text.
    ///
    /// # Errors
    /// Where it is no lock, or one of a later version.
    pub fn parse(text: &str) -> Result<Lock, Error> {
        let again = "write it again with fourply lock";
        let lock: Lock = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or_else(String::new, |before| {
                format!("line {}: ", before.matches('\n').count() + 1)
            });
            let hint = match text.lines().any(|line| line.starts_with("<<<<<<< ")) {
                true => "a merge left it in conflict: take one side, and build; or write it again with fourply lock",
                false => again,
            };
            Error::user(format!("{FILE_NAME} cannot be read: {line}{}", error.message()), hint)
        })?;
        match lock.version {
            VERSION => Ok(lock),
            other => Err(Error::user(format!("{FILE_NAME} is of version {other}, not {VERSION}"), again)),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// Never, for what TOML can hold.
    pub fn to_text(&self) -> Result<String, Error> {
        let text = toml::to_string(self);
        let text = text.map_err(|error| {
            Error::user(Reason::because(format!("{FILE_NAME} has no form"), error), "report this")
        })?;
        Ok(format!("{HEAD}{text}"))
    }

    /// What was asked for when this platform was locked.
    pub(crate) fn asked_for(&self, platform: &str) -> &Asked {
        self.platform.get(platform).and_then(|locked| locked.asked.as_ref()).unwrap_or(&self.asked)
    }

    /// Locks a platform. The others stay as they are, and keep in mind what they were asked for.
    pub(crate) fn set(&mut self, platform: &str, asked: &Asked, locked: Locked) {
        if self.asked != *asked {
            let before = std::mem::replace(&mut self.asked, asked.clone());
            for other in self.platform.values_mut() {
                other.asked.get_or_insert_with(|| before.clone());
            }
            let settled = self.platform.values_mut().filter(|other| other.asked.as_ref() == Some(asked));
            settled.for_each(|other| other.asked = None);
        }
        self.platform.insert(platform.to_owned(), locked);
    }

    /// What is asked for now and was not when the lock of a platform was written, and the other way round; empty where nothing is.
    pub(crate) fn drift(&self, platform: &str, now: &Asked) -> Vec<String> {
        let before = self.asked_for(platform);
        let keys = before.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>();
        let words = |asked: &Asked, key: &str| asked.get(key).cloned().unwrap_or_default();
        let mut drift = Vec::new();
        for key in keys {
            let (before, after) = (words(before, key), words(now, key));
            drift.extend(
                after
                    .iter()
                    .filter(|word| !before.contains(word))
                    .map(|word| format!("{key} {word} is not locked")),
            );
            drift.extend(
                before
                    .iter()
                    .filter(|word| !after.contains(word))
                    .map(|word| format!("{key} {word} is locked, but not asked for")),
            );
        }
        drift
    }
}

impl Locked {
    /// What a base was made of, and the toolchain that is put on it, if any; in a workspace, for what is asked for.
    pub(crate) fn new(
        base: &Base,
        pins: &Pins,
        toolchain: Option<&Pins>,
        root: &Path,
        asked: &Asked,
    ) -> Locked {
        let words = REPOSITORIES.iter().filter_map(|key| asked.get(*key)).flatten();
        let folders: Vec<String> = words.cloned().collect();
        let place = |url: &Url| Place::new(url, root, &folders);
        let toolchain = toolchain.map(|pins| Box::new(Locked::of_packages(pins, &place)));
        Locked { image: base.pin, manifest: base.digest, toolchain, ..Locked::of_packages(pins, &place) }
    }

    fn of_packages(pins: &Pins, place: &dyn Fn(&Url) -> Place) -> Locked {
        let Pins { apk, debian, node } = pins;
        let mut locked = Locked { node: node.clone(), ..Locked::default() };
        if let Some(apk) = apk {
            locked.architecture = Some(apk.architecture.clone());
            let entry = |(order, pin): (usize, &fourply_apk::ApkPin)| {
                let fourply_apk::ApkPin { name, version, url, size, identity, sha256 } = pin.clone();
                (name, Apk { version, order, url: place(&url), size, identity, sha256 })
            };
            locked.apk = apk.packages.iter().enumerate().map(entry).collect();
        }
        if let Some(debian) = debian {
            locked.suite = Some(debian.suite.clone());
            locked.architecture = Some(debian.architecture.clone());
            let entry = |pin: &fourply_deb::DebPin| {
                let fourply_deb::DebPin { name, version, architecture, url, size, sha256 } = pin.clone();
                (name, Deb { version, architecture, url: place(&url), size, sha256 })
            };
            locked.deb = debian.packages.iter().map(entry).collect();
        }
        locked
    }

    /// The same, as a base is made of it, in a workspace.
    ///
    /// # Errors
    /// A place that is none.
    pub(crate) fn pins(&self, root: &Path) -> Result<Pins, Error> {
        let pins = self.pins_in(root);
        pins.map_err(|error| {
            let reason =
                Reason::because(format!("{FILE_NAME} names a place of a package that is none"), error);
            Error::user(reason, "write it again with fourply lock")
        })
    }

    fn pins_in(&self, root: &Path) -> Result<Pins, url::ParseError> {
        let mut pins = Pins { node: self.node.clone(), ..Pins::default() };
        let Some(architecture) = self.architecture.clone() else { return Ok(pins) };
        if let Some(suite) = self.suite.clone() {
            let packages =
                self.deb.iter().map(|(name, deb)| deb.pin(name, root)).collect::<Result<_, _>>()?;
            pins.debian = Some(fourply_deb::DebResolution { suite, architecture, packages });
        } else {
            let mut all: Vec<(&String, &Apk)> = self.apk.iter().collect();
            all.sort_by_key(|(_, apk)| apk.order);
            let packages =
                all.into_iter().map(|(name, apk)| apk.pin(name, root)).collect::<Result<_, _>>()?;
            pins.apk = Some(fourply_apk::ApkResolution { architecture, packages });
        }
        Ok(pins)
    }

    /// What of a base is not as it is locked.
    pub(crate) fn drift(&self, base: &Base, pins: &Pins) -> Vec<String> {
        let digest = |digest: &Option<Digest>| {
            digest.map_or_else(|| "nothing".to_owned(), |digest| digest.to_string())
        };
        // The others cannot differ: a locked build takes them from here.
        let Locked {
            asked: _,
            image: _,
            manifest,
            suite: _,
            architecture: _,
            node,
            build_node: _,
            apk: _,
            deb: _,
            toolchain: _,
        } = self;
        let mut drift = Vec::new();
        if *manifest != base.digest {
            drift.push(format!("the image is {}, but locked is {}", digest(&base.digest), digest(manifest)));
        }
        if *node != pins.node {
            let version =
                |node: &Option<NpmVersion>| node.as_ref().map_or("none", |node| &node.version).to_owned();
            drift.push(format!("node is {}, but locked is {}", version(&pins.node), version(node)));
        }
        drift
    }
}

impl Apk {
    fn pin(&self, name: &str, root: &Path) -> Result<fourply_apk::ApkPin, url::ParseError> {
        let Apk { version, url, size, identity, sha256, .. } = self.clone();
        Ok(fourply_apk::ApkPin {
            name: name.to_owned(),
            version,
            url: url.url(root)?,
            size,
            identity,
            sha256,
        })
    }
}

impl Deb {
    fn pin(&self, name: &str, root: &Path) -> Result<fourply_deb::DebPin, url::ParseError> {
        let Deb { version, architecture, url, size, sha256 } = self.clone();
        Ok(fourply_deb::DebPin {
            name: name.to_owned(),
            version,
            architecture,
            url: url.url(root)?,
            size,
            sha256,
        })
    }
}

#[cfg(test)]
mod tests;
