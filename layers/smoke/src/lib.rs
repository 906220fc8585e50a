//! Tests whether an image works: it is unpacked, started in a sandbox as a container engine would start it, and judged
//! by the result.
//!
//! In: layers of the store, an image's configuration, a sandbox. Out: a [`Verdict`]: healthy, at fault, or
//! inconclusive, with one reason and the end of the output. It does not know where an image comes from, nor the command
//! line.
//!
//! | module | what it holds |
//! |---|---|
//! | `config` | an image's configuration → the process to start |
//! | `account` | the image's user, and that user's rights on files |
//! | `places` | folders that the program may change |
//! | `program` | checks of a program before it starts |
//! | `clues` | lines of output → clues about a fault |
//! | `variables` | lines of output → variables that are missing |
//! | `after` | lines after a clue → a more precise clue |
//! | `heard` | the whole output |
//! | `question` | the request of a health check |
//! | `scratch` | a folder for one start |
//! | `verdict` | everything together → one reason |
//! | `run` | the entry point |
//! | `error` | other errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod after;
mod clues;
mod config;
mod error;
mod heard;
mod places;
mod program;
mod question;
mod run;
mod scratch;
mod variables;
mod verdict;

pub use clues::{Clue, Denial};
pub use config::SmokeImage;
pub use error::{Result, SmokeError};
pub use fourply_scripts::sandbox::trial::{Asked, CheckEnd};
pub use program::Unstartable;
pub use run::{SmokeOptions, smoke};
pub use verdict::{Note, Outcome, Reason, Verdict};
