//! The installed packages of a base, for display. In: rootfs metadata. Out: names, versions and sizes, sorted by name.

use fourply_rootfs::RootfsMetadata;
use fourply_rootfs::packages::ListedPackage;

use crate::control::{Paragraph, Paragraphs};
use crate::installed::is_status;

/// The packages in a base's dpkg database; empty if there is none. A damaged file counts as far as it can be read.
pub fn installed(rootfs: &RootfsMetadata) -> Vec<ListedPackage> {
    let mut packages = Vec::new();
    for (_, bytes) in rootfs.databases.iter().filter(|(path, _)| is_status(path)) {
        let mut paragraphs = Paragraphs::new(bytes.0.as_slice());
        while let Ok(Some(paragraph)) = paragraphs.next() {
            packages.extend(package(&paragraph));
        }
    }
    packages.sort_by(|one: &ListedPackage, other| one.name.cmp(&other.name));
    packages
}

fn package(paragraph: &Paragraph) -> Option<ListedPackage> {
    let field = |name: &str| paragraph.get(name).unwrap_or_default();
    let there = paragraph.get("Status").is_none_or(|status| status.ends_with(" installed"));
    // dpkg counts in KiB (deb-control(5), Installed-Size).
    let size = field("Installed-Size").trim().parse::<u64>().unwrap_or(0).saturating_mul(1024);
    (there && !field("Package").is_empty()).then(|| ListedPackage {
        name: field("Package").into(),
        version: field("Version").into(),
        size,
        architecture: field("Architecture").into(),
        // `glibc (2.36-9)`: the version only if it differs.
        source: paragraph.get("Source").map(|text| text.split(' ').next().unwrap_or(text).to_owned()),
        licence: None,
    })
}
