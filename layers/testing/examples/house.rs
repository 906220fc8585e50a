//! Prints the table of the sources' numbers, and what the check finds. With `allow` as its argument: the lines that an
//! allow-list needs.

use fourply_testing::house::{AllowList, Report, allow_list_path, workspace_root};

fn main() -> std::io::Result<()> {
    let report = Report::of(&workspace_root())?;
    if std::env::args().nth(1).is_some_and(|argument| argument == "allow") {
        print!("{}", AllowList::text_for(&report));
        return Ok(());
    }
    println!("{}", report.table());
    let list =
        AllowList::parse(&std::fs::read_to_string(allow_list_path())?).map_err(std::io::Error::other)?;
    list.problems(&report).iter().for_each(|problem| println!("{problem}"));
    Ok(())
}
