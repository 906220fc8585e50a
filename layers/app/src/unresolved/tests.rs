#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_names_that_programs_print_are_found_in_their_order() {
    let log = "x\nError: Cannot find module '/b/app/node_modules/kit/dist/index.js'. Please verify\n\
               src/a.ts(1,8): error TS2307: Cannot find module '@erp/kernel/testing' or its corresponding type declarations.\n\
               Module not found: Can't resolve 'lodash/fp' in '/x'\n\
               \u{2718} [ERROR] Could not resolve \"express\"\n\
               [vite]: Rollup failed to resolve import \"vue\" from \"/x.js\".\nCannot find module 'unclosed\n";
    let names: Vec<_> = named(log).map(package_name).collect();
    let expected = ["kit", "@erp/kernel", "lodash", "express", "vue", "unclosed"];
    assert_eq!(names, expected.map(|name| Some(name.to_owned())));
}

#[test]
fn paths_and_modules_of_node_are_no_packages() {
    for text in ["./x", "../x", "/b/app/x.js", "#internal", "node:fs", "@scope", "C:\\x", "", "@/x"] {
        assert_eq!(package_name(text), None, "{text}");
    }
    assert_eq!(named(&format!("Cannot find module '{}'", "x".repeat(5000))).next(), None);
}
