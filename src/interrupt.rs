//! Ctrl-C and SIGTERM: running scripts are told to stop, what was half written is removed, and the program ends with 130 or 143. The store
//! needs none of it: what a killed build leaves in its `tmp/` is never used, and swept later.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::report::say;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static BUSY: AtomicUsize = AtomicUsize::new(0);
/// The thread that listens, where there is one.
static LISTENER: Mutex<Option<JoinHandle<()>>> = Mutex::new(None);

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

/// What a command does whose work ended because the user asked to: leaves the end, and its exit code, to the one that listens.
pub fn end() -> ! {
    let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner).take();
    let _ = listener.map(JoinHandle::join);
    // The one that listens ends the program, unless a fault ended it first.
    std::process::exit(130)
}

/// Starts to listen. Called once, by `main`; a system that refuses keeps its own behaviour.
pub fn install() {
    let listener = std::thread::Builder::new().name("signals".into()).spawn(listen);
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = listener.ok();
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
    fourply_oci::unfinished::remove_all();
    let _ = crate::timings::write();
    say("error: interrupted; the store is whole, and nothing half-written was left");
    std::process::exit(code);
}
