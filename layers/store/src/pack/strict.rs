//! Package archives in which a file is executable only if everybody may execute it, as in older pnpm versions.
//!
//! In: an archive. Out: the same archive, or one derived from it.

use fourply_blob::{Inputs as _, Key};

use super::{PackBuilder, PackKind};
use crate::{Result, Store};

fourply_blob::inputs! {
    struct StrictInputs<'a>: "pack whose executables all may execute", rules 1 {
        pack: &'a Key,
    }
}

impl Store {
    /// The archive in which files are executable only if everybody may execute them.
    ///
    /// # Errors
    /// If the archive is missing or damaged, or the new one cannot be written.
    pub fn executable_by_everybody(&self, id: &Key) -> Result<Key> {
        let pack = self.open_pack(id)?;
        if !pack.entries().iter().any(|entry| entry.partly) {
            return Ok(*id);
        }
        let key = StrictInputs { pack: id }.key();
        if let Some(known) = self.derived_pack(&key)? {
            return Ok(known);
        }
        let mut builder = PackBuilder::spooling(self);
        for entry in pack.entries() {
            match &entry.kind {
                PackKind::Symlink { target } => builder.add_symlink(&entry.path, target)?,
                PackKind::File { executable } => {
                    let mut file = builder.begin_file(&entry.path, *executable && !entry.partly)?;
                    file.write(&pack.bytes(entry)?)?;
                }
            }
        }
        let strict = builder.save(self)?;
        self.record_derived(&key, &strict)?;
        Ok(strict)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::ExecutableBy;

    #[test]
    fn a_file_that_some_may_execute_is_executable_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let mut builder = PackBuilder::new();
        for (path, mode) in [("a", 0o644), ("b", 0o744), ("c", 0o755)] {
            builder.begin_file(path, ExecutableBy::of_mode(mode)).unwrap().write(path.as_bytes()).unwrap();
        }
        let pack = builder.save(&store).unwrap();
        let executable = |id: &Key| -> Vec<bool> {
            let pack = store.open_pack(id).unwrap();
            pack.entries().iter().map(|it| it.kind == PackKind::File { executable: true }).collect()
        };
        assert_eq!(executable(&pack), [false, true, true]);
        let strict = store.executable_by_everybody(&pack).unwrap();
        assert_eq!(executable(&strict), [false, false, true]);
        // An archive without such files is returned unchanged. A derived one is created only once.
        assert_eq!(store.executable_by_everybody(&strict).unwrap(), strict);
        assert_eq!(store.executable_by_everybody(&pack).unwrap(), strict);
    }
}
