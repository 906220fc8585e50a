use super::*;

#[test]
fn reads_dates_as_seconds() {
    for (text, expected) in [
        ("Thu, 01 Jan 1970 00:00:00 UTC", Some(0)),
        ("Sat, 11 Jul 2026 10:16:37 UTC", Some(1_783_764_997)),
        ("Thu, 29 Feb 2024 23:59:59 UTC", Some(1_709_251_199)),
        ("Sat, 01 Mar 2025 00:00:00 +0000", Some(1_740_787_200)),
        ("Sat, 11 Jul 2026 10:16:37 CEST", None),
        ("Sat, 11 Foo 2026 10:16:37 UTC", None),
        ("Sat, 11 Jul 2026 25:16:37 UTC", None),
        ("Sat, 11 Jul 99999999999999 10:16:37 UTC", None),
        ("yesterday", None),
    ] {
        assert_eq!(seconds(text), expected, "{text}");
    }
}

#[test]
fn reads_the_digests_of_the_files() {
    let digest = "a".repeat(64);
    let text = format!("Suite: s\nSHA256:\n {digest}  12 main/binary-amd64/Packages\n {digest} 3 b\n");
    let release = paragraph("url", &text).unwrap();
    let files = files("url", &release).unwrap();
    assert_eq!(files["b"], (3, format!("sha256:{digest}").parse().unwrap()));
    assert_eq!(files.len(), 2);
    for wrong in ["SHA256:\n abc 12 x\n", "SHA256:\n 12 x\n", "MD5Sum:\n x\n"] {
        assert!(super::files("url", &paragraph("url", wrong).unwrap()).is_err(), "{wrong}");
    }
}
