//! The encodings in which tools write a value. In: a value. Out: texts and bytes that represent it.
//!
//! | form | written by |
//! |---|---|
//! | unchanged; with other line ends | anything |
//! | a JSON string, also inside a string; with `\\u0026`, `\\/`, `\\u00fc` | `JSON.stringify`, Go, PHP, serialize-javascript |
//! | percent-encoded, with upper-case or lower-case digits | `encodeURIComponent`, `URLSearchParams`, `new URL().password` |
//! | HTML entities | templates |
//! | base64 and its URL form, also inside a longer encoded text; hex | `Buffer` |
//! | UTF-16 | Windows |

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Forms shorter than this are searched only unencoded: their encodings would be found everywhere.
pub(crate) const SHORTEST_FORM: usize = 8;

/// The texts that represent a value, including itself.
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

/// The value in UTF-16, in both byte orders.
pub(crate) fn wide_forms(value: &str) -> Vec<Vec<u8>> {
    let units = || value.encode_utf16();
    let wide: [Vec<u8>; 2] =
        [units().flat_map(u16::to_le_bytes).collect(), units().flat_map(u16::to_be_bytes).collect()];
    wide.into_iter().filter(|form| form.len() >= SHORTEST_FORM).collect()
}

/// As JSON strings, without the quotes.
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

/// Characters that stay unencoded, in addition to letters and digits: in `encodeURIComponent`,
const COMPONENT: &str = "-_.!~*'()";
/// in `URLSearchParams`,
const FORM: &str = "-_.*";
/// in RFC 3986,
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

/// Lower-case digits after `%`.
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

/// The base64 characters that depend only on the value, if it starts at this byte of three.
fn encoded(engine: &impl base64::Engine, value: &str, offset: usize) -> String {
    let bytes: Vec<u8> = std::iter::repeat_n(0, offset).chain(value.bytes()).collect();
    let text = engine.encode(&bytes);
    let (first, last) = ((offset * 8).div_ceil(6), bytes.len() * 8 / 6);
    text.get(first..last).unwrap_or_default().to_owned()
}
