//! Bases from every source, compared with what other programs make of the same: apk-tools, dpkg, umoci, skopeo, GNU tar.
#![allow(clippy::unwrap_used, missing_docs)]

mod alpine;
mod debian;
mod debian_archive;
mod images;
mod rootfs;
mod support;
