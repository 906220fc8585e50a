#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn environment() -> BTreeMap<String, OsString> {
    BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".into())])
}

fn outcome(text: &str) -> ProcessOutcome {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment();
    let shell = Shell { text, folder: folder.path(), environment: &environment, room: None };
    run(&shell, &|| false, &mut |_| ()).unwrap()
}

fn is_alive(pid: &str) -> bool {
    // A zombie is not alive: it waits for its parent, which may be another process.
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    stat.is_ok_and(|text| !text.contains(") Z "))
}

#[test]
fn both_streams_come_in_order_and_the_status_is_told() {
    let outcome = outcome("echo one; echo two >&2; printf three; exit 7");
    assert_eq!((outcome.ended, outcome.log.as_str()), (Ended::Status(7), "one\ntwo\nthree"));
}

#[test]
fn what_is_printed_without_waiting_is_not_lost() {
    // As node prints the error of a bundle: its source line, then the message.
    let line = "head -c 600000 /dev/zero | tr '\\0' x | dd bs=600000 count=1 iflag=fullblock oflag=nonblock 2>/dev/null";
    let log = outcome(&format!("{line} && echo whole")).log;
    assert!(log.ends_with("whole") && log.matches('x').count() == 600_000, "{} bytes", log.len());
}

#[test]
fn a_signal_is_told() {
    assert_eq!(outcome("kill -SEGV $$").ended, Ended::Signal(11));
}

#[test]
fn nothing_of_this_process_reaches_the_command() {
    // The shell itself adds PWD, and some add _ and SHLVL.
    let outcome = outcome("umask; env | cut -d= -f1 | grep -vx -e PWD -e _ -e SHLVL -e OLDPWD");
    assert_eq!(outcome.log, "0022\nPATH");
    assert_eq!(self::outcome("cat; echo end").log, "end");
}

#[test]
fn what_the_command_left_running_ends_with_it() {
    let outcome = outcome("sleep 1000 & echo $!");
    assert_eq!(outcome.ended, Ended::Status(0));
    let pid = outcome.log;
    let gone = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !is_alive(&pid)
    });
    assert!(gone, "{pid} is still there");
}

#[test]
fn a_process_that_left_the_group_does_not_hold_the_build() {
    let outcome = outcome("setsid sleep 20 & echo started");
    assert_eq!((outcome.ended, outcome.log.as_str()), (Ended::Status(0), "started"));
}

#[test]
fn a_cancelled_command_ends_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment();
    let text = "sleep 1000 & echo $!; trap '' TERM; wait";
    let shell = Shell { text, folder: folder.path(), environment: &environment, room: None };
    let stop = AtomicBool::new(false);
    let mut pid = String::new();
    let result = run(&shell, &|| stop.load(Ordering::Relaxed), &mut |line| {
        pid = line.to_owned();
        stop.store(true, Ordering::Relaxed);
    });
    assert!(matches!(result, Err(ScriptsError::Interrupted)));
    let gone = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        !is_alive(&pid)
    });
    assert!(gone, "{pid} is still there");
}

#[test]
fn a_line_without_end_is_cut_and_bad_utf8_is_no_fault() {
    let outcome = outcome("head -c 200000 /dev/zero | tr '\\0' x; printf '\\377\\n'");
    let lines: Vec<_> = outcome.log.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].len(), LINE);
    assert!(lines[3].ends_with('\u{fffd}'));
}

#[test]
fn the_log_keeps_its_end() {
    let mut log = Log::default();
    for number in 0..100_000 {
        log.push(format!("{number:0100}"));
    }
    let text = log.text();
    assert!(text.len() <= LOG + 100);
    assert!(text.starts_with("(its beginning is left out)\n") && text.ends_with("99999"));
}
