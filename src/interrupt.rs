//! Ctrl-C and SIGTERM: running scripts are told to stop, what was half written is removed, and the program ends with 130 or 143. The store
//! needs none of it: what a killed build leaves in its `tmp/` is never used, and swept later.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

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
    fourply_oci::unfinished::remove_all();
    eprintln!("error: interrupted; the store is whole, and nothing half-written was left");
    std::process::exit(code);
}
