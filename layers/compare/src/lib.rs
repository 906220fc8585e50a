//! Compares a team's existing image with the one built in its place. In: configurations and root file systems of both
//! (or the content of a Dockerfile), and facts about the workspace. Out: a [`Comparison`]: files by kind, how each
//! image runs, and what the new one lacks, as data.
//!
//! This crate does not know how configuration lines are written, nor how an image is fetched or started. It only reads;
//! nothing runs.
//!
//! | module | what it holds |
//! |---|---|
//! | `known` | facts about the workspace |
//! | `side` | one image: its configuration and files |
//! | `place` | the location of the workspace in an image |
//! | `installed` | packages in node_modules: name and version from a path |
//! | `kind` | the purpose of a workspace file |
//! | `files` | counts by kind, and files that are missing |
//! | `folders` | folders that the team's image may write to |
//! | `collapse` | paths → the fewest entries that match them |
//! | `command`, `health`, `values` | how an image is run |
//! | `system` | packages of the distribution |
//! | `copied` | the copies of a Dockerfile → files as they would be in its image |
//! | `moves` | files at other locations → entries |
//! | `outside` | files that a Dockerfile copies outside the workspace |
//! | `comparison` | the entry point |

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
