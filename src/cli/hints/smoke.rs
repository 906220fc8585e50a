//! Images that were started: what to do about what was seen.

use std::path::{Component, Path, PathBuf};

pub use files::Started;
use files::{Missing, bring};
use fourply_app::{AppError, WritableFolders};
use fourply_pnpm::ImporterId;
use fourply_scripts::ScriptsError;
use fourply_smoke::{Asked, Clue, Reason, SmokeError, Unstartable, Verdict};

use super::advice::Advice;
use super::service_key::toml_key;

mod files;
mod module;
mod port;

/// What an image needs of the outside.
const OUTSIDE: &str = "give it what it needs: --env NAME=VALUE or --env-file FILE, and --network host where that is on this machine";

/// A folder for what a service writes.
const OF_ITS_OWN: &str = "data";

pub(super) fn advice(error: &SmokeError) -> Advice<'_> {
    match error {
        SmokeError::Rootfs(error) => Advice::Ask(error),
        SmokeError::Scripts(ScriptsError::Room { .. }) => {
            "docs/smoke.md says what a start needs of the machine".into()
        }
        SmokeError::Scripts(error) => Advice::Ask(error),
        SmokeError::Io(error) => Advice::Ask(error),
        SmokeError::Config { .. } => "make the image again: its configuration is not OCI's".into(),
    }
}

impl Started<'_> {
    /// The whole value of the key with one folder more: a list replaces the one that it inherits from.
    fn line(started: Option<Started<'_>>, table: &str, folder: &str) -> String {
        let configured = started.map(|started| started.writable).unwrap_or_default();
        let others = configured.iter().map(String::as_str).filter(|name| *name != folder);
        let all: Vec<String> = others.chain([folder]).map(|name| format!("{name:?}")).collect();
        format!("{table} writable = [{}]", all.join(", "))
    }
}

/// What to do about an image that is not well. `started` is its service, where it is one's.
pub fn smoke(started: Option<Started<'_>>, verdict: &Verdict, root_in_image: &str) -> String {
    let service = started.map(|started| started.service).or_else(|| of_folder(verdict, root_in_image));
    let table = service
        .map_or_else(|| "[services.NAME]".to_owned(), |service| format!("[services.{}]", toml_key(service)));
    let has = |words: &str| verdict.output.iter().any(|line| line.contains(words));
    match &verdict.reason {
        Reason::Crash { .. } | Reason::Said(Clue::Library { .. } | Clue::Native { .. }) if has(NO_OPENSSL) => {
            "Prisma looks for OpenSSL: add it to those that it has, [base] packages = [\"openssl\"]".to_owned()
        }
        Reason::Unstartable(why) => unstartable(&table, why),
        Reason::Said(Clue::Denied { path, line, .. }) => {
            let folder = path.as_deref().and_then(|path| folder(verdict, path, line));
            writable(&|folder: &str| Started::line(started, &table, folder), (verdict, root_in_image), folder)
        }
        Reason::Said(Clue::File { path, read }) => file(started, &table, (verdict, root_in_image), path, *read),
        Reason::Said(Clue::Module { name }) if name.starts_with('/') => {
            file(started, &table, (verdict, root_in_image), name, true)
        }
        Reason::Said(Clue::Module { name }) if name.starts_with("node:") => {
            module::without_types(verdict, name)
        }
        Reason::Said(Clue::Module { name }) if module::is_alias(started, name) => module::alias(name),
        Reason::Said(clue) => said(&table, clue),
        Reason::Crash { line: Some(line), .. } | Reason::Defect { line, .. } if line.contains(UNDEFINED) => {
            undefined(verdict)
        }
        Reason::Loopback { .. } => {
            "let it listen on 0.0.0.0, or on no address at all: no other container and no probe of a cluster reaches 127.0.0.1 or ::1"
                .to_owned()
        }
        Reason::Silent { .. } => format!(
            "if it serves nothing, say so: {table} port = false; else let it listen on 0.0.0.0 and the port in the variable PORT; --timeout 1m gives it longer"
        ),
        Reason::OtherPort { ports, named } => port::other(started, &table, ports, named),
        Reason::Unwell { asked: Some(Asked { path, status: Some(status @ 500..=599) }), .. } => format!(
            "GET {path} has to answer with 200 to 399: the program says why it answers {status}; --env gives it variables"
        ),
        Reason::Unwell { ports, .. } if ports.is_empty() => {
            format!(
                "let the command in health of {table} end with 0 once it is well, or say health = false; --env gives it variables"
            )
        }
        Reason::Unwell { .. } => format!(
            "name a path that answers in health of {table}, or the port that it listens on in port; --env gives it variables"
        ),
        Reason::EndedEarly { .. } => {
            format!("name in cmd of {table} what goes on running; a job says port = false and health = false")
        }
        Reason::NoUser { .. } => {
            "name a user of the base's /etc/passwd, or a number, in user of [image]".to_owned()
        }
        Reason::Platform { .. } => {
            "start it on a machine of its platform; --healthy takes this as a fault".to_owned()
        }
        Reason::NoNamespaces { .. } => {
            "docs/smoke.md says what a start needs, and docs/security.md how to enable user namespaces"
                .to_owned()
        }
        Reason::Unanswered { .. } | Reason::Waits { .. } | Reason::UnwellAlone { .. } => OUTSIDE.to_owned(),
        _ => "read the end of its output".to_owned(),
    }
}

/// What to do where it cannot be told whether an image works that was to be pushed.
pub fn not_told(hint: &str) -> String {
    format!("{hint}; --smoke=started pushes what cannot be told as well")
}

/// The service of an image that is somewhere: the folder that it starts in is the service's.
fn of_folder<'v>(verdict: &'v Verdict, root_in_image: &str) -> Option<&'v str> {
    let inside = verdict.folder.strip_prefix(root_in_image)?.strip_prefix('/')?;
    (!inside.is_empty()).then_some(inside)
}

/// A file that was not found, which may be one that is to be written.
fn file(
    started: Option<Started<'_>>,
    table: &str,
    (verdict, root_in_image): (&Verdict, &str),
    path: &str,
    read: bool,
) -> String {
    let full = normal(&Path::new(&verdict.folder).join(path));
    let full = full.to_string_lossy();
    let folder = folder(verdict, path, "");
    let writable = folder.map(|folder| Started::line(started, table, &folder));
    bring(started, table, Missing { path: &full, read, root_in_image }, writable)
}

/// What Prisma says before it guesses.
const NO_OPENSSL: &str = "failed to detect the libssl/openssl version";

/// What node says of an argument that nobody gave.
const UNDEFINED: &str = "Received undefined";

/// The variables that the output names as read, or the way to give any.
fn undefined(verdict: &Verdict) -> String {
    let letters = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let names = verdict.output.iter().flat_map(|line| line.split("process.env.").skip(1)).map(letters);
    let name = names.into_iter().find(|name: &String| !name.is_empty()).unwrap_or_else(|| "NAME".to_owned());
    format!(
        "a value is undefined: where it is that of a variable, give it: --env {name}=VALUE, or --env-file FILE"
    )
}

fn unstartable(table: &str, why: &Unstartable) -> String {
    match why {
        Unstartable::Nothing => format!("name the program in cmd of {table}"),
        Unstartable::Missing { .. } => {
            format!("name a program of the image in cmd of {table}, or bring it by a package of [base]")
        }
        Unstartable::NotExecutable { .. } => {
            "make the file executable before it is packed: git update-index --chmod=+x FILE".to_owned()
        }
        Unstartable::Loader { .. } | Unstartable::Interpreter { .. } => {
            "take a base that has it: glibc's loader is in Debian's, musl's in Alpine's; scripts need their interpreter"
                .to_owned()
        }
        Unstartable::Architecture { .. } => "take the program for the image's platform".to_owned(),
        Unstartable::Format { .. } => "begin a script with its interpreter, such as #!/usr/bin/env node".to_owned(),
        Unstartable::Place { .. } => "take a base where it is a folder".to_owned(),
        Unstartable::Other { .. } | Unstartable::Folder { .. } => format!("look at cmd and the working directory of {table}"),
    }
}

fn said(table: &str, clue: &Clue) -> String {
    match clue {
        Clue::Module { name } if name.starts_with(['.', '/', '#']) => {
            format!("let output or files of {table} bring the file")
        }
        Clue::Module { name } => format!(
            "add {} to \"dependencies\" in the package.json of the service, or of the workspace package whose code loads it, and run pnpm install",
            package_of(name)
        ),
        Clue::Library { name } => super::check::library_package(name),
        Clue::Command { .. } => {
            "bring it by a package of [base], or a dependency that has it".to_owned()
        }
        Clue::Native { .. } => {
            "build the package for the image's platform, C library and node: fourply does where it runs its install script"
                .to_owned()
        }
        Clue::Unbuilt { package, .. } => unbuilt(package.as_deref()),
        Clue::File { .. } => format!("let output or files of {table} bring the file, or do without it"),
        Clue::Connection { .. } | Clue::Variable { .. } => OUTSIDE.to_owned(),
        Clue::Bound { .. } | Clue::Denied { .. } => "docs/smoke.md says how much memory, files and processes it gets".to_owned(),
    }
}

/// `@scope/x` of `@scope/x/file`.
fn package_of(name: &str) -> String {
    let parts = if name.starts_with('@') { 2 } else { 1 };
    name.split('/').take(parts).collect::<Vec<_>>().join("/")
}

/// A package whose machine code is not there.
fn unbuilt(package: Option<&str>) -> String {
    let name = package.unwrap_or("PACKAGE");
    if name == "@prisma/engines" {
        return "its install script downloads the engine that is missing: [build] network = [\"@prisma/engines\"]".to_owned();
    }
    format!(
        "the install script of {name} makes it, and did not run: allow it (pnpm approve-builds, or onlyBuiltDependencies: [{name:?}] in          pnpm-workspace.yaml), run pnpm install, and build without --ignore-scripts"
    )
}

/// How a folder becomes its user's. `line` is the key with that folder in it.
fn writable(
    line: &dyn Fn(&str) -> String,
    (verdict, root_in_image): (&Verdict, &str),
    folder: Option<String>,
) -> String {
    let Some(folder) = folder else {
        return format!("let its user write where it has to: {}", line("FOLDER"));
    };
    match refused(verdict, &folder, root_in_image) {
        None if folder == "." => format!(
            "let it write to a folder of its own, such as data: {}; or, where it has to be the service's own folder: {}",
            line(OF_ITS_OWN),
            line(".")
        ),
        None => format!("let its user write there: {}", line(&folder)),
        Some(reason) => format!(
            "{folder} cannot be its user's: {reason}. Let it write to /tmp, or to a folder of its own: {}",
            line(OF_ITS_OWN)
        ),
    }
}

/// The folder that has to be writable, as the key takes it: relative to the service's folder, or absolute. None for what can never be written to.
fn folder(verdict: &Verdict, path: &str, line: &str) -> Option<String> {
    let service = Path::new(&verdict.folder);
    let full = normal(&service.join(path));
    let is_folder = ["mkdir", "scandir", "create directory", "chdir"].iter().any(|word| line.contains(word));
    let folder = if is_folder { full } else { full.parent()?.to_path_buf() };
    let inside = folder.strip_prefix(service).ok().filter(|_| service != Path::new("/"));
    let text = match inside {
        Some(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
        Some(inside) => inside.to_str()?.to_owned(),
        None => folder.to_str()?.to_owned(),
    };
    (text != "/").then_some(text)
}

/// Why the key does not take a folder.
fn refused(verdict: &Verdict, folder: &str, root_in_image: &str) -> Option<&'static str> {
    let service = verdict.folder.strip_prefix(root_in_image).map(|path| path.trim_start_matches('/'));
    let service = service.and_then(ImporterId::new).unwrap_or_else(ImporterId::root);
    match WritableFolders::new(&[folder.to_owned()], &service, &[], root_in_image, (0, 0)) {
        Err(AppError::Writable { reason, .. }) => Some(reason),
        _ => None,
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut path, part| {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
        path
    })
}

#[cfg(test)]
mod tests;
