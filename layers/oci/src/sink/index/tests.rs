#![allow(clippy::unwrap_used)]

use super::*;
use crate::image::tests::image;
use crate::image::tests::sample::Sample;

fn names(index: &Index) -> Vec<String> {
    let list = index.0["manifests"].as_array().unwrap();
    list.iter().map(|entry| ref_name(entry).unwrap_or("-").to_owned()).collect()
}

#[test]
fn an_image_takes_its_names_place_and_leaves_the_others() {
    let image = image(&Sample::new());
    let mut index = Index::new();
    index.put(&image.tree(), &["a".into(), "b".into()]);
    let before = index.to_bytes().unwrap();
    index.put(&image.tree(), &["a".into()]);
    assert_eq!(index.to_bytes().unwrap(), before);
    index.put(&image.tree(), &["c".into()]);
    assert_eq!(names(&index), ["a", "b", "c"]);
}

#[test]
fn a_full_name_is_told_to_containerd() {
    let image = image(&Sample::new());
    let mut index = Index::new();
    index.put(&image.tree(), &["erp/auth:1".into(), "plain".into()]);
    let list = index.0["manifests"].as_array().unwrap();
    assert_eq!(list[0]["annotations"][CONTAINERD_NAME], "docker.io/erp/auth:1");
    assert_eq!(list[1]["annotations"].get(CONTAINERD_NAME), None);
    assert_eq!(list[0]["platform"], serde_json::json!({ "architecture": "amd64", "os": "linux" }));
}

#[test]
fn what_others_wrote_stays() {
    let text = r#"{"schemaVersion":2,"annotations":{"z":"1","a":"2"},"manifests":[{"mediaType":"x/y","digest":"sha256:0","size":1,"more":[1]}]}"#;
    let mut index = Index::parse(text.as_bytes()).unwrap();
    assert_eq!(index.to_bytes().unwrap(), text.as_bytes());
    index.put(&image(&Sample::new()).tree(), &["new".into()]);
    assert_eq!(names(&index), ["-", "new"]);
}

#[test]
fn what_is_no_index_is_refused() {
    for text in
        ["", "[]", "{}", r#"{"schemaVersion":1,"manifests":[]}"#, r#"{"schemaVersion":2,"manifests":[1]}"#]
    {
        assert!(Index::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn names_keep_to_the_grammar() {
    for name in ["latest", "127.0.0.1:5000/erp/auth:1", "a@sha256:00", "v1.2-rc+3"] {
        assert_eq!(check_name(name), Ok(()), "{name}");
    }
    for name in ["", "/a", "a/", "a//b", "-a", "a b", "a\n", "ä", &"a".repeat(600)] {
        assert!(check_name(name).is_err(), "{name}");
    }
}
