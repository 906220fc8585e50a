//! Architectures in node's names, which packages go by. Comes in: an [`Architecture`]. Goes out: its name, or an error: nothing is left
//! out silently.

use fourply_platform::Architecture;

use crate::Error;

/// An architecture in node's name, which packages go by: `x64`, `arm64`.
///
/// # Errors
/// Where node does not run on it: no package could say that it is for it.
pub fn cpu(architecture: &Architecture) -> Result<String, Error> {
    let unknown = || {
        Error::user(
            format!("node does not run on {architecture}"),
            "build for an architecture that node runs on, such as linux/amd64 or linux/arm64",
        )
    };
    architecture.node().map(str::to_owned).ok_or_else(unknown)
}
