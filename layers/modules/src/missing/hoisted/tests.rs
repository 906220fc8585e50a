#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use fourply_blob::Key;
use fourply_pnpm::{DepPath, Node, Slot, Tree};

use super::take_out;

fn slot(dir: &str, nested: &[&str], nodes: &[&str]) -> Slot {
    Slot {
        dir: dir.to_owned(),
        dep_path: DepPath::new("x@1.0.0"),
        pack: Key::of(b""),
        package_dir: dir.to_owned(),
        executables: BTreeSet::new(),
        beside: None,
        replaced: BTreeMap::new(),
        nested: nested.iter().map(|dir| (*dir).to_owned()).collect(),
        nodes: nodes.iter().map(|path| ((*path).to_owned(), Node::Directory)).collect(),
    }
}

/// The paths of links and of the slots' nodes, after the slot at `gone` was removed.
fn without(gone: &str, slots: Vec<Slot>, links: &[&str]) -> Vec<String> {
    let links = links.iter().map(|path| ((*path).to_owned(), Node::Directory)).collect();
    let mut tree = Tree { slots, links, workspace_executables: BTreeSet::new() };
    let at = tree.slots.iter().position(|slot| slot.dir == gone).unwrap();
    let gone = tree.slots.remove(at);
    take_out(gone, &mut tree);
    let nested = tree.slots.iter().flat_map(|slot| &slot.nested).map(|dir| format!("in {dir}"));
    let nodes = tree.slots.iter().flat_map(|slot| slot.nodes.keys()).chain(tree.links.keys());
    nodes.cloned().chain(nested).collect()
}

#[test]
fn folders_that_only_led_to_it_go_with_it() {
    let base = || {
        slot(
            "node_modules/base",
            &["node_modules/base/node_modules/@s/x"],
            &["node_modules/base/node_modules", "node_modules/base/node_modules/@s"],
        )
    };
    let x = || slot("node_modules/base/node_modules/@s/x", &[], &[]);
    let gone = "node_modules/base/node_modules/@s/x";
    assert_eq!(without(gone, vec![base(), x()], &["node_modules"]), ["node_modules"]);
    // Another slot keeps them.
    let y = slot("node_modules/base/node_modules/@s/y", &[], &[]);
    let left = without(gone, vec![base(), x(), y], &["node_modules"]);
    assert!(left.contains(&"node_modules/base/node_modules/@s".to_owned()), "{left:?}");
    assert!(!left.contains(&format!("in {gone}")), "{left:?}");
}

#[test]
fn what_lies_in_it_stays() {
    let inner = "node_modules/x/node_modules/y";
    let x = slot(
        "node_modules/x",
        &[inner],
        &["node_modules/x/node_modules", "node_modules/x/node_modules/.bin"],
    );
    let left = without("node_modules/x", vec![x, slot(inner, &[], &[])], &["node_modules"]);
    let right =
        ["node_modules", "node_modules/x", "node_modules/x/node_modules", "node_modules/x/node_modules/.bin"];
    assert_eq!(left, right);
}
