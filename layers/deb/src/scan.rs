//! One package, read once. In: its file. Out: its entries without their contents, except the few that the layout needs:
//! checksums of configuration files, certificates, and data for ldconfig.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use fourply_platform::elf::{self, Library};
use fourply_rootfs::LOCAL_CERTIFICATES;
use fourply_rootfs::tarball::TarEntry;
use md5::{Digest as _, Md5};

use crate::alternatives::{Choice, choices};
use crate::deb::{Control, DebFile};
use crate::error::{DebianError, Result};
use crate::libraries;
use crate::resolution::DebPin;
use crate::script::{Node, parse};
pub(crate) use fourply_rootfs::tarball::What;

/// The folder of ca-certificates.
pub(crate) const CERTIFICATES: &str = "usr/share/ca-certificates/";

/// The size limit of a certificate or text, in bytes.
const MAX_CERTIFICATE: u64 = 1 << 20;

/// The folder with packages' accounts for systemd-sysusers.
const SYSUSERS: &str = "usr/lib/sysusers.d/";

/// The size limit of a library in bytes, as for a base.
const MAX_LIBRARY: u64 = 256 << 20;

/// A package and all entries of its data.tar.
#[derive(Debug, Clone)]
pub(crate) struct Scanned {
    pub pin: DebPin,
    pub deb: DebFile,
    pub control: Control,
    /// In the order of the data.tar, so that an index means the same entry when it is read again.
    pub items: Vec<DebItem>,
    /// The MD5 of each configuration file, by its path without the leading slash.
    pub conffiles: BTreeMap<String, String>,
    /// Certificates in PEM, by path.
    pub certificates: BTreeMap<String, Vec<u8>>,
    /// Its shared libraries by path, if they are needed.
    pub libraries: BTreeMap<String, Library>,
    /// The contents by path of `/etc/ld.so.conf`, of the files that it includes, of the file that libc-bin's script
    /// copies, and of files for systemd-sysusers.
    pub texts: BTreeMap<String, Vec<u8>>,
    /// Its maintainer scripts by name, if they can be parsed.
    pub scripts: BTreeMap<&'static str, Vec<Node>>,
    /// The choices that its script registers with update-alternatives.
    pub choices: Vec<Choice>,
    /// The checksums of its files, if it contains none: dpkg then computes them.
    sums: Option<String>,
}

/// One entry of a data.tar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DebItem {
    /// As in the package, relative to the root; empty for the root itself.
    pub path: String,
    pub what: What,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// Reads the package at `path` completely, with its libraries if they are needed.
///
/// # Errors
/// If it is damaged, hostile, or not the package in the index.
pub(crate) fn scan(path: &Path, pin: &DebPin, with_libraries: bool) -> Result<Scanned> {
    let deb = DebFile::open(path, &pin.file_name())?;
    let control = deb.control()?;
    for (field, expected) in
        [("Package", &pin.name), ("Version", &pin.version), ("Architecture", &pin.architecture)]
    {
        let found = control.paragraph.get(field).unwrap_or_default();
        if found != expected {
            let reason = format!("its {field} is {found:?}, but the index says {expected:?}");
            return Err(DebianError::package(&deb.name, "control", reason));
        }
    }
    let mut scanned = Scanned {
        pin: pin.clone(),
        sums: control.md5sums.is_empty().then(String::new),
        items: Vec::new(),
        conffiles: BTreeMap::new(),
        certificates: BTreeMap::new(),
        libraries: BTreeMap::new(),
        texts: BTreeMap::new(),
        choices: deb.script("postinst")?.map(|script| choices(&script)).unwrap_or_default(),
        scripts: scripts(&deb, &control)?,
        control,
        deb,
    };
    let mut data = scanned.deb.data()?;
    while let Some((entry, path)) = data.next()? {
        let item = scanned.item(&entry, path.unwrap_or_default())?;
        match item.what {
            What::File(size) if with_libraries && size <= MAX_LIBRARY && libraries::reads(&item.path) => {
                let bytes = scanned.read_for_ldconfig(&item, &mut data.content())?;
                scanned.contents(&item, &mut bytes.as_slice())?;
            }
            _ => scanned.contents(&item, &mut data.content())?,
        }
        scanned.items.push(item);
    }
    if let Some(sums) = scanned.sums.take() {
        scanned.control.md5sums = sums;
    }
    Ok(scanned)
}

fn scripts(deb: &DebFile, control: &Control) -> Result<BTreeMap<&'static str, Vec<Node>>> {
    let mut scripts = BTreeMap::new();
    for name in ["preinst", "postinst"] {
        if control.scripts.iter().any(|script| script == name)
            && let Some(nodes) = deb.script(name)?.and_then(|text| parse(&text))
        {
            scripts.insert(name, nodes);
        }
    }
    Ok(scripts)
}

impl Scanned {
    /// Whether it activates a trigger.
    pub(crate) fn activates(&self, trigger: &str) -> bool {
        let mut lines = self.control.triggers.lines().map(|line| line.split_ascii_whitespace());
        lines.any(|mut words| {
            words.next().is_some_and(|word| word.starts_with("activate")) && words.next() == Some(trigger)
        })
    }

    fn item(&self, entry: &TarEntry, path: String) -> Result<DebItem> {
        let refuse = |reason: &str| DebianError::package(&self.deb.name, &entry.path, reason);
        let what = What::of(entry).map_err(refuse)?;
        if path.is_empty() && what != What::Directory {
            return Err(refuse("the root is no directory"));
        }
        Ok(DebItem { path, what, mode: entry.mode, uid: entry.uid, gid: entry.gid })
    }

    /// The content of a library, or of a file with the locations of libraries.
    fn read_for_ldconfig(&mut self, item: &DebItem, content: &mut dyn Read) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = content.read_to_end(&mut bytes);
        read.map_err(|error| DebianError::package(&self.deb.name, &item.path, error))?;
        if item.path.starts_with("etc/") || item.path == libraries::NSSWITCH {
            self.texts.insert(item.path.clone(), bytes.clone());
        } else if let Some(library) = elf::library(&bytes) {
            self.libraries.insert(item.path.clone(), library);
        }
        Ok(bytes)
    }

    fn contents(&mut self, item: &DebItem, content: &mut dyn Read) -> Result<()> {
        let What::File(size) = item.what else { return Ok(()) };
        let name = self.deb.name.clone();
        let fault = |error: std::io::Error| DebianError::package(&name, &item.path, error);
        if self.control.conffiles.iter().any(|path| path.get(1..) == Some(item.path.as_str())) {
            self.conffiles.insert(item.path.clone(), md5(content).map_err(fault)?);
        } else if size <= MAX_CERTIFICATE && (is_certificate(&item.path) || item.path.starts_with(SYSUSERS)) {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).map_err(fault)?;
            self.sum(&item.path, &mut bytes.as_slice()).map_err(fault)?;
            let is_text = item.path.starts_with(SYSUSERS);
            let kept = if is_text { &mut self.texts } else { &mut self.certificates };
            kept.insert(item.path.clone(), bytes);
        } else {
            self.sum(&item.path, content).map_err(fault)?;
        }
        Ok(())
    }

    /// Adds the checksum of a file, if the package contains none.
    fn sum(&mut self, path: &str, content: &mut dyn Read) -> std::io::Result<()> {
        if let Some(sums) = &mut self.sums {
            sums.push_str(&format!("{}  {path}\n", md5(content)?));
        }
        Ok(())
    }
}

fn is_certificate(path: &str) -> bool {
    let local = path.strip_prefix(LOCAL_CERTIFICATES).is_some_and(|rest| rest.starts_with('/'));
    (path.starts_with(CERTIFICATES) || local) && path.ends_with(".crt")
}

fn md5(content: &mut dyn Read) -> std::io::Result<String> {
    let mut sum = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(hex::encode(sum.finalize())),
            count => sum.update(buffer.get(..count).unwrap_or_default()),
        }
    }
}
