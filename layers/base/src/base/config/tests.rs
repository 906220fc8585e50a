use fourply_blob::Digest;
use oci_spec::image::MediaType;

use super::*;

fn layers(count: usize) -> Vec<BaseLayer> {
    let layer = |n: usize| {
        let digest = Digest::of(&[n as u8]);
        BaseLayer::new(MediaType::ImageLayer, digest, 1, digest).unwrap()
    };
    (0..count).map(layer).collect()
}

fn reconciled(history: Value, count: usize) -> Value {
    let mut config = json!({ "history": history });
    reconcile(&mut config, &layers(count));
    config["history"].clone()
}

#[test]
fn a_history_that_fits_is_not_touched() {
    let history = json!([{ "created_by": "a" }, { "created_by": "b", "empty_layer": true }]);
    assert_eq!(reconciled(history.clone(), 1), history);
}

#[test]
fn layers_without_history_get_an_entry() {
    let history = reconciled(json!([{ "created_by": "a" }]), 3);
    assert_eq!(history.as_array().unwrap().len(), 3);
    assert_eq!(history[0]["created_by"], "a");
    let mut none = json!({});
    reconcile(&mut none, &layers(2));
    assert_eq!(none["history"].as_array().unwrap().len(), 2);
}

#[test]
fn entries_without_a_layer_are_marked_empty_from_the_end() {
    let history = reconciled(json!([{ "created_by": "a" }, { "created_by": "b" }]), 1);
    assert_eq!(history, json!([{ "created_by": "a" }, { "created_by": "b", "empty_layer": true }]));
}

#[test]
fn a_fresh_configuration_is_one() {
    let config = fresh(&"linux/arm/v6".parse().unwrap(), &layers(1), "test");
    let parsed: oci_spec::image::ImageConfiguration = serde_json::from_value(config).unwrap();
    assert_eq!(parsed.architecture().to_string(), "arm");
    assert_eq!(parsed.variant().as_deref(), Some("v6"));
    assert_eq!(parsed.rootfs().diff_ids().len(), 1);
}

#[test]
fn what_whoever_builds_on_an_image_should_run_is_listed() {
    let config = serde_json::json!({ "config": { "OnBuild": ["RUN x", "COPY . /app"] } });
    assert_eq!(on_build(&config), ["RUN x", "COPY . /app"]);
    assert!(on_build(&serde_json::json!({ "config": { "OnBuild": null } })).is_empty());
}
