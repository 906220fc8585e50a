//! Each fault that an image may have, and what it looks like.

use serde_json::{Value, json};

use super::images::{Images, Started, layer, node, shell};
use super::user::is_root;

/// A health check that asks for a path, as fourply writes one.
const ASK: &str = "require('http').get({host:'127.0.0.1',port:3000,path:'/health'},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))";

fn service(cmd: &[&str], health: bool) -> Value {
    let mut config = json!({ "Cmd": cmd, "User": "node", "WorkingDir": "/app/services/a", "ExposedPorts": { "3000/tcp": {} } });
    if health {
        config["Healthcheck"] = json!({ "Test": ["CMD", "node", "-e", ASK], "Interval": 30_000_000_000u64 });
    }
    config
}

/// Starts a program of node with a health check.
fn run_node(images: &Images, code: &str, arguments: &str) -> Started {
    let files =
        layer(&[("app/services/a/main.js", 0o644, 0, code), ("app/services/a/secret", 0o600, 0, "a")]);
    let image = images.write(&[node(), &files], service(&["node", "main.js"], true));
    images.start(&image, arguments)
}

const LISTEN: &str = "require('http').createServer((q,r)=>r.end('ok')).listen(3000);";

#[test]
fn a_service_that_answers_is_well_whoever_starts_it() {
    let images = Images::new();
    let code = format!(
        "require('fs').writeFileSync('/tmp/x', process.env.HOME + process.getuid());{LISTEN}process.on('SIGTERM',()=>process.exit(0));"
    );
    let files = layer(&[("app/services/a/main.js", 0o644, 0, &code)]);
    let image = images.write(&[node(), &files], service(&["node", "main.js"], true));
    let started = images.start(&image, "");
    started.expect(0, &["the health check passed after"]);
    assert!(!started.text.contains("note:"), "{started:?}");
    if is_root() {
        images.start_as_root(&image, &[]).expect(0, &["the health check passed after"]);
    }
    // 404 at first, and a process that does not end when it is asked to, with one beside it.
    let code = "let ready=false;setTimeout(()=>ready=true,1500);process.on('SIGTERM',()=>{});\
        require('child_process').spawn('sleep',['77'],{argv0:'smoke-marker-7419',detached:true,stdio:'ignore'});\
        require('http').createServer((q,r)=>{r.statusCode=ready?200:404;r.end()}).listen(3000);";
    let started = run_node(&images, code, "");
    images.no_process("smoke-marker-7419");
    started.expect(
        0,
        &[
            "the health check passed after",
            "still ran 5.0 s after it was asked to end",
            "1 process outlived it, and was ended",
        ],
    );
    // A log without end.
    let code = format!(
        "{LISTEN}const x='x'.repeat(1e5);setInterval(()=>{{for(let i=0;i<50;i++)console.log(x)}},1);"
    );
    run_node(&images, &code, "").expect(0, &["the health check passed after"]);
}

#[test]
fn faults_of_the_image_are_told_with_what_helps() {
    let images = Images::new();
    for (code, words) in [
        ("require('absent')", &["the module absent is not in the image", "\"dependencies\""][..]),
        (
            "require('fs').mkdirSync('/app/services/a/uploads/x',{recursive:true})",
            &["which is read-only", "[services.a] writable = [\"uploads"],
        ),
        ("require('fs').writeFileSync('logs/a.log','')", &["is not in the image"]),
        (
            "require('fs').writeFileSync('/app/services/a/a.log','')",
            &["which is read-only", "writable = [\".\"]"],
        ),
        ("require('fs').readFileSync('/app/services/a/secret')", &["may not use /app/services/a/secret"]),
        (
            "null.x",
            &["ended with exit code 1 before any connection: TypeError: Cannot read properties of null"],
        ),
        ("process.kill(process.pid,'SIGSEGV')", &["was killed by signal 11 before any connection"]),
        ("setTimeout(()=>0,200)", &["ended with exit code 0", "served nothing"]),
    ] {
        run_node(&images, code, "").expect(1, words);
    }
    run_node(&images, "setInterval(()=>0,1000)", "--timeout 2s")
        .expect(1, &["listened on no port after 2.", "--timeout"]);
    let elsewhere = "require('http').createServer((q,r)=>r.end()).listen(3100)";
    run_node(&images, elsewhere, "--timeout 2").expect(
        1,
        &["it listens on port 3100, not on port 3000, which the image names", "[services.a] port = 3100"],
    );
    let wrong = "require('http').createServer((q,r)=>{r.statusCode=500;r.end()}).listen(3000)";
    run_node(&images, wrong, "--timeout 2")
        .expect(1, &["the health check failed (exit code 1); it listens on port 3000"]);
}

#[test]
fn what_an_image_needs_from_outside_is_no_fault_of_its_own() {
    let images = Images::new();
    let database = "require('net').connect(5432,'127.0.0.1').on('connect',()=>0)";
    run_node(&images, database, "").expect(4, &["ECONNREFUSED", "--env-file", "--network host"]);
    run_node(&images, database, "--healthy").expect(1, &["ECONNREFUSED"]);
    // Nothing is said of it, but it was seen.
    let silent = "require('net').connect(5432,'127.0.0.1').on('error',()=>process.exit(7))";
    run_node(&images, silent, "")
        .expect(4, &["ended with exit code 7 after something outside did not answer it"]);
    let variable =
        format!("if(!process.env.DATABASE_URL)throw new Error('DATABASE_URL is required');{LISTEN}");
    run_node(&images, &variable, "").expect(4, &["the variable DATABASE_URL is not set"]);
    let file = images.path("variables");
    std::fs::write(&file, "# of the test\nDATABASE_URL=a b=c\n").unwrap();
    run_node(&images, &variable, &format!("--env-file {}", file.display())).expect(0, &["passed"]);
    run_node(&images, &variable, "-e DATABASE_URL=x").expect(0, &["passed"]);
}

#[test]
fn programs_that_cannot_start_are_told_before_they_do() {
    let images = Images::new();
    let files = layer(&[
        ("app/script", 0o755, 0, "#!/usr/bin/python9\n"),
        ("app/text", 0o755, 0, "echo a\n"),
        ("app/plain", 0o644, 0, "#!/bin/sh\n"),
        ("app/closed", 0o700, 0, "#!/bin/sh\n"),
        ("app/ended", 0o755, 0, "#!/bin/sh\nexec absent-tool\n"),
        ("app/own/", 0o755, 1001, ""),
        ("app/writes", 0o755, 0, "#!/bin/sh\nmkdir /app/own/x && mkdir /app/y\n"),
    ]);
    for (cmd, code, words) in [
        (json!(["nope"]), 1, &["the program nope is not in the image", "[base]"][..]),
        (json!([]), 1, &["it names no program"]),
        (json!(["/app/script"]), 1, &["asks for \"/usr/bin/python9\""]),
        (json!(["/app/text"]), 1, &["exec format error"]),
        (json!(["/app/plain"]), 1, &["may not execute /app/plain"]),
        (json!(["/app/closed"]), 1, &["may not execute /app/closed"]),
        (json!(["/app/ended"]), 1, &["the program absent-tool is not in the image"]),
        (json!(["/app/writes"]), 1, &["it writes to /app/y, which is read-only", "writable = [\"/app/y\"]"]),
        (json!(["sh", "-c", "exit 0"]), 0, &["it ended with exit code 0"]),
        (json!(["sleep", "forever"]), 1, &["before any connection"]),
        (json!(["sh", "-c", "echo x; exec sleep 60"]), 0, &["it still ran after"]),
    ] {
        let image = images.write(&[shell(), &files], json!({ "Cmd": cmd, "User": "1001" }));
        images.start(&image, "--timeout 1s").expect(code, words);
    }
    let image = images.write(&[shell()], json!({ "Cmd": ["sh"], "User": "nobody-knows" }));
    images.start(&image, "").expect(1, &["no user or group \"nobody-knows\""]);
    let image = images.write(&[&layer(&[])], json!({ "Cmd": ["sh"], "Architecture": "s390x" }));
    images.start(&image, "").expect(4, &["s390x", "a machine of its platform"]);
    images.start(&image, "--healthy").expect(1, &["s390x"]);
}

#[test]
fn a_library_that_is_missing_and_a_program_of_another_machine_are_told() {
    let images = Images::new();
    let mut tool = std::fs::read(String::from_utf8(which("bash")).unwrap().trim()).unwrap();
    let image = |bytes: &[u8]| {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, "app/tool", bytes).unwrap();
        let files = tar.into_inner().unwrap();
        images.write(&[shell(), &files], json!({ "Cmd": ["/app/tool", "-c", "exit 0"], "User": "1001" }))
    };
    let listed = std::process::Command::new("ldd")
        .arg(String::from_utf8(which("bash")).unwrap().trim())
        .output()
        .unwrap();
    if String::from_utf8_lossy(&listed.stdout).contains("libtinfo") {
        images
            .start(&image(&tool), "--timeout 1s")
            .expect(1, &["the library libtinfo.so.6 cannot be loaded"]);
    }
    tool[18] = if cfg!(target_arch = "aarch64") { 0x3e } else { 0xb7 };
    images.start(&image(&tool), "").expect(1, &["/app/tool is for"]);
}

#[test]
fn a_crash_after_a_connection_that_was_survived_is_the_images() {
    let images = Images::new();
    let survived = "require('net').connect(5432,'127.0.0.1').on('error',e=>{console.error(String(e));";
    run_node(&images, &format!("{survived}null.x}})"), "")
        .expect(1, &["ended with exit code 1: TypeError: Cannot read properties of null"]);
    run_node(&images, &format!("{survived}throw new Error('cannot start')}})"), "")
        .expect(4, &["ECONNREFUSED"]);
    // A line that only speaks of it.
    let talk = "console.log('retries on ECONNREFUSED and ETIMEDOUT');throw new Error('no licence')";
    run_node(&images, talk, "").expect(1, &["before any connection: Error: no licence"]);
}

/// Beside its test of health it is refused in both, and prints nothing; with no test beside it the one is refused again.
#[test]
fn a_program_that_is_refused_beside_a_test_of_health_is_started_once_more() {
    let images = Images::new();
    // The test is refused, too, and lasts longer than the program.
    let ask = "require('fs').writeFileSync('/tmp/go','');require('net').connect(3000,'127.0.0.1').on('error',()=>setTimeout(process.exit,9000,1))";
    let start = |then: &str| {
        let code = format!(
            "const begun=Date.now(),t=setInterval(()=>{{const go=require('fs').existsSync('/tmp/go');if(!go&&Date.now()-begun<1500)return;clearInterval(t);setTimeout(()=>{{{then}}},200)}},20)"
        );
        let mut config = service(&["node", "-e", &code], false);
        config["Healthcheck"] = json!({ "Test": ["CMD", "node", "-e", ask] });
        let files = layer(&[("app/services/a/main.js", 0o644, 0, "")]);
        images.start(&images.write(&[node(), &files], config), "")
    };
    start("require('net').connect(5432,'127.0.0.1').on('error',()=>process.exit(7))")
        .expect(4, &["ended with exit code 7 after something outside did not answer it"]);
    start("process.exit(7)").expect(1, &["ended with exit code 7"]);
}

#[test]
fn a_worker_is_told_what_its_health_command_said() {
    let images = Images::new();
    let test = json!({ "Test": ["CMD", "sh", "-c", "echo no heartbeat; exit 3"] });
    let config = json!({ "Cmd": ["sleep", "60"], "User": "1001", "Healthcheck": test });
    let image = images.write(&[shell()], config);
    images.start(&image, "--timeout 2s").expect(
        1,
        &["the health check failed (exit code 3: no heartbeat)", "the command in health of [services.NAME]"],
    );
}

#[test]
fn folders_that_cannot_be_the_users_are_not_named_as_writable() {
    let images = Images::new();
    for (path, words) in [
        ("/etc/app.conf", "/etc cannot be its user's: it belongs to the system"),
        ("/app/x", "/app cannot be its user's: all packages of the image lie there"),
        ("/app/services/a/node_modules/x/y", "cannot be its user's: packages lie there"),
    ] {
        let code = format!(
            "require('fs').mkdirSync(require('path').dirname('{path}'),{{recursive:true}});require('fs').writeFileSync('{path}','')"
        );
        let started = run_node(&images, &code, "");
        started.expect(1, &["which is read-only", words]);
        assert!(!started.text.contains("writable = [\"/"), "{started:?}");
    }
}

fn which(name: &str) -> Vec<u8> {
    std::process::Command::new("which").arg(name).output().unwrap().stdout
}

#[test]
fn without_namespaces_only_what_needs_no_start_is_looked_at() {
    let images = Images::new();
    let none = "unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"' sh env FOURPLY_STORE=$FOURPLY_STORE";
    let image = images.write(&[shell()], json!({ "Cmd": ["sh", "-c", "exit 7"], "User": "1001" }));
    let outer = none.replace("$FOURPLY_STORE", &images.path("store-of-user").display().to_string());
    images
        .start_within(&outer, &image, "")
        .expect(4, &["only what can be told without a start was looked at", "docs/security.md"]);
    let image = images.write(&[shell()], json!({ "Cmd": ["nope"], "User": "1001" }));
    images.start_within(&outer, &image, "").expect(1, &["nope is not in the image"]);
}
