//! The workspace's own sources pass the check, but for what the allow-list has.
#![allow(clippy::unwrap_used)]

use fourply_testing::house::{AllowList, Report, allow_list_path, workspace_root};

#[test]
fn the_sources_keep_the_rules() {
    let report = Report::of(&workspace_root()).unwrap();
    let allowed = AllowList::parse(&std::fs::read_to_string(allow_list_path()).unwrap()).unwrap();
    let problems = allowed.problems(&report);
    println!("{}", report.table());
    assert!(
        problems.is_empty(),
        "{} (see layers/testing/house.allow):\n{}",
        problems.len(),
        problems.join("\n")
    );
}
