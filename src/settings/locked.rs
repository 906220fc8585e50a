//! What `fourply.lock` says for the platform of a build, and whether it may be used.

use std::path::Path;

use fourply_platform::Platform;

use super::Overrides;
use crate::Error;
use crate::config::Config;
use crate::lock::{self, Asked, FILE_NAME, Lock, Locked};

/// What is locked of a base.
#[derive(Debug, Clone)]
pub(crate) struct BaseLock {
    /// What `[base]` asks for, in the words of the lock.
    pub asked: Asked,
    pub state: LockState,
}

/// How far the lock goes.
#[derive(Debug, Clone)]
pub(crate) enum LockState {
    /// The command line names another base: the lock neither counts nor changes.
    Aside,
    /// There is none for this platform, or what there is now was asked for.
    Open,
    /// It says all. Boxed, as this has many fields.
    Whole(Box<Locked>),
    /// Something else was asked for when it was written.
    Partly {
        /// What of it still holds.
        kept: Box<Locked>,
        /// What changed, in words.
        drift: Vec<String>,
    },
}

impl BaseLock {
    /// What the base is made of, where that is said.
    pub(crate) fn whole(&self) -> Option<&Locked> {
        match &self.state {
            LockState::Whole(locked) => Some(locked),
            LockState::Aside | LockState::Open | LockState::Partly { .. } => None,
        }
    }

    /// What the base is made of as far as that is said.
    pub(crate) fn any(&self) -> Option<&Locked> {
        match &self.state {
            LockState::Whole(locked) => Some(locked),
            LockState::Partly { kept, .. } => Some(kept),
            LockState::Aside | LockState::Open => None,
        }
    }
}

/// What the lock says for this platform. With `--locked`, one that does not say all is an error.
pub(super) fn lock(
    root: &Path,
    config: &Config,
    over: &Overrides,
    platform: &Platform,
) -> Result<BaseLock, Error> {
    let asked = lock::asked(config);
    let state = if over.base.is_some() { LockState::Aside } else { state(root, &asked, over, platform)? };
    Ok(BaseLock { asked, state })
}

fn state(root: &Path, asked: &Asked, over: &Overrides, platform: &Platform) -> Result<LockState, Error> {
    let found = if over.refresh_base { None } else { Lock::read(root)? };
    let Some(lock) = found else {
        return match over.locked {
            true => {
                Err(Error::user(format!("there is no {FILE_NAME}"), "run fourply lock, and commit the file"))
            }
            false => Ok(LockState::Open),
        };
    };
    let platform = platform.to_string();
    let drift = lock.drift(&platform, asked);
    let locked = lock.platform.get(&platform);
    match locked {
        _ if over.locked && !drift.is_empty() => {
            let reason = format!("{FILE_NAME} does not fit [base]: {}", drift.join("; "));
            Err(Error::user(
                reason,
                "build once without --locked, which adds what is new; fourply lock resolves all of it again",
            ))
        }
        None if over.locked => Err(Error::user(
            format!("{FILE_NAME} has nothing for {platform}"),
            format!("run fourply lock --platform {platform}"),
        )),
        None => Ok(LockState::Open),
        Some(locked) if drift.is_empty() => Ok(LockState::Whole(Box::new(locked.clone()))),
        Some(locked) => {
            let kept = Box::new(locked.kept(lock.asked_for(&platform), asked));
            Ok(LockState::Partly { kept, drift })
        }
    }
}
