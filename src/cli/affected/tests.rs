#![allow(clippy::unwrap_used)]

use super::*;

fn found(services: &[(&str, &str)], removed: &[&str]) -> Affected {
    let one = |(service, key): &(&str, &str)| AffectedService {
        service: (*service).to_owned(),
        package: None,
        reasons: vec![Reason::Setting { key: (*key).to_owned() }],
    };
    Affected {
        since: "0123".to_owned(),
        until: None,
        services: services.iter().map(one).collect(),
        removed: removed.iter().map(|service| (*service).to_owned()).collect(),
        all: 3,
        unreadable: None,
    }
}

#[test]
fn platforms_give_the_union() {
    let one = found(&[("services/b", "image.user")], &["services/old"]);
    let other = found(&[("services/a", "base.node"), ("services/b", "image.user")], &["services/old"]);
    let all = union(vec![one, other]).unwrap();
    let services: Vec<(&str, usize)> =
        all.services.iter().map(|one| (one.service.as_str(), one.reasons.len())).collect();
    assert_eq!(services, [("services/a", 1), ("services/b", 1)]);
    assert_eq!(all.removed, ["services/old"]);
    assert!(union(Vec::new()).is_err());
}
