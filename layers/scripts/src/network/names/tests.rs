#![allow(clippy::unwrap_used)]

use super::*;

/// A query like glibc's: an identifier, recursion desired, one question.
fn query(name: &str, kind: u16) -> Vec<u8> {
    let mut text = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        text.push(u8::try_from(label.len()).unwrap());
        text.extend(label.as_bytes());
    }
    text.push(0);
    text.extend([kind.to_be_bytes(), 1u16.to_be_bytes()].concat());
    text
}

#[test]
fn every_name_is_here_or_nowhere() {
    let text = query("Example.ORG", 1);
    let asked = question(&text).unwrap();
    assert_eq!(asked.name, "example.org");
    let here = asked.answer(Some(Ipv4Addr::LOCALHOST));
    assert_eq!(here[..12], [0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    assert_eq!(here[12..text.len()], text[12..]);
    assert_eq!(here[text.len()..], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    let nowhere = asked.answer(None);
    assert_eq!((nowhere[3], &nowhere[12..]), (0x83, &text[12..]));
    let other = query("example.org", 28);
    let other = question(&other).unwrap().answer(Some(Ipv4Addr::LOCALHOST));
    assert_eq!(
        (other[3], other[7], other.len()),
        (0x80, 0, text.len()),
        "the name is there, without such an address"
    );
}

#[test]
fn what_is_no_question_has_no_answer() {
    let good = query("a.b", 1);
    for end in 0..good.len() {
        assert_eq!(question(good.get(..end).unwrap()), None, "{end}");
    }
    let change = |at: usize, to: u8| {
        let mut text = good.clone();
        text[at] = to;
        text
    };
    for (at, to) in [(2, 0x81), (5, 2), (12, 0xc0), (13, b'\n'), (12, 200), (14, 255), (good.len() - 1, 3)] {
        assert_eq!(question(&change(at, to)), None, "{at} {to}");
    }
    assert_eq!(question(&query(&["a"; 150].join("."), 1)), None, "a name that is too long");
}
