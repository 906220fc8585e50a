#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn an_image_in_a_file_is_told_by_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str| format!("{:?}", in_a_file(name, &folder.path().join(name)));
    assert_eq!(said("auth"), "Ok(())");
    fs_err::create_dir(folder.path().join("auth")).unwrap();
    assert_eq!(said("auth"), "Ok(())");
    fs_err::write(folder.path().join("auth/oci-layout"), "{}").unwrap();
    assert!(said("auth").contains("write oci:auth"), "{}", said("auth"));
    fs_err::write(folder.path().join("d.tar"), "").unwrap();
    for kind in ["docker-archive:d.tar", "oci-archive:d.tar"] {
        assert!(said("d.tar").contains(kind), "{}", said("d.tar"));
    }
}
