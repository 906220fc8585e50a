//! Detects private keys by their content. In: the bytes of a file. Out: whether they contain one.
//!
//! | form | how it is detected |
//! |---|---|
//! | PEM, in any text, UTF-16 included | the first line of a key and its first digits: programs that write or read keys contain only the line |
//! | PEM in base64, as in variables and Kubernetes secrets | the first characters of such a text, and its decoded form |
//! | DER | the structure of PKCS#8, PKCS#1, SEC1 or DSA: certificates and public keys have others |
//! | PKCS#12 | a bag with a key: a store with only certificates has none |
//! | DER in base64, in any text | the first characters, and the structure of its decoded form |
//! | OpenPGP | PEM's lines; the first packet of a file in its binary form |
//! | JWK, also within code | an object with `kty` and the private member as a text |
//! | PuTTY, OpenSSH | their first characters |
//!
//! Archives and compressed files are not searched.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD;
use der::{AnyRef, Decode, Reader, SliceReader, Tag, Tagged};
use fourply_scripts::written::find;
use serde_json::Value;

/// The size limit in bytes of a file that is parsed as DER or JSON: keys are small.
const LARGEST: usize = 1 << 20;

/// Whether a file contains a private key.
pub(crate) fn is_private_key(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let starts = |magic: &[u8]| text.starts_with(magic);
    has_pem(&text)
        || has_wrapped_pem(&text)
        || has_wrapped_der(&text)
        || has_jwk(&text)
        || is_openpgp(bytes)
        || starts(b"PuTTY-User-Key-File-")
        || starts(b"openssh-key-v1\0")
        || (bytes.len() <= LARGEST && (is_jwk(&text) || is_der(bytes) || is_key_store(bytes)))
}

/// The bytes as UTF-8 if they are UTF-16, without the byte order mark.
fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let zeros =
        |odd: usize| bytes.len() >= 64 && bytes.iter().take(64).skip(odd).step_by(2).all(|byte| *byte == 0);
    let decode = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        Cow::Owned(
            char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect::<String>().into_bytes(),
        )
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => decode(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode(rest, u16::from_be_bytes),
        all if zeros(1) => decode(all, u16::from_le_bytes),
        all if zeros(0) => decode(all, u16::from_be_bytes),
        all => Cow::Borrowed(all),
    }
}

/// The minimum number of digits after a key's first line: one line of the shortest key has more.
const DIGITS: usize = 40;
/// How far after the first line the digits may begin, in bytes: lines such as `Proc-Type: 4,ENCRYPTED` come before.
const HEADERS: usize = 512;

/// Whether a text contains a key in PEM.
fn has_pem(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, b"PRIVATE KEY") {
        let (before, behind) = rest.split_at_checked(at).unwrap_or_default();
        rest = behind.get(b"PRIVATE KEY".len()..).unwrap_or_default();
        let opens = before.get(before.len().saturating_sub(32)..).is_some_and(opens);
        let end = rest.strip_prefix(b" BLOCK").unwrap_or(rest);
        if opens && end.strip_prefix(b"-----").is_some_and(has_digits) {
            return true;
        }
    }
    false
}

/// `-----BEGIN ` in base64, without its last character, which depends on the following text.
const WRAPPED: &[u8] = b"LS0tLS1CRUdJTi";
/// The number of base64 characters that are decoded: the beginning of a key.
const WRAPPED_LENGTH: usize = 1600;

/// Whether a text contains a key in PEM as base64, possibly on several lines.
fn has_wrapped_pem(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, WRAPPED) {
        let behind = rest.get(at..).unwrap_or_default();
        rest = behind.get(WRAPPED.len()..).unwrap_or_default();
        let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
        let digits = behind.iter().filter(|byte| !byte.is_ascii_whitespace()).take_while(is_digit);
        let mut digits: Vec<u8> = digits.take(WRAPPED_LENGTH).copied().collect();
        digits.truncate(digits.len() / 4 * 4);
        if STANDARD_NO_PAD.decode(&digits).is_ok_and(|decoded| has_pem(&decoded)) {
            return true;
        }
    }
    false
}

/// Whether the preceding text ends with `-----BEGIN `, possibly with the kind of key.
fn opens(before: &[u8]) -> bool {
    let Some(at) = (0..before.len())
        .rev()
        .find(|at| before.get(*at..).is_some_and(|text| text.starts_with(b"-----BEGIN ")))
    else {
        return false;
    };
    let kind = before.get(at + b"-----BEGIN ".len()..).unwrap_or_default();
    kind.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ')
}

/// Whether a key's digits follow on separate lines: real line breaks, or those of a JSON string.
fn has_digits(behind: &[u8]) -> bool {
    let text = behind.get(..(HEADERS + DIGITS).min(behind.len())).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n' || *byte == b'\r');
    let lines = lines.flat_map(|line| split(line, b"\\n")).flat_map(|line| split(line, b"\\r"));
    // The rest of the first line has digits only in a separate string: `'-----BEGIN …-----', 'MII…'`.
    let quoted = |at: usize, line: &[u8]| at > 0 || matches!(line, [b'\'' | b'"' | b'`', ..]);
    let lines = lines.enumerate().filter(|(at, line)| quoted(*at, line)).map(|(_, line)| unquoted(line));
    let mut lines = lines.filter(|line| !line.is_empty());
    // A line with a colon is a header.
    lines.find(|line| !line.contains(&b':')).is_some_and(|line| {
        let digits = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
        digits.count() >= DIGITS
    })
}

/// A line without quotes and without characters that join strings in code.
fn unquoted(line: &[u8]) -> &[u8] {
    let outside = |byte: &u8| !byte.is_ascii_whitespace() && !b"'\"`,+".contains(byte);
    let first = line.iter().position(outside).unwrap_or(line.len());
    let last = line.iter().rposition(outside).map_or(first, |at| at + 1);
    line.get(first..last).unwrap_or_default()
}

fn split<'b>(mut line: &'b [u8], at: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    while let Some(found) = find(line, at) {
        parts.push(line.get(..found).unwrap_or_default());
        line = line.get(found + at.len()..).unwrap_or_default();
    }
    parts.push(line);
    parts
}

/// The size limit of a DER key in base64.
const LARGEST_DER: usize = 8192;

/// Whether a text contains a key in DER as base64, as a whole word, possibly on several lines: all of them begin with
/// `M` and one of `C` to `I`.
fn has_wrapped_der(text: &[u8]) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let starts = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        !before.is_some_and(|byte| is_digit(*byte))
    };
    let mut seen = 0;
    while let Some(at) = text.get(seen..).and_then(|rest| rest.iter().position(|byte| *byte == b'M')) {
        let at = seen + at;
        seen = at + 1;
        if !matches!(text.get(at + 1), Some(b'C'..=b'I')) || !starts(at) {
            continue;
        }
        let behind = text.get(at..).unwrap_or_default();
        let digits =
            behind.iter().filter(|byte| !byte.is_ascii_whitespace()).take_while(|byte| is_digit(**byte));
        let digits: Vec<u8> = digits
            .take(LARGEST_DER)
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        // Words after the key do not belong to it: its own length determines its end.
        let whole = digits.get(..digits.len() / 4 * 4).unwrap_or_default();
        let decoded =
            [digits.as_slice(), whole].iter().find_map(|digits| STANDARD_NO_PAD.decode(digits).ok());
        if digits.len() >= 60 && decoded.is_some_and(|bytes| is_der(der_part(&bytes))) {
            return true;
        }
    }
    false
}

/// The bytes of the first value.
fn der_part(bytes: &[u8]) -> &[u8] {
    let length = match bytes {
        [_, short @ 0..=0x7f, ..] => 2 + usize::from(*short),
        [_, 0x81, length, ..] => 3 + usize::from(*length),
        [_, 0x82, high, low, ..] => 4 + (usize::from(*high) << 8) + usize::from(*low),
        _ => bytes.len(),
    };
    bytes.get(..length).unwrap_or(bytes)
}

/// Whether a file begins with an OpenPGP secret key. Source: RFC 9580, 4.2 and 5.5.2.
fn is_openpgp(bytes: &[u8]) -> bool {
    let (length, key) = match bytes {
        [0x94, length, key @ ..] | [0xc5, length @ 0..=191, key @ ..] => (usize::from(*length), key),
        [0x95, high, low, key @ ..] => ((usize::from(*high) << 8) + usize::from(*low), key),
        [0xc5, high @ 192..=223, low, key @ ..] => {
            (((usize::from(*high) - 192) << 8) + usize::from(*low) + 192, key)
        }
        _ => return false,
    };
    let next = key.get(length).is_none_or(|tag| tag & 0x80 != 0);
    // Version 4 or 6, a time since 1996, an algorithm.
    let known = matches!(key, [4 | 6, 0x30..=0x90, _, _, _, 1..=3 | 16..=28, ..]);
    known && length >= 32 && key.len() >= length && next
}

/// How far an object extends around its `kty`, in bytes.
const LARGEST_JWK: usize = 8192;

/// Whether code or JSON in a text contains an object with `kty` and a private or shared key as a string.
fn has_jwk(text: &[u8]) -> bool {
    let mut seen = 0;
    while let Some(at) = find(text.get(seen..).unwrap_or_default(), b"kty") {
        let at = seen + at;
        seen = at + 3;
        let before = text.get(at.saturating_sub(LARGEST_JWK)..at).unwrap_or_default();
        let behind = text.get(at..(at + LARGEST_JWK).min(text.len())).unwrap_or_default();
        let (Some(open), Some(close)) = (
            before.iter().rposition(|byte| b"{}".contains(byte)),
            behind.iter().position(|byte| b"{}".contains(byte)),
        ) else {
            continue;
        };
        let object =
            [before.get(open..).unwrap_or_default(), behind.get(..close).unwrap_or_default()].concat();
        let shared = member(&object, b"kty", 3).is_some_and(|kind| kind == b"oct");
        if member(&object, b"d", 20).is_some() || (shared && member(&object, b"k", 20).is_some()) {
            return true;
        }
    }
    false
}

/// The string of a member: `"d":"x"`, `d: 'x'`, `\"d\":\"x\"`, if it has at least this many base64 characters and no
/// others.
fn member<'o>(object: &'o [u8], name: &[u8], least: usize) -> Option<&'o [u8]> {
    let quotes = |byte: &u8| b"\\'\"` \t\r\n".contains(byte);
    let mut seen = 0;
    while let Some(at) = find(object.get(seen..)?, name) {
        let at = seen + at;
        seen = at + name.len();
        let before = object.get(at.checked_sub(1)?)?;
        let behind = object.get(seen..)?;
        let colon = behind.iter().position(|byte| !quotes(byte))?;
        if !(quotes(before) || b"{,".contains(before)) || behind.get(colon) != Some(&b':') {
            continue;
        }
        let value = behind.get(colon + 1..)?;
        let start = value.iter().position(|byte| !quotes(byte))?;
        let quoted = value.get(..start)?.iter().any(|byte| b"'\"`".contains(byte));
        let value = value.get(start..)?;
        let length = value.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"-_".contains(byte))?;
        let ends = value.get(length).is_some_and(|byte| b"\\'\"`".contains(byte));
        if quoted && ends && length >= least {
            return value.get(..length);
        }
    }
    None
}

/// Whether JSON contains a private or shared key. Source: RFC 7518, 6.
fn is_jwk(text: &[u8]) -> bool {
    let begins = text.trim_ascii_start().first().is_some_and(|first| b"{[".contains(first));
    if !begins || find(text, b"\"kty\"").is_none() {
        return false;
    }
    serde_json::from_slice(text).is_ok_and(|value: Value| holds_key(&value))
}

fn holds_key(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.iter().any(holds_key),
        Value::Object(all) => {
            let long =
                |name: &str| all.get(name).and_then(Value::as_str).is_some_and(|text| text.len() >= 20);
            let kind = all.get("kty").and_then(Value::as_str);
            kind.is_some_and(|kind| long("d") || (kind == "oct" && long("k"))) || all.values().any(holds_key)
        }
        _ => false,
    }
}

/// Password-based encryption: PKCS#5 and PKCS#12. Source: RFC 8018, A; RFC 7292, C.
const BY_PASSWORD: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];

/// Whether all bytes are one key. Sources: RFC 5208, 5; RFC 5958, 2; RFC 8017, A.1.2; RFC 5915, 3; OpenSSL's form of
/// DSA.
fn is_der(bytes: &[u8]) -> bool {
    let Some(fields) = AnyRef::from_der(bytes).ok().and_then(fields) else { return false };
    let tags: Vec<Tag> = fields.iter().map(Tagged::tag).collect();
    let version = fields.first().map(|first| first.value());
    let size = |at: usize| fields.get(at).map_or(0, |field| field.value().len());
    match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => {
            matches!(version, Some([0 | 1])) && fields.get(1).and_then(algorithm).is_some()
        }
        [Tag::Integer, rest @ ..]
            if rest.len() >= 8 && rest.iter().take(8).all(|tag| *tag == Tag::Integer) =>
        {
            matches!(version, Some([0 | 1])) && size(1) >= 48
        }
        [Tag::Integer, rest @ ..] if rest.len() == 5 && rest.iter().all(|tag| *tag == Tag::Integer) => {
            matches!(version, Some([0])) && size(1) >= 64
        }
        [Tag::Integer, Tag::OctetString, rest @ ..] => {
            let named = rest.iter().all(|tag| matches!(tag, Tag::ContextSpecific { .. }));
            matches!(version, Some([1]))
                && named
                && (16..=72).contains(&size(1))
                && (!rest.is_empty() || size(1) >= 28)
        }
        [Tag::Sequence, Tag::OctetString] => {
            let by = fields.first().and_then(algorithm);
            by.is_some_and(|by| BY_PASSWORD.iter().any(|prefix| by.starts_with(prefix)))
        }
        _ => false,
    }
}

/// The fields of a sequence, if there are no more than in a key.
fn fields(any: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if any.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(any.value()).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() && found.len() < 16 {
        found.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(found)
}

/// The object identifier at the beginning of an algorithm.
fn algorithm<'a>(any: &AnyRef<'a>) -> Option<&'a [u8]> {
    let first = *fields(*any)?.first()?;
    (first.tag() == Tag::ObjectIdentifier).then_some(first.value())
}

/// PKCS#12 bags with keys, plain and encrypted. Source: RFC 7292, 4.2.
const KEY_BAGS: [&[u8]; 2] = [
    &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01],
    &[0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x02],
];

/// Whether it is PKCS#12 with a key. Some programs write lengths that DER does not allow, so the beginning and the bags
/// are checked.
fn is_key_store(bytes: &[u8]) -> bool {
    let begins = match bytes {
        [0x30, 0x80, rest @ ..] | [0x30, 0x82, _, _, rest @ ..] | [0x30, 0x83, _, _, _, rest @ ..] => rest,
        _ => return false,
    };
    begins.starts_with(&[0x02, 0x01, 0x03, 0x30]) && KEY_BAGS.iter().any(|bag| find(bytes, bag).is_some())
}

#[cfg(test)]
mod tests;
