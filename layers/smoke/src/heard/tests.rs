use super::*;

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
    // What fetch says of a server that does not answer, and what only wraps another error.
    for line in ["TypeError: fetch failed", "Error: cannot start", "RangeError"] {
        assert_eq!(heard(&[refused, line]).2, None, "{line}");
    }
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
