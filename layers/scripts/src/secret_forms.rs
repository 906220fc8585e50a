//! The ways in which tools write a value. In: a value. Out: texts and bytes that stand for it.
//!
//! | form | written by |
//! |---|---|
//! | itself; with the other ends of lines | anything |
//! | a string of JSON, also within a string; with `\\u0026`, `\\/`, `\\u00fc` | `JSON.stringify`, Go, PHP, serialize-javascript |
//! | percent-encoded, in both cases of digits | `encodeURIComponent`, `URLSearchParams`, `new URL().password` |
//! | HTML's entities | templates |
//! | base64 and its URL form, also in the middle of something that is encoded; hex | `Buffer` |
//! | 16 bits a letter | Windows |

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter forms of a secret than this are looked for in no other writing than their own: they would be found everywhere.
pub(crate) const SHORTEST_FORM: usize = 8;

/// The texts that stand for a value; itself is among them.
pub(crate) fn forms(value: &str) -> Vec<String> {
    let unix = value.replace("\r\n", "\n");
    let mut forms = vec![value.to_owned()];
    for value in [value.to_owned(), unix.replace('\n', "\r\n"), unix] {
        forms.push(value.clone());
        forms.extend(json_forms(&value));
        for kept in [COMPONENT, FORM, UNRESERVED, PASSWORD] {
            let upper = percent(&value, kept);
            forms.extend([
                lower_digits(&upper),
                upper.replace("%20", "+"),
                lower_digits(&upper).replace("%20", "+"),
                upper,
            ]);
        }
        forms.extend(["&#39;", "&#x27;", "&apos;"].map(|quote| html(&value, quote)));
        if value.len() >= SHORTEST_FORM {
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            forms.extend([hex.to_ascii_uppercase(), hex]);
            for offset in 0..3 {
                forms.extend(
                    [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|engine| encoded(engine, &value, offset)),
                );
            }
        }
    }
    forms.sort();
    forms.dedup();
    forms.retain(|form| form == value || form.len() >= SHORTEST_FORM);
    forms
}

/// The value with 16 bits a letter, in both orders of bytes.
pub(crate) fn wide_forms(value: &str) -> Vec<Vec<u8>> {
    let units = || value.encode_utf16();
    let wide: [Vec<u8>; 2] =
        [units().flat_map(u16::to_le_bytes).collect(), units().flat_map(u16::to_be_bytes).collect()];
    wide.into_iter().filter(|form| form.len() >= SHORTEST_FORM).collect()
}

/// As strings of JSON, without the quotes.
fn json_forms(value: &str) -> Vec<String> {
    let json = |value: &str| {
        let text = serde_json::Value::from(value).to_string();
        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
    };
    let plain = json(value);
    let mut forms = vec![json(&plain), plain.clone()];
    for letters in ["&<>", "<>/", "&<>'", "&<>'\""] {
        for upper in [false, true] {
            let escaped = escaped(&plain, |c| letters.contains(c), upper);
            forms.push(escaped);
        }
    }
    let ascii = |text: &str, upper| escaped(text, |c: char| !c.is_ascii(), upper);
    for upper in [false, true] {
        forms.extend([ascii(&plain, upper), ascii(&plain.replace('/', "\\/"), upper)]);
    }
    forms.push(plain.replace('/', "\\/"));
    forms
}

fn escaped(text: &str, which: impl Fn(char) -> bool, upper: bool) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if !which(letter) {
            out.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            out.push_str(&if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
        }
    }
    out
}

/// What is left as it is beside letters and digits: by `encodeURIComponent`,
const COMPONENT: &str = "-_.!~*'()";
/// by `URLSearchParams`,
const FORM: &str = "-_.*";
/// by RFC 3986,
const UNRESERVED: &str = "-_.~";
/// and in the password of a URL. Source: https://url.spec.whatwg.org/#userinfo-percent-encode-set.
const PASSWORD: &str = "-_.!~*'()$&+,%";

fn percent(value: &str, kept: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match char::from(byte) {
            letter if letter.is_ascii_alphanumeric() || kept.contains(letter) => out.push(letter),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The digits behind `%` in small letters.
fn lower_digits(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_sign = |at: Option<usize>| at.and_then(|at| letters.get(at)) == Some(&'%');
    let of = |(at, letter): (usize, &char)| match is_sign(at.checked_sub(1)) || is_sign(at.checked_sub(2)) {
        true => letter.to_ascii_lowercase(),
        false => *letter,
    };
    letters.iter().enumerate().map(of).collect()
}

fn html(value: &str, quote: &str) -> String {
    let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', quote)
}

/// The characters of base64 that depend on the value alone, where it begins at this byte of three.
fn encoded(engine: &impl base64::Engine, value: &str, offset: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, offset).chain(value.bytes()).collect();
    let text = engine.encode(&bytes);
    let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    text.get(first..last).unwrap_or_default().to_owned()
}
