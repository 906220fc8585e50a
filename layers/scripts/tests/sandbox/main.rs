//! A hostile script at each level of the sandbox, as the current user and, for root, as a plain user. `attempts.py`
//! contains its attempts; each level's list is the one in docs/security.md. Without a sandbox most attempts succeed,
//! which shows that they are real.
//!
//! These are not ordinary harness tests: the sandbox stages are this program, started again.

#![allow(clippy::unwrap_used)]

mod root;
mod trials;
mod without_pivot;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use fourply_scripts::process::{Shell, run};
use fourply_scripts::sandbox::{Level, Room, Sandbox, Strictness, View, enter};
use world::World;

/// The attempts that succeed at each level, in addition to those at the level above.
const LETS_THROUGH: [(Level, &[&str]); 4] = [
    (Level::Full, &[]),
    (Level::Namespaces, &[]),
    (
        Level::Landlock,
        &[
            "change_modes_in_store",
            "see_names_in_store",
            "see_other_processes",
            "attach_shared_memory",
            "write_kept_package",
        ],
    ),
    (
        Level::Filter,
        &[
            "read_npmrc",
            "read_docker_credentials",
            "read_ssh_key",
            "list_home",
            "read_working_tree",
            "write_working_tree",
            "read_store",
            "write_store",
            "add_to_store",
            "remove_from_store",
            "write_store_by_hard_link",
            "write_store_by_symbolic_link",
            "read_store_by_parent_folders",
            "read_another_build",
            "write_another_build",
            "write_toolchain",
            "exchange_toolchain",
            "write_machines_tmp",
            "write_shared_memory_folder",
            "read_environment_of_others",
            "signal_others",
        ],
    ),
];

/// The attempts that succeed at a level only for root, who owns the host's files.
const ROOT_ONLY: [(Level, &[&str]); 1] = [(
    Level::Filter,
    &[
        "write_system",
        "read_shadow",
        "read_machines_root_by_proc",
        "open_disks",
        "write_core_pattern",
        "write_sysrq",
        "write_cgroups",
    ],
)];

fn main() -> ExitCode {
    let entered = enter();
    let strongest = Sandbox::new(entered, Strictness::Auto, Vec::new());
    println!("strongest level here: {:?}", strongest.strength());
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if let Some(at) = std::env::args().position(|argument| argument == "--elsewhere") {
        return elsewhere(&std::env::args().skip(at + 1).collect::<Vec<_>>());
    }
    if std::env::args().any(|argument| argument == "--through") {
        return through(&strongest);
    }
    if std::env::args().any(|argument| argument == without_pivot::ARGUMENT) {
        return exit(&without_pivot::failures(entered));
    }
    let mut failures = trials::all(entered);
    if std::env::args().any(|argument| argument == "--trials") {
        return exit(&failures);
    }
    let mut expected = BTreeSet::new();
    for (level, more) in LETS_THROUGH {
        expected.extend(more.iter().copied());
        if is_root() {
            expected.extend(ROOT_ONLY.iter().filter(|(of, _)| *of == level).flat_map(|(_, names)| *names));
        }
        let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(level);
        if sandbox.strength().level != level {
            println!("{level}: not to be had here: {:?}", sandbox.strength().lacks);
            continue;
        }
        let through = attempts(&sandbox);
        println!("{level} lets through {}: {through:?}", through.len());
        for name in through.iter().filter(|name| !expected.contains(name.as_str())) {
            failures.push(format!("{level} lets {name} through"));
        }
        // The documented attempts must succeed: the page must not claim more weaknesses than there are.
        for name in expected.iter().filter(|name| !through.contains(**name) && !depends(name)) {
            failures.push(format!("{level} does not let {name} through"));
        }
    }
    failures.extend(works(entered));
    failures.extend(root::failures(entered));
    if strongest.strength().level >= Level::Namespaces {
        failures.extend(without_pivot::as_another_process());
    }
    // Root without a sandbox could damage the host.
    failures.extend(if is_root() { as_plain_user() } else { without_sandbox() });
    exit(&failures)
}

fn exit(failures: &[String]) -> ExitCode {
    failures.iter().for_each(|failure| println!("FAILED: {failure}"));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The attempts that succeed at the strongest level here, for comparing hosts.
fn through(strongest: &Sandbox) -> ExitCode {
    let through = attempts(strongest);
    println!("{} lets through {}: {through:?}", strongest.strength().level, through.len());
    ExitCode::SUCCESS
}

/// The attempts that succeed in another program that runs `attempts.py` in `$WORLD/build/app`, for comparison.
fn elsewhere(command: &[String]) -> ExitCode {
    let world = World::new();
    let Some((program, arguments)) = command.split_first() else { return ExitCode::FAILURE };
    let done = Command::new(program).args(arguments).env("WORLD", world.root()).output().unwrap();
    let log = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    if !log.contains("attempts ") {
        println!("{log}");
        return ExitCode::FAILURE;
    }
    let words =
        log.lines().filter_map(|line| line.rsplit_once("through ").map(|(_, name)| name.trim().to_owned()));
    let through: BTreeSet<String> = words.chain(world.damage()).collect();
    println!("lets through {}: {through:?}", through.len());
    ExitCode::SUCCESS
}

/// The attempts are real: without a sandbox they succeed.
fn without_sandbox() -> Vec<String> {
    let off = attempts(&Sandbox::off());
    println!("off lets through {}: {off:?}", off.len());
    let real = LETS_THROUGH.iter().flat_map(|(_, names)| names.iter()).filter(|name| !off.contains(**name));
    let few = (off.len() < 40).then(|| format!("only {} attempts are real here", off.len()));
    real.map(|name| format!("{name} is no real attempt")).chain(few).collect()
}

/// Attempts that the host itself may deny: other kernel modules, a container around the tests.
fn depends(name: &str) -> bool {
    ROOT_ONLY.iter().any(|(_, names)| names.contains(&name)) || name == "read_environment_of_others"
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| std::os::unix::fs::MetadataExt::uid(&found) == 0)
}

/// The names of the successful attempts.
fn attempts(sandbox: &Sandbox) -> BTreeSet<String> {
    let world = World::new();
    let log = world.run(sandbox, "/usr/bin/python3 attempts.py");
    let count = log.lines().find_map(|line| line.strip_prefix("attempts ")?.parse::<usize>().ok());
    assert!(count.is_some_and(|count| count >= 60), "{log}");
    let mut through: BTreeSet<String> =
        log.lines().filter_map(|line| Some(line.strip_prefix("through ")?.to_owned())).collect();
    through.extend(world.damage());
    through
}

/// Everything that honest scripts need works at every level.
fn works(entered: fourply_scripts::sandbox::Entered) -> Vec<String> {
    let mut failures = Vec::new();
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let commands = [
        ("folders", "pwd; echo $HOME; echo $TMPDIR; umask"),
        (
            "files",
            "echo a > x && ln x y && ln -s x z && mkdir d && mv d e && chmod 755 e && rm -r e && cat y",
        ),
        ("temporary", "t=$(mktemp) && echo a > $t && cat $t && rm $t"),
        ("compiler", "printf 'int main(){return 7;}' > m.c && cc m.c -o m && { ./m; echo $?; }"),
        (
            "python",
            "/usr/bin/python3 -c 'import subprocess, multiprocessing; print(subprocess.check_output([\"echo\", \"a\"]))'",
        ),
        ("status", "exit 3"),
        ("signal", "kill -TERM $$"),
        (
            "devices",
            "echo a > /dev/null && head -c 4 /dev/urandom | wc -c && cat /dev/fd/0 < world.json > x && wc -l < x",
        ),
        ("owner", "if [ $(id -u) = 0 ]; then chown 1234 attempts.py; fi && echo given"),
        ("orphans", "(sleep 60 &) ; echo left"),
    ];
    for level in [Level::Full, Level::Landlock, Level::Filter, Level::Off] {
        let sandbox = Sandbox::new(entered, Strictness::Auto, Vec::new()).at_most(level);
        for (name, command) in commands {
            let world = World::new();
            let began = Instant::now();
            let log = world.run(&sandbox, command).replace(&world.root().display().to_string(), "ROOT");
            if began.elapsed() > Duration::from_secs(20) {
                failures.push(format!("{name} waits at {level}"));
            }
            let first = seen.entry(name).or_insert_with(|| log.clone());
            if *first != log {
                failures.push(format!("{name} at {level}: {log:?} and not {first:?}"));
            }
        }
    }
    println!("honest scripts: {seen:?}");
    failures
}

/// This suite again as a user without privileges.
fn as_plain_user() -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let copy = std::env::temp_dir().join(format!("fourply-sandbox-{}", std::process::id()));
    std::fs::copy(program, &copy).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]);
    let done = command.arg(&copy).current_dir("/").output().unwrap();
    let _ = std::fs::remove_file(&copy);
    println!(
        "--- as a plain user\n{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    if done.status.success() { Vec::new() } else { vec!["the suite as a plain user".to_owned()] }
}

/// Runs a command in the folder of a build.
fn confined(
    sandbox: &Sandbox,
    root: &Path,
    command: &str,
    environment: &BTreeMap<String, std::ffi::OsString>,
) -> String {
    let at = |name: &str| root.join(name);
    let view = View {
        root: None,
        write: vec![at("build/app"), at("build/home"), at("build/tmp")],
        read: vec![at("tool")],
        kept: vec![at("build/app/kept")],
        hidden: Vec::<PathBuf>::new(),
        home: at("build/home"),
        tmp: at("build/tmp"),
    };
    let room = Some(Room { sandbox, view: &view, network: None });
    let shell = Shell { text: command, folder: &at("build/app"), environment, room };
    let outcome = run(&shell, &|| false, &mut |_| ()).unwrap();
    format!("{}\n{}", outcome.log, outcome.ended)
}
