#![allow(clippy::unwrap_used)]

use fourply_store::PackBuilder;

use super::*;
use crate::sandbox::{Level, Sandbox};

#[test]
fn another_compiler_builds_anew_and_a_machine_without_one_takes_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let pack = |text: &str| {
        let mut pack = PackBuilder::new();
        pack.add_file("x", false, text.as_bytes().to_vec()).unwrap();
        pack.save(&store).unwrap()
    };
    let left = Left { package: pack("package"), beside: PackBuilder::new().save(&store).unwrap() };
    let with = |compiler: Option<&str>| BuiltKey {
        any: Key::of(b"any"),
        own: compiler.map(|it| Key::of(it.as_bytes())),
    };
    assert_eq!(with(Some("12")).known(&store, &Sandbox::off()).unwrap(), None);
    let sandbox = Sandbox::off();
    assert_eq!(sandbox.strength().level, Level::Off);
    with(Some("12")).remember(&store, &sandbox, &left).unwrap();
    assert_eq!(with(Some("12")).known(&store, &Sandbox::off()).unwrap(), Some(left));
    assert_eq!(with(Some("13")).known(&store, &Sandbox::off()).unwrap(), None);
    assert_eq!(with(None).known(&store, &Sandbox::off()).unwrap(), Some(left));
    // The package is only a part of the scripts' result.
    store.record_derived(&Level::Off.key(&Key::of(b"half")), &left.package).unwrap();
    assert_eq!(BuiltKey { any: Key::of(b"half"), own: None }.known(&store, &Sandbox::off()).unwrap(), None);
}
