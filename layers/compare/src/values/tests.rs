use std::collections::BTreeMap;

use fourply_rootfs::RootfsMetadata;

use super::{has_no_port, is_secret, labels, port, stop_signal, user, variables};
use crate::model::{Comparison, Note};
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
fn a_worker_names_nothing_to_ask() {
    let ours = config(&[("PORT", "3000")], &[3000]);
    assert!(has_no_port(&config(&[("TZ", "UTC")], &[]), &ours));
    assert!(
        !has_no_port(&config(&[], &[3000]), &ours) && !has_no_port(&config(&[("PORT", "1")], &[]), &ours)
    );
    assert!(!has_no_port(&config(&[], &[]), &config(&[], &[])));
    let asks = RunConfig { health: Some(Default::default()), ..RunConfig::default() };
    assert!(!has_no_port(&asks, &ours));
    let judged = |start| {
        let mut found = Comparison { notes: vec![Note::NoPort], ..Comparison::default() };
        found.judge_port(start);
        (found.missing.no_port, found.notes.len())
    };
    // It did not listen; it serves; it ended for another reason; it was not started.
    let starts = [Some((false, true)), Some((true, false)), Some((false, false)), None];
    assert_eq!(starts.map(judged), [(true, 0), (false, 0), (false, 1), (false, 1)]);
}

#[test]
fn labels_and_signals_that_differ() {
    let with = |labels: &[(&str, &str)], signal: &str| RunConfig {
        labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        stop_signal: signal.to_owned(),
        ..RunConfig::default()
    };
    let theirs =
        with(&[("team", "erp"), ("tier", "2"), ("org.opencontainers.image.created", "2026")], "SIGINT");
    let ours = with(&[("tier", "2")], "");
    assert_eq!(labels(&theirs, &ours), BTreeMap::from([("team".to_owned(), "erp".to_owned())]));
    let note = Note::StopSignal { theirs: "SIGINT".to_owned(), ours: "SIGTERM".to_owned() };
    assert_eq!(stop_signal(&theirs, &ours), Some(note));
    assert_eq!(stop_signal(&with(&[], "15"), &with(&[], "SIGTERM")), None);
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
