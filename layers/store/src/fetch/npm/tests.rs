#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_tag_of_a_major_that_a_registry_lacks_is_its_newest_release() {
    let dist = r#"{"dist": {"tarball": "t"}}"#;
    let versions =
        ["9.9.0", "9.15.0", "9.16.0-rc.1", "10.1.0", "90.0.0"].map(|version| format!("{version:?}: {dist}"));
    let text = format!(r#"{{"dist-tags": {{"latest": "10.1.0"}}, "versions": {{{}}}}}"#, versions.join(","));
    let packument: Packument = serde_json::from_str(&text).unwrap();
    assert_eq!(packument.newest_of("latest-9"), Some("9.15.0"));
    assert_eq!(packument.newest_of("latest-10"), Some("10.1.0"));
    for other in ["latest-11", "latest", "next-9", "latest-x"] {
        assert_eq!(packument.newest_of(other), None, "{other}");
    }
}
