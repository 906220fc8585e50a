use std::process::Command;

use super::*;

/// A certificate with this subject, and the hash that openssl prints.
fn by_openssl(subject: &str) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (key, pem) = (folder.path().join("key"), folder.path().join("pem"));
    let made =
        ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-utf8", "-multivalue-rdn", "-subj", subject];
    let openssl = |args: &mut Command| {
        let output = args.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    openssl(Command::new("openssl").args(made).arg("-keyout").arg(&key).arg("-out").arg(&pem));
    let hash = openssl(Command::new("openssl").args(["x509", "-noout", "-hash", "-in"]).arg(&pem));
    (std::fs::read(&pem).unwrap(), hash.trim().to_owned())
}

#[test]
#[ignore = "needs openssl"]
fn openssl_prints_the_same_hash() {
    for subject in [
        "/C=DE/O=  An  Organisation /CN=ROOT ca",
        "/CN=Főtanúsítvány/emailAddress=Info@E-Szigno.hu",
        "/OU=one+O=two/CN=several",
        &format!("/CN={}", "long".repeat(15)),
    ] {
        let (pem, hash) = by_openssl(subject);
        assert_eq!(subject_hash(&pem), Some(hash), "{subject}");
    }
}

#[test]
fn what_is_no_certificate_has_no_hash() {
    for text in ["", "x", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"] {
        assert_eq!(subject_hash(text.as_bytes()), None);
    }
    assert_eq!(link_name("mozilla/A (b), c.crt"), "A_=b=__c");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(0u8..=255, 0..200)) {
        let _ = subject(&bytes).and_then(canonical);
        let _ = canonical(&bytes);
    }
}
