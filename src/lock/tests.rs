#![allow(clippy::unwrap_used)]

use std::path::Path;

use fourply_base::Pins;

use super::{Lock, Locked, asked};
use crate::config::Config;

fn base(text: &str) -> Config {
    Config::parse(text).unwrap()
}

fn pins() -> Pins {
    let pin = |name: &str| fourply_apk::ApkPin {
        name: name.into(),
        version: "1-r0".into(),
        url: format!("https://mirror.test/x86_64/{name}-1-r0.apk").parse().unwrap(),
        size: 10,
        identity: "Q1AYNx2pLOAHRYZQgv3nM8TNtvRWY=".parse().unwrap(),
        sha256: format!("sha256:{}", "ab".repeat(32)).parse().unwrap(),
    };
    let packages = vec![pin("musl"), pin("busybox")];
    Pins {
        apk: Some(fourply_apk::ApkResolution { architecture: "x86_64".into(), packages }),
        ..Pins::default()
    }
}

#[test]
fn a_lock_is_read_as_it_was_written_in_the_order_of_installation() {
    let mut lock = Lock::new(&base("[base]\nalpine = { release = \"v3.22\", packages = [\"nodejs\"] }\n"));
    let locked = Locked { architecture: Some("x86_64".into()), ..Locked::default() };
    assert_eq!(locked.pins(Path::new("/home/team")).unwrap().apk.unwrap().packages, []);
    let sample = sample(&pins());
    assert_eq!(sample.pins(Path::new("/home/team")).unwrap(), pins());
    lock.platform.insert("linux/amd64".into(), sample);
    let text = lock.to_text().unwrap();
    assert_eq!(Lock::parse(&text).unwrap(), lock);
    // Each package has lines of its own, so that changes merge.
    assert!(text.contains("[platform.\"linux/amd64\".apk.busybox]\nversion = \"1-r0\"\n"), "{text}");
}

fn sample(pins: &Pins) -> Locked {
    let apk = pins.apk.as_ref().unwrap();
    let entry = |(order, pin): (usize, &fourply_apk::ApkPin)| {
        let fourply_apk::ApkPin { name, version, url, size, identity, sha256 } = pin.clone();
        (
            name,
            super::Apk { version, order, url: url.to_string().try_into().unwrap(), size, identity, sha256 },
        )
    };
    Locked {
        architecture: Some(apk.architecture.clone()),
        apk: apk.packages.iter().enumerate().map(entry).collect(),
        ..Locked::default()
    }
}

#[test]
fn a_toolchain_is_locked_beside_the_base() {
    let with = |words: &str| base(&format!("[build]\ntoolchain = {words}\n"));
    let mut lock = Lock::new(&with("[\"make\", \"g++\"]"));
    let toolchain = Some(Box::new(sample(&pins())));
    lock.platform.insert("linux/amd64".into(), Locked { toolchain, ..Locked::default() });
    let text = lock.to_text().unwrap();
    assert_eq!(Lock::parse(&text).unwrap(), lock);
    assert!(
        text.contains("[platform.\"linux/amd64\".toolchain.apk.busybox]\nversion = \"1-r0\"\n"),
        "{text}"
    );
    assert_eq!(lock.drift("linux/amd64", &asked(&with("[\"g++\", \"make\"]"))), [""; 0]);
    assert_eq!(
        lock.drift("linux/amd64", &asked(&with("[\"g++\", \"gcc\"]"))),
        ["toolchain gcc is not locked", "toolchain make is locked, but not asked for"]
    );
}

#[test]
fn drift_is_told_word_by_word() {
    let lock = Lock::new(&base("[base]\nimage = \"node:22-alpine\"\npackages = [\"tini\", \"curl\"]\n"));
    let drift = lock
        .drift("linux/amd64", &asked(&base("[base]\nimage = \"node:24-alpine\"\npackages = [\"curl\"]\n")));
    assert_eq!(
        drift,
        [
            "image node:24-alpine is not locked",
            "image node:22-alpine is locked, but not asked for",
            "packages tini is locked, but not asked for",
        ]
    );
    assert!(
        lock.drift(
            "linux/amd64",
            &asked(&base("[base]\npackages = [\"curl\", \"tini\"]\nimage = \"node:22-alpine\"\n"))
        )
        .is_empty()
    );
}

#[test]
fn what_is_no_lock_is_refused() {
    for text in [
        "",
        "version = 2\n[asked]\n",
        "version = 1\nx = 1\n[asked]\n",
        "version = 1\n[asked]\n[platform.x.apk.y]\nversion = \"1\"\n",
    ] {
        let error = Lock::parse(text).unwrap_err();
        assert!(error.hint().unwrap().contains("fourply lock"), "{error}");
    }
}

#[test]
fn a_platform_that_is_locked_for_something_else_keeps_the_others_as_they_were() {
    let (old, new) = (
        asked(&base("[base]\nalpine = { packages = [\"a\"] }\n")),
        asked(&base("[base]\nalpine = { packages = [\"b\"] }\n")),
    );
    let mut lock = Lock { asked: old.clone(), ..Lock::default() };
    lock.platform.insert("linux/amd64".into(), sample(&pins()));
    lock.platform.insert("linux/arm64".into(), sample(&pins()));
    lock.set("linux/amd64", &new, sample(&pins()));
    assert_eq!(lock.drift("linux/amd64", &new), [""; 0]);
    assert_eq!(
        lock.drift("linux/arm64", &new),
        ["alpine b is not locked", "alpine a is locked, but not asked for"]
    );
    assert_eq!(lock.drift("linux/arm64", &old), [""; 0]);
    lock.set("linux/arm64", &new, sample(&pins()));
    assert!(lock.platform.values().all(|locked| locked.asked.is_none()), "{lock:?}");
    assert_eq!(Lock::parse(&lock.to_text().unwrap()).unwrap(), lock);
}

#[test]
fn what_changed_is_told_by_package() {
    let mut other = pins();
    let packages = &mut other.apk.as_mut().unwrap().packages;
    packages[0].version = "2-r0".into();
    packages[1].name = "zlib".into();
    let changes = sample(&other).changes(&sample(&pins()));
    assert_eq!(changes, ["musl 1-r0 → 2-r0", "zlib 1-r0 added", "busybox removed"]);
}

#[test]
fn the_node_of_the_build_is_locked_by_its_word() {
    let asks = |text: &str| asked(&base(text));
    let before = asks(
        "[build]\nnode = \"lts\"\n[services.a.build]\nnode = \"iron\"\n[services.b.build]\nnode = \"22.1.0\"\n",
    );
    assert_eq!(before["build node"], ["iron", "lts"], "a version leaves nothing open");
    let versions =
        [("iron", "20.9.0"), ("lts", "26.1.0")].map(|(word, version)| (word.into(), version.into()));
    let locked = Locked { build_node: versions.into(), ..sample(&pins()) };
    let mut lock = Lock { asked: before.clone(), ..Lock::default() };
    lock.platform.insert("linux/amd64".into(), locked.clone());
    let text = lock.to_text().unwrap();
    assert!(text.contains("iron = \"20.9.0\"\nlts = \"26.1.0\"\n"), "{text}");
    assert_eq!(Lock::parse(&text).unwrap(), lock);

    let now = asks("[build]\nnode = \"lts\"\n");
    let kept = locked.kept(&before, &now);
    assert_eq!(kept.build_node.keys().collect::<Vec<_>>(), ["lts"]);
    // A build of one service resolves its own word alone.
    let built = Locked { build_node: Default::default(), ..locked.clone() };
    assert_eq!(built.clone().with_build_nodes_of(&locked, &before), locked);
    assert!(built.with_build_nodes_of(&locked, &asks("")).build_node.is_empty());
    let newer = Locked { build_node: [("lts".into(), "26.2.0".into())].into(), ..locked.clone() };
    assert_eq!(newer.changes(&locked), ["the node lts of [build] is 26.2.0"]);
}
