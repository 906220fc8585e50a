//! Downloads of real programs: first from servers on this host's loopback interface, which stand for the internet; then
//! only from the store. At full level, programs without proxy support also work, such as node's https and fetch.
//!
//! These are not ordinary harness tests: the sandbox stages are this program, started again. Skipped without node.

#![allow(clippy::unwrap_used)]

mod real;
mod world;

use std::process::ExitCode;

use fourply_scripts::sandbox::{Level, Sandbox, Strictness, enter};
use fourply_scripts::{DownloadLines, Downloads, Problem};
use world::{Ran, World};

/// The steps of `client.js`, and their output.
const STEPS: [(&str, &str); 13] = [
    ("https", "200 a.example/https 1"),
    ("http", "200 a.example/http 1"),
    ("fetch", "200 a.example/fetch 1"),
    ("redirect", "302 https://a.example/v1"),
    ("redirected", "https://a.example/v1"),
    // A location that is signed again each time is not locked.
    ("signed", "200 cdn.example/file 1"),
    ("missing", "404 missing"),
    ("head", "200"),
    ("large", "200 3000000"),
    ("part", "206 bytes 0-8/17 a.example"),
    ("mirror", "200 127.0.0.1:MIRROR/mirror 1"),
    ("address", "200 203.0.113.7/ 1"),
    ("own", "own"),
];

fn main() -> ExitCode {
    let entered = enter();
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new());
    println!("strongest level here: {:?}", sandbox.strength());
    let Some(world) = World::start() else {
        println!("skipped: there is no node");
        return ExitCode::SUCCESS;
    };
    if sandbox.strength().level >= Level::Namespaces {
        whatever_a_program_knows_of_proxies(&world, &sandbox);
        what_is_locked_stays(&world, &sandbox);
        what_changes_each_time_is_asked_for_once(&world, &sandbox);
        what_nobody_gets(&world, &sandbox);
        who_may_not_is_told_of(&world, &sandbox);
        // Like the usual harness for tests with special needs.
        if std::env::args().any(|argument| ["--ignored", "--include-ignored"].contains(&argument.as_str())) {
            real::packages_download_as_they_do(&world, &sandbox);
        }
    }
    let weaker = Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(Level::Landlock);
    programs_that_know_proxies_do_without_namespaces(&world, &weaker);
    ExitCode::SUCCESS
}

fn whatever_a_program_knows_of_proxies(world: &World, sandbox: &Sandbox) {
    let downloads = Downloads::default();
    let first = world.run(sandbox, &downloads, &client(STEPS.map(|(step, _)| step)));
    let expected: Vec<String> = STEPS.iter().map(|(step, text)| format!("{step} {text}")).collect();
    assert_eq!(
        first.lines(),
        expected.iter().map(|line| line.replace("MIRROR", &world.mirror)).collect::<Vec<_>>()
    );
    assert!(first.attempts.problems.is_empty(), "{:?}", first.attempts);
    let asked = world.asked();
    assert!(asked.contains(&"GET a.example/signed Bearer secret".to_owned()), "{asked:?}");
    assert!(
        asked.iter().any(|line| line.starts_with("GET cdn.example/file?sig=") && line.ends_with(" -")),
        "{asked:?}"
    );
    // Each file once: a part and a HEAD are served from the whole file.
    assert_eq!(asked.iter().filter(|line| line.contains("/large")).count(), 1, "{asked:?}");
    let lines = downloads.added();
    let urls: Vec<&String> = lines["puppeteer@1.0.0"].keys().collect();
    assert!(urls.contains(&&"https://a.example/signed".to_owned()) && urls.len() == 10, "{urls:?}");

    // No server is contacted any more.
    let offline = world.offline();
    let again = offline.run(sandbox, &Downloads::new(lines, true), &client(STEPS.map(|(step, _)| step)));
    assert_eq!(again.lines(), first.lines());
    assert_eq!(world.asked(), Vec::<String>::new());
    for command in [
        "curl -sS https://a.example/curl",
        "curl -sS http://a.example/curl",
        "curl -sSL https://a.example/signed",
    ] {
        let downloads = Downloads::default();
        let first = world.run(sandbox, &downloads, command);
        assert!(first.text.contains(" 1\n"), "{command}: {}", first.text);
        let again = offline.run(sandbox, &Downloads::new(downloads.added(), true), command);
        assert_eq!(again.text, first.text);
    }
    // With or without proxies and variables: a program that trusts the host's certificates is served.
    let bare = "env -i /usr/bin/curl -sS https://a.example/bare; /usr/bin/curl -sS --noproxy '*' https://a.example/bare";
    let bare = world.run(sandbox, &Downloads::default(), bare);
    assert_eq!(bare.text.matches("a.example/bare 1").count(), 2, "{}", bare.text);
    world.asked();
}

fn what_is_locked_stays(world: &World, sandbox: &Sandbox) {
    let downloads = Downloads::default();
    world.run(sandbox, &downloads, &client(["https"]));
    world.version("2");
    // The store has the bytes, whatever the server answers now.
    let locked = || Downloads::new(downloads.added(), false);
    assert_eq!(world.run(sandbox, &locked(), &client(["https"])).lines(), ["https 200 a.example/https 1"]);
    let other = World::with_new_store(world);
    let changed = other.run(sandbox, &locked(), &client(["https"]));
    assert_eq!(changed.status(), "https 403");
    let [Problem::Changed { url, locked: before, found }] = changed.attempts.problems.as_slice() else {
        panic!("{:?}", changed.attempts)
    };
    assert!(url == "https://a.example/https" && before.starts_with("sha256:") && before != found);
    world.version("1");
    // The same response restores a store that lost it.
    assert_eq!(other.run(sandbox, &locked(), &client(["https"])).lines(), ["https 200 a.example/https 1"]);
    // If only locked downloads are allowed, nothing else is.
    let only = other.run(sandbox, &Downloads::new(downloads.added(), true), &client(["fetch"]));
    assert_eq!(only.attempts.problems, [Problem::NotLocked { url: "https://a.example/fetch".to_owned() }]);
    // A download locked for one package must be locked again for another.
    let lines = DownloadLines::from([(
        "other@1.0.0".to_owned(),
        downloads.added().remove("puppeteer@1.0.0").unwrap(),
    )]);
    assert!(
        !other.run(sandbox, &Downloads::new(lines, true), &client(["https"])).attempts.problems.is_empty()
    );
    let offline = other.offline().run(sandbox, &Downloads::default(), &client(["http"]));
    assert_eq!(offline.attempts.problems, [Problem::Offline { url: "http://a.example/http".to_owned() }]);
    world.asked();
}

/// A server with a changing response, and parallel requests; then a lock with an invalid size.
fn what_changes_each_time_is_asked_for_once(world: &World, sandbox: &Sandbox) {
    let downloads = Downloads::default();
    let command = "for i in 1 2 3 4; do curl -sS https://a.example/changing & done; wait";
    let ran = world.run(sandbox, &downloads, command);
    let lines = ran.lines();
    assert!(lines.len() == 4 && lines.iter().all(|line| *line == lines[0]), "{lines:?}");
    assert!(ran.attempts.problems.is_empty(), "{:?}", ran.attempts);
    assert_eq!(world.asked().len(), 1);
    let mut locked = downloads.added();
    locked.values_mut().flat_map(|of| of.values_mut()).for_each(|it| it.size += 1);
    let ran = world.run(sandbox, &Downloads::new(locked, false), "curl -sS https://a.example/changing");
    let [Problem::Changed { locked, found, .. }] = ran.attempts.problems.as_slice() else {
        panic!("{:?}", ran.attempts)
    };
    assert!(locked.split(' ').next() == found.split(' ').next() && locked != found, "{locked}; {found}");
    assert_eq!(world.asked(), Vec::<String>::new());
}

fn what_nobody_gets(world: &World, sandbox: &Sandbox) {
    let refused =
        world.run(sandbox, &Downloads::default(), &client(["post", "metadata", "local", "otherport"]));
    let told: Vec<String> =
        refused.lines().iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(told, ["post 405", "metadata 502", "local 502", "otherport ECONNREFUSED"]);
    let problems: Vec<String> = refused.attempts.problems.iter().map(ToString::to_string).collect();
    let [post, metadata, local] = problems.as_slice() else { panic!("{problems:?}") };
    assert!(post.starts_with("POST https://a.example/post is not supported"), "{post}");
    assert!(
        metadata.contains("169.254.169.254") && metadata.contains("no server of this machine"),
        "{metadata}"
    );
    assert!(local.starts_with("http://localhost/") && local.contains("no server of this machine"), "{local}");
    assert_eq!(world.asked(), Vec::<String>::new());
}

fn who_may_not_is_told_of(world: &World, sandbox: &Sandbox) {
    let refused = world.refused(sandbox, &client(["https", "fetch", "own"]));
    assert_eq!(refused.lines(), ["https ENOTFOUND", "fetch ENOTFOUND", "own own"]);
    assert_eq!(refused.attempts.refused.iter().collect::<Vec<_>>(), ["a.example"]);
    assert_eq!(world.asked(), Vec::<String>::new());
}

/// Without its own network, a script finds the proxy only by its variables.
fn programs_that_know_proxies_do_without_namespaces(world: &World, sandbox: &Sandbox) {
    let downloads = Downloads::default();
    let command = "curl -sS https://a.example/curl; curl -sS http://a.example/curl; curl -sS --noproxy '*' http://127.0.0.1:$PORT/log";
    let first = world.run(sandbox, &downloads, command);
    assert_eq!(first.text.matches("a.example/curl 1").count(), 2, "{}", first.text);
    // The kernel lets it connect only to the proxy's port, if it is new enough.
    println!("past the proxy at level {}: {}", sandbox.strength().level, first.text.contains("curl: (7)"));
    assert_eq!(downloads.added()["puppeteer@1.0.0"].len(), 2);
    world.asked();
}

fn client<const N: usize>(steps: [&str; N]) -> String {
    format!("node client.js {}", steps.join(" "))
}

impl Ran {
    fn lines(&self) -> Vec<String> {
        self.text.lines().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The first two words.
    fn status(&self) -> String {
        self.text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }
}
