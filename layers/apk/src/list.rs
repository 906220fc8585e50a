//! The installed packages of a base, for display. In: rootfs metadata. Out: names, versions and sizes, sorted by name.

use fourply_rootfs::RootfsMetadata;
use fourply_rootfs::packages::ListedPackage;

/// The packages in a base's apk database; empty if there is none. A paragraph without a name is skipped.
pub fn installed(rootfs: &RootfsMetadata) -> Vec<ListedPackage> {
    let text = String::from_utf8_lossy(rootfs.content("lib/apk/db/installed").unwrap_or_default());
    let mut packages: Vec<ListedPackage> = text.split("\n\n").filter_map(package).collect();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    packages
}

fn package(paragraph: &str) -> Option<ListedPackage> {
    let field = |key: &str| paragraph.lines().find_map(|line| line.strip_prefix(key));
    let (name, version) = (field("P:")?.to_owned(), field("V:").unwrap_or_default().to_owned());
    let text = |key: &str| field(key).map(str::to_owned).filter(|text| !text.is_empty());
    Some(ListedPackage {
        source: text("o:").filter(|source| *source != name),
        name,
        version,
        size: field("I:").and_then(|size| size.parse().ok()).unwrap_or(0),
        architecture: text("A:").unwrap_or_default(),
        licence: text("L:"),
    })
}

#[cfg(test)]
mod tests {
    use super::package;

    #[test]
    fn a_paragraph_says_name_version_and_size() {
        let found = package("C:Q1\nP:musl\nV:1.2-r4\nS:10\nI:622592\nF:lib\n").unwrap();
        assert_eq!((&*found.name, &*found.version, found.size), ("musl", "1.2-r4", 622_592));
        assert_eq!(package("V:1\n"), None);
    }
}
