use super::*;
use crate::clues::Denial;

fn heard(lines: &[&str]) -> (Vec<String>, Vec<Clue>, Option<String>) {
    let environment = BTreeMap::new();
    let mut heard = Heard::new(&environment, true);
    lines.iter().for_each(|line| heard.line(line));
    (heard.lines.into(), heard.clues.into(), heard.defect)
}

#[test]
fn a_mistake_counts_where_nothing_is_said_after_it() {
    let refused = "Error: connect ECONNREFUSED 127.0.0.1:5432";
    let mistake = "TypeError: Cannot read properties of null (reading 'x')";
    assert_eq!(heard(&[refused, mistake, "    at main.js:1:2"]).2.as_deref(), Some(mistake));
    assert_eq!(heard(&[mistake, refused]).2, None);
    // fetch's error for a server that does not answer, and errors that only wrap another.
    for line in ["TypeError: fetch failed", "Error: cannot start", "RangeError"] {
        assert_eq!(heard(&[refused, line]).2, None, "{line}");
    }
}

#[test]
fn the_lines_after_a_missing_file_say_whether_it_was_to_be_written() {
    let missing = "Error: ENOENT: no such file or directory, open '/data/started'";
    let clue =
        |next: &str| heard(&[missing, "    at Object.openSync (node:fs:573:18)", next]).1.pop().unwrap();
    let written = [
        "    at Object.writeFileSync (node:fs:2380:35)",
        "    at async Object.appendFile (node:internal/fs/promises:1)",
        "Emitted 'error' event on WriteStream instance at:",
    ];
    for line in written {
        let clue = clue(line);
        assert!(
            matches!(&clue, Clue::Denied { denial: Denial::NoFolder, path: Some(path), .. } if path == "/data/started"),
            "{line}: {clue:?}"
        );
    }
    assert!(matches!(clue("    at Object.readFileSync (node:fs:1)"), Clue::File { read: true, .. }));
    assert!(matches!(clue("writeFileSync"), Clue::File { read: false, .. }));
}

#[test]
fn a_binding_that_is_not_there_names_its_package_and_stays_in_sight() {
    let error = "Error: Could not locate the bindings file. Tried:";
    let tried = " → /app/node_modules/.pnpm/better-sqlite3@11.1.0/node_modules/better-sqlite3/build/better_sqlite3.node";
    let environment = BTreeMap::new();
    let mut heard = Heard::new(&environment, false);
    heard.line(error);
    (0..30).for_each(|number| heard.line(&format!("{tried}{number}")));
    let package = Some("better-sqlite3".to_owned());
    assert_eq!(heard.clues.back(), Some(&Clue::Unbuilt { package, line: error.to_owned() }));
    let shown = heard.shown();
    assert_eq!((shown[0].as_str(), shown[1].as_str(), shown.len()), (error, "…", LINES + 2));
}

#[test]
fn what_tini_says_of_its_place_is_left_out() {
    let (lines, clues, _) = heard(&[
        "[WARN  tini (3)] Tini is not running as PID 1 and isn't registered as a child subreaper.",
        "Zombie processes will not be re-parented to Tini, so zombie reaping won't work.",
        "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register Tini as a child subreaper, or run Tini as PID 1.",
        "[FATAL tini (4)] exec nothing failed: No such file or directory",
    ]);
    assert_eq!((lines.len(), clues.len()), (1, 0), "{lines:?}");
}

#[test]
fn a_line_that_comes_again_is_told_once() {
    let environment = BTreeMap::new();
    let mut heard = Heard::new(&environment, false);
    ["a", "b", "b", "b", "c", "c"].iter().for_each(|line| heard.line(line));
    assert_eq!(heard.shown(), ["a", "b (3 times)", "c (2 times)"]);
}

#[test]
fn a_database_that_cannot_be_opened_is_named_by_the_line_before() {
    let named = "Error: Failed to connect to database: /data/a.db";
    let lines: [&[&str]; 3] = [
        &[named, "SqliteError: SQLITE_CANTOPEN: unable to open database file"],
        &["ConnectionFailed(\"Unable to open connection to local database /data/a.db: 14\")"],
        &["Error: unable to open database file: /data/a.db"],
    ];
    for lines in lines {
        let clue = heard(lines).1.pop().unwrap();
        assert!(matches!(&clue, Clue::Denied { path: Some(path), .. } if path == "/data/a.db"), "{clue:?}");
    }
    let engine =
        "Error: Can't write to /app/node_modules/.pnpm/x/node_modules/@prisma/engines please make sure";
    assert!(matches!(heard(&[engine]).1.pop(), Some(Clue::Unbuilt { package: Some(_), .. })));
}
