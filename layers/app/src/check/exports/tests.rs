#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

/// Each subpath with the first files tried, under additional `--conditions`.
fn of(manifest: &Value, conditions: &[&str]) -> Vec<(String, Vec<String>)> {
    let conditions: Vec<String> = conditions.iter().map(|name| (*name).to_owned()).collect();
    let of_offer = |offer: Offer| {
        let targets = offer.targets.iter().filter_map(|target| candidates(target).into_iter().next());
        (offer.subpath, targets.collect())
    };
    offers(manifest, &conditions).into_iter().map(of_offer).collect()
}

fn one(subpath: &str, targets: &[&str]) -> (String, Vec<String>) {
    (subpath.to_owned(), targets.iter().map(|path| (*path).to_owned()).collect())
}

#[test]
fn conditions_are_taken_in_the_order_of_the_file() {
    let manifest = json!({"exports": {".": {
        "types": "./dist/index.d.ts",
        "development": "./src/index.ts",
        "import": "./dist/index.mjs",
        "require": "./dist/index.cjs",
        "default": "./dist/index.js",
    }}});
    assert_eq!(of(&manifest, &[]), [one(".", &["dist/index.cjs", "dist/index.mjs"])]);
    assert_eq!(of(&manifest, &["development"]), [one(".", &["src/index.ts"])]);
    let default_first = json!({"exports": {"default": "./a.js", "import": "./b.js"}});
    assert_eq!(of(&default_first, &[]), [one(".", &["a.js"])]);
}

#[test]
fn the_forms_of_exports() {
    assert_eq!(of(&json!({"exports": "./a.js"}), &[]), [one(".", &["a.js"])]);
    assert_eq!(of(&json!({"exports": ["./a.js", "./b.js"]}), &[]), [one(".", &["a.js"])]);
    let nested = json!({"exports": {".": {"node": {"import": "./n.mjs"}, "default": "./d.js"}}});
    assert_eq!(of(&nested, &[]), [one(".", &["d.js", "n.mjs"])]);
    // `null` closes a subpath. Types only give nothing to load, and a star cannot be expanded.
    let others =
        json!({"exports": {"./a": null, "./b": {"types": "./b.d.ts"}, "./c/*": "./c/*.js", "./d": "./d.js"}});
    assert_eq!(of(&others, &[]), [one("./d", &["d.js"])]);
    let closed = json!({"exports": {".": {"node": null, "default": "./a.js"}}});
    assert_eq!(of(&closed, &[]), []);
}

#[test]
fn main_is_completed_and_falls_back_to_index() {
    let files = |manifest: &Value| -> Vec<String> {
        let offers = offers(manifest, &[]);
        offers.iter().flat_map(|offer| &offer.targets).flat_map(candidates).collect()
    };
    let of_main = files(&json!({"main": "./dist"}));
    assert!(
        ["dist", "dist.js", "dist/index.js", "index.js"]
            .iter()
            .all(|path| of_main.iter().any(|it| it == path))
    );
    assert_eq!(files(&json!({}))[..2], ["index", "index.js"]);
    assert_eq!(files(&json!({"main": "", "exports": null})), files(&json!({})));
    assert_eq!(files(&json!({"main": "."})), files(&json!({})));
}

#[test]
fn types_alone() {
    assert!(is_types_alone(&json!({"types": "./index.d.ts"})));
    assert!(is_types_alone(&json!({"types": "./index.d.ts", "main": ""})));
    assert!(!is_types_alone(&json!({"types": "./index.d.ts", "main": "./dist/index.js"})));
    assert!(!is_types_alone(&json!({"main": "./dist/index.js"})));
}
