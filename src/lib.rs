//! fourply builds OCI images for services of pnpm monorepos, with no Docker, no daemon and no privileges.
//!
//! The map of the whole, in the order in which data flows:
//!
//! | module | what comes in | what goes out |
//! |---|---|---|
//! | [`cli`] | arguments, environment | resolved [`cli::Settings`] |
//! | [`config`] | `fourply.toml` | what the user asked for |
//! | [`build`] | settings | one image: the stages on one screen |
//! | [`image`] | the plies' layers | configuration, manifest |
//! | [`registry`] | references | blobs and manifests, moved |
//! | [`sink`] | an image | a layout, an archive, a registry |
//! | [`report`] | what happens | what the user sees |
//!
//! The plies themselves are crates of their own under `layers/`: the compiler keeps the walls.

pub mod build;
pub mod cli;
pub mod config;
pub mod error;
pub mod image;
pub mod interrupt;
pub mod registry;
pub mod report;
pub mod sink;

pub use error::Error;
