//! The registry of the fixtures' made-up packages.
#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::fixtures;

/// A running registry at the port that the lockfiles expect; it ends with this value.
pub struct Registry(Child);

impl Registry {
    /// Starts it, unless another test's is there; waits for up to a minute while one is about to end.
    pub fn start() -> Registry {
        let script = fixtures::dir().join("pnpm/registry.mjs");
        for _ in 0..60 {
            let mut child = Command::new("node")
                .arg(&script)
                .arg("4873")
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            if line.starts_with("ready") {
                return Registry(child);
            }
            child.wait().unwrap();
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        panic!("the port 4873 is taken");
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
