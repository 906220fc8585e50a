//! Whether an image lives: it is unpacked, started in a sandbox as a container engine would start it, and judged by what came of it.
//!
//! In: layers of the store, an image's configuration, a sandbox. Out: a [`Verdict`]: well, at fault, or not to be told, with one reason and the end of
//! the output. It must not know where an image comes from, nor the command line.
//!
//! | module | what it holds |
//! |---|---|
//! | `config` | an image's configuration → what is started |
//! | `account` | the image's user, and what that user may do with files |
//! | `places` | folders that the program may change |
//! | `program` | what can be told of a program before it starts |
//! | `clues` | lines of output → what they say of a fault |
//! | `variables` | lines of output → variables that are missing |
//! | `after` | lines after one that said something → what it meant |
//! | `heard` | all that was printed |
//! | `question` | what a health check asks |
//! | `scratch` | a folder for one start |
//! | `verdict` | all of it → one reason |
//! | `run` | the one entry point |
//! | `error` | what can go wrong besides |

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
