use fourply_rootfs::{Base64Bytes, RootfsMetadata};

use super::*;

fn holds(list: &str, folder: &str) -> bool {
    let mut rootfs = RootfsMetadata::default();
    rootfs.databases.insert(format!("{LISTS}own.list"), Base64Bytes(list.as_bytes().to_vec()));
    Protected::of(&rootfs).holds(folder)
}

#[test]
fn configuration_is_protected_and_lists_say_more() {
    assert!(holds("", "etc") && holds("", "etc/a/b") && holds("", "etc/init.d") && holds("", "etc/apk/keys"));
    assert!(!holds("", "") && !holds("", "usr/etc") && !holds("", "etcetera"));
    assert!(!holds("-etc/own\n", "etc/own/x") && holds("-etc/own\n", "etc/other"));
    assert!(
        holds("# no\n\n-etc/own\n+etc/own/*\n", "etc/own/x") && !holds("-etc/own\n+etc/own/*\n", "etc/own")
    );
    assert!(holds("var/lib/s?te\n", "var/lib/site/a") && !holds("var/lib/s?te\n", "var/lib/ste"));
}
