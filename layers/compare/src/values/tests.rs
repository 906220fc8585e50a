use std::collections::BTreeMap;

use fourply_rootfs::RootfsMetadata;

use super::{is_secret, port, user, variables};
use crate::model::Note;
use crate::side::RunConfig;

fn config(env: &[(&str, &str)], ports: &[u16]) -> RunConfig {
    let env: BTreeMap<String, String> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    RunConfig { env, ports: ports.iter().copied().collect(), ..RunConfig::default() }
}

#[test]
fn variables_of_the_service_count() {
    let theirs = config(
        &[("PATH", "/x"), ("TZ", "UTC"), ("NODE_ENV", "production"), ("PORT", "1"), ("JWT_SECRET", "abc")],
        &[],
    );
    let mut notes = Vec::new();
    let found = variables(&theirs, &config(&[("NODE_ENV", "production")], &[]), &mut notes);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["TZ"]);
    assert_eq!(notes, [Note::Secret { name: "JWT_SECRET".to_owned() }]);
    assert!(
        is_secret("DATABASE_URL", "postgres://a:b@db/x") && !is_secret("DATABASE_URL", "postgres://db/x")
    );
    assert!(!is_secret("ACCESS_TOKEN_TTL", "3600"));
}

#[test]
fn the_variable_wins_over_exposed_ports() {
    let ours = config(&[("PORT", "3000")], &[3000]);
    let mut notes = Vec::new();
    assert_eq!(port(&config(&[("PORT", "3002")], &[3000]), &ours, &mut notes), Some(3002));
    assert_eq!(notes.len(), 1);
    assert_eq!(port(&config(&[], &[3000, 9229]), &ours, &mut notes), None);
    assert_eq!(port(&config(&[], &[]), &ours, &mut notes), None);
}

#[test]
fn a_user_is_what_the_base_can_have() {
    let passwd = "root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n".to_owned();
    let ours = RootfsMetadata { passwd, ..RootfsMetadata::default() };
    assert_eq!(user(("nodejs", 1001), 1001, &ours), None);
    assert_eq!(user(("app", 1000), 1001, &ours).as_deref(), Some("node"));
    assert_eq!(user(("app", 1500), 1001, &ours).as_deref(), Some("app:1500"));
    assert_eq!(user(("node", 1500), 1001, &ours).as_deref(), Some("1500"));
    assert_eq!(user(("1500", 1500), 1001, &ours).as_deref(), Some("1500"));
}
