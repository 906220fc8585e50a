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
            format!("{NAME} = {text:?} in env of {variables} in fourply.toml is no port"),
            "write a port from 1 to 65535, or another variable with port = false",
        )),
        (Some(Port::Number(port)), _) => Err(Error::user(
            format!(
                "fourply.toml names two ports: port = {port} in {ports}, and {NAME} = {text:?} in env of {variables}"
            ),
            format!("write port = {port} alone: the service gets it as {NAME}"),
        )),
        (Some(Port::Off), _) => Err(Error::user(
            format!(
                "fourply.toml has port = false in {ports}, and {NAME} = {text:?} in env of {variables}: a worker listens nowhere"
            ),
            "leave one of the two out",
        )),
    }
}

/// Whether `port` or the variable says which.
pub(super) fn is_named(own: &ServiceConfig, all: &ImageConfig) -> bool {
    own.port.is_some() || all.port.is_some() || own.env.contains_key(NAME) || all.env.contains_key(NAME)
}

/// The port that words for a program name: by `--port` for any program, by `-p` for servers that are known to take it.
pub(crate) fn port_in(words: &[String]) -> Option<u16> {
    const SERVERS: [&str; 6] = ["next", "nuxt", "astro", "serve", "http-server", "vite"];
    let is_server = |word: &String| word.split('/').any(|part| SERVERS.contains(&part));
    let short = words.iter().any(is_server);
    let values = words.iter().enumerate().filter_map(|(at, word)| match word.as_str() {
        "--port" => words.get(at + 1).map(String::as_str),
        "-p" if short => words.get(at + 1).map(String::as_str),
        word => word.strip_prefix("--port=").or_else(|| word.strip_prefix("-p").filter(|_| short)),
    });
    values.filter_map(|value| value.parse().ok().filter(|port| *port > 0)).next_back()
}

#[cfg(test)]
mod tests;
