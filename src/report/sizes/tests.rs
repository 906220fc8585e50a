#![allow(clippy::unwrap_used)]

use super::*;

fn package(size: u64, way: &[&str]) -> PackageWeight {
    let way: Vec<String> = way.iter().map(|word| (*word).to_owned()).collect();
    PackageWeight { name: way.last().cloned().unwrap_or_default(), size, way }
}

#[test]
fn a_long_way_loses_its_middle() {
    assert_eq!(way(&package(1, &["services/a", "orm", "tool"])), "services/a › orm › tool");
    let long = "a-package-with-a-name-that-is-long";
    assert_eq!(way(&package(1, &["services/a", "orm", long, long, "tool"])), "services/a › orm › … › tool");
    // Nothing can go of three words.
    assert_eq!(way(&package(1, &[long, long, long])), [long; 3].join(" › "));
}

#[test]
fn what_may_go_is_named_once_with_the_line_that_leaves_it_out() {
    let tool = ["services/a", "orm", "tool"];
    let packages = [
        package(2_000_000, &["services/a", "orm", "part"]),
        package(24_000_000, &tool),
        package(24_000_000, &tool),
        package(999_999, &["services/a", "orm", "small"]),
    ];
    let text = spare(&packages).unwrap();
    let expected = "hint: only optional peers bring tool, part (26.0 MB), as services/a › orm › tool: \
                    if nothing loads them, leave them out: [prune] drop = [\"tool/**\", \"part/**\"]";
    assert_eq!(text, expected);
    assert_eq!(spare(&packages[3..]), None);
    assert_eq!(spare(&[]), None);
}
