#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn export_is_named_as_the_shells_word() {
    let said = add(&mut BTreeMap::new(), "export KEY=value", "line 1 of .env").unwrap_err();
    assert!(said.to_string().contains("begins with export"), "{said}");
    assert!(said.hint().unwrap().ends_with("KEY=VALUE"));
    assert!(!format!("{said:?}").contains("value\""));
}
