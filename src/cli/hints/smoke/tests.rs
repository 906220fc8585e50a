#![allow(clippy::unwrap_used)]

use fourply_smoke::{Denial, Outcome};

use super::*;

fn hint(path: &str, line: &str) -> String {
    with(path, line, &[])
}

fn with(path: &str, line: &str, writable: &[String]) -> String {
    let clue = Clue::Denied { denial: Denial::ReadOnly, path: Some(path.to_owned()), line: line.to_owned() };
    let verdict = Verdict {
        outcome: Outcome::AtFault,
        reason: Reason::Said(clue),
        notes: Vec::new(),
        output: Vec::new(),
        folder: "/app/services/auth".to_owned(),
    };
    smoke(Some(Started { service: "services/auth", writable }), &verdict, "/app")
}

#[test]
fn the_line_that_makes_a_folder_writable_is_the_keys_own() {
    for (path, line, expected) in [
        ("/app/services/auth/uploads", "mkdir", "[services.auth] writable = [\"uploads\"]"),
        ("/app/services/auth/logs/x/a.log", "open", "[services.auth] writable = [\"logs/x\"]"),
        ("uploads/a", "open", "[services.auth] writable = [\"uploads\"]"),
        ("./tmp/../cache", "mkdir", "[services.auth] writable = [\"cache\"]"),
        (
            "/app/services/auth/a.log",
            "open",
            "such as data: [services.auth] writable = [\"data\"]; or, where it has to be the service's own folder: [services.auth] writable = [\".\"]",
        ),
        ("/var/lib/x/y", "open", "[services.auth] writable = [\"/var/lib/x\"]"),
        ("/app/shared", "mkdir", "[services.auth] writable = [\"/app/shared\"]"),
        ("/x", "open", "writable = [\"FOLDER\"]"),
        ("/app/x.log", "open", "or to a folder of its own: [services.auth] writable = [\"data\"]"),
        ("/etc/app.conf", "open", "or to a folder of its own: [services.auth] writable = [\"data\"]"),
        ("/run", "mkdir", "or to a folder of its own: [services.auth] writable = [\"data\"]"),
        ("/var/lib/app", "mkdir", "[services.auth] writable = [\"/var/lib/app\"]"),
    ] {
        let text = hint(path, line);
        assert!(text.ends_with(expected), "{path}: {text}");
    }
}

#[test]
fn what_is_writable_already_stays_so() {
    let configured = ["uploads".to_owned(), "data".to_owned()];
    let text = with("cache/a", "open", &configured);
    assert!(text.ends_with("writable = [\"uploads\", \"data\", \"cache\"]"), "{text}");
    let text = with("a.log", "open", &configured);
    assert!(text.contains("writable = [\"uploads\", \"data\"]; or"), "{text}");
    assert!(text.ends_with("writable = [\"uploads\", \"data\", \".\"]"), "{text}");
}

#[test]
fn a_path_that_answers_with_a_fault_is_not_to_be_renamed() {
    let unwell = |status| {
        let asked = Some(Asked { path: "/healthz".to_owned(), status });
        let reason = Reason::Unwell { ports: vec![8080], last: None, asked };
        let verdict = Verdict {
            outcome: Outcome::AtFault,
            reason,
            notes: Vec::new(),
            output: Vec::new(),
            folder: "/app".to_owned(),
        };
        smoke(None, &verdict, "/app")
    };
    assert!(unwell(Some(503)).contains("GET /healthz has to answer"), "{}", unwell(Some(503)));
    assert!(unwell(Some(404)).contains("name a path"), "{}", unwell(Some(404)));
    assert!(unwell(None).contains("name a path"), "{}", unwell(None));
}
