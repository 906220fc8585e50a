#![allow(clippy::unwrap_used)]

use super::*;

/// A text in the form of a key, whose digits are not a key.
fn pem(kind: &str, end: &str) -> Vec<u8> {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    let word = "PRIVATE";
    format!("-----BEGIN {kind}{word} KEY-----{end}{line}{end}{line}{end}-----END {kind}{word} KEY-----{end}")
        .into()
}

#[test]
fn keys_are_told_by_their_digits() {
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        for end in ["\n", "\r\n", "\\n", "\r", "\\r\\n"] {
            assert!(is_private_key(&pem(kind, end)), "{kind} {end:?}");
            let text = [b"const key = `".to_vec(), pem(kind, end), b"`".to_vec()].concat();
            assert!(is_private_key(&text));
            let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
                String::from_utf8(text.clone()).unwrap().encode_utf16().flat_map(unit).collect()
            };
            assert!(is_private_key(&wide(u16::to_le_bytes)) && is_private_key(&wide(u16::to_be_bytes)));
            let marked = [&[0xff, 0xfe][..], &wide(u16::to_le_bytes)].concat();
            assert!(is_private_key(&marked) && is_private_key(&[b"\xef\xbb\xbf", &text[..]].concat()));
        }
    }
    let with_headers = String::from_utf8(pem("RSA ", "\n")).unwrap().replacen(
        "KEY-----\n",
        "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n",
        1,
    );
    assert!(is_private_key(with_headers.as_bytes()));
}

#[test]
fn keys_in_base64_are_told() {
    let wrap = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
    for kind in ["", "RSA ", "OPENSSH "] {
        let wrapped = wrap(&pem(kind, "\n"));
        let lines: Vec<&str> =
            wrapped.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for text in [
            wrapped.clone(),
            format!("data:\n  tls.key: {wrapped}\n"),
            lines.join("\n"),
            format!("KEY=\"{wrapped}\""),
        ] {
            assert!(is_private_key(text.as_bytes()), "{text}");
        }
    }
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    for other in ["-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----"] {
        assert!(!is_private_key(wrap(format!("{other}\n{line}\n{line}\n").as_bytes()).as_bytes()), "{other}");
    }
    assert!(!is_private_key(b"text.startsWith('LS0tLS1CRUdJTi')"));
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
        assert!(!is_private_key(text.as_bytes()), "{text}");
    }
    assert!(is_private_key(b"PuTTY-User-Key-File-3: ssh-ed25519\n"));
}

/// Runs openssl, which writes to `name`.
fn openssl(folder: &std::path::Path, name: &str, args: &str) -> Vec<u8> {
    let words = args.split(' ').chain(["-out", name]);
    let output = std::process::Command::new("openssl").args(words).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
#[ignore = "needs openssl"]
fn files_of_openssl_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str, args: &str| openssl(dir.path(), name, args);
    make("rsa.pem", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    make("ec.pem", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    make("ed.pem", "genpkey -algorithm ED25519");
    make("ca.pem", "req -new -x509 -key rsa.pem -subj /CN=x -days 30");
    for args in [
        "pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER",
        "pkcs8 -topk8 -nocrypt -in ec.pem -outform DER",
        "pkcs8 -topk8 -nocrypt -in ed.pem -outform DER",
        "pkcs8 -topk8 -in ec.pem -passout pass:x -outform DER",
        "pkcs8 -topk8 -in ec.pem -passout pass:x -v1 PBE-SHA1-3DES -outform DER",
        "rsa -in rsa.pem -traditional -outform DER",
        "ec -in ec.pem -outform DER",
        "ec -in ec.pem -no_public -outform DER",
        "pkcs12 -export -inkey rsa.pem -in ca.pem -passout pass:x",
        "pkcs12 -export -inkey rsa.pem -in ca.pem -passout pass:x -keypbe NONE -certpbe NONE -nomac",
    ] {
        assert!(is_private_key(&make("key", args)), "{args}");
    }
    for args in [
        "pkey -in rsa.pem -pubout -outform DER",
        "pkey -in ec.pem -pubout -outform DER",
        "pkey -in ed.pem -pubout -outform DER",
        "rsa -in rsa.pem -RSAPublicKey_out -outform DER",
        "x509 -in ca.pem -outform DER",
        "req -new -key rsa.pem -subj /CN=x -outform DER",
        "crl2pkcs7 -nocrl -certfile ca.pem -outform DER",
        "pkcs12 -export -nokeys -in ca.pem -passout pass:x",
        "ecparam -name P-256 -outform DER",
    ] {
        assert!(!is_private_key(&make("public", args)), "{args}");
    }
    let random: Vec<u8> = (0..4096_u32).map(|at| (at.wrapping_mul(at) % 251) as u8).collect();
    assert!(!is_private_key(&random) && !is_private_key(b"") && !is_private_key(&[0x30, 0x82, 1]));
}

#[test]
fn json_with_the_private_part_of_a_key_is_one() {
    let digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    for text in [
        format!(r#"{{"kty":"RSA","n":"{digits}","e":"AQAB","d":"{digits}"}}"#),
        format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","x":"{digits}","d":"{digits}"}}]}}"#),
        format!(r#"{{"kty":"oct","k":"{digits}"}}"#),
    ] {
        assert!(is_private_key(text.as_bytes()), "{text}");
    }
    for text in [
        format!(r#"{{"kty":"RSA","n":"{digits}","e":"AQAB"}}"#),
        format!(r#"{{"properties":{{"kty":{{"type":"string"}},"d":{{"type":"string"}}}},"x":"{digits}"}}"#),
        r#"{"kty":"EC","d":""}"#.to_owned(),
    ] {
        assert!(!is_private_key(text.as_bytes()), "{text}");
    }
}

/// An Ed25519 key in PKCS#8 form, whose digits are not a key.
fn der() -> Vec<u8> {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [head.to_vec(), vec![7; 32]].concat()
}

#[test]
fn keys_within_code_are_told() {
    let digits = "abcdefghijklmnopqrstuvwxyz0123456789";
    let wrapped = base64::prelude::BASE64_STANDARD.encode(der());
    let open = ["-----BEGIN ", "PRIVATE KEY-----"].concat();
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    for text in [
        format!("const key = createPrivateKey(Buffer.from('{wrapped}', 'base64'))"),
        format!("KEY={wrapped}"),
        format!("const key = {{\"kty\":\"OKP\",\"d\":\"{digits}\",\"x\":\"{digits}\"}};"),
        format!("const key = {{ d: '{digits}', kty: 'EC' }};"),
        format!("const key = {{ kty: 'oct', k: '{digits}' }};"),
        format!("KEY='{{\\\"kty\\\":\\\"EC\\\",\\\"d\\\":\\\"{digits}\\\"}}'"),
        format!("const key = '{open}\\n' +\n  '{line}\\n' +\n  '{line}\\n'"),
        format!("const key = ['{open}', '{line}', '{line}'].join('\\n')"),
        format!("const key = [\n  \"{open}\",\n  \"{line}\",\n].join('\\n')"),
    ] {
        assert!(is_private_key(text.as_bytes()), "{text}");
    }
    let public = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &[7; 32]].concat();
    for text in [
        format!("const key = '{}'", base64::prelude::BASE64_STANDARD.encode(public)),
        format!("const key = {{\"kty\":\"OKP\",\"x\":\"{digits}\"}};"),
        "const { kty, d, x } = jwk; if (kty === 'OKP' && d) return { kty: 'OKP', d: encode(d), x }"
            .to_owned(),
        format!("kty: 'EC'; f({{ d: '{digits}' }})"),
        format!("{{ kty: 'EC', kid: '{digits}', id: '{digits}' }}"),
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ".to_owned(),
    ] {
        assert!(!is_private_key(text.as_bytes()), "{text}");
    }
}

#[test]
fn secret_keys_of_openpgp_are_told() {
    let block = String::from_utf8(pem("PGP ", "\n"))
        .unwrap()
        .replace("KEY--", "KEY BLOCK--")
        .replacen('\n', "\n\n", 1);
    assert!(is_private_key(block.as_bytes()), "{block}");
    let packet = |tag: u8| [&[tag, 88, 4, 0x65, 1, 2, 3, 22][..], &[9; 82], &[0xb4, 1, b'x']].concat();
    assert!(is_private_key(&packet(0x94)) && is_private_key(&packet(0xc5)));
    assert!(!is_private_key(&packet(0x98)) && !is_private_key(&packet(0xc6)));
}
