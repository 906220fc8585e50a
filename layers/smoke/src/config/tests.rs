use serde_json::json;

use super::*;

fn start(config: Value) -> Result<Start> {
    let config = json!({ "os": "linux", "architecture": "amd64", "config": config });
    Start::of(&SmokeImage { layers: Vec::new(), config })
}

#[test]
fn a_configuration_is_read_as_docker_reads_it() {
    let start = start(json!({
        "Entrypoint": ["tini", "--"], "Cmd": ["node", "a.js"], "WorkingDir": "/app", "User": "node",
        "Env": ["A=b=c", "PATH=/x", "odd"], "StopSignal": "SIGQUIT", "ExposedPorts": { "3000/tcp": {} },
        "Healthcheck": { "Test": ["CMD-SHELL", "exit 0"], "Interval": 30_000_000_000u64, "Timeout": 0 },
    }));
    let start = start.unwrap();
    assert_eq!(start.command, ["tini", "--", "node", "a.js"]);
    assert_eq!(
        (start.folder.as_str(), start.user.as_str(), start.ports.as_slice()),
        ("/app", "node", &[3000][..])
    );
    assert_eq!(start.stop_signal, libc::SIGQUIT);
    let health = start.health.clone().unwrap();
    assert_eq!(health.command, ["/bin/sh", "-c", "exit 0"]);
    assert_eq!((health.interval, health.timeout), (Some(Duration::from_secs(30)), None));
    let over = BTreeMap::from([("A".to_owned(), "over".to_owned()), ("N".to_owned(), "\0".to_owned())]);
    let environment = start.environment(&over);
    let expected = [("A", "over"), ("HOSTNAME", "fourply"), ("PATH", "/x")];
    assert_eq!(environment, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn what_is_absent_or_null_is_dockers_own() {
    for config in
        [json!(null), json!({ "Entrypoint": null, "Healthcheck": { "Test": ["NONE"] }, "WorkingDir": "" })]
    {
        let start = start(config).unwrap();
        assert!(start.command.is_empty() && start.health.is_none() && start.ports.is_empty());
        assert_eq!((start.folder.as_str(), start.stop_signal), ("/", libc::SIGTERM));
    }
    assert!(start(json!({ "Cmd": "node" })).is_err());
}
