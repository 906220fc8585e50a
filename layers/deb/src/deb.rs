//! A .deb file (deb(5)): ar with `debian-binary`, `control.tar` and `data.tar`. In: a verified file of the store. Out:
//! its control file, and the entries of its data in sequence. Nothing is unpacked here, and this module must not know
//! the entries' targets.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use fourply_rootfs::RootfsError;
use fourply_rootfs::stream::plain;
use fourply_rootfs::tarball::{Sequential, TarEntry, TarKind, TarReader, normalise};

use crate::control::{Paragraph, Paragraphs};
use crate::error::{DebianError, Result};

/// The size limit in bytes of a control file, list of checksums or list of configuration files; Debian's largest has 3
/// MB.
const MAX_CONTROL: u64 = 32 << 20;
/// The most entries in a control.tar.
const MAX_CONTROL_ENTRIES: usize = 1000;
const HEADER: usize = 60;

/// A package's file, opened once to find its parts.
#[derive(Debug, Clone)]
pub(crate) struct DebFile {
    path: PathBuf,
    /// The file's name in messages.
    pub name: String,
    control: ArMember,
    data: ArMember,
}

/// The location of a member's bytes in the file.
#[derive(Debug, Clone, Copy)]
struct ArMember {
    start: u64,
    size: u64,
}

/// The contents of control.tar.
#[derive(Debug, Clone, Default)]
pub(crate) struct Control {
    /// The file `control`.
    pub paragraph: Paragraph,
    /// The file `md5sums`: lines of a digest, two spaces and a path without a leading slash.
    pub md5sums: String,
    /// The absolute paths in the file `conffiles`.
    pub conffiles: Vec<String>,
    /// The names of its maintainer scripts: `preinst`, `postinst`.
    pub scripts: Vec<String>,
    /// The file `triggers`: lines of a directive and a trigger's name.
    pub triggers: String,
}

/// The entries of a data.tar.
pub(crate) struct Data {
    tar: TarReader<Sequential<Box<dyn Read + Send>>>,
    name: String,
}

impl DebFile {
    /// Finds the parts of a package. `name` is its name in messages.
    ///
    /// # Errors
    /// If it is not a Debian package of format 2.
    pub(crate) fn open(path: &Path, name: &str) -> Result<Self> {
        let fault = |reason: &str| DebianError::package(name, "", reason);
        let mut file = fs_err::File::open(path)?.into_parts().0;
        let mut magic = [0; 8];
        file.read_exact(&mut magic)
            .ok()
            .filter(|()| magic == *b"!<arch>\n")
            .ok_or_else(|| fault("it is no ar archive"))?;
        let mut members = BTreeMap::new();
        let end = file.metadata()?.len();
        let mut at = magic.len() as u64;
        // As with dpkg, members after data.tar are ignored.
        while at < end && !members.contains_key("data.tar") {
            let (member, size) =
                header(&mut file).ok_or_else(|| fault("a header of its ar archive is damaged"))?;
            let start = at + HEADER as u64;
            let stop = start
                .checked_add(size)
                .filter(|stop| *stop <= end)
                .ok_or_else(|| fault("it ends too early"))?;
            let plain = ["", ".gz", ".xz", ".zst"]
                .iter()
                .find_map(|form| member.strip_suffix(form).filter(|p| p.ends_with(".tar")));
            members.insert(plain.unwrap_or(&member).to_owned(), ArMember { start, size });
            at = stop + stop % 2;
            file.seek(SeekFrom::Start(at))?;
        }
        let deb = |part: &str| {
            members.get(part).copied().ok_or_else(|| fault(&format!("it has no {part} that can be read")))
        };
        let version = deb("debian-binary")?;
        let found = Self {
            path: path.into(),
            name: name.into(),
            control: deb("control.tar")?,
            data: deb("data.tar")?,
        };
        let mut text = String::new();
        found.read(version)?.take(16).read_to_string(&mut text)?;
        match text.starts_with("2.") {
            true => Ok(found),
            false => Err(fault(&format!("its format is {:?}, not 2.0", text.trim_end()))),
        }
    }

    fn read(&self, member: ArMember) -> Result<Take<File>> {
        let mut file = fs_err::File::open(&self.path)?.into_parts().0;
        file.seek(SeekFrom::Start(member.start))?;
        Ok(file.take(member.size))
    }

    fn tar(&self, member: ArMember, what: &str) -> Result<TarReader<Sequential<Box<dyn Read + Send>>>> {
        let reader = BufReader::with_capacity(1 << 16, self.read(member)?);
        let (_, stream) = plain(reader).map_err(|error| DebianError::package(&self.name, what, error))?;
        Ok(TarReader::new(Sequential(stream), &self.name))
    }

    /// Reads the control.tar.
    ///
    /// # Errors
    /// If it is damaged or has no control file.
    pub(crate) fn control(&self) -> Result<Control> {
        let mut tar = self.tar(self.control, "control.tar")?;
        let mut control = Control::default();
        let mut text = String::new();
        for _ in 0..MAX_CONTROL_ENTRIES {
            let Some(entry) = tar.next().map_err(|error| self.fault(error))? else { break };
            let file = entry.path.trim_start_matches("./").to_owned();
            let mut content = || -> Result<String> {
                if entry.kind != TarKind::File || entry.size > MAX_CONTROL {
                    return Err(DebianError::package(&self.name, &file, "it is no file, or too large"));
                }
                let bytes = tar.head(entry.size).map_err(|error| self.fault(error))?;
                String::from_utf8(bytes).map_err(|error| DebianError::package(&self.name, &file, error))
            };
            match file.as_str() {
                "control" => text = content()?,
                "md5sums" => control.md5sums = content()?,
                "conffiles" => control.conffiles = conffiles(&content()?),
                "triggers" => control.triggers = content()?,
                "preinst" | "postinst" => control.scripts.push(file),
                _ => {}
            }
        }
        let paragraph = Paragraphs::new(text.as_bytes()).next();
        let paragraph = paragraph.map_err(|error| DebianError::package(&self.name, "control", error))?;
        control.paragraph =
            paragraph.ok_or_else(|| DebianError::package(&self.name, "control", "it is missing or empty"))?;
        control.scripts.sort_unstable();
        Ok(control)
    }

    /// The text of a maintainer script, if the package has it; `None` if it is not text.
    ///
    /// # Errors
    /// If the control.tar is damaged.
    pub(crate) fn script(&self, name: &str) -> Result<Option<String>> {
        let mut tar = self.tar(self.control, "control.tar")?;
        for _ in 0..MAX_CONTROL_ENTRIES {
            let Some(entry) = tar.next().map_err(|error| self.fault(error))? else { break };
            if entry.path.trim_start_matches("./") == name && entry.size <= MAX_CONTROL {
                let bytes = tar.head(entry.size).map_err(|error| self.fault(error))?;
                return Ok(String::from_utf8(bytes).ok());
            }
        }
        Ok(None)
    }

    /// Starts reading the data.tar.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn data(&self) -> Result<Data> {
        Ok(Data { tar: self.tar(self.data, "data.tar")?, name: self.name.clone() })
    }

    fn fault(&self, error: RootfsError) -> DebianError {
        fault(&self.name, error)
    }
}

impl Data {
    /// The next entry with its cleaned path; a path of `None` means the root. Returns `None` at the end.
    ///
    /// # Errors
    /// If the archive is damaged, has a path that is absolute or leads out of it, or a kind of entry that packages must
    /// not contain: a device or a pipe.
    pub(crate) fn next(&mut self) -> Result<Option<(TarEntry, Option<String>)>> {
        let Some(entry) = self.tar.next().map_err(|error| fault(&self.name, error))? else { return Ok(None) };
        let refuse = |reason: &str| Err(DebianError::package(&self.name, &entry.path, reason));
        if entry.path.starts_with('/') {
            return refuse("its path is absolute");
        }
        if entry.kind == TarKind::Other {
            return refuse("it is a device, a pipe, or nothing that is known");
        }
        match normalise(&entry.path) {
            Ok(path) => Ok(Some((entry, path))),
            Err(reason) => refuse(reason),
        }
    }

    /// The content of the current entry.
    pub(crate) fn content(&mut self) -> impl Read + '_ {
        self.tar.body()
    }
}

fn fault(name: &str, error: RootfsError) -> DebianError {
    match error {
        RootfsError::Layer { path, reason, .. } => DebianError::package(name, &path, reason),
        other => DebianError::package(name, "", other),
    }
}

/// One ar header: the member's name without GNU's slash, and its size.
fn header(file: &mut impl Read) -> Option<(String, u64)> {
    let mut header = [0; HEADER];
    file.read_exact(&mut header).ok()?;
    let text = std::str::from_utf8(&header).ok().filter(|text| text.ends_with("`\n"))?;
    let name = text.get(..16)?.trim_end().trim_end_matches('/').to_owned();
    Some((name, text.get(48..58)?.trim_end().parse().ok()?))
}

/// Lines of absolute paths. A path after a flag such as `remove-on-upgrade` is not kept.
fn conffiles(text: &str) -> Vec<String> {
    text.lines().map(str::trim_end).filter(|line| line.starts_with('/')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
