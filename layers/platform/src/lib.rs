//! Operating systems, architectures and C libraries, with the name that each tool uses for them.
//!
//! In: names (`linux/arm64/v8`, `aarch64`) and the bytes of ELF files. Out: [`Platform`], [`Architecture`] and [`Libc`], each with a
//! method for each tool's name. This crate does no I/O and knows neither packages nor images.
//!
//! | module | what it holds |
//! |---|---|
//! | `architecture` | the table: one row for each architecture, one column for each tool's name |
//! | `platform` | os/architecture/variant, normalised; which image serves which platform |
//! | `libc` | glibc or musl, from the names of loaders and libraries |
//! | `elf` | the platform of an ELF file |

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod architecture;
pub mod elf;
mod libc;
mod platform;

pub use architecture::Architecture;
pub use libc::Libc;
pub use platform::{Platform, PlatformError};
