//! `index.db` of pnpm 11 and 12. In: its folder. Out: values by key.
//!
//! The database may be in use, and its newest rows may be in the write-ahead log next to it, which SQLite reads only if
//! it can write. File and log are therefore copied and the copy is opened. A copy taken during a change lacks rows at
//! worst.

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
    /// Opens the database of a store; `None` if there is no valid one.
    pub(super) fn open(folder: &Path, tmp: &Path) -> Result<Option<Database>> {
        let file = folder.join("index.db");
        if !file.is_file() {
            return Ok(None);
        }
        let copy = TempDir::new_in(tmp)?;
        let path = copy.path().join("index.db");
        fs_err::copy(&file, &path)?;
        // pnpm removes the log when it ends, possibly at this moment.
        match fs_err::copy(folder.join("index.db-wal"), copy.path().join("index.db-wal")) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags);
        Ok(opened.ok().map(|connection| Database { connection: Mutex::new(connection), _copy: copy }))
    }

    /// The value of a key; `None` if the database is damaged.
    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare("SELECT data FROM package_index WHERE key = ?1").ok()?;
        statement.query_row([key], |row| row.get(0)).ok()
    }
}
