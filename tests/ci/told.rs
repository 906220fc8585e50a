//! What a build tells programs and runners: the metadata file beside the layout that was written, lines of JSON, groups and annotations, and the output of a
//! script that fails.

use std::path::Path;
use std::process::Command;

use fourply_testing::program::run;
use serde_json::{Value, json};

use super::seen::workspace;
use super::{Repository, said};

fn value(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn blob(layout: &Path, digest: &Value) -> Value {
    value(&layout.join("blobs/sha256").join(digest.as_str().unwrap().trim_start_matches("sha256:")))
}

/// A build of `web` with these arguments and variables, and the layout that it writes.
fn build(repository: &Repository, args: &[&str]) -> Command {
    let output = format!("type=oci,dest={}", repository.dir.path().join("layout").display());
    let mut command = repository.fourply(&["build", "-o", &output]);
    command.args(args).env_remove("GITHUB_ACTIONS").env_remove("GITLAB_CI").env_remove("NO_COLOR");
    command
}

#[test]
fn the_metadata_file_says_what_was_written() {
    let repository = workspace();
    // No other test built it.
    let own = repository.dir.path().display();
    repository.write("services/web/src/main.js", &format!("setInterval(() => {{}}, 1000); // {own}\n"));
    let (layout, file) = (repository.dir.path().join("layout"), repository.dir.path().join("m.json"));
    let described = ["--label", "com.example.a=1", "--annotation", "manifest:com.example.b=x=y"];
    let written = ["web", "--metadata-file", file.to_str().unwrap(), "-t", "example.com/web:1"];
    let (digest, _) = said(&run(build(&repository, &written).args(described)));
    let told = value(&file);
    let index = value(&layout.join("index.json"));
    let manifest = blob(&layout, &index["manifests"][0]["digest"]);
    let config = blob(&layout, &manifest["config"]["digest"]);
    assert_eq!(told["containerimage.digest"], digest.trim());
    assert_eq!(told["containerimage.digest"], index["manifests"][0]["digest"]);
    assert_eq!(told["containerimage.descriptor"]["size"], index["manifests"][0]["size"]);
    assert_eq!(told["containerimage.config.digest"], manifest["config"]["digest"]);
    assert_eq!(told["image.name"], "example.com/web:1");
    assert_eq!(config["config"]["Labels"]["com.example.a"], "1");
    assert_eq!(manifest["annotations"]["com.example.b"], "x=y");
    let platform = &told["fourply"]["platforms"][0];
    let layers = platform["layers"].as_array().unwrap();
    let pairs: Vec<Value> =
        layers.iter().map(|layer| json!({ "digest": layer["digest"], "size": layer["size"] })).collect();
    let expected = manifest["layers"].as_array().unwrap().iter();
    let expected: Vec<Value> =
        expected.map(|layer| json!({ "digest": layer["digest"], "size": layer["size"] })).collect();
    assert_eq!(pairs, expected);
    let diff_ids: Vec<&Value> = layers.iter().map(|layer| &layer["diffID"]).collect();
    assert_eq!(diff_ids, config["rootfs"]["diff_ids"].as_array().unwrap().iter().collect::<Vec<_>>());
    assert_eq!(layers.last().unwrap()["kind"], "dist");
    assert_eq!(platform["stages"][0]["cached"], false);
    // Once more: nothing runs and nothing is written. Several services are told by name, as bake has it.
    said(&run(&mut build(&repository, &["auth", "web", "--metadata-file", file.to_str().unwrap()])));
    let told = value(&file);
    let again = &told["services/web"]["fourply"];
    assert_eq!(again["platforms"][0]["stages"][0]["cached"], true);
    assert!(again["platforms"][0]["layers"].as_array().unwrap().iter().all(|layer| layer["cached"] == true));
    assert!(told["services/auth"]["containerimage.digest"].is_string());
}

/// A script that fails after lines with codes.
fn failing() -> Repository {
    let repository = workspace();
    let script = "printf '\\033[31mwrong\\033[2K 100%%\\n'; printf 'second line\\n'; exit 3";
    let manifest = json!({ "name": "@my/web", "version": "1.0.0", "scripts": { "build": script } });
    repository.write("services/web/package.json", &manifest.to_string());
    repository
}

fn failed(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_output_of_a_script_that_fails_stands_there_once_and_without_codes() {
    let told = failed(&mut build(&failing(), &["web"]));
    assert!(!told.contains('\u{1b}'), "{told:?}");
    let lines = told.lines().filter(|line| line.ends_with("second line"));
    assert_eq!(lines.collect::<Vec<_>>(), ["services/web: second line"], "{told}");
    assert!(told.contains("services/web: wrong 100%\n"), "{told}");
}

#[test]
fn runners_get_groups_and_annotations() {
    let repository = failing();
    let told = failed(build(&repository, &["web"]).env("GITHUB_ACTIONS", "true"));
    // It did not end, so it is not folded; its colour ends with its line.
    assert!(told.contains("services/web: \u{1b}[31mwrong 100%\u{1b}[0m\n"), "{told:?}");
    let error = told.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(error.starts_with("::error file=services/web/package.json::the script"), "{error}");
    assert!(error.contains("%0Ahint: ") || error.contains("%0A"), "{error}");
    let told = failed(build(&repository, &["web"]).env("GITHUB_ACTIONS", "true").env("NO_COLOR", "1"));
    assert!(!told.contains('\u{1b}'), "{told:?}");
    // No other test ran it.
    let script = format!("echo one; mkdir dist; echo 1 > dist/main.js # {}", repository.dir.path().display());
    let manifest = json!({ "name": "@my/web", "version": "1.0.0", "scripts": { "build": script } });
    repository.write("services/web/package.json", &manifest.to_string());
    let (_, told) = said(&run(build(&repository, &["web", "-v"]).env("GITHUB_ACTIONS", "true")));
    assert!(told.contains(&format!("::group::services/web: build: {script}\none\n::endgroup::\n")), "{told}");
    assert!(told.contains("services/web: build took "), "{told}");
    repository.write("services/web/package.json", &manifest.to_string().replace("echo one", "echo two"));
    let (_, told) = said(&run(build(&repository, &["web"]).env("GITLAB_CI", "true")));
    let script = script.replace("echo one", "echo two");
    let head =
        format!("[collapsed=true]\r\u{1b}[0Kservices/web: build: {script}\ntwo\n\u{1b}[0Ksection_end:");
    assert!(told.contains("\u{1b}[0Ksection_start:") && told.contains(&head), "{told:?}");
}

#[test]
fn a_script_writes_no_command_of_a_runner() {
    let repository = workspace();
    // No other test ran it.
    let own = repository.dir.path().display();
    let script = format!(
        "printf ' ::add-mask::x\\na ##[error]y\\nsection_end:1:z\\r\\n'; mkdir dist; echo 1 > dist/main.js # {own}"
    );
    let manifest = json!({ "name": "@my/web", "version": "1.0.0", "scripts": { "build": script } });
    repository.write("services/web/package.json", &manifest.to_string());
    let (_, told) = said(&run(build(&repository, &["web"]).env("GITHUB_ACTIONS", "true")));
    assert!(told.contains("\n|  ::add-mask::x\na ## [error]y\nsection_end :1:z\n"), "{told}");
    assert!(!told.contains("##["), "{told}");
    let mut commands = told.lines().filter(|line| line.trim_start().starts_with("::"));
    assert!(
        commands
            .all(|line| ["::group::", "::endgroup::", "::warning::"].iter().any(|own| line.starts_with(own)))
    );
}

#[test]
fn a_metadata_file_is_never_that_of_another_build() {
    let repository = failing();
    let file = repository.dir.path().join("m.json");
    std::fs::write(&file, "{}").unwrap();
    failed(&mut build(&repository, &["web", "--metadata-file", file.to_str().unwrap()]));
    assert!(!file.exists());
    let told = failed(&mut build(&repository, &["web", "--metadata-file", "/dev/null"]));
    assert!(told.contains("not a regular file"), "{told}");
}

#[test]
fn every_line_is_json_where_that_is_asked_for() {
    let told = failed(&mut build(&failing(), &["web", "--progress", "json"]));
    let lines: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let has = |level: &str, text: &str| {
        lines.iter().any(|line| line["level"] == level && line["message"].as_str().unwrap().contains(text))
    };
    assert!(has("script", "wrong 100%") && has("error", "the script"), "{told}");
    let (_, quiet) = said(&run(&mut build(&workspace(), &["web", "--progress", "quiet"])));
    assert!(!quiet.contains("building"), "{quiet}");
}
