//! Nobody reads what the program tells: the work goes on, and ends with the exit code that it deserves.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::machine::{send_interrupt, wait_for};
use crate::program::{digest, error, fourply, run};
use crate::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

/// A stream whose reader went away, as that of a terminal which was closed.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A stream to a full disk.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn code(command: &mut Command) -> Option<i32> {
    command.status().unwrap().code()
}

#[test]
fn a_build_that_nobody_watches_gives_the_same_image() {
    let bytes = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    for stderr in [unread(), full()] {
        let output = tiny.build().stderr(stderr).stdout(Stdio::piped()).spawn().unwrap().wait_with_output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), digest(&mut tiny.build()));
    }
    assert!(!run(&mut tiny.build()).stderr.is_empty(), "the build told nothing, so nothing was tested");
    assert_eq!(code(tiny.build().stderr(unread()).stdout(unread())), Some(0));
}

#[test]
fn a_digest_that_could_not_be_written_is_an_error() {
    let bytes = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    let output =
        tiny.build().stdout(full()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("No space left on device"), "{text}");
}

#[test]
fn a_failure_that_nobody_reads_keeps_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let build = || fourply(dir.path(), &["build", "services/none", "-o", "type=oci,dest=out"]);
    error(&mut build(), 1);
    assert_eq!(code(build().stderr(unread())), Some(1));
    assert_eq!(code(build().stderr(full())), Some(1));
}

#[test]
fn an_interrupt_that_nobody_reads_of_ends_the_build() {
    let silent = Npm::start(Answer::Silence);
    let tiny = Tiny::new(&tarball(&HARMLESS), &silent.url());
    let mut child = tiny.build().stderr(unread()).spawn().unwrap();
    wait_for("a request", || silent.asked() > 0);
    send_interrupt(&child);
    wait_for("the end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
