//! An image that a team has beside the one that is built in its place. In: configurations and root file systems of both, or what a Dockerfile says, and what
//! is known of the workspace. Out: a [`Comparison`]: files by kind, how each is run, and what the new image lacks, as data.
//!
//! It must not know how lines of a configuration are written, nor how an image is fetched or started. Both sides are read, nothing is run.
//!
//! | module | what it holds |
//! |---|---|
//! | `known` | what is known of the workspace |
//! | `side` | one image: its configuration and files |
//! | `place` | where the workspace lies in an image |
//! | `installed` | packages in node_modules: name and version of a path |
//! | `kind` | what a file of the workspace is for |
//! | `files` | counts by kind, and files that are missing |
//! | `folders` | folders that the team's image may write to |
//! | `collapse` | paths → the fewest entries that mean them |
//! | `command`, `health`, `values` | how an image is run |
//! | `system` | packages of the distribution |
//! | `copied` | what a Dockerfile copies → files as they would lie in its image |
//! | `moves` | files that lie at another place → entries |
//! | `outside` | what a Dockerfile copies to places outside of the workspace |
//! | `comparison` | all of it: the one entry point |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod collapse;
mod command;
mod comparison;
mod copied;
mod files;
mod folders;
mod health;
mod installed;
mod kind;
mod known;
mod model;
mod moves;
mod outside;
mod place;
mod side;
mod system;
mod values;

pub use comparison::{Request, compare};
pub use health::{OurHealth, Probe};
pub use kind::FileKind;
pub use known::Known;
pub use model::{
    Amount, Comparison, Difference, FileEntry, Health, KindRow, Missing, Note, Summary, Unneeded,
};
pub use side::{RunConfig, Side, Theirs};
pub use values::is_secret;
