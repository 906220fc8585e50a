use std::collections::BTreeSet;

use fourply_dockerfile::Manager;
use fourply_rootfs::{RootfsMetadata, TreeEntry, TreeKind};

use super::{Packages, Uses, asked, missing};
use crate::model::{Note, Unneeded};

fn rootfs(files: &[(&str, &str)]) -> RootfsMetadata {
    let mut rootfs = RootfsMetadata::default();
    for (path, text) in files {
        for (at, _) in path.match_indices('/') {
            rootfs.entries.insert(path[..at].to_owned(), TreeEntry::implied_directory());
        }
        let entry = TreeEntry { kind: TreeKind::File(1), mode: 0o644, ..TreeEntry::implied_directory() };
        rootfs.entries.insert((*path).to_owned(), entry);
        let bytes = String::from(*text).into_bytes();
        rootfs.databases.insert((*path).to_owned(), fourply_rootfs::Base64Bytes(bytes));
    }
    rootfs
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const USES: Uses<'static> = Uses { their_health: "curl -f x", we_check: true, we_have_init: true };

#[test]
fn what_was_asked_for_counts() {
    let alpine = rootfs(&[
        ("lib/apk/db/installed", "P:busybox\nV:1\n\nP:tini\nV:1\n\nP:ffmpeg\nV:2\n\nP:libx264\nV:3\n"),
        ("etc/apk/world", "busybox tini ffmpeg>1 gone"),
    ]);
    let history = fourply_dockerfile::ran("");
    assert_eq!(asked(&alpine, &history), (Some(Manager::Apk), set(&["ffmpeg", "tini"])));
    let history = fourply_dockerfile::ran("apk add libx264 && apk add make");
    assert_eq!(asked(&alpine, &history).1, set(&["libx264"]));
}

#[test]
fn only_what_is_needed_is_missing() {
    let status =
        "Package: tini\nStatus: install ok installed\n\nPackage: gone\nStatus: deinstall ok config-files\n";
    let debian = rootfs(&[("var/lib/dpkg/status", status)]);
    assert_eq!(Packages::of(&debian).unwrap().installed, set(&["tini"]));
    let mut notes = Vec::new();
    let all = set(&["tini", "dumb-init", "curl", "python3", "libvips-dev", "ghostscript"]);
    assert_eq!(missing(Some(Manager::Apt), &all, &debian, &USES, &mut notes), set(&["ghostscript"]));
    let why: Vec<_> = notes
        .iter()
        .map(|note| match note {
            Note::Unneeded { why, .. } => *why,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(why, [Unneeded::Toolchain, Unneeded::Init, Unneeded::Health]);
}

#[test]
fn names_of_another_distribution() {
    let debian = rootfs(&[("var/lib/dpkg/status", "Package: tini\nStatus: install ok installed\n")]);
    let mut notes = Vec::new();
    let all = set(&["ffmpeg", "libc6-compat", "font-noto"]);
    assert_eq!(missing(Some(Manager::Apk), &all, &debian, &USES, &mut notes), set(&["ffmpeg"]));
    assert_eq!(notes, [Note::OtherDistribution { packages: set(&["font-noto"]) }]);
    let mut notes = Vec::new();
    assert!(missing(Some(Manager::Apk), &all, &RootfsMetadata::default(), &USES, &mut notes).is_empty());
    assert!(notes[0].is_lack());
}
