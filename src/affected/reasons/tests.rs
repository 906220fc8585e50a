use super::*;

fn ways(edges: &[(&str, &[&str])]) -> Ways {
    let of =
        |(from, to): &(&str, &[&str])| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect());
    Ways { edges: edges.iter().map(of).collect() }
}

#[test]
fn a_way_is_the_shortest_and_ends_where_there_is_none() {
    let ways = ways(&[("s", &["a", "c"]), ("a", &["b"]), ("b", &["d"]), ("c", &["d", "s"]), ("d", &["a"])]);
    assert_eq!(ways.to("s", "d"), ["s", "c", "d"]);
    assert!(ways.to("s", "s").is_empty());
    assert!(ways.to("s", "nobody").is_empty());
    assert!(ways.to_package("s", "a").is_empty(), "it depends on it itself");
    assert_eq!(ways.to_package("s", "d"), ["s", "c", "d"]);
}
