//! Ctrl-C and SIGTERM: running scripts are told to stop, what was half written is removed, and the program ends with 130 or 143. The store
//! needs none of it: what a killed build leaves in its `tmp/` is never used, and swept later.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static REQUESTED: AtomicBool = AtomicBool::new(false);
static BUSY: AtomicUsize = AtomicUsize::new(0);
static INSTALLED: OnceLock<()> = OnceLock::new();

/// How long scripts have to end before the program goes without them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the user asked to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Marks the beginning of work that watches [`requested`] and ends by itself, processes and all: the program waits for it.
pub fn begin_scripts() {
    BUSY.fetch_add(1, Ordering::SeqCst);
}

/// Marks the end of such work.
pub fn end_scripts() {
    BUSY.fetch_sub(1, Ordering::SeqCst);
}

/// A path that is removed if the program is interrupted while this value lives.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Marks `path` as half written.
    pub fn mark(path: &Path) -> Unfinished {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf());
        Unfinished(path.to_path_buf())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// What a command does whose work ended because the user asked to: leaves the end, and its exit code, to the one that listens.
pub fn end() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts to listen. Called once, by `main`; a system that refuses keeps its own behaviour.
pub fn install() {
    INSTALLED.get_or_init(|| {
        let _ = std::thread::Builder::new().name("signals".into()).spawn(listen);
    });
}

fn listen() {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    let signal = runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).ok()?;
        let mut terminate = signal(SignalKind::terminate()).ok()?;
        tokio::select! {
            _ = interrupt.recv() => Some(130),
            _ = terminate.recv() => Some(143),
        }
    });
    let Some(code) = signal else { return };
    REQUESTED.store(true, Ordering::SeqCst);
    let step = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    while BUSY.load(Ordering::SeqCst) > 0 && waited < PATIENCE {
        std::thread::sleep(step);
        waited += step;
    }
    remove_unfinished();
    eprintln!("error: interrupted; the store is whole, and nothing half-written was left");
    std::process::exit(code);
}

fn remove_unfinished() {
    let unfinished = std::mem::take(&mut *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner));
    for path in unfinished {
        let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
    }
}
