use std::time::Duration;

use fourply_dockerfile::Manager;
use serde_json::json;

use super::{RunConfig, history};

#[test]
fn fields_of_other_types_are_absent() {
    let config = RunConfig::of_image(
        &json!({ "config": { "Env": ["A=1=2", 5, "B"], "Cmd": "x", "User": 7, "ExposedPorts": { "3000/tcp": {}, "53/udp": {} },
        "Healthcheck": { "Test": ["CMD", "x"], "Interval": 2_000_000_000u64, "Timeout": -1 } } }),
    );
    assert_eq!(config.env.into_iter().collect::<Vec<_>>(), [("A".to_owned(), "1=2".to_owned())]);
    assert_eq!((config.folder.as_str(), config.user.as_str(), config.cmd.len()), ("/", "", 0));
    assert_eq!(config.ports.into_iter().collect::<Vec<_>>(), [3000]);
    let health = config.health.unwrap();
    assert_eq!((health.interval, health.timeout), (Some(Duration::from_secs(2)), None));
    assert_eq!(RunConfig::of_image(&json!([])).folder, "/");
    assert_eq!(
        RunConfig::of_image(&json!({ "config": { "Healthcheck": { "Test": ["NONE"] } } })).health,
        None
    );
}

#[test]
fn history_tells_what_ran() {
    let entries = json!({ "history": [
        { "created_by": "/bin/sh -c #(nop)  CMD [\"node\"]" },
        { "created_by": "RUN |1 A=1 /bin/sh -c apk add --no-cache tini curl # buildkit" },
        { "created_by": "/bin/sh -c apt-get install -y git" },
        { "created_by": "COPY /a /b # buildkit" },
        7
    ] });
    let found = history(&entries).packages;
    assert_eq!(found[&Manager::Apk].iter().collect::<Vec<_>>(), ["curl", "tini"]);
    assert_eq!(found[&Manager::Apt].iter().collect::<Vec<_>>(), ["git"]);
}
