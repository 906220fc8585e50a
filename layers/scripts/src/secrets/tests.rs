#![allow(clippy::unwrap_used)]

use std::process::Command;

use super::*;

fn secrets(all: &[(&str, &str)]) -> Secrets {
    let pairs = all.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())));
    Secrets::new(pairs.collect())
}

#[test]
fn a_secret_shows_nowhere() {
    let text = format!("{:?}", secrets(&[("TOKEN", "hunter2hunter2")]));
    assert!(text.contains("TOKEN") && !text.contains("hunter2"), "{text}");
}

#[test]
fn logs_hold_a_mask_in_its_place() {
    let finder =
        SecretFinder::new(&secrets(&[("A", "abc-secret"), ("B", "abc-secret-long"), ("C", "x\"y\\z+w/")]));
    assert_eq!(finder.masked("token abc-secret-long, abc-secret!"), "token [secret], [secret]!");
    assert_eq!(finder.masked("nothing"), "nothing");
    assert_eq!(finder.masked(r#"{"t":"x\"y\\z+w/"}"#), r#"{"t":"[secret]"}"#);
}

#[test]
fn each_line_of_a_key_is_masked_but_not_its_frame() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----";
    let finder = SecretFinder::new(&secrets(&[("KEY", key)]));
    assert_eq!(finder.masked("at kqhkiG9w0BAQEF:"), "at [secret]:");
    assert_eq!(finder.find(b"if (s.startsWith('-----BEGIN PRIVATE KEY-----'))"), None);
    assert_eq!(finder.find(format!("a = `{key}`").as_bytes()), Some("KEY"));
    assert_eq!(finder.find(key.replace('\n', "\\n").as_bytes()), Some("KEY"));
}

#[test]
fn files_are_searched_for_all_that_node_makes_of_a_value() {
    let value = "s3cr3t/Wert+ü=&\"x";
    let finder = SecretFinder::new(&secrets(&[("OTHER", "not in there"), ("TOKEN", value)]));
    let script = r##"const v = process.env.V; const b = s => Buffer.from(s); const url = new URL('https://u@h'); url.password = v;
        for (const text of [v, JSON.stringify({ v }), encodeURIComponent(v), b(v).toString('base64'), b(v).toString('base64url'),
            b('u:' + v).toString('base64'), b('us:' + v + '!').toString('base64'), b('use:' + v + '!!').toString('base64url'),
            String(new URLSearchParams({ v })), url.href, encodeURIComponent(v).toLowerCase().replace('wert', 'Wert'), b(v).toString('hex'), JSON.stringify(v).replaceAll('&', '\\u0026'),
            JSON.stringify(v).replaceAll('/', '\\/'), JSON.stringify(JSON.stringify({ v })), v.replaceAll('&', '&amp;').replaceAll('"', '&quot;')])
            console.log(JSON.stringify(b('x = ' + text + ';').toString('latin1')))"##;
    let output = Command::new("node").args(["-e", script]).env("V", value).output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 16, "{}", String::from_utf8_lossy(&output.stderr));
    for line in lines {
        let bytes: Vec<u8> = line.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        assert_eq!(finder.find(&bytes), Some("TOKEN"), "{line}");
    }
    assert_eq!(finder.find(b"s3cr3t"), None);
    assert_eq!(SecretFinder::new(&Secrets::default()).find(b"anything"), None);
}

#[test]
fn wide_letters_and_indented_lines_are_found() {
    let finder = SecretFinder::new(&secrets(&[
        ("TOKEN", "hunter2hunter2"),
        ("KEY", "{\n  \"a\": 1,\n  \"key\": \"abcdefgh\"\n}\n"),
    ]));
    let wide =
        |unit: fn(u16) -> [u8; 2]| "x hunter2hunter2 y".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    assert_eq!(finder.find(&wide(u16::to_le_bytes)), Some("TOKEN"));
    assert_eq!(finder.find(&wide(u16::to_be_bytes)), Some("TOKEN"));
    for text in [
        "key: |\n    {\n      \"a\": 1,\n      \"key\": \"abcdefgh\"\n    }\n",
        "{\r\n  \"a\": 1,\r\n  \"key\": \"abcdefgh\"\r\n}\r\n",
    ] {
        assert_eq!(finder.find(text.as_bytes()), Some("KEY"), "{text}");
    }
    assert_eq!(finder.find(b"{\n  \"key\": \"abcdefgh\"\n}"), None);
}
