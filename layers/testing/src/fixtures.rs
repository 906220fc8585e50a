//! Where the shared test data lies: the one place that knows. It is no part of the project, so a test that needs
//! it is marked `#[ignore = "needs the fixtures"]`, and the test script runs the ignored ones where the data is.

mod registry;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use registry::FixtureRegistry;

/// The folder of fixtures: `FOURPLY_FIXTURES`, else `../shared/fixtures` beside the project.
///
/// # Panics
/// Where there is none: a test that was asked to run must not pass without its data.
pub fn dir() -> PathBuf {
    let dir = match std::env::var_os("FOURPLY_FIXTURES") {
        Some(dir) => PathBuf::from(dir),
        None => project().join("../shared/fixtures"),
    };
    assert!(dir.is_dir(), "no fixtures at {}: set FOURPLY_FIXTURES", dir.display());
    dir.canonicalize().unwrap()
}

/// The folder that holds the fixtures and the sample workspace.
pub fn shared() -> PathBuf {
    dir().parent().unwrap().to_path_buf()
}

/// The project's own root, from whichever of its crates the test was compiled in.
pub fn project() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crate_dir.ancestors().find(|dir| dir.join("layers").is_dir());
    root.unwrap_or(crate_dir).to_path_buf()
}

/// Unpacks a `.tar.zst` of the fixtures into `dest`, by the system's tar.
pub fn untar_zst(archive: &Path, dest: &Path) {
    std::fs::create_dir_all(dest).unwrap();
    let status = Command::new("tar").arg("--zstd").arg("-xf").arg(archive).arg("-C").arg(dest).status();
    assert!(status.unwrap().success(), "tar could not unpack {}", archive.display());
}
