//! What install scripts left of a package. In: its folder on disk, and what the layout put there. Out: a pack.
//!
//! Taken is every file and link of the package's folder but what the layout put there. Folders without files and links out of the
//! package are not part of it: an install that takes the package from pnpm's store does not have them either.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fourply_blob::Key;
use fourply_modules::{Slot, Target};
use fourply_store::{Pack, PackBuilder, Store, StoreError};

use crate::elf;
use crate::sources::{is_executable, read_target, relative};
use crate::{DistError, Event, Report, Result};

/// One package whose scripts ran.
pub(super) struct Capture<'a> {
    /// The install's root.
    pub root: &'a Path,
    /// The package's slot.
    pub slot: &'a Slot,
    /// The package as it was published.
    pub published: &'a Pack,
    /// Paths of this machine, and what stands for them.
    pub replacements: &'a [(PathBuf, String)],
    /// What binaries have to run on.
    pub target: &'a Target,
    /// Who hears of what is left out.
    pub report: &'a dyn Report,
}

impl Capture<'_> {
    /// Keeps the package.
    pub(super) fn pack(&self, store: &Store) -> Result<Key> {
        self.warn_of_strays()?;
        let package = self.root.join(&self.slot.package_dir);
        let mut builder = PackBuilder::new();
        let mut folders = vec![package.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(&folder)? {
                let entry = entry?;
                let (full, kind) = (entry.path(), entry.file_type()?);
                let path = relative(&package, &full)?;
                if self.slot.nodes.contains_key(&format!("{}/{path}", self.slot.package_dir))
                    && !kind.is_dir()
                {
                    continue;
                }
                if kind.is_dir() {
                    folders.push(full);
                } else if kind.is_symlink() {
                    self.link(&mut builder, &self.path(path), &full)?;
                } else if kind.is_file() {
                    let bytes = self.file(&path, fs_err::read(&full)?)?;
                    builder.add_file(&self.path(path), is_executable(&entry.metadata()?), bytes)?;
                }
            }
        }
        Ok(builder.save(store)?)
    }

    fn link(&self, builder: &mut PackBuilder, path: &str, full: &Path) -> Result<()> {
        match builder.add_symlink(path, &read_target(full)?) {
            Err(StoreError::Path { reason, .. }) => {
                self.warn(&format!("left {path}, a link that is not taken: {reason}"));
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// make keeps its notes below the whole path of what it made.
    fn path(&self, path: String) -> String {
        match self.replaced(path.as_bytes()) {
            Cow::Borrowed(_) => path,
            Cow::Owned(bytes) => String::from_utf8(bytes).unwrap_or(path),
        }
    }

    /// A file's content as the image has it.
    fn file(&self, path: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let published = self.published.find(path).map(|entry| self.published.bytes(entry)).transpose()?;
        if published.as_deref() == Some(&*bytes) {
            return Ok(bytes);
        }
        if let Some(binary) = elf::inspect(&bytes) {
            // Objects of a compilation are for the same machine as what is linked from them.
            binary.check(self.target).map_err(|reason| DistError::ForeignBinary {
                package: self.slot.dep_path.to_string(),
                path: path.to_owned(),
                reason,
            })?;
            return Ok(bytes);
        }
        let text = !bytes.contains(&0);
        Ok(if text { self.replaced(&bytes).into_owned() } else { bytes })
    }

    fn replaced<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let mut text = Cow::Borrowed(bytes);
        for (from, to) in self.replacements {
            if let Some(changed) = replace(&text, from.as_os_str().as_encoded_bytes(), to.as_bytes()) {
                text = Cow::Owned(changed);
            }
        }
        text
    }

    /// Some scripts write beside their package, where only this install would have it.
    fn warn_of_strays(&self) -> Result<()> {
        let modules = format!("{}/node_modules/", self.slot.dir);
        let top = |path: &str| {
            path.strip_prefix(&modules).and_then(|rest| rest.split('/').next()).map(str::to_owned)
        };
        let nodes = self.slot.nodes.keys().map(String::as_str);
        let expected: BTreeSet<String> =
            nodes.chain([self.slot.package_dir.as_str()]).filter_map(top).collect();
        for entry in fs_err::read_dir(self.root.join(&modules))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !expected.contains(&name) && name != ".bin" {
                self.warn(&format!("wrote {name} beside it, which is not taken"));
            }
        }
        Ok(())
    }

    fn warn(&self, what: &str) {
        let text = format!("the install scripts of {} {what}", self.slot.dep_path);
        self.report.event(Event::Warning { text: &text });
    }
}

/// `bytes` with every `from` replaced; nothing where there is none.
pub(super) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let first = *from.first()?;
    let mut out: Option<Vec<u8>> = None;
    let (mut done, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..)?.iter().position(|byte| *byte == first) {
        let start = at + found;
        if bytes.get(start..)?.starts_with(from) {
            let out = out.get_or_insert_with(Vec::new);
            out.extend_from_slice(bytes.get(done..start)?);
            out.extend_from_slice(to);
            done = start + from.len();
            at = done;
        } else {
            at = start + 1;
        }
    }
    let mut out = out?;
    out.extend_from_slice(bytes.get(done..)?);
    Some(out)
}
