#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use super::*;

/// A server on loopback that answers each path with its status, other paths with 404, and `/slow` never.
fn serve(address: &str, statuses: &'static [(&'static str, u16)]) -> u16 {
    let listener = TcpListener::bind(address).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            if path == "/slow" {
                waiting.push(stream);
                continue;
            }
            let status = statuses.iter().find(|(known, _)| *known == path).map_or(404, |(_, status)| *status);
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: 5\r\nLocation: /nowhere\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(b"hello"));
        }
    });
    port
}

/// Runs the check of `health = VALUE` with the node of this machine, as an engine does.
fn healthy(value: Option<&str>, configured: u16, port: Option<u16>) -> bool {
    let health = value.map(|value| {
        let text = format!("[image]\nhealth = {value}\n");
        crate::config::Config::parse(&text).unwrap().image.health.unwrap()
    });
    let check = health_of(health.as_ref(), Some(configured));
    let [cmd, program, words @ ..] = check.test.as_slice() else { panic!("{:?}", check.test) };
    assert_eq!((cmd.as_str(), program.as_str()), ("CMD", "node"));
    let mut command = Command::new(program);
    command.args(words).env_remove("PORT").env_remove("NODE_OPTIONS");
    if let Some(port) = port {
        command.env("PORT", port.to_string());
    }
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("{other:?}"),
    }
}

fn health_of(configured: Option<&Health>, port: Option<u16>) -> HealthSettings {
    health(configured, port).unwrap()
}

#[test]
fn a_path_that_is_absent_means_the_next_and_any_other_answer_decides() {
    let port = serve("127.0.0.1:0", &[("/up", 200), ("/broken", 503), ("/auth", 401), ("/moved", 302)]);
    for (value, expected) in [
        ("\"/up\"", true),
        ("\"/up?deep=0&x=%20\"", false),
        ("{ paths = [\"/absent\", \"/up\"] }", true),
        ("{ paths = [\"/absent\", \"/broken\", \"/up\"] }", false),
        ("{ paths = [\"/broken\", \"/up\"] }", false),
        ("{ paths = [\"/absent\", \"/other\"] }", false),
        ("\"/auth\"", false),
        ("\"/moved\"", true),
    ] {
        assert_eq!(healthy(Some(value), port, None), expected, "{value}");
    }
}

#[test]
fn without_a_setting_usual_paths_are_asked_and_a_service_with_none_of_them_is_well() {
    let nothing = serve("127.0.0.1:0", &[]);
    assert!(healthy(None, nothing, None));
    assert!(healthy(Some("{ retries = 2 }"), nothing, None));
    assert!(!healthy(None, serve("127.0.0.1:0", &[("/api/v1/health", 500)]), None));
    assert!(healthy(None, serve("127.0.0.1:0", &[("/health/live", 200), ("/health", 500)]), None));
    // A login or a strict API in front of all paths.
    let strict = &[("/health/live", 401), ("/health", 400), ("/healthz", 405)];
    assert!(healthy(None, serve("127.0.0.1:0", strict), None));
    assert!(!healthy(None, serve("127.0.0.1:0", &[("/health/live", 401), ("/health", 503)]), None));
}

#[test]
fn a_service_that_does_not_listen_or_does_not_answer_is_not_well() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert!(!healthy(None, closed, None));
    let began = Instant::now();
    let slow = serve("127.0.0.1:0", &[]);
    assert!(!healthy(Some("{ paths = [\"/slow\"], timeout = \"1s\" }"), slow, None));
    assert!(began.elapsed() >= Duration::from_secs(1), "it gave up after {:?}", began.elapsed());
}

#[test]
fn a_service_may_listen_on_another_port_or_on_one_kind_of_address() {
    let port = serve("127.0.0.1:0", &[("/up", 204)]);
    assert!(healthy(Some("\"/up\""), 1, Some(port)));
    let six = serve("[::1]:0", &[("/up", 200)]);
    assert!(healthy(Some("\"/up\""), six, None));
    let broken = serve("[::1]:0", &[("/up", 500)]);
    assert!(!healthy(Some("\"/up\""), broken, None));
}

#[test]
fn times_have_values_where_none_are_given_and_a_worker_has_only_a_command() {
    let check = health_of(None, Some(3000));
    assert_eq!((check.interval, check.timeout, check.start_period), (INTERVAL, TIMEOUT, START_PERIOD));
    assert!(check.usual && check.retries == RETRIES);
    assert_eq!(health(None, None), None);
    assert_eq!(health(Some(&Health::Off), Some(1)), None);
    let command = HealthCheck { probe: Probe::Command(vec!["true".to_owned()]), ..HealthCheck::default() };
    let check = health_of(Some(&Health::Check(command)), None);
    assert_eq!(check.test, ["CMD", "true"]);
    assert!(!check.usual);
}
