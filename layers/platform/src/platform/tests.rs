use super::*;

#[test]
fn normalises_as_container_engines_do() {
    for (text, shown) in [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("Linux/AMD64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/s390x", "linux/s390x"),
    ] {
        assert_eq!(text.parse::<Platform>().unwrap().to_string(), shown, "{text}");
    }
}

#[test]
fn refuses_what_is_no_platform() {
    for text in ["", "linux", "linux/", "/amd64", "linux/amd64/v1/x", "linux/am d64"] {
        assert!(text.parse::<Platform>().is_err(), "{text:?}");
    }
}

#[test]
fn an_older_variant_serves_a_newer_architecture() {
    let rank = |has: &str, wants: &str| {
        let parsed = |text: &str| text.parse::<Platform>().unwrap();
        parsed(has).rank(&parsed(wants))
    };
    assert_eq!(rank("linux/arm/v7", "linux/arm/v7"), Some(0));
    assert_eq!(rank("linux/arm/v6", "linux/arm/v7"), Some(1));
    assert_eq!(rank("linux/arm/v7", "linux/arm/v6"), None);
    assert_eq!(rank("linux/amd64", "linux/amd64/v3"), Some(2));
    assert_eq!(rank("linux/amd64/v3", "linux/amd64"), None);
    assert_eq!(rank("linux/arm64/v8", "linux/arm64"), Some(0));
    assert_eq!(rank("linux/arm64", "linux/amd64"), None);
    assert_eq!(rank("windows/amd64", "linux/amd64"), None);
}
