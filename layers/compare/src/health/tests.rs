use std::time::Duration;

use fourply_dockerfile::HealthCheck;

use super::{OurHealth, Probe, missing, paths};
use crate::model::Health;

fn test(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn urls_of_many_programs() {
    let shell = |text: &str| paths(&test(&["CMD-SHELL", text]));
    assert_eq!(
        shell("curl -f http://localhost:${PORT}/api/health || curl -f http://localhost/health || exit 1"),
        ["/api/health", "/health"]
    );
    assert_eq!(shell("wget --no-verbose --spider http://127.0.0.1:3000/ready?full=1"), ["/ready?full=1"]);
    assert_eq!(shell("curl http://localhost:3000 || exit 1"), ["/"]);
    assert_eq!(
        shell(
            r#"node -e "require('http').get('http://localhost:3000/health', r => process.exit(r.statusCode === 200 ? 0 : 1))""#
        ),
        ["/health"]
    );
    assert_eq!(shell("node -e \"fetch('http://localhost:' + process.env.PORT + '/live')\""), ["/live"]);
    assert_eq!(
        paths(&test(&["CMD", "node", "-e", "require('http').get({ path: '/livez', port: 1 })"])),
        ["/livez"]
    );
    assert!(shell("pg_isready -h /run/db").is_empty());
}

fn ours(paths: &[&str]) -> OurHealth {
    let seconds = Duration::from_secs;
    let probe = Probe::Paths(test(paths));
    OurHealth {
        probe,
        usual: false,
        interval: seconds(30),
        timeout: seconds(5),
        start_period: seconds(10),
        retries: 3,
    }
}

#[test]
fn what_differs_is_missing() {
    let check = |words: &[&str], timeout: Option<u64>| HealthCheck {
        test: test(words),
        timeout: timeout.map(Duration::from_secs),
        retries: Some(3),
        ..HealthCheck::default()
    };
    let same = |words: &[String]| words.to_vec();
    let theirs = check(&["CMD", "curl", "http://localhost/health"], Some(3));
    let found = missing(Some(&theirs), Some(&ours(&["/health/live"])), &same).unwrap().unwrap();
    assert_eq!(found, Health { paths: vec!["/health".to_owned()], timeout: Some(3.0), ..Health::default() });
    let theirs = check(&["CMD", "curl", "http://localhost/health"], Some(5));
    assert_eq!(missing(Some(&theirs), Some(&ours(&["/health"])), &same), Ok(None));
    let usual = OurHealth { usual: true, ..ours(&["/health/live", "/health"]) };
    assert_eq!(missing(Some(&theirs), Some(&usual), &same), Ok(None), "it is asked without a line");
    let script = check(&["CMD-SHELL", "node healthcheck.js || exit 1"], None);
    let found = missing(Some(&script), None, &same).unwrap().unwrap();
    assert_eq!(found.command, ["node", "healthcheck.js"]);
    assert!(missing(Some(&check(&["CMD", "nc", "-z", "localhost", "1"], None)), None, &same).is_err());
    assert_eq!(missing(None, None, &same), Ok(None));
}
