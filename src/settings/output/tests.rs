#![allow(clippy::unwrap_used)]

use super::*;

fn parse(text: &str) -> Result<OutputSpec, String> {
    text.parse().map_err(|error: SpecError| error.reason)
}

#[test]
fn outputs_are_read_in_any_order() {
    let spec = parse("type=oci,dest=out/dir").unwrap();
    assert_eq!(spec, OutputSpec { kind: OutputKind::Oci, dest: "out/dir".into(), name: None });
    let spec = parse("name=erp/auth:1,dest=a=b.tar,type=docker-archive").unwrap();
    assert_eq!(spec.kind, OutputKind::DockerArchive);
    assert_eq!(spec.dest, PathBuf::from("a=b.tar"));
    assert_eq!(spec.names(&["other:1".into()]), ["erp/auth:1"]);
    assert_eq!(parse("type=oci-archive,dest=x").unwrap().names(&["other:1".into()]), ["other:1"]);
    assert_eq!(parse(r#""dest=a,b",type=oci"#).unwrap().dest, PathBuf::from("a,b"));
}

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        ("", "\"\" has no \"=\""),
        ("oci", "\"oci\" has no \"=\""),
        ("type=oci", "dest is missing"),
        ("dest=x", "the type is missing"),
        ("type=tar,dest=x", "\"tar\" is no type of output"),
        ("type=oci,dest=", "dest is empty"),
        ("type=oci,dest=-", "a folder cannot go to standard output: take an archive"),
        ("type=oci,dest=a,dest=b", "dest is there twice"),
        ("type=oci,dst=a", "\"dst\" is no part of an output"),
        ("type=oci,\"dest=a", "a quotation mark is not closed"),
    ];
    for (text, reason) in cases {
        assert_eq!(parse(text).unwrap_err(), reason, "{text}");
    }
}
