#![allow(clippy::unwrap_used)]

use fourply_app::IncludedFiles;
use fourply_smoke::{Denial, Outcome};

use super::*;

fn hint(path: &str, line: &str) -> String {
    with(path, line, &[])
}

/// What a service at fault said.
fn said(clue: Clue) -> Verdict {
    Verdict {
        outcome: Outcome::AtFault,
        reason: Reason::Said(clue),
        notes: Vec::new(),
        output: Vec::new(),
        folder: "/app/services/auth".to_owned(),
    }
}

fn with(path: &str, line: &str, writable: &[String]) -> String {
    let clue = Clue::Denied { denial: Denial::ReadOnly, path: Some(path.to_owned()), line: line.to_owned() };
    smoke(
        Some(Started { service: "services/auth", writable, files: &[], root: Path::new("/nowhere") }),
        &said(clue),
        "/app",
    )
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

fn missing(root: &Path, files: &[IncludedFiles], clue: Clue) -> String {
    smoke(Some(Started { service: "services/auth", writable: &[], files, root }), &said(clue), "/app")
}

#[test]
fn the_line_that_brings_a_file_is_whole_and_only_for_what_the_sources_have() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "services/auth/migrations/1.sql",
        "services/auth/package.json",
        "config/a.json",
        "services/auth/src/x.js",
    ] {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "").unwrap();
    }
    let files = [
        IncludedFiles { from: "migrate.js".to_owned(), to: None },
        IncludedFiles { from: "/a".to_owned(), to: Some("b".to_owned()) },
    ];
    let file = |path: &str, read| missing(folder.path(), &files, Clue::File { path: path.to_owned(), read });
    for (path, entry) in [
        ("migrations/1.sql", "migrations"),
        ("/app/services/auth/migrations", "migrations"),
        ("/app/config/a.json", "/config"),
        ("src/x.js", "src/x.js"),
        ("../../services/auth/package.json", "package.json"),
    ] {
        let line =
            format!("[services.auth] files = [\"migrate.js\", {{ from = \"/a\", to = \"b\" }}, {entry:?}]");
        assert!(file(path, true).ends_with(&line), "{path}: {}", file(path, true));
    }
    let text =
        missing(folder.path(), &[], Clue::Module { name: "/app/services/auth/migrations/1.sql".to_owned() });
    assert!(text.ends_with("files = [\"migrations\"]"), "{text}");
    assert!(file("gone.json", true).starts_with("it is not in the sources (services/auth/gone.json)"));
    // Never by files; without evidence both are named.
    let text = file("/data/started", false);
    assert!(
        text.contains("never by files") && text.ends_with("[services.auth] writable = [\"/data\"]"),
        "{text}"
    );
    assert!(!file("/data/started", true).contains("writable"), "{}", file("/data/started", true));
}

#[test]
fn a_binding_and_an_undefined_value_have_their_own_hints() {
    let unbuilt = Clue::Unbuilt { package: Some("better-sqlite3".to_owned()), line: String::new() };
    let text = missing(Path::new("/nowhere"), &[], unbuilt);
    assert!(text.contains("onlyBuiltDependencies: [\"better-sqlite3\"]"), "{text}");
    let verdict = Verdict {
        outcome: Outcome::AtFault,
        reason: Reason::Crash {
            ended: fourply_scripts::Ended::Status(1),
            line: Some("TypeError: x. Received undefined".to_owned()),
        },
        notes: Vec::new(),
        output: vec!["const key = join(process.env.KEY_DIR, 'a')".to_owned()],
        folder: "/app".to_owned(),
    };
    assert!(smoke(None, &verdict, "/app").contains("--env KEY_DIR=VALUE"));
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

#[test]
fn an_image_that_is_somewhere_names_its_service_by_its_folder() {
    let told = |folder: &str| {
        let reason = Reason::OtherPort { ports: vec![3100], named: vec![3000] };
        let (outcome, folder) = (Outcome::AtFault, folder.to_owned());
        smoke(None, &Verdict { outcome, reason, notes: Vec::new(), output: Vec::new(), folder }, "/app")
    };
    assert!(told("/app/services/auth").ends_with("[services.auth] port = 3100"));
    assert!(told("/srv").ends_with("[services.NAME] port = 3100") && told("/app").contains("NAME"));
}
