//! `index.db` of pnpm 11 and 12. In: the folder that holds it. Out: values by key.
//!
//! It may be in use, and its newest rows may be in the log beside it, which SQLite reads only where it may write. So file and log are copied
//! and the copy is opened; a copy that was taken in the middle of a change misses rows at worst.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::Result;

/// A copy of the database, removed when it is dropped.
pub(super) struct Database {
    connection: Mutex<Connection>,
    _copy: TempDir,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database(…)")
    }
}

impl Database {
    /// Opens the database of a store; `None` where there is none, or it is none.
    pub(super) fn open(folder: &Path, tmp: &Path) -> Result<Option<Database>> {
        let file = folder.join("index.db");
        if !file.is_file() {
            return Ok(None);
        }
        let copy = TempDir::new_in(tmp)?;
        let path = copy.path().join("index.db");
        fs_err::copy(&file, &path)?;
        // pnpm takes the log away when it ends, perhaps just now.
        match fs_err::copy(folder.join("index.db-wal"), copy.path().join("index.db-wal")) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags);
        Ok(opened.ok().map(|connection| Database { connection: Mutex::new(connection), _copy: copy }))
    }

    /// The value of a key. A damaged database has none.
    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare("SELECT data FROM package_index WHERE key = ?1").ok()?;
        statement.query_row([key], |row| row.get(0)).ok()
    }
}
