use super::*;

fn report(end: TrialEnd) -> TrialReport {
    TrialReport {
        end,
        took: Duration::from_secs(1),
        tests: 1,
        last_test: None,
        connections: Some(Connections::default()),
        ports: Vec::new(),
        ignored_stop: false,
        stopped_by_default: false,
        left: 0,
    }
}

fn judge(report: &TrialReport, clues: &[Clue], serves: bool) -> (Outcome, Reason) {
    let error_line = None;
    Evidence {
        report,
        clues,
        error_line,
        serves,
        ports: &[],
        program: "node",
        folder: "/app",
        memory: 1,
        processes: 1,
    }
    .judge()
}

fn connection() -> Clue {
    Clue::Connection { line: "Error: connect ECONNREFUSED".to_owned() }
}

fn module() -> Clue {
    Clue::Module { name: "a".to_owned() }
}

#[test]
fn the_last_thing_that_was_said_counts() {
    for end in [TrialEnd::Status(1), TrialEnd::Unhealthy] {
        let report = report(end);
        assert_eq!(
            judge(&report, &[connection(), module()], true),
            (Outcome::AtFault, Reason::Said(module()))
        );
        let last = judge(&report, &[module(), connection()], true);
        assert_eq!(last, (Outcome::Inconclusive, Reason::Said(connection())));
    }
    // Of lines that say the same, the one that says most.
    let field = Clue::Connection { line: "code:'ECONNREFUSED'".to_owned() };
    let said = judge(&report(TrialEnd::Status(1)), &[connection(), field], true).1;
    assert_eq!(said, Reason::Said(connection()));
}

#[test]
fn what_nothing_is_said_of_is_judged_by_what_was_seen() {
    let failed = Connections { tried: 1, refused: 1, ..Connections::default() };
    let with = |end: TrialEnd, connections, ports: &[u16]| TrialReport {
        connections,
        ports: ports.to_vec(),
        ..report(end)
    };
    let none = Some(Connections::default());
    for (report, serves, expected) in [
        (with(TrialEnd::Healthy, none, &[]), true, Outcome::Well),
        (with(TrialEnd::Alive, Some(failed), &[]), false, Outcome::Well),
        (with(TrialEnd::Status(0), none, &[]), false, Outcome::Well),
        (with(TrialEnd::Status(0), none, &[]), true, Outcome::AtFault),
        (with(TrialEnd::Status(1), none, &[]), true, Outcome::AtFault),
        (with(TrialEnd::Status(1), Some(failed), &[]), true, Outcome::Inconclusive),
        (with(TrialEnd::Status(1), None, &[]), true, Outcome::AtFault),
        (with(TrialEnd::Signal(11), Some(failed), &[]), true, Outcome::AtFault),
        (with(TrialEnd::Unhealthy, none, &[]), true, Outcome::AtFault),
        (with(TrialEnd::Unhealthy, Some(failed), &[]), true, Outcome::Inconclusive),
        (with(TrialEnd::Unhealthy, none, &[80]), true, Outcome::AtFault),
        (with(TrialEnd::Unhealthy, Some(failed), &[80]), true, Outcome::Inconclusive),
        (with(TrialEnd::TooMuchMemory, none, &[]), true, Outcome::AtFault),
        (
            with(TrialEnd::NotStarted(NotStarted::Program(2, String::new())), none, &[]),
            true,
            Outcome::AtFault,
        ),
    ] {
        assert_eq!(judge(&report, &[], serves).0, expected, "{report:?}");
    }
    // A defect of machine code is the image's, whatever it said before.
    assert_eq!(judge(&report(TrialEnd::Signal(11)), &[connection()], true).0, Outcome::AtFault);
}
