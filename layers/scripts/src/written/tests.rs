#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn paths_are_replaced_wherever_they_stand() {
    let of =
        |text: &str| replace(text.as_bytes(), b"/b/app", b"/app").map(|out| String::from_utf8(out).unwrap());
    assert_eq!(of("/b/app"), Some("/app".to_owned()));
    assert_eq!(of("x=/b/app/y:/b/app;/b/b/app"), Some("x=/app/y:/app;/b/app".to_owned()));
    assert_eq!(of("/b/ap"), None);
    assert_eq!(of(""), None);
}

fn machine(cpu: &str) -> Target {
    Target { os: "linux".to_owned(), cpu: cpu.to_owned(), libc: fourply_platform::Libc::Glibc, node: None }
}

/// A program of this host, and the same with another architecture in its header.
fn binaries() -> (Vec<u8>, Vec<u8>, Target) {
    let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let cpu = elf::inspect(&own).unwrap().cpu;
    let mut other = own.clone();
    // e_machine of S/390.
    other[18..20].copy_from_slice(&[22, 0]);
    (own, other, machine(&cpu))
}

#[test]
fn a_folder_of_machine_code_needs_some_for_the_image() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (own, other, target) = binaries();
    let places = Places::default();
    let mut both = Written::new(&store, &places, &target);
    both.file("client/engine-s390.node", false, other.clone()).unwrap();
    both.file("client/engine.node", false, own.clone()).unwrap();
    assert!(both.save(&store, "x").unwrap().is_some());
    let mut alone = Written::new(&store, &places, &target);
    alone.file("client/engine.node", false, own).unwrap();
    alone.file("other/engine-s390.node", false, other).unwrap();
    let error = alone.save(&store, "the client").unwrap_err().to_string();
    assert!(
        error.contains("other/engine-s390.node of the client cannot run in the image: it is for s390x"),
        "{error}"
    );
}

#[test]
fn links_stay_inside_and_nothing_is_no_pack() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let (places, target) = (Places::default(), machine("x64"));
    let mut written = Written::new(&store, &places, &target);
    assert!(written.link("a/out", "/etc/passwd").unwrap().is_some());
    assert!(written.link("a/out", "../../x").unwrap().is_some());
    assert_eq!(written.save(&store, "x").unwrap(), None);
    let mut written = Written::new(&store, &places, &target);
    assert_eq!(written.link("a/in", "../b").unwrap(), None);
    assert!(written.file("../b", false, Vec::new()).is_err());
    assert!(written.file(".wh.b", false, Vec::new()).is_err());
    assert!(written.save(&store, "x").unwrap().is_some());
}

#[test]
fn texts_hold_the_images_paths_and_machine_code_is_left_alone() {
    let places =
        Places(vec![("/build/app".into(), "/app".to_owned()), ("/build/tmp".into(), "/tmp".to_owned())]);
    let content = |bytes: &[u8]| places.content(bytes.to_vec());
    assert_eq!(
        content(b"{\"dir\":\"/build/app/x\",\"tmp\":\"/build/tmp\"}"),
        b"{\"dir\":\"/app/x\",\"tmp\":\"/tmp\"}"
    );
    assert_eq!(content(b"/build/app\0"), b"/build/app\0");
    assert!(places.are_in(b"\0/build/tmp/x") && !places.are_in(b"\0/build/"));
}
