use super::*;

fn report(end: TrialEnd) -> TrialReport {
    TrialReport {
        end,
        took: Duration::from_secs(1),
        tests: 1,
        last_test: None,
        asked: None,
        refused_meanwhile: 0,
        loopback: Vec::new(),
        connections: Some(Connections::default()),
        ports: Vec::new(),
        ignored_stop: false,
        stopped_by_default: false,
        left: 0,
    }
}

fn evidence<'a>(report: &'a TrialReport, clues: &'a [Clue], serves: bool) -> Evidence<'a> {
    let (error_line, defect) = (None, None);
    Evidence {
        report,
        clues,
        error_line,
        defect,
        serves,
        ports: &[],
        program: "node",
        folder: "/app",
        memory: 1,
        processes: 1,
    }
}

fn judge(report: &TrialReport, clues: &[Clue], serves: bool) -> (Outcome, Reason) {
    evidence(report, clues, serves).judge()
}

const FAILED: Connections = Connections { tried: 1, refused: 1, without_route: 0, unanswered: 0 };

fn connection() -> Clue {
    Clue::Connection { line: "Error: connect ECONNREFUSED".to_owned() }
}

fn module() -> Clue {
    Clue::Module { name: "a".to_owned() }
}

#[test]
fn the_last_thing_that_was_said_counts() {
    for end in [TrialEnd::Status(1), TrialEnd::Unhealthy] {
        let report = TrialReport { connections: Some(FAILED), ..report(end) };
        assert_eq!(
            judge(&report, &[connection(), module()], true),
            (Outcome::AtFault, Reason::Said(module()))
        );
        let last = judge(&report, &[module(), connection()], true);
        assert_eq!(last, (Outcome::Inconclusive, Reason::Said(connection())));
    }
    // Of lines with the same meaning, the most detailed wins.
    let field = Clue::Connection { line: "code:'ECONNREFUSED'".to_owned() };
    let ended = TrialReport { connections: Some(FAILED), ..report(TrialEnd::Status(1)) };
    let said = judge(&ended, &[connection(), field], true).1;
    assert_eq!(said, Reason::Said(connection()));
}

#[test]
fn what_nothing_is_said_of_is_judged_by_what_was_seen() {
    let failed = FAILED;
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
    // A crash in machine code is the image's fault, whatever it printed before.
    assert_eq!(judge(&report(TrialEnd::Signal(11)), &[connection()], true).0, Outcome::AtFault);
}

#[test]
fn a_crash_is_the_images_whatever_an_earlier_line_spoke_of() {
    let failed = TrialReport { connections: Some(FAILED), ..report(TrialEnd::Status(1)) };
    let line = "TypeError: x is not a function".to_owned();
    let clues = [connection()];
    let crashed = Evidence { defect: Some(line.clone()), ..evidence(&failed, &clues, true) };
    assert_eq!(crashed.judge(), (Outcome::AtFault, Reason::Defect { ended: Ended::Status(1), line }));
    // A line mentions a connection, but none failed.
    let talk = judge(&report(TrialEnd::Status(1)), &clues, true);
    assert_eq!(talk, (Outcome::AtFault, Reason::Crash { ended: Ended::Status(1), line: None }));
    assert_eq!(
        judge(&report(TrialEnd::Status(1)), &[module(), connection()], true).1,
        Reason::Said(module())
    );
    let on_disk = Clue::Connection { line: "Error: connect ECONNREFUSED /run/x.sock".to_owned() };
    assert_eq!(judge(&report(TrialEnd::Status(1)), &[on_disk], true).0, Outcome::Inconclusive);
}

#[test]
fn a_worker_whose_health_check_fails_is_not_told_of_ports() {
    let last = Some((CheckEnd::Status(3), "no heartbeat".to_owned()));
    let worker = TrialReport { last_test: last.clone(), ..report(TrialEnd::Unhealthy) };
    let unwell = Reason::Unwell { ports: Vec::new(), last: last.clone(), asked: None };
    assert_eq!(judge(&worker, &[], true), (Outcome::AtFault, unwell));
    let served = Evidence { ports: &[3000], ..evidence(&worker, &[], true) };
    assert!(matches!(served.judge().1, Reason::Silent { .. }));
    let waits = TrialReport { connections: Some(FAILED), ..worker };
    assert_eq!(
        judge(&waits, &[], true),
        (Outcome::Inconclusive, Reason::UnwellAlone { ports: Vec::new(), last, asked: None })
    );
}

#[test]
fn what_was_refused_beside_a_test_of_health_may_be_the_programs() {
    let refused = TrialReport { refused_meanwhile: 1, ..report(TrialEnd::Status(1)) };
    let named = Clue::Connection { line: "Error: connect ECONNREFUSED 127.0.0.1:5432".to_owned() };
    assert_eq!(judge(&refused, std::slice::from_ref(&named), true).0, Outcome::Inconclusive);
    assert_eq!(judge(&report(TrialEnd::Status(1)), &[named], true).0, Outcome::AtFault);
    // A line without an address does not count.
    assert_eq!(judge(&refused, &[connection()], true).0, Outcome::AtFault);
}

#[test]
fn whose_a_refused_connection_was_is_found_out_where_the_outcome_hangs_on_it() {
    let refused = |end| TrialReport { refused_meanwhile: 1, ..report(end) };
    let hangs = |report: &TrialReport, clues: &[Clue]| evidence(report, clues, true).hangs_on_tests();
    // It printed nothing, or a line without an address.
    for end in [TrialEnd::Status(1), TrialEnd::Signal(libc::SIGTERM), TrialEnd::Unhealthy] {
        assert!(hangs(&refused(end.clone()), &[]), "{end:?}");
        assert!(!hangs(&report(end.clone()), &[]), "nothing was refused: {end:?}");
        assert!(!hangs(&refused(end.clone()), &[module()]), "the line says it: {end:?}");
        let failed = TrialReport { connections: Some(FAILED), ..refused(end.clone()) };
        assert!(!hangs(&failed, &[]), "it is known: {end:?}");
        let host = TrialReport { connections: None, ..refused(end) };
        assert!(!hangs(&host, &[]), "nothing is counted on the machine's network");
    }
    assert!(hangs(&refused(TrialEnd::Status(1)), &[connection()]));
    assert!(!hangs(&refused(TrialEnd::Signal(libc::SIGSEGV)), &[]), "its own mistake");
    assert!(!hangs(&refused(TrialEnd::Healthy), &[]));
    // The second start answers.
    let alone = refused(TrialEnd::Status(1));
    assert_eq!(judge(&alone.without_tests(Some(FAILED)), &[], true).0, Outcome::Inconclusive);
    assert_eq!(judge(&alone.without_tests(alone.connections), &[], true).0, Outcome::AtFault);
}

#[test]
fn a_service_that_only_loopback_reaches_is_at_fault() {
    for end in [TrialEnd::Healthy, TrialEnd::Alive] {
        let inside = TrialReport { ports: vec![80, 9229], loopback: vec![80], ..report(end) };
        let judged = Evidence { ports: &[80], ..evidence(&inside, &[], true) }.judge();
        assert_eq!(judged, (Outcome::AtFault, Reason::Loopback { ports: vec![80] }));
        let judged = Evidence { ports: &[80, 9229], ..evidence(&inside, &[], true) }.judge();
        assert_eq!(judged.0, Outcome::Well);
    }
}

#[test]
fn a_named_port_of_loopback_beside_others_is_noted() {
    let inside =
        TrialReport { ports: vec![80, 81, 9229], loopback: vec![80, 9229], ..report(TrialEnd::Healthy) };
    let noted = |ports: &'static [u16]| {
        Evidence { ports, ..evidence(&inside, &[], true) }.notes(true, Duration::from_secs(1))
    };
    assert_eq!(noted(&[80, 81]), [Note::LoopbackAlone { ports: vec![80] }]);
    let absent = Some(Asked { path: "/health".to_owned(), status: Some(404) });
    let absent = TrialReport { asked: absent, ..report(TrialEnd::Healthy) };
    let notes = evidence(&absent, &[], true).notes(true, Duration::from_secs(1));
    assert_eq!(notes, [Note::NoPath]);
    // It is at fault, so no note repeats it.
    assert_eq!(noted(&[80]), []);
    assert_eq!(noted(&[]), []);
    assert_eq!(noted(&[443]), []);
}
