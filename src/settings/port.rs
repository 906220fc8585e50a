//! The port of a service: `port`, or `PORT` among its variables. In: `[image]` and the service's table. Out: one port, or none for a worker.

use crate::Error;
use crate::config::{ImageConfig, Port, ServiceConfig, key};

/// The port where nothing names one.
const DEFAULT_PORT: u16 = 3000;
/// The variable that has it in a container.
const NAME: &str = "PORT";

/// The port that is exposed and that the service is told.
///
/// # Errors
/// Where `port` and `env` say two things, or `PORT` is no port.
pub(super) fn port(service: &str, own: &ServiceConfig, all: &ImageConfig) -> Result<Option<u16>, Error> {
    let table = |is_own: bool| match is_own {
        true => format!("[services.{}]", key(service.rsplit('/').next().unwrap_or(service))),
        false => "[image]".to_owned(),
    };
    let configured = own.port.or(all.port);
    let Some(text) = own.env.get(NAME).or(all.env.get(NAME)) else {
        return Ok(match configured {
            Some(Port::Off) => None,
            Some(Port::Number(port)) => Some(port),
            None => Some(DEFAULT_PORT),
        });
    };
    let (ports, variables) = (table(own.port.is_some()), table(own.env.contains_key(NAME)));
    match (configured, text.parse().ok().filter(|port| *port > 0)) {
        (Some(Port::Number(port)), given) if given == Some(port) => Ok(given),
        (None, given @ Some(_)) => Ok(given),
        (None, None) => Err(Error::user(
            format!("{NAME} in env of {variables} in fourply.toml is no port"),
            "write a port from 1 to 65535, or another variable with port = false",
        )),
        (Some(Port::Number(port)), _) => Err(Error::user(
            format!(
                "fourply.toml names two ports: port = {port} in {ports}, and {NAME} in env of {variables}{}",
                shown(text)
            ),
            format!("write port = {port} alone: the service gets it as {NAME}"),
        )),
        (Some(Port::Off), _) => Err(Error::user(
            format!(
                "fourply.toml has port = false in {ports}, and {NAME} in env of {variables}{}: a worker listens nowhere",
                shown(text)
            ),
            "leave one of the two out",
        )),
    }
}

/// The value of a variable in a message: only a number is surely no secret.
fn shown(text: &str) -> String {
    text.parse::<u32>().map(|number| format!(" has {number}")).unwrap_or_default()
}

/// Whether `port` or the variable says which.
pub(super) fn is_named(own: &ServiceConfig, all: &ImageConfig) -> bool {
    own.port.is_some() || all.port.is_some() || own.env.contains_key(NAME) || all.env.contains_key(NAME)
}

/// Servers that take a port by `-p`.
const SERVERS: [&str; 9] =
    ["next", "nuxt", "astro", "serve", "http-server", "vite", "sirv", "sirv-cli", "json-server"];
/// Below it, what stands behind the `-p` of an unknown program is hardly a port.
const FIRST_OF_USERS: u16 = 1024;

/// The port that words for a program name: by `--port` for any program, by `-p` for servers that are known to take it, and behind the file
/// that node is given.
pub(crate) fn port_in(words: &[String]) -> Option<u16> {
    let is_server = |word: &String| word.split('/').any(|part| SERVERS.contains(&part));
    let is_file = |word: &String| [".js", ".mjs", ".cjs", ".ts"].iter().any(|end| word.ends_with(end));
    let short = words.iter().any(is_server);
    let file = words.iter().position(is_file).unwrap_or(words.len());
    let of_any = |value: &str| value.parse().ok().filter(|port: &u16| *port > 0);
    let of_short =
        |at: usize, value: &str| of_any(value).filter(|port| short || (at > file && *port >= FIRST_OF_USERS));
    let next = |at: usize| words.get(at + 1).map(String::as_str).unwrap_or_default();
    let mut ports = words.iter().enumerate().filter_map(|(at, word)| match word.as_str() {
        "--port" => of_any(next(at)),
        "-p" => of_short(at, next(at)),
        "-l" | "--listen" if short => of_any(next(at)),
        word => match word.strip_prefix("--port=") {
            Some(value) => of_any(value),
            None => of_short(at, word.strip_prefix("-p")?),
        },
    });
    ports.next_back()
}

#[cfg(test)]
mod tests;
