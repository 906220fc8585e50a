#![allow(clippy::unwrap_used)]

use super::*;

/// The form of a key, with digits of none.
fn pem(kind: &str, end: &str) -> Vec<u8> {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    let word = "PRIVATE";
    format!("-----BEGIN {kind}{word} KEY-----{end}{line}{end}{line}{end}-----END {kind}{word} KEY-----{end}")
        .into()
}

#[test]
fn names_of_environment_files() {
    for path in ["a/.env", ".env.production", "x/.env.local", ".envrc", ".env.production.local"] {
        assert_eq!(by_name(path), Some(Sensitive::Environment), "{path}");
    }
    assert_eq!(by_name("services/a/.npmrc"), Some(Sensitive::Npmrc));
    for path in [
        ".env.example",
        "a/.env.sample",
        ".env.template",
        ".env.d.ts",
        ".environment",
        "env",
        "src/.env/x.js",
        "a.env",
        "dist/node_modules/x/.env",
        "dist/node_modules/x/.npmrc",
    ] {
        assert_eq!(by_name(path), None, "{path}");
    }
}

#[test]
fn keys_are_told_by_their_digits() {
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        for end in ["\n", "\r\n", "\\n"] {
            assert!(has_private_key(&pem(kind, end)), "{kind} {end:?}");
            let text = [b"const key = `".to_vec(), pem(kind, end), b"`".to_vec()].concat();
            assert_eq!(by_content("dist/main.js", &text), Some(Sensitive::PrivateKey));
            assert_eq!(by_content("dist/node_modules/x/test.pem", &text), None);
        }
    }
    let with_headers = String::from_utf8(pem("RSA ", "\n")).unwrap().replacen(
        "KEY-----\n",
        "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n",
        1,
    );
    assert!(has_private_key(with_headers.as_bytes()));
}

#[test]
fn programs_that_read_or_write_keys_have_none() {
    let open = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
    for text in [
        format!("const head = '{open}\\n' + body.match(/.{{1,64}}/g).join('\\n')"),
        format!("if (text.includes('{open}')) return decode(text)"),
        format!("`{open}\n${{base64}}\n`"),
        "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQD".to_owned(),
        open.clone(),
        format!("{open}\n"),
        "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQD".to_owned(),
    ] {
        assert!(!has_private_key(text.as_bytes()), "{text}");
    }
    assert!(has_private_key(b"PuTTY-User-Key-File-3: ssh-ed25519\n"));
}
