//! Bases from every source, compared with the results of other programs: apk-tools, dpkg, umoci, skopeo, GNU tar.
#![allow(clippy::unwrap_used, missing_docs)]

mod alpine;
mod debian;
mod debian_archive;
mod images;
mod rootfs;
mod support;
