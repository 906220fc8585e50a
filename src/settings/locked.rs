//! What `fourply.lock` says for the platform of a build, and whether it may be used.

use std::path::Path;

use fourply_platform::Platform;

use super::Overrides;
use crate::Error;
use crate::config::Config;
use crate::lock::{self, Lock, Locked};

/// What the lock says for this platform. A lock that does not fit is an error with `--locked`, and otherwise no lock.
pub(super) fn lock(
    root: &Path,
    config: &Config,
    over: &Overrides,
    platform: &Platform,
) -> Result<Option<Locked>, Error> {
    let path = root.join(lock::FILE_NAME);
    let again = "run fourply lock, and look at what changed";
    if over.base.is_some() || over.refresh_base || !path.is_file() {
        return match over.locked {
            true => Err(Error::user(
                format!("there is no {}", lock::FILE_NAME),
                "run fourply lock, and commit the file",
            )),
            false => Ok(None),
        };
    }
    let lock = Lock::parse(&fs_err::read_to_string(&path)?)?;
    let drift = lock.drift(config);
    if !drift.is_empty() {
        let reason = format!("{} does not fit [base]: {}", lock::FILE_NAME, drift.join("; "));
        return if over.locked { Err(Error::user(reason, again)) } else { Ok(None) };
    }
    match lock.platform.get(&platform.to_string()) {
        None if over.locked => Err(Error::user(
            format!("{} has nothing for {platform}", lock::FILE_NAME),
            format!("run fourply lock --platform {platform}, with the other platforms beside it"),
        )),
        found => Ok(found.cloned()),
    }
}
