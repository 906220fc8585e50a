//! What a start script does besides starting a program. In: settings, the script, the words that the image starts. Out: settings with its
//! variables and its port; what is configured stays.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fourply_app::{BesideProgram, EntryPoint, ShellText};
use fourply_pnpm::ImporterId;
use fourply_rootfs::RootfsMetadata;

use crate::Error;
use crate::cli::hints::section;
use crate::context::Context;
use crate::settings::{Settings, port_in};

/// The variable of the port.
const PORT: &str = "PORT";

/// Programs that work on a machine and its repository, and that no service starts.
pub(super) const OF_DEVELOPMENT: [&str; 12] = [
    "docker",
    "docker-compose",
    "podman",
    "git",
    "make",
    "sudo",
    "brew",
    "open",
    "xdg-open",
    "kubectl",
    "kill-port",
    "only-allow",
];

/// The settings of a service whose program is known: with the port of the configured command, or with what the start script does besides.
///
/// # Errors
/// As [`applied`].
pub(super) fn started<'a>(
    settings: &'a Settings,
    context: &Context<'_>,
    service: &ImporterId,
    (entry, rootfs): (Option<&EntryPoint>, &RootfsMetadata),
) -> Result<Cow<'a, Settings>, Error> {
    if let Some((entry, _)) = entry.and_then(|entry| Some((entry, by_shell(settings, entry)?))) {
        return match has_shell(rootfs) {
            true => port_of_shell(settings, service, &entry.beside),
            false => Err(without_shell(settings, service, entry)),
        };
    }
    match (&settings.container.cmd, entry) {
        (Some(cmd), _) => match port_in(cmd) {
            Some(port) => with_port(settings, service, port, cmd),
            None => Ok(Cow::Borrowed(settings)),
        },
        (None, Some(entry)) => {
            if let Some(text) = instead(entry) {
                context.terminal.warn(&format!("{service}: {text}"));
            }
            applied(settings, context, service, &entry.beside)
        }
        (None, None) => Ok(Cow::Borrowed(settings)),
    }
}

/// What the image starts in place of the start script's program.
fn instead(EntryPoint { path, reason, beside, .. }: &EntryPoint) -> Option<String> {
    let command = beside.instead.as_ref()?;
    let absent = beside.absent.as_ref().map(|path| format!(", and the outputs have no {path}"));
    Some(format!(
        "script {:?} of package.json runs `{command}`{}; the image starts {path} ({reason}) in its place, unless cmd names another program",
        beside.script,
        absent.unwrap_or_default()
    ))
}

/// The text that a shell has to run, where no cmd is configured and the script is more than words and variables that are known.
pub(super) fn by_shell<'e>(settings: &Settings, entry: &'e EntryPoint) -> Option<&'e ShellText> {
    let beside = &entry.beside;
    let env = &settings.container.env;
    let known = |(name, value): (&String, &Option<String>)| {
        env.contains_key(name) || (value.is_some() && name != "PATH")
    };
    let spare = beside.only_variables && beside.variables.iter().all(known);
    beside.shell.as_ref().filter(|_| settings.container.cmd.is_none() && !spare)
}

/// Where the program starts, relative to the service's folder, if that is another one.
pub(super) fn folder<'e>(settings: &Settings, entry: Option<&'e EntryPoint>) -> Option<&'e str> {
    let entry = entry.filter(|_| settings.container.cmd.is_none())?;
    let native = by_shell(settings, entry).is_none() && entry.command.is_some();
    entry.beside.folder.as_deref().filter(|_| native)
}

/// A shell's text that runs what a script has before its program, and then `cmd`, in the container's `folder`; nothing where there is nothing before
/// it, or where words have lost their quotes.
pub(super) fn before(beside: &BesideProgram, cmd: &[String], folder: &str) -> Option<String> {
    let is_plain = |text: &String| {
        text.chars().all(|letter| letter.is_ascii_alphanumeric() || " ./:@_-,+%".contains(letter))
    };
    let plain = beside.left_out.iter().chain(cmd).all(is_plain) && beside.only_chain;
    let first = beside.left_out.join(" && ");
    (plain && !first.is_empty())
        .then(|| format!("PATH={folder}/node_modules/.bin:$PATH; {first} && exec {}", cmd.join(" ")))
}

/// What stands for the variables of a start script where the base has no shell, which would ask for them when the container starts.
pub(super) fn values(settings: &Settings, rootfs: &RootfsMetadata) -> BTreeMap<String, String> {
    if has_shell(rootfs) {
        return BTreeMap::new();
    }
    let port = settings.container.port.map(|port| (PORT.to_owned(), port.to_string()));
    let own = [("NODE_ENV".to_owned(), "production".to_owned())].into_iter().chain(port);
    own.chain(settings.container.env.clone()).collect()
}

pub(super) fn has_shell(rootfs: &RootfsMetadata) -> bool {
    rootfs.is_executable("/bin/sh")
}

/// The settings with the port that a shell's text names; its variables are the shell's.
fn port_of_shell<'a>(
    settings: &'a Settings,
    service: &ImporterId,
    beside: &BesideProgram,
) -> Result<Cow<'a, Settings>, Error> {
    let given = beside.variables.get(PORT).cloned().flatten().and_then(|port| port.parse().ok());
    match given.filter(|port| *port > 0).or_else(|| port_in(&beside.words)) {
        Some(port) => with_port(settings, service, port, &beside.words),
        None => Ok(Cow::Borrowed(settings)),
    }
}

pub(super) fn without_shell(settings: &Settings, service: &ImporterId, entry: &EntryPoint) -> Error {
    let (beside, env) = (&entry.beside, &settings.container.env);
    let mut unknown_values =
        beside.variables.iter().filter(|(name, value)| value.is_none() && !env.contains_key(*name));
    if let (true, Some((name, _))) = (beside.only_variables, unknown_values.next()) {
        return unknown(service, beside, name);
    }
    let text = beside.shell.as_ref().map(|shell| shell.text.as_str()).unwrap_or_default();
    let first = |command: &String| command.split(' ').next().map(str::to_owned);
    let of_machine =
        beside.left_out.iter().filter_map(first).find(|name| OF_DEVELOPMENT.contains(&name.as_str()));
    if let Some(name) = of_machine {
        return Error::user(
            format!(
                "script {:?} of {service} runs {name} before the program, which the image does not have: {text}",
                beside.script
            ),
            format!(
                "{name} is for the machine of a developer or of CI: take it out of the script, or name what the image starts: {} cmd = {}",
                section(service),
                own_cmd(service, entry)
            ),
        );
    }
    let dropped: Vec<String> = beside.left_out.iter().map(|command| format!("`{command}`")).collect();
    let without = match dropped.is_empty() {
        true => "without the rest of the script".to_owned(),
        false => format!("without {}, which is then a step of its own", dropped.join(" and ")),
    };
    Error::user(
        format!("script {:?} of {service} needs a shell, and the base has no /bin/sh: {text}", beside.script),
        format!(
            "add a shell to the packages of [base] (\"dash\" on Debian, \"busybox\" on Alpine), or name what the image starts, {without}: {} cmd = {}",
            section(service),
            own_cmd(service, entry)
        ),
    )
}

/// The line for a program that starts in the service's folder, whatever folder the script changes to.
fn own_cmd(service: &ImporterId, entry: &EntryPoint) -> String {
    let own = entry.path.strip_prefix(service.as_str()).and_then(|path| path.strip_prefix('/'));
    own.map_or_else(|| cmd(entry), |path| format!("[\"node\", {path:?}]"))
}

/// The same for a base with a shell, where a command of a package can be started by its link.
pub(super) fn whole_cmd(entry: &EntryPoint) -> String {
    let beside = &entry.beside;
    match beside.words.split_first() {
        Some((first, rest)) if entry.path.is_empty() && beside.only_chain && !first.contains('/') => {
            let words: Vec<String> =
                [format!("node_modules/.bin/{first}")].into_iter().chain(rest.iter().cloned()).collect();
            format!("{words:?}")
        }
        _ => cmd(entry),
    }
}

/// A line that starts the program alone.
pub(super) fn cmd(entry: &EntryPoint) -> String {
    match entry.path.is_empty() {
        true => "[\"node\", …]".to_owned(),
        false => format!("[\"node\", {:?}]", entry.path),
    }
}

/// The settings with what the script sets.
///
/// # Errors
/// A variable whose value only a shell can tell, unless it is configured; two ports.
pub(super) fn applied<'a>(
    settings: &'a Settings,
    context: &Context<'_>,
    service: &ImporterId,
    beside: &BesideProgram,
) -> Result<Cow<'a, Settings>, Error> {
    let mut result = Cow::Borrowed(settings);
    let mut taken = Vec::new();
    for (name, value) in &beside.variables {
        let container = &settings.container;
        if container.env.contains_key(name) || (name == PORT && container.names_port) {
            continue;
        }
        let Some(value) = value else { return Err(unknown(service, beside, name)) };
        match (name.as_str(), value.parse().ok().filter(|port| *port > 0)) {
            (PORT, Some(port)) => result.to_mut().container.listen_on(port),
            (PORT, None) => return Err(no_port(service, beside, value)),
            // What every image has.
            ("NODE_ENV", _) if value == "production" => continue,
            _ => drop(result.to_mut().container.env.insert(name.clone(), value.clone())),
        }
        taken.push(format!("{name}={value}"));
    }
    if !taken.is_empty() {
        let names = taken.join(" ");
        context.terminal.note(&format!(
            "{service}: the image has {names}, as script {:?} of package.json sets it",
            beside.script
        ));
    }
    if let Some(command) = beside.left_out.first() {
        return Err(Error::user(
            format!(
                "script {:?} of {service} also has `{command}`, which the image does not run",
                beside.script
            ),
            format!(
                "run it as a step of its own, and name what the image starts in {} cmd",
                section(service)
            ),
        ));
    }
    for command in &beside.loaders {
        context.terminal.warn(&format!(
            "{service}: script {:?} of package.json also has `{command}`, which the image does not run: it holds no files of variables, so give them when the container starts",
            beside.script
        ));
    }
    for command in &beside.built {
        context.terminal.note(&format!(
            "{service}: the image does not run `{command}` of script {:?} of package.json: the build has done it",
            beside.script
        ));
    }
    match port_in(&beside.words) {
        Some(port) => Ok(Cow::Owned(with_port(&result, service, port, &beside.words)?.into_owned())),
        None => Ok(result),
    }
}

/// The settings with the port that the command names.
///
/// # Errors
/// Where another one is configured.
fn with_port<'a>(
    settings: &'a Settings,
    service: &ImporterId,
    port: u16,
    words: &[String],
) -> Result<Cow<'a, Settings>, Error> {
    let container = &settings.container;
    match container.port {
        Some(configured) if configured == port => Ok(Cow::Borrowed(settings)),
        Some(configured) if container.names_port => Err(Error::user(
            format!(
                "{service} is started by `{}`, and fourply.toml gives it port {configured}",
                words.join(" ")
            ),
            format!(
                "write port = {port} in {}, or name a cmd without the port there: the service gets it as PORT",
                section(service)
            ),
        )),
        // A worker listens nowhere, whatever its options say.
        None => Ok(Cow::Borrowed(settings)),
        Some(_) => {
            let mut settings = settings.clone();
            settings.container.listen_on(port);
            Ok(Cow::Owned(settings))
        }
    }
}

fn unknown(service: &ImporterId, beside: &BesideProgram, name: &str) -> Error {
    Error::user(
        format!(
            "script {:?} of {service} sets {name} to what only a shell can tell, and an image has no shell there",
            beside.script
        ),
        format!(
            "give the value in {}: env = {{ {name} = \"…\" }}; or name what the image starts in cmd",
            section(service)
        ),
    )
}

fn no_port(service: &ImporterId, beside: &BesideProgram, value: &str) -> Error {
    Error::user(
        format!("script {:?} of {service} sets PORT to {value:?}, which is no port", beside.script),
        format!(
            "write port = 3000, or whichever it is, in {0}; a worker that listens nowhere: {0} port = false",
            section(service)
        ),
    )
}
