#![allow(clippy::unwrap_used)]

use std::time::Duration;

use fourply_blob::Codec;
use serde_json::{Value, json};

use super::super::tests::sample::Sample;
use super::super::tests::{own_layer, settings};
use super::super::{Healthcheck, Image, ImageError};
use super::*;

fn configured(settings: &ImageSettings) -> Value {
    let sample = Sample::new();
    let own_layers = [own_layer(&sample, Codec::Gzip, &[("app/main.js", b"hello")])];
    let image = Image::assemble(&sample.base(None), &own_layers, settings).unwrap();
    serde_json::from_slice(&image.config_bytes).unwrap()
}

#[test]
fn settings_go_over_the_bases_and_leave_the_rest() {
    let config = configured(&settings());
    let expected = json!({
        "Cmd": ["node", "dist/main.js"],
        "Entrypoint": ["tini", "--"],
        "Env": ["PATH=/usr/local/bin:/usr/bin", "LANG=C.UTF-8", "NODE_VERSION=22.0.0", "NODE_ENV=production"],
        "ExposedPorts": { "3000/tcp": {}, "80/tcp": {} },
        "Labels": { "a": "own", "b": "base" },
        "Shell": ["/bin/sh", "-c"],
        "User": "1001:1001",
        "Volumes": { "/cache": {}, "/data": {} },
        "WorkingDir": "/app/services/auth",
    });
    assert_eq!(config["config"], expected);
    assert_eq!(config["created"], "2023-11-14T22:13:20Z");
    assert_eq!(config.get("author"), None);
    assert_eq!((&config["os"], &config["architecture"]), (&json!("linux"), &json!("amd64")));
}

#[test]
fn history_has_one_entry_for_each_layer_and_the_bases_as_it_was() {
    let config = configured(&settings());
    let history = config["history"].as_array().unwrap();
    assert_eq!(history[0], json!({ "created": "2020-01-02T03:04:05Z", "created_by": "ADD rootfs" }));
    assert_eq!(history[1]["empty_layer"], true);
    let own = json!({
        "comment": "modules: 1 package", "created": "2023-11-14T22:13:20Z", "created_by": "fourply modules",
    });
    assert_eq!(history[3], own);
    let full = history.iter().filter(|entry| entry.get("empty_layer") != Some(&json!(true))).count();
    assert_eq!(full, config["rootfs"]["diff_ids"].as_array().unwrap().len());
}

#[test]
fn health_check_is_in_dockers_form() {
    let healthcheck = Healthcheck {
        test: vec!["CMD".into(), "node".into()],
        interval: Some(Duration::from_secs(30)),
        timeout: Some(Duration::from_secs(3)),
        start_period: None,
        retries: Some(3),
    };
    let config = configured(&ImageSettings { healthcheck: Some(healthcheck), ..settings() });
    let expected = json!({ "Test": ["CMD", "node"], "Interval": 30_000_000_000_u64, "Timeout": 3_000_000_000_u64, "Retries": 3 });
    assert_eq!(config["config"]["Healthcheck"], expected);
}

#[test]
fn keys_are_sorted() {
    fn check(value: &Value) {
        match value {
            Value::Object(map) => {
                let keys: Vec<_> = map.keys().collect();
                assert!(keys.is_sorted(), "{keys:?}");
                map.values().for_each(check);
            }
            Value::Array(items) => items.iter().for_each(check),
            _ => {}
        }
    }
    check(&configured(&settings()));
}

#[test]
fn a_new_entry_point_drops_the_bases_command() {
    let own = ImageSettings { entrypoint: Some(vec!["tini".into()]), cmd: None, ..settings() };
    assert_eq!(configured(&own)["config"].get("Cmd"), None);
    let own = ImageSettings { entrypoint: None, cmd: None, ..settings() };
    assert_eq!(configured(&own)["config"]["Cmd"], json!(["node"]));
}

#[test]
fn env_keeps_the_bases_order_and_the_last_of_two() {
    let base = ["A=1", "PATH=/bin", "A=2", "EMPTY"].map(str::to_owned).to_vec();
    let own =
        [("Z", "z"), ("PATH", "/usr/bin"), ("B", "a=b")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert_eq!(merged_env(base, &own), ["A=2", "PATH=/usr/bin", "EMPTY", "B=a=b", "Z=z"]);
}

#[test]
fn values_that_no_engine_takes_are_refused() {
    let sample = Sample::new();
    let base = sample.base(None);
    let refused = |settings: ImageSettings| Image::assemble(&base, &[], &settings).unwrap_err().to_string();
    let own = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
    assert!(refused(ImageSettings { env: own("A=B", ""), ..settings() }).contains("A=B"));
    assert!(refused(ImageSettings { env: own("", ""), ..settings() }).contains("variable"));
    assert!(refused(ImageSettings { env: own("A", "\0"), ..settings() }).contains("NUL"));
    assert!(refused(ImageSettings { labels: own("", "x"), ..settings() }).contains("label"));
    assert!(refused(ImageSettings { annotations: own("", "x"), ..settings() }).contains("annotation"));
    assert!(refused(ImageSettings { working_dir: Some("app".into()), ..settings() }).contains("app"));
    for port in ["0/tcp", "70000", "80/xyz", "http"] {
        assert!(refused(ImageSettings { exposed_ports: vec![port.into()], ..settings() }).contains(port));
    }
}

#[test]
fn a_base_whose_history_does_not_fit_is_refused() {
    let sample = Sample::new();
    let mut base = sample.base(None);
    base.layers.pop();
    let answer = Image::assemble(&base, &[], &settings());
    assert!(matches!(answer, Err(ImageError::Base { layers: 1, found: 2, field: "history" })), "{answer:?}");
}
