//! The image that a Dockerfile would build. In: its text, build arguments, the name of a stage. Out: a [`DockerImage`]:
//! variables, user, command, health check, copied files, packages. Nothing is built, no file is opened, and the crate
//! knows neither pnpm nor image formats.
//!
//! The text is untrusted: size, number of instructions and the length of every expanded value are limited.
//! Source of the rules: the Dockerfile reference of docker's documentation; BuildKit, `frontend/dockerfile`.
//!
//! | module | what it holds |
//! |---|---|
//! | `expand` | variables and quotes in a word |
//! | `words` | lines → words, `NAME=VALUE` pairs |
//! | `run` | the commands of a RUN → packages, accounts, folders |
//! | `stage` | one stage's instructions, one after the other |
//! | `copied` | one source of a COPY in a stage |
//! | `paths` | lexical paths in an image |
//! | `copies` | the origin of copied files |
//! | `image` | all stages → the last one, or a named one |
//! | `error` | errors |

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod copied;
mod copies;
mod error;
mod expand;
mod image;
mod paths;
mod run;
mod stage;
mod words;

pub use copies::{CopiedPath, Deployed};
pub use error::{DockerfileError, Result};
pub use image::{DockerImage, Request};
pub use run::{Account, Folder, Manager, Ran, ran};
pub use stage::HealthCheck;
pub use words::shell_words;
