//! Scripts of others, and what they need.

use fourply_scripts::beneath::{Replaced, ReplacedBy};
use fourply_scripts::{Attempts, InstallFailure, Problem, ScriptsError};

use super::advice::Advice;

pub(super) fn advice(error: &ScriptsError) -> Advice<'_> {
    match error {
        ScriptsError::InstallScript(failure) => install(failure),
        ScriptsError::Sandbox { lacks, .. } => sandbox(lacks).into(),
        ScriptsError::Download { problem, .. } => download(problem).into(),
        ScriptsError::NoRoot { lacks, .. } => {
            format!("[build] toolchain needs user and mount namespaces, or root with CAP_SYS_CHROOT and CAP_MKNOD and a kernel with Landlock: {}", sandbox(lacks)).into()
        }
        ScriptsError::ForeignRoot { .. } => {
            "build this platform on a machine of its architecture, push both, and put them under one name with fourply index; or leave [build] toolchain out, and depend on packages with prebuilt binaries".into()
        }
        ScriptsError::Replaced(replaced) => replacement(replaced).into(),
        ScriptsError::Room { step, error }
            if step.starts_with("run /bin/sh in ") || error.contains("in the build folder") =>
        {
            "a script before or beside it may have removed, replaced or closed that folder: look for rm, mv and chmod in the scripts of the build".into()
        }
        ScriptsError::Room { .. } => {
            "[build] sandbox = \"off\" runs scripts without a sandbox; docs/security.md says what that lets through".into()
        }
        ScriptsError::ForeignBinary { .. } => {
            "take a base with the C library and architecture of this machine, build on a machine like the base, or depend on a package with prebuilt binaries for it".into()
        }
        ScriptsError::Repository { .. } => {
            "publish it to a registry, or commit the tarball that `pnpm pack` makes of it and depend on that".into()
        }
        ScriptsError::Store(error) | ScriptsError::At { source: error, .. } => Advice::Ask(error.as_ref()),
        ScriptsError::Pnpm(error) => Advice::Ask(error),
        ScriptsError::Layout(error) => Advice::Ask(error),
        ScriptsError::Io(error) => Advice::Ask(error),
        ScriptsError::NotUtf8 { .. }
        | ScriptsError::Interrupted
        | ScriptsError::Tool { .. }
        | ScriptsError::Manifest { .. }
        | ScriptsError::Folder { .. } => Advice::Nothing,
    }
}

/// How a script goes on without replacing what the build needs.
fn replacement(replaced: &Replaced) -> &'static str {
    match replaced.by {
        ReplacedBy::Link(_) => {
            "let the script copy what it needs into a folder of its package: packages, node_modules and sources of later packages have to stay folders and files. If nobody of yours wrote that script, treat the package as hostile"
        }
        ReplacedBy::Other(_) | ReplacedBy::Nothing => {
            "let the script leave it in place: packages, node_modules and sources of later packages have to stay folders and files"
        }
    }
}

/// What to enable for a full sandbox, by what the kernel refused.
fn sandbox(lacks: &[String]) -> &'static str {
    let has = |word: &str| lacks.iter().any(|lack| lack.contains(word));
    match () {
        () if has("make namespaces") => {
            "allow user namespaces: sysctl user.max_user_namespaces above 0 (kernel.unprivileged_userns_clone=1 on older Debian); in a container a seccomp profile that allows unshare and mount, see docs/security.md"
        }
        () if has("mount") || has("map the user") || has("privileges") => {
            "let this program use user namespaces: on Ubuntu 24.04 by an AppArmor profile with userns, in a container with unmasked /proc; docs/security.md has both"
        }
        () if has("Landlock") => {
            "boot a kernel of 5.13 or later with landlock in its list of security modules (lsm=landlock,…)"
        }
        () => "docs/security.md says what a full sandbox needs",
    }
}

/// The line that gives scripts a network: `owner` is a folder, or a package with its version.
pub(super) fn network_line(owner: &str) -> String {
    let name = fourply_pnpm::DepPath::new(owner);
    format!("if they need it, add network = [{:?}] to [build]", name.name())
}

/// Where Prisma's engines are.
const PRISMA: &str = "binaries.prisma.sh";
/// What to do where no engine is needed.
const WITHOUT_ENGINES: &str = "; a client with engineType = \"client\" has no engine: then write [build] env = { PRISMA_QUERY_ENGINE_LIBRARY = \"/dev/null\" } \
     instead";

/// Where a script failed for want of a network: the line that gives it one.
pub(super) fn network(owner: &str, attempts: &Attempts, log: &str) -> Option<String> {
    if !attempts.refused.is_empty() {
        let engines = attempts.refused.iter().any(|host| host == PRISMA).then_some(WITHOUT_ENGINES);
        return Some(format!(
            "scripts of {owner} have no network: {}{}",
            network_line(owner),
            engines.unwrap_or_default()
        ));
    }
    const WORDS: [&str; 15] = [
        "ECONNREFUSED",
        "ENOTFOUND",
        "EAI_AGAIN",
        "ENETUNREACH",
        "EAFNOSUPPORT",
        "getaddrinfo",
        "fetch failed",
        "Could not resolve host",
        "Couldn't resolve host",
        "Failed to connect",
        "name resolution",
        "Network is unreachable",
        "network is unreachable",
        "Address family not supported",
        "no such host",
    ];
    let line = || format!("scripts have no network: {}", network_line(owner));
    WORDS.iter().any(|word| log.contains(word)).then(line)
}

/// Where a script has a network, and did not get all that it asked for.
pub(super) fn problems(attempts: &Attempts) -> Option<String> {
    let hint = match attempts.problems.first()? {
        Problem::Method { .. } => {
            "take a package that downloads by GET, or run what uploads outside of the build"
        }
        Problem::Protocol { .. } => {
            "the program does not trust the certificate that fourply made for this build: docs/downloads.md says by which variables programs find it"
        }
        _ => {
            "look at the server, the URL, and the proxy of this machine; docs/downloads.md says what scripts reach"
        }
    };
    Some(hint.to_owned())
}

/// What to do about a download that is not as it is locked.
fn download(problem: &Problem) -> String {
    match problem {
        Problem::NotLocked { .. } => "build once without --locked, look at what was added to fourply.lock, and commit it",
        Problem::Secret { .. } => {
            "let the script send the secret in a header such as Authorization, which is not locked, or download outside of the build"
        }
        Problem::Offline { .. } => {
            "build once without --offline; for a site without a network, take fourply bundle --build along"
        }
        _ => "if the new answer is right, delete the [[download]] of this URL from fourply.lock and build again",
    }
    .to_owned()
}

/// Where a compilation failed for want of programs or headers: what gives it those.
fn compiler(log: &str, rooted: bool) -> Option<&'static str> {
    const HEADERS: [&str; 3] =
        ["node/common.gypi not found", "node_api.h: No such file", "node.h: No such file"];
    const PROGRAMS: [&str; 9] = [
        "not found: make",
        "find Python",
        "Could not find any Python",
        "make: not found",
        "cc: not found",
        "g++: not found",
        "g++: No such file",
        "cc: No such file",
        "python3: not found",
    ];
    let has = |words: &[&str]| words.iter().any(|word| log.contains(word));
    match rooted {
        true if has(&HEADERS) => Some(
            "the base's node comes without its headers: add the package that has them to [build] toolchain, nodejs-dev on Alpine, libnode-dev on Debian",
        ),
        true if has(&PROGRAMS) => Some(
            "name the packages that have what is missing: [build] toolchain = [\"python3\", \"make\", \"g++\"]",
        ),
        false if has(&PROGRAMS) => Some(
            "compile with the base's own packages, whatever this machine has: [build] toolchain = [\"python3\", \"make\", \"g++\"]",
        ),
        _ => None,
    }
}

fn install(failure: &InstallFailure) -> Advice<'static> {
    if let Some(hint) = compiler(&failure.log, failure.rooted) {
        return hint.into();
    }
    let owner = fourply_pnpm::DepPath::new(failure.package.as_str());
    let hint = || network(owner.package_key(), &failure.attempts, &failure.log);
    let hint = if failure.network { problems(&failure.attempts) } else { hint() };
    if let Some(hint) = hint {
        return hint.into();
    }
    let compiles = ["node-gyp", "node-pre-gyp", "gyp ERR!"];
    let compiles = compiles.iter().any(|word| failure.command.contains(word) || failure.log.contains(word));
    match compiles {
        true if failure.rooted => {
            "native modules are compiled with what [build] toolchain names: python3, make, g++, and libraries with their headers"
        }
        true => {
            "native modules are compiled with this machine's python3, make and g++: see that they are there, or take those of the base: [build] toolchain = [\"python3\", \"make\", \"g++\"]"
        }
        false => {
            "see what it printed; a package that need not be built can be named in the settings of its pnpm (neverBuiltDependencies, ignoredBuiltDependencies, allowBuilds: false)"
        }
    }
    .into()
}
