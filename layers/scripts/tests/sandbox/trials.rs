//! Programs of a root file system, started to see whether they work: their environment, what they cannot reach, and
//! that everything ends. The root contains this host's own shell, and misleading links.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fourply_scripts::ScriptsError;
use fourply_scripts::sandbox::trial::{self, CheckEnd, HealthTest, Limits, Trial, TrialEnd, TrialReport};
use fourply_scripts::sandbox::{Entered, Level, Sandbox, Strictness};

struct Bed {
    folder: tempfile::TempDir,
    trial: Trial,
}

impl Bed {
    fn new(script: &str) -> Bed {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let [root, scratch] = ["root", "scratch"].map(|name| path.join(name));
        for name in ["root/etc", "root/app/data", "root/app/full", "root/tmp", "root/home", "scratch"] {
            std::fs::create_dir_all(path.join(name)).unwrap();
        }
        std::fs::write(root.join("app/full/known"), "of the image").unwrap();
        ["sh", "cat", "ls", "sleep", "id", "head", "chmod"].iter().for_each(|name| take(&root, name));
        let environment = [("PATH", "/bin"), ("HOME", "/home")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let trial = Trial {
            root,
            scratch,
            program: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment,
            folder: "/app".to_owned(),
            uid: 1001,
            gid: 1002,
            network: false,
            memory: vec!["/tmp".to_owned(), "/home".to_owned()],
            writable: vec!["/app/data".to_owned(), "/app/full".to_owned()],
            shared: true,
            all_writable: false,
            health: None,
            listens: None,
            patience: Duration::from_secs(20),
            stop_signal: 15,
            grace: Duration::from_secs(1),
            limits: Limits { memory: 256 << 20, files: 8 << 20, processes: 40 },
        };
        Bed { folder, trial }
    }

    fn with(mut self, change: impl FnOnce(&mut Trial)) -> Bed {
        change(&mut self.trial);
        self
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn try_out(&self, entered: Entered) -> Result<(TrialReport, String), ScriptsError> {
        let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new());
        let mut lines = Vec::new();
        let report = trial::run(&sandbox, &self.trial, &|| false, &mut |line| {
            lines.push(line.to_owned());
            lines.drain(..lines.len().saturating_sub(100));
        })?;
        Ok((report, lines.join("\n")))
    }

    fn report(&self, entered: Entered) -> (TrialReport, String) {
        self.try_out(entered).unwrap()
    }
}

/// Copies a program of the host, and its libraries.
fn take(root: &Path, name: &str) {
    let listed = Command::new("ldd").arg(format!("/bin/{name}")).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let libraries = listed.split_whitespace().filter(|word| word.starts_with('/')).map(str::to_owned);
    for path in libraries.chain([format!("/bin/{name}")]) {
        let to = root.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&path, to).unwrap();
    }
}

type Test = (&'static str, fn(Entered));

/// All failures.
pub fn all(entered: Entered) -> Vec<String> {
    if Sandbox::new(entered, Strictness::Auto, Vec::new()).strength().level < Level::Namespaces {
        println!("trials: not to be had here");
        return Vec::new();
    }
    let tests: [Test; 8] = [
        ("what_it_finds", what_it_finds),
        ("what_it_may_change", what_it_may_change),
        ("links_lead_nowhere", links_lead_nowhere),
        ("health", health),
        ("stopping", stopping),
        ("not_started", not_started),
        ("bounds", bounds),
        ("connections", connections),
    ];
    run(tests, entered)
}

/// The failures that depend on how the root is changed.
pub fn of_files(entered: Entered) -> Vec<String> {
    let tests: [Test; 2] =
        [("what_it_may_change", what_it_may_change), ("links_lead_nowhere", links_lead_nowhere)];
    run(tests, entered)
}

fn run<const COUNT: usize>(tests: [Test; COUNT], entered: Entered) -> Vec<String> {
    let failed = |(name, test): Test| {
        let began = Instant::now();
        let ended = std::panic::catch_unwind(|| test(entered));
        println!("trial {name}: {:?}", began.elapsed());
        ended.err().map(|_| format!("the trial {name}"))
    };
    tests.into_iter().filter_map(failed).collect()
}

fn what_it_finds(entered: Entered) {
    let bed =
        Bed::new("pwd; id -u; id -g; echo $HOME $0; ls / /dev; cat /etc/hosts; ls /proc | head -2; exit 3");
    let (report, text) = bed.report(entered);
    assert_eq!(report.end, TrialEnd::Status(3), "{text}");
    assert!(text.starts_with("/app\n1001\n1002\n/home sh\n"), "{text}");
    for expected in ["urandom", "127.0.0.1 localhost"] {
        assert!(text.contains(expected), "{text}");
    }
    for hidden in ["work", "sda", "vda", "mem\n"] {
        assert!(!text.lines().any(|line| line == hidden), "{hidden}: {text}");
    }
    assert_eq!(report.left, 0);
    // Without a health check, a program that continues is healthy.
    let (report, _) =
        Bed::new("sleep 60").with(|trial| trial.patience = Duration::from_millis(300)).report(entered);
    assert_eq!(report.end, TrialEnd::Alive);
    assert!(report.took < Duration::from_secs(5) && report.stopped_by_default && !report.ignored_stop);
}

fn what_it_may_change(entered: Entered) {
    let script = "for f in /x /app/x /etc/x /app/data/x /app/full/x /tmp/x /home/x /dev/shm/x; do \
                  if echo a > $f; then echo may $f; fi; done; cat /app/full/known; ls /app/full; \
                  echo a >> /app/full/known; echo 1 > /proc/sys/kernel/pid_max; chmod u+s /app/full/known; exit 0";
    let bed = Bed::new(script);
    let (_, text) = bed.report(entered);
    let may: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("may ")).collect();
    assert_eq!(may, ["/app/data/x", "/app/full/x", "/tmp/x", "/home/x", "/dev/shm/x"], "{text}");
    assert!(text.contains("of the image") && text.contains("Read-only file system"), "{text}");
    // Its changes are gone.
    assert_eq!(std::fs::read(bed.root().join("app/full/known")).unwrap(), b"of the image");
    assert!(!bed.root().join("app/full/x").exists() && !bed.root().join("app/data/x").exists());
    let bed = Bed::new("echo a > /x && echo b > /app/x && echo done").with(|trial| {
        trial.all_writable = true;
        (trial.uid, trial.gid) = (0, 0);
        trial.writable.clear();
    });
    let (report, text) = bed.report(entered);
    assert_eq!((report.end, text.as_str()), (TrialEnd::Status(0), "done"));
    assert!(!bed.root().join("x").exists());
}

fn links_lead_nowhere(entered: Entered) {
    // Folders in memory and network files behind links that lead out of the root.
    let bed = Bed::new("echo a > /home/x && ls /etc/ && cat /etc/hosts");
    let bed = bed.with(|trial| trial.memory = vec!["/home".to_owned()]);
    let out = bed.folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let out = out.canonicalize().unwrap();
    let root = bed.root();
    std::fs::remove_dir(root.join("home")).unwrap();
    std::fs::remove_dir(root.join("etc")).unwrap();
    symlink(out.join("home"), root.join("home")).unwrap();
    symlink(format!("../../../../../..{}", out.display()), root.join("etc")).unwrap();
    // The targets of the links also exist inside the root.
    std::fs::create_dir_all(root.join(out.strip_prefix("/").unwrap()).join("home")).unwrap();
    std::fs::create_dir(out.join("home")).unwrap();
    let (_, text) = bed.report(entered);
    assert!(text.contains("127.0.0.1 localhost"), "{text}");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(out.join("home")).unwrap().count(), 0);
    // A dangling link, as systemd leaves it.
    let bed = Bed::new("cat /etc/resolv.conf && echo read");
    symlink("../run/systemd/resolve/stub-resolv.conf", bed.root().join("etc/resolv.conf")).unwrap();
    let (_, text) = bed.report(entered);
    assert_eq!(text, "read");
    for name in ["proc", "dev"] {
        let bed = Bed::new("exit 0");
        symlink("/app", bed.root().join(name)).unwrap();
        let error = bed.try_out(entered).unwrap_err().to_string();
        assert!(error.contains(&format!("show /{name}")), "{error}");
    }
}

fn health(entered: Entered) {
    let test = |text: &str| HealthTest {
        asks: None,
        command: ["sh", "-c", text].map(str::to_owned).to_vec(),
        interval: Duration::from_millis(50),
        timeout: Duration::from_millis(500),
    };
    let bed = Bed::new("sleep 0.3; echo a > /tmp/ready; sleep 60");
    let bed = bed.with(|trial| trial.health = Some(test("cat /tmp/ready")));
    let (report, _) = bed.report(entered);
    assert_eq!((report.end, report.last_test), (TrialEnd::Healthy, None));
    assert!(report.tests > 1);
    for (text, expected) in [
        ("echo not yet; exit 7", (CheckEnd::Status(7), "not yet".to_owned())),
        ("sleep 60", (CheckEnd::TimedOut, String::new())),
        // Its output never ends.
        ("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", (CheckEnd::TimedOut, String::new())),
    ] {
        let bed = Bed::new("sleep 60").with(|trial| {
            trial.health = Some(test(text));
            trial.patience = Duration::from_millis(1200);
        });
        let (report, _) = bed.report(entered);
        let (end, output) = report.last_test.unwrap();
        assert_eq!((report.end, &end), (TrialEnd::Unhealthy, &expected.0), "{text}");
        assert!(output.starts_with(&expected.1) && output.len() <= 4096, "{output}");
    }
}

fn stopping(entered: Entered) {
    let short = |bed: Bed| bed.with(|trial| trial.patience = Duration::from_millis(300));
    let (report, _) = short(Bed::new("trap '' TERM; while :; do sleep 1; done")).report(entered);
    assert!(report.ignored_stop && report.end == TrialEnd::Alive, "{report:?}");
    let (report, _) = short(Bed::new("trap 'exit 0' TERM; while :; do sleep 0.1; done")).report(entered);
    assert!(!report.ignored_stop && !report.stopped_by_default, "{report:?}");
    // Processes that outlive the program are reported and ended.
    let began = Instant::now();
    let (report, _) = Bed::new("sleep 77 & sleep 77 & exit 0").report(entered);
    assert_eq!((report.end, report.left), (TrialEnd::Status(0), 2));
    assert!(began.elapsed() < Duration::from_secs(10));
    // Endless output, as long as it is allowed.
    let (report, text) = short(Bed::new("while :; do echo xxxxxxxxxxxxxxxx; done")).report(entered);
    assert_eq!(report.end, TrialEnd::Alive);
    assert!(text.contains("xxxxxxxxxxxxxxxx"));
}

fn not_started(entered: Entered) {
    let program = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Bed::new("").with(|trial| trial.program = words).report(entered).0.end
    };
    for (words, number) in [(&["none"][..], 2), (&["/etc"], 13), (&["/app/full/known"], 13), (&[], 0)] {
        match program(words) {
            TrialEnd::NotStarted(why) => {
                assert!(format!("{why:?}").contains(&format!("Program({number},")), "{why:?}")
            }
            other => panic!("{words:?}: {other:?}"),
        }
    }
    // A missing folder is created; a file counts as invalid.
    let bed = Bed::new("pwd").with(|trial| trial.folder = "/srv/made".to_owned());
    assert_eq!(bed.report(entered).1, "/srv/made");
    let bed = Bed::new("pwd").with(|trial| trial.folder = "/app/full/known".to_owned());
    assert!(format!("{:?}", bed.report(entered).0.end).contains("Folder(20,"));
}

fn bounds(entered: Entered) {
    let began = Instant::now();
    let (report, _) = Bed::new("f() { f | f & }; f; sleep 60")
        .with(|trial| trial.patience = Duration::from_secs(3))
        .report(entered);
    assert!(
        matches!(report.end, TrialEnd::Alive | TrialEnd::TooManyProcesses | TrialEnd::Status(_)),
        "{report:?}"
    );
    let filling = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done";
    let (report, _) = Bed::new(filling).report(entered);
    assert!(report.end != TrialEnd::Alive, "{report:?}");
    // Written data is in memory, limited by the bound.
    let (_, text) = Bed::new("cat /dev/zero > /app/data/x; ls -s /app/data/x").report(entered);
    assert!(text.contains("No space left"), "{text}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

fn connections(entered: Entered) {
    let script = "for place in 127.0.0.1 192.0.2.1; do (exec 3<>/dev/tcp/$place/9); done";
    let bed = Bed::new("").with(|trial| trial.program = ["bash", "-c", script].map(str::to_owned).to_vec());
    take(&bed.root(), "bash");
    let (report, text) = bed.report(entered);
    assert!(text.contains("Connection refused") && text.contains("Network is unreachable"), "{text}");
    let connections = report.connections.unwrap();
    assert_eq!((connections.tried, connections.refused), (1, 1), "{connections:?}");
    assert!(connections.without_route >= 1 && connections.failed(), "{connections:?}");
}
