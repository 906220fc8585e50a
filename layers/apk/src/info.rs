//! A package's `.PKGINFO`: lines of `key = value`. In: its text. Out: complete data of the package, so that a database
//! of installed packages needs no index. Source of the keys: apk-package(5), abuild.

use std::fmt::Write as _;

use crate::dependency::ApkDependency;
use crate::record::{Identity, check_name};

/// A parsed `.PKGINFO`. Dependencies are kept as text, in addition to their parsed form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Info {
    pub name: String,
    pub version: String,
    pub architecture: String,
    pub installed_size: u64,
    pub description: String,
    pub url: String,
    pub licence: String,
    pub origin: String,
    pub maintainer: String,
    pub build_time: String,
    pub commit: String,
    pub priority: u32,
    pub depends: Vec<String>,
    pub provides: Vec<String>,
    pub install_if: Vec<String>,
    pub replaces: Vec<String>,
    pub replaces_priority: u32,
    pub triggers: Vec<String>,
    /// SHA-256 of the compressed data member, in hexadecimal.
    pub data_hash: String,
}

impl Info {
    /// Parses the text.
    ///
    /// # Errors
    /// The line number, and what is wrong with the line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut info = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |reason: &str| format!("line {}: {line:?} {reason}", number + 1);
            let (key, value) = line.split_once('=').ok_or_else(|| at("has no equals sign"))?;
            info.add(key.trim(), value.trim()).map_err(|reason| at(&reason))?;
        }
        check_name(&info.name, &info.version)?;
        Ok(info)
    }

    fn add(&mut self, key: &str, value: &str) -> Result<(), String> {
        let text = || value.to_owned();
        let small = || value.parse::<u32>().map_err(|_| "has no number".to_owned());
        let words = |list: &mut Vec<String>| {
            list.extend(value.split_ascii_whitespace().map(str::to_owned));
            ApkDependency::parse_all(value).map(drop)
        };
        match key {
            "pkgname" => self.name = text(),
            "pkgver" => self.version = text(),
            "arch" => self.architecture = text(),
            "size" => self.installed_size = value.parse().map_err(|_| "has no number")?,
            "pkgdesc" => self.description = text(),
            "url" => self.url = text(),
            "license" => self.licence = text(),
            "origin" => self.origin = text(),
            "maintainer" => self.maintainer = text(),
            "builddate" => self.build_time = text(),
            "commit" => self.commit = text(),
            "provider_priority" => self.priority = small()?,
            "replaces_priority" => self.replaces_priority = small()?,
            "depend" => words(&mut self.depends)?,
            "provides" => words(&mut self.provides)?,
            "install_if" => words(&mut self.install_if)?,
            "replaces" => words(&mut self.replaces)?,
            "triggers" => self.triggers.extend(value.split_ascii_whitespace().map(str::to_owned)),
            "datahash" => self.data_hash = value.to_ascii_lowercase(),
            _ => {}
        }
        Ok(())
    }

    /// The lines of the database for this package, without those of its files, in apk's order. A package for any
    /// architecture gets the repository's, as in an index.
    pub(crate) fn lines(&self, identity: &Identity, size: u64, architecture: &str) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "C:{identity}\nP:{}\nV:{}", self.name, self.version);
        let mut line = |letter: char, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(text, "{letter}:{value}");
            }
        };
        let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
        line('A', if self.architecture == "noarch" { architecture } else { &self.architecture });
        line('S', &size.to_string());
        line('I', &self.installed_size.to_string());
        for (letter, value) in
            [('T', &self.description), ('U', &self.url), ('L', &self.licence), ('o', &self.origin)]
        {
            line(letter, value);
        }
        for (letter, value) in [('m', &self.maintainer), ('t', &self.build_time), ('c', &self.commit)] {
            line(letter, value);
        }
        line('k', &number(self.priority));
        let lists =
            [('D', &self.depends), ('p', &self.provides), ('i', &self.install_if), ('r', &self.replaces)];
        for (letter, words) in lists {
            line(letter, &words.join(" "));
        }
        line('q', &number(self.replaces_priority));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_faults_named() {
        let info = Info::parse(
            "# x\npkgname = a\npkgver = 1-r0\ndepend = b\ndepend = so:c=1\ntriggers = /bin /lib/*\n",
        )
        .unwrap();
        assert_eq!((info.depends, info.triggers.len()), (vec!["b".to_owned(), "so:c=1".to_owned()], 2));
        for (text, part) in [
            ("pkgname = a\n", "version"),
            ("x\n", "line 1"),
            ("pkgname = a/b\npkgver = 1\n", "name"),
            ("size = x\n", "number"),
        ] {
            assert!(Info::parse(text).unwrap_err().contains(part));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "((pkgname|pkgver|depend|size|.{0,4}) ?= ?.{0,8}\n){0,8}") {
            let _ = Info::parse(&text);
        }
    }
}
