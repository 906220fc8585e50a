use super::*;

const HEX: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn parse(text: &str) -> Result<ImageRef, BaseError> {
    ImageRef::parse(text, Path::new("/w"))
}

#[test]
fn registry_names_stay_as_they_are_written() {
    let pinned = format!("host:5000/x/y@sha256:{HEX}");
    for text in ["node:24-alpine", "docker.io/library/node", "host:5000/x/y:1", &pinned] {
        assert_eq!(parse(text).unwrap(), ImageRef::Registry(text.to_owned()));
    }
    assert_eq!(parse("docker://node:24").unwrap(), ImageRef::Registry("node:24".into()));
    assert_eq!(parse(&pinned).unwrap().digest().unwrap().hex(), HEX);
    assert_eq!(parse("node:24").unwrap().digest(), None);
}

#[test]
fn local_images_start_at_the_root() {
    let layout = parse("oci:build/base:v1").unwrap();
    let ImageRef::Layout(image) = &layout else { panic!("{layout:?}") };
    assert_eq!(image.path, Path::new("/w/build/base"));
    assert_eq!(image.choice, ImageChoice::Name("v1".into()));
    assert_eq!(layout.to_string(), "oci:/w/build/base:v1");

    let archive = parse("docker-archive:/tmp/x.tar:alpine:3.20").unwrap();
    let ImageRef::DockerArchive(image) = &archive else { panic!("{archive:?}") };
    assert_eq!(image.path, Path::new("/tmp/x.tar"));
    assert_eq!(image.choice, ImageChoice::Name("alpine:3.20".into()));

    let pinned = parse(&format!("oci-archive:x.tar@sha256:{HEX}")).unwrap();
    assert_eq!(pinned.digest().unwrap().hex(), HEX);
}

#[test]
fn refuses_what_is_no_image() {
    for (text, says) in [
        ("", "empty"),
        ("docker://", "empty"),
        ("https://host/x", "leave the scheme out"),
        ("docker-daemon:alpine:3", "not supported"),
        ("no de:24", "white space"),
        ("node@sha256:beef", "no digest"),
        (
            "@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "name before the digest",
        ),
        ("oci:", "path is missing"),
        ("oci:dir:", "name after the colon"),
        ("oci-archive:x@sha256:12", "no digest"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(says), "{text:?}: {message}");
    }
}

#[test]
fn a_file_may_be_a_path_or_a_url() {
    let root = Path::new("/w");
    assert_eq!(Location::parse("a/b.tar", root).unwrap(), Location::File("/w/a/b.tar".into()));
    assert_eq!(Location::parse("/a/b.tar", root).unwrap(), Location::File("/a/b.tar".into()));
    assert!(matches!(Location::parse("https://h/x.tar", root).unwrap(), Location::Url(_)));
    assert!(matches!(Location::parse("file:///x.tar", root).unwrap(), Location::Url(_)));
    assert!(Location::parse("ftp://h/x.tar", root).is_err());
    assert!(Location::parse("", root).is_err());
}
