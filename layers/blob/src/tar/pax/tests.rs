use super::{Records, can_hold, encode};

fn record(keyword: &str, value: &[u8]) -> Vec<u8> {
    encode(&Records::from([(keyword.to_owned(), value.to_vec())]))
}

#[test]
fn a_record_counts_itself() {
    assert_eq!(record("path", b"foo"), b"12 path=foo\n");
    // an additional digit makes the record one byte longer: 9 becomes 10, 99 becomes 100
    for length in 0..1200 {
        let record = record("k", &vec![b'x'; length]);
        let digits = record.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let said: usize = std::str::from_utf8(&record[..digits]).unwrap().parse().unwrap();
        assert_eq!(said, record.len(), "value of {length} bytes");
    }
}

#[test]
fn records_are_sorted_and_values_may_be_any_bytes() {
    let records = Records::from([
        ("uid".to_owned(), b"5000000".to_vec()),
        ("SCHILY.xattr.user.x".to_owned(), b"a\n\0=\xff".to_vec()),
        ("path".to_owned(), "ü".as_bytes().to_vec()),
    ]);
    let expected = b"29 SCHILY.xattr.user.x=a\n\0=\xff\n11 path=\xc3\xbc\n15 uid=5000000\n";
    assert_eq!(encode(&records), expected);
}

#[test]
fn names_that_break_a_record_are_known() {
    assert!(can_hold("security.capability"));
    assert!(!can_hold("") && !can_hold("a=b") && !can_hold("a\0"));
}
