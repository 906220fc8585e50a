#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::TakenBack;

#[test]
fn globs_of_packages_and_plain_paths_of_the_root_take_back() {
    let packages: BTreeSet<String> = [".", "apps/web", "apps/web/inner"].map(str::to_owned).into();
    let globs = ["apps/web/gen/*.ts", "!apps/web/gen/x.ts", "**/*.json", "apps/*/y", "schema.ts", "data/"];
    let taken = TakenBack::new(&globs.map(str::to_owned), &packages).unwrap();
    let named = ["apps/web/gen/a.ts", "schema.ts", "apps/web/gen/a.ts/b"];
    let others =
        ["apps/web/gen/x.ts", "apps/web/a.json", "apps/web/y", "a.json", "data/x", "apps/web/src/a.ts"];
    for (paths, is) in [(&named[..], true), (&others[..], false)] {
        for path in paths {
            assert_eq!(taken.names(path, &packages), is, "{path}");
        }
    }
    for (folder, may) in [
        ("apps", true),
        ("apps/web", true),
        ("apps/web/gen", true),
        ("apps/web/src", false),
        ("tools", false),
    ] {
        assert_eq!(taken.may_hold(folder), may, "{folder}");
    }
    assert!(TakenBack::new(&["**/*.json".to_owned()], &packages).unwrap().is_empty());
}
