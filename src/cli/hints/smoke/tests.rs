#![allow(clippy::unwrap_used)]

use fourply_smoke::{Denial, Outcome};

use super::*;

fn hint(path: &str, line: &str) -> String {
    let clue = Clue::Denied { denial: Denial::ReadOnly, path: Some(path.to_owned()), line: line.to_owned() };
    let verdict = Verdict {
        outcome: Outcome::AtFault,
        reason: Reason::Said(clue),
        notes: Vec::new(),
        output: Vec::new(),
        folder: "/app/services/auth".to_owned(),
    };
    smoke(Some("services/auth"), &verdict, "/app")
}

#[test]
fn the_line_that_makes_a_folder_writable_is_the_keys_own() {
    for (path, line, expected) in [
        ("/app/services/auth/uploads", "mkdir", "[services.auth] writable = [\"uploads\"]"),
        ("/app/services/auth/logs/x/a.log", "open", "[services.auth] writable = [\"logs/x\"]"),
        ("uploads/a", "open", "[services.auth] writable = [\"uploads\"]"),
        ("./tmp/../cache", "mkdir", "[services.auth] writable = [\"cache\"]"),
        ("/app/services/auth/a.log", "open", "[services.auth] writable = [\".\"]"),
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
