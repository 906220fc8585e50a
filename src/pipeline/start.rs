//! What a start script does besides starting a program. In: settings, the script, the words that the image starts. Out: settings with its
//! variables and its port; what is configured stays.

use std::borrow::Cow;

use fourply_app::{BesideProgram, EntryPoint};
use fourply_pnpm::ImporterId;

use crate::Error;
use crate::cli::hints::section;
use crate::context::Context;
use crate::settings::{Settings, port_in};

/// The variable of the port.
const PORT: &str = "PORT";

/// The settings of a service whose program is known: with the port of the configured command, or with what the start script does besides.
///
/// # Errors
/// As [`applied`].
pub(super) fn started<'a>(
    settings: &'a Settings,
    context: &Context<'_>,
    service: &ImporterId,
    entry: Option<&EntryPoint>,
) -> Result<Cow<'a, Settings>, Error> {
    match (&settings.container.cmd, entry) {
        (Some(cmd), _) => match port_in(cmd) {
            Some(port) => with_port(settings, service, port, cmd),
            None => Ok(Cow::Borrowed(settings)),
        },
        (None, Some(entry)) => applied(settings, context, service, &entry.beside),
        (None, None) => Ok(Cow::Borrowed(settings)),
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
    for command in &beside.left_out {
        context.terminal.warn(&format!(
            "{service}: script {:?} of package.json also has `{command}`, which the image does not run: run it as a step of its own, or name all of it in cmd",
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
        format!("write port = 3000, or whichever it is, in {}", section(service)),
    )
}
