#![allow(clippy::unwrap_used)]

use super::*;

fn secret(text: &str) -> Result<SecretArg, String> {
    text.parse()
}

#[test]
fn a_build_argument_is_a_variable_with_or_without_a_value() {
    let arg = |text: &str| text.parse::<BuildArg>();
    assert_eq!(arg("A_1=b=c, d").unwrap(), BuildArg { name: "A_1".into(), value: Some("b=c, d".into()) });
    assert_eq!(arg("A=").unwrap().value.as_deref(), Some(""));
    assert_eq!(arg("A").unwrap().value, None);
    for wrong in ["", "=x", "1A=x", "A-B=x", "A B", "Ä=1"] {
        assert!(arg(wrong).unwrap_err().contains("write NAME=VALUE"), "{wrong}");
    }
    let args = ["A=1", "FOURPLY_TEST_NOT_SET"].map(|text| arg(text).unwrap());
    assert_eq!(build_args(&args).into_keys().collect::<Vec<_>>(), ["A"]);
}

#[test]
fn a_secret_has_a_name_and_a_place() {
    let of = |text: &str| secret(text).unwrap().from;
    assert_eq!(of("id=A"), SecretSource::Variable("A".into()));
    assert_eq!(of("id=A,env=B"), SecretSource::Variable("B".into()));
    assert_eq!(of("id=A,type=env,src=B"), SecretSource::Variable("B".into()));
    assert_eq!(of("id=A,src=x/y"), SecretSource::File("x/y".into()));
    assert_eq!(of("type=file,id=A,\"source=x,y\""), SecretSource::File("x,y".into()));
    let wrong = [
        "",
        "id=",
        "id=a-b",
        "env=B",
        "id=A,id=B",
        "id=A,env=B,src=C",
        "id=A,type=file",
        "id=A,type=x",
        "id=A,\"src=x",
        "id=A,value=hunter2",
        "id=A,hunter2",
    ];
    for wrong in wrong {
        let error = secret(wrong).unwrap_err();
        assert!(error.contains("write it as id=NAME") && !error.contains("hunter2"), "{wrong}: {error}");
    }
}

fn read(text: &str) -> Result<Secrets, String> {
    secrets(&[secret(text).unwrap()])
        .map_err(|error| format!("{error}; {}", error.hint().unwrap_or_default()))
}

#[test]
fn secrets_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("token"), "two\nlines\r\n").unwrap();
    std::fs::write(path("short"), "12345\n").unwrap();
    std::fs::write(path("nul"), "12345\x006").unwrap();
    std::fs::write(path("bytes"), b"1234567\xff").unwrap();
    std::fs::write(path("large"), vec![b'x'; 70_000]).unwrap();
    let found = read(&format!("id=A,src={}", path("token"))).unwrap();
    assert_eq!(found.get("A").unwrap().reveal(), "two\nlines");
    for (name, expected) in [
        ("short", "fewer than 6 characters"),
        ("nul", "has a NUL"),
        ("bytes", "UTF-8"),
        ("large", "larger than 64 kB"),
        (".", "is no file"),
        ("absent", "name a file"),
    ] {
        let error = read(&format!("id=A,src={}", path(name))).unwrap_err();
        assert!(error.contains(expected) && !error.contains("12345"), "{name}: {error}");
    }
    let error = read("id=FOURPLY_TEST_NOT_SET").unwrap_err();
    assert!(error.contains("the variable FOURPLY_TEST_NOT_SET is not set"), "{error}");
    let twice = [
        secret(&format!("id=A,src={}", path("token"))).unwrap(),
        secret(&format!("id=A,src={}", path("token"))).unwrap(),
    ];
    assert!(secrets(&twice).unwrap_err().to_string().contains("there twice"));
}

#[test]
fn a_secret_that_no_build_asks_for_is_refused() {
    let given = Secrets::new(BTreeMap::from([("A".to_owned(), Secret::new("hunter2!".to_owned()))]));
    let check = |text| check_declared(&given, &Config::parse(text).unwrap());
    check("[build]\nsecrets = [\"A\"]\n").unwrap();
    check("[services.web.build]\nsecrets = [\"A\", \"B\"]\n").unwrap();
    let error = check("[build]\nsecrets = [\"B\"]\n").unwrap_err();
    assert!(error.hint().unwrap().contains("[build] secrets = [\"A\"]"), "{error}");
}
