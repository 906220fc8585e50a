use super::DepPath;

#[test]
fn parts_are_told_apart() {
    for (text, name, version, key, suffix) in [
        ("a@1.0.0", "a", "1.0.0", "a@1.0.0", ""),
        ("@s/a@1.0.0(b@2.0.0)", "@s/a", "1.0.0", "@s/a@1.0.0", "(b@2.0.0)"),
        ("a@1.0.0(b@2(c@3))(d@4)", "a", "1.0.0", "a@1.0.0", "(b@2(c@3))(d@4)"),
        ("a@file:x(1)/y", "a", "file:x(1)/y", "a@file:x(1)/y", ""),
        ("a@https://h/a(b).tgz(c@1)", "a", "https://h/a(b).tgz", "a@https://h/a(b).tgz", "(c@1)"),
        ("no-version", "no-version", "", "no-version", ""),
        ("(x)", "(x)", "", "(x)", ""),
        ("a)", "a)", "", "a)", ""),
        ("", "", "", "", ""),
    ] {
        let path = DepPath::new(text);
        assert_eq!(
            (path.name(), path.version(), path.package_key(), path.suffix()),
            (name, version, key, suffix),
            "{text}"
        );
    }
}

#[test]
fn patches_are_told_by_their_hash() {
    assert_eq!(DepPath::new("a@1.0.0(patch_hash=abc)(b@1.0.0)").patch_hash(), Some("abc"));
    assert_eq!(DepPath::new("a@1.0.0(b@1.0.0)").patch_hash(), None);
}

#[test]
fn references_lead_to_keys() {
    for (alias, reference, key) in [
        ("a", "1.0.0", "a@1.0.0"),
        ("a", "1.0.0(b@2.0.0)", "a@1.0.0(b@2.0.0)"),
        ("al", "plain-b@2.0.0", "plain-b@2.0.0"),
        ("@al/b", "@s/b@1.0.0", "@s/b@1.0.0"),
        ("g", "git+file:///srv/x#c0ffee", "g@git+file:///srv/x#c0ffee"),
        ("g", "git+ssh://git@host/x#c0ffee", "g@git+ssh://git@host/x#c0ffee"),
        ("i", "file:packages/inj(peer@2.0.0)", "i@file:packages/inj(peer@2.0.0)"),
    ] {
        assert_eq!(
            DepPath::from_reference(alias, reference),
            Some(DepPath::new(key)),
            "{alias}: {reference}"
        );
    }
    assert_eq!(DepPath::from_reference("l", "link:../l"), None);
}
