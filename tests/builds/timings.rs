//! `--timings FILE`: the trace is read as its viewers read it, by the rules of the format.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::program::{fourply, run};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

/// One complete event.
#[derive(Debug, Clone)]
struct Event {
    name: String,
    span: u64,
    part_of: Option<u64>,
    row: u64,
    began: u64,
    ended: u64,
}

/// Reads a trace, and checks what is true of every one.
fn events(path: &Path) -> Vec<Event> {
    let trace: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = trace["traceEvents"].as_array().unwrap();
    let complete = all.iter().filter(|event| event["ph"] == "X");
    let number = |value: &Value| value.as_u64().unwrap();
    let events: Vec<Event> = complete
        .map(|event| Event {
            name: event["name"].as_str().unwrap().to_owned(),
            span: number(&event["args"]["span"]),
            part_of: event["args"]["part of"].as_u64(),
            row: number(&event["tid"]),
            began: number(&event["ts"]),
            ended: number(&event["ts"]) + number(&event["dur"]),
        })
        .collect();
    assert!(all.iter().all(|event| event["ph"] == "X" || event["ph"] == "M"), "{trace}");
    assert!(all.iter().all(|event| event["pid"] == all[0]["pid"]), "{trace}");
    let by_span: BTreeMap<u64, &Event> = events.iter().map(|event| (event.span, event)).collect();
    assert_eq!(by_span.len(), events.len());
    for event in &events {
        let Some(whole) = event.part_of else {
            assert_eq!(event.name, "fourply");
            continue;
        };
        let whole = by_span[&whole];
        assert!(whole.began <= event.began && event.ended <= whole.ended, "{event:?} in {whole:?}");
    }
    // What a viewer draws in one row lies below each other, or beside each other.
    for (number, one) in events.iter().enumerate() {
        for other in events.iter().skip(number + 1).filter(|other| other.row == one.row) {
            let apart = one.ended <= other.began || other.ended <= one.began;
            let within = one.began <= other.began && other.ended <= one.ended;
            assert!(apart || within, "{one:?} and {other:?}");
        }
    }
    events
}

fn names(events: &[Event]) -> Vec<&str> {
    let mut names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn has(events: &[Event], name: &str) -> bool {
    events.iter().any(|event| event.name == name || event.name.starts_with(&format!("{name} ")))
}

fn with_timings(mut command: Command, trace: &Path) -> (bool, String) {
    let output = run(command.arg("--timings").arg(trace));
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// One registry that needs a password, one service; a second one beside it.
fn workspace(npm: &Npm) -> Tiny {
    let tiny = Tiny::new(&tarball(&HARMLESS), &npm.url());
    let host = npm.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let write = |name: &str, text: &str| {
        let path = tiny.root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let npmrc = format!("registry=http://user:PLANTED1@{host}/\n//{host}/:_authToken=PLANTED2\n");
    write(".npmrc", &npmrc);
    let of = |path: &str| std::fs::read_to_string(tiny.root.join(path)).unwrap();
    write("services/b/package.json", &of("services/a/package.json").replace("/a", "/b"));
    write("services/b/dist/main.js", &of("services/a/dist/main.js"));
    let importer = "    dependencies:\n      thing:\n        specifier: 1.0.0\n        version: 1.0.0\n\n";
    let lock = of("pnpm-lock.yaml");
    write(
        "pnpm-lock.yaml",
        &lock.replace("packages:\n\n  thing", &format!("  services/b:\n{importer}packages:\n\n  thing")),
    );
    write("fourply.toml", &format!("{}env = {{ TOKEN = \"PLANTED3\" }}\n", of("fourply.toml")));
    tiny
}

/// What every build goes through.
const STAGES: [&str; 13] = [
    "fourply",
    "settings",
    "workspace",
    "lockfile",
    "closure",
    "base",
    "service",
    "outputs",
    "assemble",
    "image",
    "check",
    "layer",
    "weights",
];
/// What a build with an empty store goes through besides.
const COLD: [&str; 8] = ["packages", "package", "tree", "write", "read", "compress", "sync", "pack"];

#[test]
fn a_trace_holds_all_stages_and_no_secret_and_a_build_that_fails_leaves_one() {
    let npm = Npm::start(Answer::Status(200, tarball(&HARMLESS)));
    let tiny = workspace(&npm);
    let trace = tiny.root.join("trace.json");
    let cold = with_timings(tiny.build(), &trace);
    assert!(cold.0, "{}", cold.1);
    let first = events(&trace);
    for stage in STAGES.iter().chain(&COLD).chain(&["output", "blob"]) {
        assert!(has(&first, stage), "{stage}: {:?}", names(&first));
    }
    // The trace lies in the workspace, and is no source of the next build.
    let warm = with_timings(tiny.build(), &trace);
    assert!(warm.0, "{}", warm.1);
    let second = events(&trace);
    STAGES.iter().for_each(|stage| assert!(has(&second, stage), "{stage}: {:?}", names(&second)));
    COLD.iter().for_each(|stage| assert!(!has(&second, stage), "{stage}: {:?}", names(&second)));
    assert!(with_timings(tiny.build(), &trace).0);
    assert_eq!(names(&events(&trace)), names(&second));
    let text = std::fs::read_to_string(&trace).unwrap();
    assert!(!text.contains("PLANTED") && !text.contains("user:"), "{text}");

    let refusing = Npm::start(Answer::Status(401, b"no".to_vec()));
    let tiny = workspace(&refusing);
    let trace = tiny.dir.path().join("trace.json");
    let failed = with_timings(tiny.build(), &trace);
    assert!(!failed.0 && failed.1.contains("401"), "{}", failed.1);
    let third = events(&trace);
    assert!(has(&third, "packages") && !has(&third, "image"), "{:?}", names(&third));
    assert!(!std::fs::read_to_string(&trace).unwrap().contains("PLANTED"));
    assert!(tiny.beside().iter().all(|name| !name.starts_with(".fourply-")), "{:?}", tiny.beside());
}

#[test]
fn several_services_are_nested_each_in_its_own_and_a_place_without_a_folder_is_refused_at_once() {
    let npm = Npm::start(Answer::Status(200, tarball(&HARMLESS)));
    let tiny = workspace(&npm);
    let trace = tiny.dir.path().join("trace.json");
    let output = format!("type=oci,dest={}", tiny.dir.path().join("images").display());
    let built = with_timings(tiny.fourply(&["build", "--all", "-o", &output]), &trace);
    assert!(built.0, "{}", built.1);
    let all = events(&trace);
    for service in ["services/a", "services/b"] {
        for what in ["settings", "service", "assemble"] {
            assert!(has(&all, &format!("{what} {service}")), "{what}: {:?}", names(&all));
        }
        let own = all.iter().find(|event| event.name == format!("service {service}")).unwrap();
        let outputs = all.iter().find(|event| event.name == format!("outputs {service}")).unwrap();
        let above =
            |event: &Event| all.iter().find(|whole| Some(whole.span) == event.part_of).unwrap().name.clone();
        assert_eq!((outputs.part_of, above(own)), (Some(own.span), "fourply".to_owned()));
    }
    let nowhere = tiny.dir.path().join("nowhere/trace.json");
    let asked = npm.asked();
    let refused = with_timings(tiny.fourply(&["build", "--all", "-o", &output]), &nowhere);
    assert!(!refused.0 && refused.1.contains("nowhere/trace.json"), "{}", refused.1);
    assert_eq!(npm.asked(), asked);
}

#[test]
fn scripts_stand_in_it_by_package_and_name_alone() {
    let sample = super::inputs::Sample::new("mkdir -p dist && cp src/main.js dist/main.js && echo PLANTED");
    let (dir, root) = sample.places();
    let trace = dir.join("trace.json");
    let output = format!("type=oci-archive,dest={}", dir.join("image.tar").display());
    let built = with_timings(fourply(root, &["build", "services/a", "-o", &output]), &trace);
    assert!(built.0 && built.1.contains("PLANTED"), "{}", built.1);
    let all = events(&trace);
    for name in ["sources services/a", "install services/a", "script services/a build", "outputs services/a"]
    {
        assert!(has(&all, name), "{name}: {:?}", names(&all));
    }
    assert!(!std::fs::read_to_string(&trace).unwrap().contains("PLANTED"));
}
