//! The names by which OpenSSL finds certificates in a folder. In: a file with one certificate in PEM. Out: the hash of
//! its subject, as `openssl x509 -hash` prints it; links with this name lead to the file. Source: OpenSSL 3,
//! `X509_NAME_hash_ex` and `asn1_string_canon`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

mod folder;

pub use folder::CertificateLinks;
pub(crate) use folder::has_ending;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The name of a certificate file in a folder of certificates, without its extension. Source: Debian's and Alpine's
/// `update-ca-certificates`.
pub fn link_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".crt").unwrap_or(name);
    name.replace([' ', ','], "_").replace(['(', ')'], "=")
}

/// The hash of the subject; `None` if the file does not contain exactly one certificate, or it is damaged.
pub(crate) fn subject_hash(pem: &[u8]) -> Option<String> {
    let hash = Sha1::digest(canonical(subject(&certificate(pem)?)?)?);
    let first: [u8; 4] = hash.get(..4)?.try_into().ok()?;
    Some(format!("{:08x}", u32::from_le_bytes(first)))
}

/// The certificate in DER; `None` if the file does not contain exactly one.
fn certificate(pem: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(pem);
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, rest) = rest.split_once(END)?;
    if rest.contains(BEGIN) {
        return None;
    }
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// One DER value: its tag, its content, and the remaining bytes.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (bytes.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The content of a certificate's subject. Source: RFC 5280, section 4.1.
fn subject(der: &[u8]) -> Option<&[u8]> {
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = value(der)?;
    let (_, mut rest, _) = value(certificate)?;
    if let (VERSION, _, after) = value(rest)? {
        rest = after;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        (_, _, rest) = value(rest)?;
    }
    value(rest).map(|(_, subject, _)| subject)
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const UTF8: u8 = 12;

/// The names of a subject in a canonical form, whatever their string types.
fn canonical(mut names: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    while !names.is_empty() {
        let (_, mut set, rest) = value(names)?;
        names = rest;
        let mut pairs = Vec::new();
        while !set.is_empty() {
            let (_, pair, rest) = value(set)?;
            set = rest;
            pairs.push(canonical_pair(pair)?);
        }
        pairs.sort();
        put(&mut all, SET, &pairs.concat());
    }
    Some(all)
}

fn canonical_pair(pair: &[u8]) -> Option<Vec<u8>> {
    let (tag, _, after) = value(pair)?;
    let kind = pair.get(..pair.len() - after.len()).filter(|_| tag == 6)?;
    let (tag, content, _) = value(after)?;
    let mut inner = kind.to_vec();
    match text(tag, content) {
        Some(text) => put(&mut inner, UTF8, folded(&text).as_bytes()),
        None => inner.extend_from_slice(after),
    }
    let mut pair = Vec::new();
    put(&mut pair, SEQUENCE, &inner);
    Some(pair)
}

/// The text of a string; `None` if the value is not a string.
fn text(tag: u8, content: &[u8]) -> Option<String> {
    let wide = |width: usize| {
        let units = content
            .chunks(width)
            .map(|unit| unit.iter().fold(0, |code, byte| (code << 8) | u32::from(*byte)));
        units.map(char::from_u32).collect()
    };
    match tag {
        // PrintableString, IA5String, VisibleString, UTF8String.
        UTF8 | 19 | 22 | 26 => String::from_utf8(content.to_vec()).ok(),
        // T61String, read as Latin-1.
        20 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        28 => wide(4),
        30 => wide(2),
        _ => None,
    }
}

/// Lower case, with single spaces, and trimmed.
fn folded(text: &str) -> String {
    let words: Vec<&str> =
        text.split([' ', '\t', '\n', '\x0b', '\x0c', '\r']).filter(|word| !word.is_empty()).collect();
    words.join(" ").to_ascii_lowercase()
}

fn put(to: &mut Vec<u8>, tag: u8, content: &[u8]) {
    to.push(tag);
    let length = content.len().to_be_bytes();
    let used = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let digits = length.get(used..).unwrap_or_default();
    if content.len() >= 0x80 {
        to.push(0x80 | u8::try_from(digits.len()).unwrap_or(0x7f));
    }
    to.extend_from_slice(digits);
    to.extend_from_slice(content);
}

#[cfg(test)]
mod tests;
