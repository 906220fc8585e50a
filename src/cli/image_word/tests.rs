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

#[test]
fn a_wrong_kind_is_answered_with_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    fs_err::write(folder.path().join("d.tar"), "").unwrap();
    for (word, said) in [
        (format!("oci:{place}/d.tar"), "write oci-archive:"),
        (format!("oci:{place}/gone"), "there is no folder"),
        (format!("oci-archive:{place}"), "write oci:"),
        (format!("docker-archive:{place}"), "write oci:"),
        (format!("{place}/gone"), "there is no file and no folder"),
    ] {
        let text = format!("{:?}", check_no_service(&word));
        assert!(text.contains(said), "{word}: {text}");
    }
    assert!(check_no_service("127.0.0.1:5000/erp/auth:1").is_ok());
}
