//! The machine's own faults: no space, no permission, and a user who does not wait.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::program::{digest, fourply};
use crate::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};
use crate::user::{program_for_user, user_command};
use crate::{case, files};

/// Builds where `full` is a file system of so little space, in a mount namespace of its own. Prints what is there in the end.
fn without_space(tiny: &Tiny, full: &Path, image: &Path, size: &str) -> Output {
    std::fs::create_dir_all(full).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={size} none '{0}' && \"$@\" >/dev/null; code=$?; ls -A '{0}'; exit $code",
        full.display()
    );
    let build = tiny.build_to(image);
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"])
        .arg(build.get_program());
    command.args(build.get_args()).current_dir(&tiny.root);
    command.envs(build.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.output().unwrap()
}

#[test]
fn a_full_disk_is_told_with_the_place_and_leaves_nothing() {
    // Noise, so that no compressor makes it fit.
    let mut state = 1u64;
    let noise: String = (0..3_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + u8::try_from((state >> 33) % 95).unwrap())
        })
        .collect();
    let bytes = tarball(&[&HARMLESS[..], &[(b'0', "package/large", &noise)]].concat());
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    let output = without_space(&tiny, &tiny.store(), &tiny.image(), "1m");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("No space left") && text.contains("--store"), "{text}");
    assert_eq!(tiny.beside(), Vec::<String>::new());

    // The store has space now, the place of the image has none.
    let out = tiny.dir.path().join("out");
    let output = without_space(&tiny, &out, &out.join("image.tar"), "1m");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("No space left") && text.contains("image.tar"), "{text}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "what is left where there was no space");
}

#[test]
fn an_unreadable_source_is_named() {
    let bytes = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    let program = program_for_user(tiny.dir.path());
    let output = tiny.root.join("services/a/dist/main.js");
    let build = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let script = format!(
            "cd {} && exec {} build services/a -o type=oci-archive,dest={}",
            tiny.root.display(),
            program.display(),
            tiny.image().display()
        );
        user_command(&script).env("FOURPLY_STORE", tiny.store()).output().unwrap()
    };
    // The base first: once the store has it by its checksum, its file is not read again.
    for path in [&tiny.root.join("base.tar.gz"), &tiny.root.join("pnpm-lock.yaml"), &output] {
        let refused = build(path, 0o000);
        let text = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{}: {text}", path.display());
        assert!(text.contains(path.to_str().unwrap()) && text.contains("ermission denied"), "{text}");
        assert!(!tiny.image().exists());
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    let allowed = build(&output, 0o644);
    assert!(allowed.status.success(), "{}", String::from_utf8_lossy(&allowed.stderr));
}

#[test]
fn a_store_that_cannot_be_written_is_told_with_how_to_read_from_it() {
    let bytes = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, bytes.clone()));
    let tiny = Tiny::new(&bytes, &npm.url());
    let program = program_for_user(tiny.dir.path());
    let (store, other) = (tiny.store().display().to_string(), tiny.dir.path().join("other"));
    let build = |stores: &str, image: &str| {
        let image = tiny.dir.path().join(image);
        let (root, program, image) = (tiny.root.display(), program.display(), image.display());
        let script =
            format!("cd {root} && exec {program} build services/a {stores} -o type=oci-archive,dest={image}");
        let output = user_command(&script).env_remove("FOURPLY_STORE").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let mode = |change: &str| assert!(crate::program::tool("chmod", &["-R", change, &store]).is_empty());
    let (code, digest, told) = build(&format!("--store {store}"), "one.tar");
    assert_eq!(code, Some(0), "{told}");
    mode("a-w");
    let refused = build(&format!("--store {store}"), "two.tar");
    let parent = build(&format!("--store {} --store-from {store}", other.display()), "three.tar");
    mode("u+w");
    assert_eq!((refused.0, refused.1.as_str()), (Some(1), ""), "{}", refused.2);
    for words in [format!("the store {store} cannot be written"), format!("--store-from {store}")] {
        assert!(refused.2.contains(&words), "{}", refused.2);
    }
    assert_eq!((parent.0, parent.1), (Some(0), digest), "{}", parent.2);
}

/// Waits until `done`, a minute at most.
pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < end, "{what} did not happen in a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn send_interrupt(child: &Child) {
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

fn interrupt(child: &mut Child) -> Output {
    send_interrupt(child);
    let mut status = None;
    wait_for("the end", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    let mut text = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut text).unwrap();
    Output { status: status.unwrap(), stdout: Vec::new(), stderr: text.into_bytes() }
}

#[test]
fn an_interrupt_during_a_download_leaves_a_store_that_works() {
    let bytes = tarball(&HARMLESS);
    let silent = Npm::start(Answer::Silence);
    let tiny = Tiny::new(&bytes, &silent.url());
    let npmrc = tiny.root.join(".npmrc");
    std::fs::write(&npmrc, format!("registry={}\n", silent.url())).unwrap();
    let mut child = tiny.build().stderr(Stdio::piped()).spawn().unwrap();
    wait_for("a request", || silent.asked() > 0);
    let output = interrupt(&mut child);
    assert_eq!((output.status.code(), output.status.signal()), (Some(130), None));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
    assert_eq!(tiny.beside(), Vec::<String>::new());
    let npm = Npm::start(Answer::Status(200, bytes));
    std::fs::write(&npmrc, format!("registry={}\n", npm.url())).unwrap();
    digest(&mut tiny.build());
}

/// Whether a process `sleep NAP` runs.
fn sleeps(nap: &str) -> bool {
    let command = format!("sleep\0{nap}\0");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .any(|words| words == command.as_bytes())
}

#[test]
fn an_interrupt_during_a_script_ends_the_script_too() {
    let case = case();
    // The script cannot write where a test reads: it is known by how long it sleeps.
    let nap = (600_000 + std::process::id()).to_string();
    let script = format!("exec sleep {nap}");
    case.edit("services/auth/package.json", "tsc -p tsconfig.json", &script);
    let out = case.dir.path().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let output = format!("type=oci-archive,dest={}", out.join("image.tar").display());
    let mut command = fourply(&case.root, &["build", "services/auth", "-o", &output]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the script", || sleeps(&nap));
    let output = interrupt(&mut child);
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    wait_for("the end of the script", || !sleeps(&nap));
    assert_eq!(files(&out), Vec::<std::path::PathBuf>::new());
}
