#![allow(clippy::unwrap_used)]

use super::super::testing::Bed;
use super::FoundKind;

fn real(bed: &Bed, path: &str) -> Option<String> {
    bed.tree().find(path).map(|found| found.path)
}

#[test]
fn links_lead_from_one_layer_to_another() {
    let files = [("services/a/dist/main.js", "1"), ("services/a/dist/up", "-> ../dist/main.js")];
    let bed = Bed::new(&files).package("@s/x", "services/a", &[("lib/index.js", "2"), ("gone.js", "3")]);
    let slot = "/app/node_modules/.pnpm/@s+x@1.0.0/node_modules/@s/x";
    for (path, expected) in [
        ("/bin/sh", Some("/usr/bin/dash".to_owned())),
        ("/app/services/a/dist/up", Some("/app/services/a/dist/main.js".to_owned())),
        ("/app/services/a/node_modules/@s/x/lib/index.js", Some(format!("{slot}/lib/index.js"))),
        ("/app/services/a/node_modules/@s/x/lib/../lib/./index.js", Some(format!("{slot}/lib/index.js"))),
        ("/app/services/a/node_modules/@s/x", Some(slot.to_owned())),
        ("/app/services/a/node_modules/@s/x/gone.js", None),
        ("/app/services/a/node_modules/@s/y", None),
        ("/app/services/a/dist/main.js/x", None),
        ("/app/node_modules/.pnpm", Some("/app/node_modules/.pnpm".to_owned())),
        ("/loop", None),
        ("/", Some("/".to_owned())),
        ("/../usr/bin", Some("/usr/bin".to_owned())),
    ] {
        assert_eq!(real(&bed, path), expected, "{path}");
    }
}

#[test]
fn texts_are_those_of_the_layers_above_the_base() {
    let bed =
        Bed::new(&[("a/x.js", "one"), ("a/run!", "#!/bin/sh")]).package("p", "a", &[("index.js", "two")]);
    let tree = bed.tree();
    assert_eq!(tree.text("/app/a/x.js").unwrap(), b"one");
    assert_eq!(tree.text("/app/a/node_modules/p/index.js").unwrap(), b"two");
    assert_eq!(tree.text("/bin/sh"), None);
    assert!(tree.is_executable("/app/a/run") && !tree.is_executable("/app/a/x.js"));
    assert_eq!(tree.find("/app/a").unwrap().kind, FoundKind::Directory);
}

#[test]
fn a_package_that_is_not_in_this_store_may_have_any_file() {
    let mut bed = Bed::new(&[]).package("p", "a", &[]);
    bed.inventory.packages[0].pack = fourply_blob::Key::of(b"another");
    assert_eq!(bed.tree().find("/app/a/node_modules/p/x/y.js").unwrap().kind, FoundKind::Unknown);
    assert!(bed.tree().is_file("/app/a/node_modules/p/x/y.js"));
}
