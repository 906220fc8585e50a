#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::*;

/// `[base]` and `--base` with this version; the error with its hint.
fn with(text: &str, base: Option<&str>, version: Option<&str>) -> Result<(Config, Overrides), String> {
    let args = version.map(|version| (NAME.to_owned(), version.to_owned()));
    let over = Overrides {
        base: base.map(str::to_owned),
        build_args: BTreeMap::from_iter(args),
        ..Overrides::default()
    };
    chosen(&Config::parse(text).unwrap(), &over)
        .map_err(|error| format!("{error}; {}", error.hint().unwrap()))
}

fn image(text: &str, version: Option<&str>) -> Option<String> {
    with(text, None, version).unwrap().0.base.image
}

#[test]
fn a_version_takes_its_place_in_the_image() {
    let text = "[base]\nimage = \"node:{NODE_VERSION}-alpine\"\n[build]\nenv = { NODE_VERSION = \"20\" }\nnode = \"18.0.0\"\n";
    assert_eq!(image(text, None).unwrap(), "node:20-alpine");
    let (config, _) = with(text, None, Some("22.12.0")).unwrap();
    assert_eq!(config.base.image.unwrap(), "node:22.12.0-alpine");
    assert_eq!(config.build.node, None, "the base's node builds");
    let (_, over) = with(text, Some("r.example/node:{NODE_VERSION}"), Some("24")).unwrap();
    assert_eq!(over.base.unwrap(), "r.example/node:24");
    assert_eq!(image("", Some("24")).unwrap(), "docker.io/library/node:24-alpine");
    assert_eq!(image("[base]\nimage = \"x:1\"\n", None).unwrap(), "x:1");
}

#[test]
fn a_version_takes_the_place_of_the_node_that_is_put_on_a_base() {
    let node = |text| with(text, None, Some("24.1.0")).unwrap().0.base;
    assert_eq!(node("[base]\nimage = \"debian:12\"\nnode = \"22\"\n").node.unwrap(), "24.1.0");
    let debian = node("[base]\ndebian = { node = \"20.20.2\" }\n").debian.unwrap();
    assert_eq!(debian.node.unwrap(), "24.1.0");
}

#[test]
fn a_version_that_chooses_nothing_and_a_place_without_a_version_are_refused() {
    let error = with("[base]\nimage = \"node:22-alpine\"\n", None, Some("24")).unwrap_err();
    assert!(
        error.contains("NODE_VERSION=24 chooses no base") && error.contains("node:{NODE_VERSION}-alpine"),
        "{error}"
    );
    let error = with("[base]\nimage = \"node:{NODE_VERSION}\"\n", None, None).unwrap_err();
    assert!(error.contains("needs a NODE_VERSION; give --build-arg NODE_VERSION=22"), "{error}");
    for wrong in ["", "22/../x", "22 ", "@sha256:1", "-1", &"2".repeat(65)] {
        let error = with("", None, Some(wrong)).unwrap_err();
        assert!(error.contains("is no version of node"), "{wrong}: {error}");
    }
}
