use super::{Key, KeyBuilder};

#[test]
fn text_goes_both_ways() {
    let key = Key::of(b"");
    // as `b3sum </dev/null` prints it
    assert_eq!(key.to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
    assert_eq!(serde_json::from_str::<Key>(&serde_json::to_string(&key).unwrap()).unwrap(), key);
    for text in ["", "00", &key.to_string().to_uppercase(), &format!("{key}0")] {
        assert!(text.parse::<Key>().is_err(), "{text}");
    }
}

#[test]
fn the_contract_holds() {
    // The bytes in the documentation, written out.
    let mut fed = b"b".to_vec();
    fed.extend_from_slice(b"\x04\0\0\0\0\0\0\0name\x05\0\0\0\0\0\0\0value");
    fed.extend_from_slice(b"n\x01\0\0\0\0\0\0\0n\x08\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0");
    let built = KeyBuilder::new("fourply test v1").field("name", "value").number("n", 7).finish();
    assert_eq!(*built.as_bytes(), blake3::derive_key("fourply test v1", &fed));
}

#[test]
fn fields_never_run_together() {
    let key = |fields: &[(&str, &str)]| {
        fields.iter().fold(KeyBuilder::new("t"), |builder, (name, value)| builder.field(name, value)).finish()
    };
    let keys = [
        key(&[]),
        key(&[("a", "b"), ("c", "d")]),
        key(&[("a", "bc"), ("", "d")]),
        key(&[("c", "d"), ("a", "b")]),
        key(&[("ab", ""), ("c", "d")]),
        KeyBuilder::new("t").number("a", u64::from_le_bytes(*b"bbbbbbbb")).finish(),
        key(&[("a", "bbbbbbbb")]),
        KeyBuilder::new("u").finish(),
    ];
    let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}
