#![allow(clippy::unwrap_used)]

use std::os::unix::net::UnixListener;

use super::answer::refusal;
use super::*;

#[test]
fn errors_are_found_in_a_stream_of_messages() {
    let good = "{\"stream\":\"Loaded image: a:1\\n\"}\r\n{\"stream\":\"x\"}\n";
    assert_eq!(refusal(good), None);
    let bad = "{\"stream\":\"x\"}\n{\"errorDetail\":{\"message\":\"no space\"},\"error\":\"no space\"}\n";
    assert_eq!(refusal(bad).as_deref(), Some("no space"));
    assert_eq!(refusal("Loaded image"), None);
}

#[test]
fn all_that_was_tried_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (absent, deaf) = (folder.path().join("absent.sock"), folder.path().join("deaf.sock"));
    drop(UnixListener::bind(&deaf).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let endpoints = [
        Endpoint::Socket(absent.clone()),
        Endpoint::Socket(deaf),
        Endpoint::Podman(folder.path().join("podman")),
    ];
    let error = Engine::find(&endpoints, runtime.handle().clone()).unwrap_err().to_string();
    assert!(error.contains(&format!("{}: No such file", absent.display())), "{error}");
    assert!(error.contains("deaf.sock: Connection refused"), "{error}");
    assert!(error.contains("podman: it is no program"), "{error}");
}
