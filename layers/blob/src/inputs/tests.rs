use std::collections::{BTreeMap, BTreeSet};

use super::Inputs;
use crate::{Key, KeyBuilder, KeyValue, Raw};

crate::inputs! {
    struct Example<'a>: "example", rules 3 {
        text: &'a str,
        list: Vec<Option<u64>>,
        options: Options,
    }
}

#[derive(Clone)]
struct Options {
    deep: bool,
    name: String,
    #[expect(dead_code, reason = "what a key leaves out")]
    shown: String,
}

crate::key_value!(Options { deep, name } without { shown });

fn example() -> Example<'static> {
    let options = Options { deep: true, name: "n".into(), shown: "s".into() };
    Example { text: "t", list: vec![None, Some(7)], options }
}

#[test]
fn the_contract_holds() {
    let number = |number: u64| number.to_le_bytes().to_vec();
    let text = |text: &str| [number(text.len() as u64), text.into()].concat();
    let value = |name: &str, value: Vec<u8>| [b"v".to_vec(), text(name), value].concat();
    let bytes = |it: &str| [b"b".to_vec(), text(it)].concat();
    let list = |items: Vec<Vec<u8>>| [b"l".to_vec(), number(items.len() as u64), items.concat()].concat();
    let seven = [b"n".to_vec(), number(7)].concat();
    let fields = [bytes("deep"), [b"n".to_vec(), number(1)].concat(), bytes("name"), bytes("n")].concat();
    let fed = [
        value("text", bytes("t")),
        value("list", list(vec![list(vec![]), list(vec![seven])])),
        value("options", [b"s".to_vec(), number(2), fields].concat()),
    ];
    assert_eq!(*example().key().as_bytes(), blake3::derive_key("fourply example v3", &fed.concat()));
}

#[test]
fn every_listed_field_counts_and_no_other() {
    let shown = Example { options: Options { shown: "other".into(), ..example().options }, ..example() };
    assert_eq!(shown.key(), example().key());
    let others = [
        Example { text: "u", ..example() },
        Example { list: vec![Some(7), None], ..example() },
        Example { options: Options { deep: false, ..example().options }, ..example() },
        Example { options: Options { name: String::new(), ..example().options }, ..example() },
    ];
    let keys: BTreeSet<Key> = others.iter().map(Inputs::key).chain([example().key()]).collect();
    assert_eq!(keys.len(), others.len() + 1);
}

struct Foreign {
    time: std::time::Duration,
}

crate::key_value!(Foreign { time: time.as_secs() });

struct Plain {
    time: u64,
}

crate::key_value!(Plain { time });

#[test]
fn a_field_may_say_what_is_fed_in_its_place() {
    let key = |value: &dyn KeyValue| KeyBuilder::new("t").value("v", value).finish();
    let foreign = |seconds| key(&Foreign { time: std::time::Duration::from_secs(seconds) });
    assert_eq!(foreign(7), key(&Plain { time: 7 }));
    assert_ne!(foreign(7), foreign(8));
}

#[test]
fn values_never_run_together() {
    let key = |value: &dyn KeyValue| KeyBuilder::new("t").value("v", value).finish();
    let pair = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    let map = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let keys = [
        key(&pair("ab", "")),
        key(&pair("a", "b")),
        key(&vec![pair("a", "b")]),
        key(&("a", "b")),
        key(&("a", "b", Option::<&str>::None)),
        key(&map),
        key(&"ab"),
        key(&Some("ab")),
        key(&Option::<&str>::None),
        key(&Raw(b"\0")),
        key(&0_u64),
        key(&false.then_some(0_u8)),
        key(&-1_i64),
    ];
    let distinct: BTreeSet<&Key> = keys.iter().collect();
    // `None` is an empty list, whatever its type.
    assert_eq!(distinct.len(), keys.len() - 1);
}
