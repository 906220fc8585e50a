use super::*;

fn causes(one: &[u8], other: &[u8]) -> Vec<Cause> {
    let texts = [b"/store/build".to_vec(), b"/store/twice/second".to_vec()];
    let known =
        Known { swaps: vec![Swap { texts, cause: Cause::Folder }], window: 1_700_000_000..=1_700_000_100 };
    known.causes(one, other)
}

#[test]
fn usual_causes_are_told_by_what_differs() {
    let cases: [(&str, &str, &[Cause]); 17] = [
        ("a /store/build/installs/x b", "a /store/twice/second/installs/x b", &[Cause::Folder]),
        ("built 2026-11-29T05:11:27.123Z", "built 2026-11-29T05:11:31.9Z", &[Cause::Date]),
        ("at 05:11:27 in 3.2s", "at 05:11:31 in 2.9s", &[Cause::Date, Cause::Number]),
        ("Sun Nov 29 2026 05:11:27 GMT+0000", "Sun Nov 29 2026 05:12:00 GMT+0000", &[Cause::Date]),
        ("t=1700000001", "t=1700000009", &[Cause::Epoch]),
        ("t=1700000001123,", "t=1700000009001,", &[Cause::Epoch]),
        // Far from the time of the runs.
        ("t=1500000001", "t=1500000009", &[Cause::Number]),
        ("0b51dc2a-1f0e-4c59-8ba0-94e8f9a40001", "7f31dc2a-1f0e-4c59-8ba0-94e8f9a4aaaa", &[Cause::Id]),
        ("key=V1StGXR8_Z5jdHi6B-myT", "key=aB3-dGXR8_Z5jdHi6Byyyy", &[Cause::Id]),
        ("pid 312", "pid 377", &[Cause::Number]),
        ("one\ntwo\nthree\n", "two\nthree\none\n", &[Cause::Order]),
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, &[Cause::Order]),
        ("2026-11-29 a\n2026-11-30 b\n", "2026-11-30 b\n2026-11-29 a\n", &[Cause::Order]),
        ("alpha", "beta", &[Cause::Unknown]),
        ("alpha 2026-11-29", "beta 2026-11-30", &[Cause::Date, Cause::Unknown]),
        ("/store/build 1700000001", "/store/twice/second 1700000002", &[Cause::Folder, Cause::Epoch]),
        // A constant of the program does not count.
        ("deadbeef01 x 12", "deadbeef01 x 13", &[Cause::Number]),
    ];
    for (one, other, expected) in cases {
        assert_eq!(causes(one.as_bytes(), other.as_bytes()), expected, "{one}");
    }
}

#[test]
fn archives_are_told_by_their_formats() {
    let gzip = |time: u8, last: u8| [0x1f, 0x8b, 8, 0, time, 1, 2, 3, 0, 3, last];
    assert_eq!(causes(&gzip(1, 0), &gzip(2, 0)), [Cause::GzipTime]);
    assert_eq!(causes(&gzip(1, 0), &gzip(2, 9)), [Cause::Unknown]);
    let zip = |time: u8| {
        [
            &b"PK\x03\x04\x14\0\0\0\0\0"[..],
            &[time, 1, 2, 3],
            b"rest PK\x01\x02\x14\0\x14\0\0\0\0\0",
            &[time, 1, 2, 3],
        ]
        .concat()
    };
    assert_eq!(causes(&zip(1), &zip(2)), [Cause::ArchiveTime]);
    let tar = |time: &[u8; 11]| {
        let mut block = vec![0; 1024];
        block[136..147].copy_from_slice(time);
        block[257..262].copy_from_slice(b"ustar");
        block
    };
    assert_eq!(causes(&tar(b"14524770001"), &tar(b"14524770002")), [Cause::ArchiveTime]);
}
