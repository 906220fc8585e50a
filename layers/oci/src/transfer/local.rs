//! An OCI layout as an origin: a folder, or a plain tar whose members are read in place. In: a path. Out: the images in
//! its index by name, and their referrers. No name from an archive is ever used as a path on this host. Source: OCI
//! image specification, image-layout.md.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use fourply_blob::{Digest, Reason};
use fourply_platform::Platform;
use serde_json::Value;

use super::error::TransferError;
use super::origin::Origin;
use super::platforms::platform;
use crate::blob::{Blob, BlobContent};
use crate::companion::companion_of;
use crate::descriptor::Descriptor;
use crate::manifest::Manifest;
use crate::media_type;
use crate::referrer::Referrer;

/// The size limit of an index or manifest, in bytes.
const MAX_DOCUMENT: u64 = 16 << 20;
/// The document of a bundle that may leave blobs out.
pub(crate) const BUNDLE: &str = "fourply-bundle.json";
/// The annotation with an image's name.
const REF_NAME: &str = oci_spec::image::ANNOTATION_REF_NAME;

/// For an archive: the offset and size of each member, in bytes.
type Members = BTreeMap<String, (u64, u64)>;

/// Selects an image of the layout.
#[derive(Debug, Clone)]
enum Choice {
    Only,
    Name(String),
    Digest(Digest),
}

/// An entry whose name is a companion tag of a manifest.
#[derive(Debug, Clone)]
struct Companion {
    /// The name up to the tag, with the colon; empty if the name is only a tag.
    repository: String,
    tag: String,
    descriptor: Descriptor,
}

/// A layout whose index was read and checked. Its blobs are located on request.
#[derive(Debug, Clone)]
pub struct Local {
    path: PathBuf,
    /// `None` for a folder.
    members: Option<Members>,
    entries: Vec<LocalEntry>,
    referrers: BTreeMap<Digest, Vec<Referrer>>,
    companions: BTreeMap<Digest, Vec<Companion>>,
    choice: Choice,
    /// Blobs that were left out on purpose: the image of the target that should have the blob, if any, and the file
    /// that the blob becomes.
    absent: BTreeMap<Digest, (Option<String>, PathBuf)>,
}

/// One entry of a layout's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEntry {
    /// The entry's manifest or index.
    pub descriptor: Descriptor,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The artifact type, if the index has it.
    pub artifact_type: Option<String>,
    /// The platform, if the index has it.
    pub platform: Option<Platform>,
    /// Whether it is included only as a referrer of another entry.
    pub is_referrer: bool,
    /// Whether its name is a companion tag of another entry, such as a cosign signature.
    pub is_companion: bool,
}

impl LocalEntry {
    /// Whether it is a named image: not a referrer, a companion or an included store.
    pub fn is_image(&self) -> bool {
        self.name.is_some() && !self.is_companion && !self.is_store()
    }

    /// Whether it is an included store.
    pub fn is_store(&self) -> bool {
        self.artifact_type.as_deref() == Some(media_type::STORE_ARTIFACT)
    }
}

impl Local {
    /// Opens a layout in a folder.
    ///
    /// # Errors
    /// If there is no layout, or it cannot be read in place.
    pub fn folder(path: &Path) -> Result<Local, TransferError> {
        Local::new(path, None)
    }

    /// Opens a layout in a plain tar.
    ///
    /// # Errors
    /// Those of [`Local::folder`].
    pub fn archive(path: &Path) -> Result<Local, TransferError> {
        Local::new(path, Some(members(path)?))
    }

    /// Opens a folder or an archive, whichever exists.
    ///
    /// # Errors
    /// Those of [`Local::folder`].
    pub fn open(path: &Path) -> Result<Local, TransferError> {
        if path.is_dir() { Local::folder(path) } else { Local::archive(path) }
    }

    /// Selects the image with this name. By default, and without [`Local::with_digest`], the layout must have one
    /// image.
    #[must_use]
    pub fn with_name(self, name: &str) -> Local {
        Local { choice: Choice::Name(name.to_owned()), ..self }
    }

    /// Selects the image with this digest.
    #[must_use]
    pub fn with_digest(self, digest: Digest) -> Local {
        Local { choice: Choice::Digest(digest), ..self }
    }

    fn new(path: &Path, members: Option<Members>) -> Result<Local, TransferError> {
        let mut local = Local {
            path: path.to_path_buf(),
            members,
            entries: Vec::new(),
            referrers: BTreeMap::new(),
            companions: BTreeMap::new(),
            choice: Choice::Only,
            absent: BTreeMap::new(),
        };
        let mark: Value = local.json("oci-layout")?;
        if !mark.get("imageLayoutVersion").and_then(Value::as_str).is_some_and(|text| text.starts_with("1."))
        {
            return Err(local.fault("its \"oci-layout\" has a version that is not known"));
        }
        local.read_index()?;
        Ok(local)
    }

    fn read_index(&mut self) -> Result<(), TransferError> {
        let index: Value = self.json("index.json")?;
        let list = index.get("manifests").and_then(Value::as_array);
        for entry in list.ok_or_else(|| self.fault("its index lists no images"))? {
            let descriptor: Descriptor = serde_json::from_value(entry.clone()).map_err(|error| {
                self.fault(Reason::because("an entry of its index is no descriptor", error))
            })?;
            let name = entry.get("annotations").and_then(|all| all.get(REF_NAME)).and_then(Value::as_str);
            let artifact_type = entry.get("artifactType").and_then(Value::as_str).map(str::to_owned);
            let subject = self.manifest(&descriptor)?.subject();
            if let Some(subject) = subject {
                let annotations = BTreeMap::new();
                let referrer = Referrer {
                    descriptor: descriptor.clone(),
                    artifact_type: artifact_type.clone(),
                    annotations,
                };
                self.referrers.entry(subject).or_default().push(referrer);
            }
            let is_referrer = subject.is_some() && name.is_none();
            let (repository, tag) = split(name.unwrap_or_default());
            let speaks_of = companion_of(tag);
            if let Some(subject) = speaks_of {
                let (repository, tag) = (repository.to_owned(), tag.to_owned());
                let companion = Companion { repository, tag, descriptor: descriptor.clone() };
                self.companions.entry(subject).or_default().push(companion);
            }
            self.entries.push(LocalEntry {
                descriptor,
                name: name.map(str::to_owned),
                artifact_type,
                platform: entry.get("platform").and_then(platform),
                is_referrer,
                is_companion: speaks_of.is_some(),
            });
        }
        Ok(())
    }

    /// All entries of the index, in order.
    pub fn entries(&self) -> &[LocalEntry] {
        &self.entries
    }

    /// Declares which blobs are not here, and the file that each becomes. If an image of the target has the blob, it is
    /// fetched from there when needed. Without such an image, the file is created before it is needed.
    pub fn leave_out(&mut self, absent: BTreeMap<Digest, (Option<String>, PathBuf)>) {
        self.absent = absent;
    }

    /// A small file at the layout's top, if it exists.
    ///
    /// # Errors
    /// If it cannot be read or is too large.
    pub fn file(&self, name: &str) -> Result<Option<Vec<u8>>, TransferError> {
        match self.find(name) {
            Some((path, start, size)) => self.read(&path, start, size, name).map(Some),
            None => Ok(None),
        }
    }

    /// The location of a file: its path, its offset there, and its size in bytes.
    fn find(&self, name: &str) -> Option<(PathBuf, Option<u64>, u64)> {
        match &self.members {
            Some(members) => members.get(name).map(|(start, size)| (self.path.clone(), Some(*start), *size)),
            None => {
                let path = self.path.join(name);
                let meta = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
                Some((path, None, meta.len()))
            }
        }
    }

    fn read(&self, path: &Path, start: Option<u64>, size: u64, name: &str) -> Result<Vec<u8>, TransferError> {
        if size > MAX_DOCUMENT {
            return Err(self.fault(format!("{name} has {size} bytes, which is too much")));
        }
        let read = || {
            let mut file = fs_err::File::open(path)?;
            file.seek(SeekFrom::Start(start.unwrap_or(0)))?;
            let mut bytes = Vec::new();
            file.take(size).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|source| TransferError::Io { what: name.to_owned(), source })
    }

    fn json(&self, name: &str) -> Result<Value, TransferError> {
        let bytes = self.file(name)?.ok_or_else(|| self.fault(format!("it has no {name:?}")))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| self.fault(Reason::because(format!("its {name} is no JSON"), error)))
    }

    fn fault(&self, reason: impl Into<Reason>) -> TransferError {
        TransferError::Layout { path: self.path.clone(), reason: reason.into() }
    }

    /// The selected entry.
    fn chosen(&self) -> Result<&LocalEntry, TransferError> {
        let named = matches!(self.choice, Choice::Name(_) | Choice::Digest(_));
        let counts = |entry: &&LocalEntry| !entry.is_referrer && (named || !entry.is_companion);
        let own: Vec<&LocalEntry> = self.entries.iter().filter(counts).collect();
        let fits = |entry: &&&LocalEntry| match &self.choice {
            Choice::Only => true,
            Choice::Name(name) => entry.name.as_ref() == Some(name),
            Choice::Digest(digest) => entry.descriptor.digest == *digest,
        };
        let found: Vec<&LocalEntry> = own.iter().filter(fits).copied().collect();
        let different: BTreeSet<Digest> = found.iter().map(|entry| entry.descriptor.digest).collect();
        match (found.first(), different.len()) {
            (Some(entry), 1) => Ok(entry),
            _ => Err(TransferError::Choice {
                path: self.path.clone(),
                wanted: match &self.choice {
                    Choice::Only => "alone".to_owned(),
                    Choice::Name(name) => format!("of the name {name}"),
                    Choice::Digest(digest) => format!("with {digest}"),
                },
                found: own.iter().filter_map(|entry| entry.name.clone()).collect(),
            }),
        }
    }
}

/// The name up to its tag, with the colon; and the tag. A name without a colon is a tag alone, the form that many tools
/// write.
fn split(name: &str) -> (&str, &str) {
    name.rfind(':').map_or(("", name), |at| name.split_at(at + 1))
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

impl Origin for Local {
    fn name(&self) -> String {
        match &self.choice {
            Choice::Name(name) => format!("{name} of {}", self.path.display()),
            _ => self.path.display().to_string(),
        }
    }

    fn root(&self) -> Result<Manifest, TransferError> {
        self.manifest(&self.chosen()?.descriptor)
    }

    fn manifest(&self, descriptor: &Descriptor) -> Result<Manifest, TransferError> {
        Ok(Manifest::new(&descriptor.media_type, self.bytes(descriptor)?))
    }

    fn referrers(&self, subject: &Digest) -> Result<Vec<Referrer>, TransferError> {
        Ok(self.referrers.get(subject).cloned().unwrap_or_default())
    }

    fn companions(&self, subject: &Digest) -> Result<Vec<(String, Manifest)>, TransferError> {
        let all = self.companions.get(subject).map(Vec::as_slice).unwrap_or_default();
        let repository = match &self.choice {
            Choice::Name(name) => split(name).0,
            Choice::Only | Choice::Digest(_) => "",
        };
        // Several repositories may have signed the same manifest. The selected image's own tags have priority.
        let mut chosen: BTreeMap<&str, &Descriptor> = BTreeMap::new();
        for one in all.iter().rev().chain(all.iter().filter(|one| one.repository == repository)) {
            chosen.insert(&one.tag, &one.descriptor);
        }
        let chosen = chosen.into_iter();
        chosen.map(|(tag, descriptor)| Ok((tag.to_owned(), self.manifest(descriptor)?))).collect()
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, TransferError> {
        let blob = |content, origin| Blob { descriptor: descriptor.clone(), content, origin };
        let digest = &descriptor.digest;
        match (self.find(&blob_name(digest)), self.absent.get(digest)) {
            (Some((path, start, size)), _) if size == descriptor.size => {
                let content = start.map_or_else(
                    || BlobContent::File(path.clone()),
                    |at| BlobContent::Part(path.clone(), at),
                );
                Ok(blob(content, None))
            }
            (Some((_, _, size)), _) => {
                Err(self.fault(format!("{digest} has {size} bytes, not {}", descriptor.size)))
            }
            (None, Some((image, path))) => Ok(blob(BlobContent::File(path.clone()), image.clone())),
            (None, None) if self.find(BUNDLE).is_some() => {
                Err(self.fault(format!("it is a bundle for a registry that has {digest}: publish it there")))
            }
            (None, None) => Err(self.fault(format!("the blob {digest} is missing"))),
        }
    }

    fn bytes(&self, descriptor: &Descriptor) -> Result<Vec<u8>, TransferError> {
        let name = blob_name(&descriptor.digest);
        let bytes = self.file(&name)?.ok_or_else(|| self.fault(format!("{name} is missing")))?;
        if Digest::of(&bytes) != descriptor.digest || bytes.len() as u64 != descriptor.size {
            return Err(self.fault(format!("{name} is damaged: its bytes are not of that digest")));
        }
        Ok(bytes)
    }
}

/// Opens without waiting for a pipe's writer.
fn opened(path: &Path) -> std::io::Result<fs_err::File> {
    Ok(fs_err::File::from_parts(fourply_store::open_file(path)?, path))
}

/// The offsets and sizes of a tar's members. Their bytes are not read.
fn members(path: &Path) -> Result<Members, TransferError> {
    let fault = |reason: Reason| TransferError::Layout { path: path.to_path_buf(), reason };
    let failed = |source| TransferError::Io { what: path.display().to_string(), source };
    let mut file = opened(path).map_err(failed)?;
    let mut head = [0; 4];
    let count = file.read(&mut head).map_err(failed)?;
    let head = head.get(..count).unwrap_or_default();
    if head.starts_with(&[0x1f, 0x8b]) || head == [0x28, 0xb5, 0x2f, 0xfd] {
        return Err(fault("it is compressed; unpack it first, with gunzip or unzstd".into()));
    }
    file.rewind().map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut tar = tar::Archive::new(BufReader::new(file));
    let broken = |error: std::io::Error| fault(Reason::because("it is no tar", error));
    let mut members = BTreeMap::new();
    for entry in tar.entries_with_seek().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        fourply_store::check_size_record(&mut entry).map_err(broken)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let (start, size) = (entry.raw_file_position(), entry.size());
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err(fault(
                format!("it ends within {name}: it was not written or copied to its end").into(),
            ));
        }
        if members.insert(name.clone(), (start, size)).is_some() {
            return Err(fault(format!("{name} is in it twice").into()));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests;
