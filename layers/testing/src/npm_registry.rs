//! The registry of the fixtures' made-up packages.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::fixtures;

/// A running registry at the port that the lockfiles expect; it ends with the last value that stands for it.
pub struct Registry(Child);

/// The one of this process: its tests run side by side and the port is one.
static RUNNING: Mutex<Weak<Registry>> = Mutex::new(Weak::new());

impl Registry {
    /// The registry that another test of this process started, or a new one. Waits while another process has the port.
    pub fn start() -> Arc<Registry> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = running.upgrade() {
            return registry;
        }
        let registry = (0..600).find_map(|_| {
            Registry::spawn().or_else(|| {
                std::thread::sleep(Duration::from_secs(1));
                None
            })
        });
        let registry = Arc::new(registry.expect("another process has had the port 4873 for ten minutes"));
        *running = Arc::downgrade(&registry);
        registry
    }

    fn spawn() -> Option<Registry> {
        let script = fixtures::dir().join("pnpm/registry.mjs");
        let mut command = Command::new("node");
        command.arg(&script).arg("4873").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.starts_with("ready") {
            return Some(Registry(child));
        }
        child.wait().unwrap();
        None
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies what is in a folder.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(format!("{}/.", from.display())).arg(to).status().unwrap();
    assert!(status.success());
}
