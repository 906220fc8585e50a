//! `--load`: which engine, and where it may listen. In: the environment. Out: endpoints, in the order in which they are asked.

use std::path::PathBuf;

use clap::ValueEnum;
use fourply_oci::sink::Endpoint;

use crate::{Error, environment};

/// Which container engine takes an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// The first that answers.
    #[value(hide = true)]
    Any,
    /// docker: DOCKER_HOST, /var/run/docker.sock, or the socket of a rootless one
    Docker,
    /// podman: CONTAINER_HOST, the user's socket, root's, or the program
    Podman,
}

impl EngineKind {
    /// Where it may listen.
    ///
    /// # Errors
    /// A variable that names a place in a way that cannot be used.
    pub(crate) fn endpoints(self) -> Result<Vec<Endpoint>, Error> {
        let (docker, podman) = (self != EngineKind::Podman, self != EngineKind::Docker);
        let mut all = Vec::new();
        if docker {
            all.extend(docker_endpoints()?);
        }
        if podman {
            all.extend(podman_endpoints()?);
        }
        Ok(all)
    }
}

/// Those that docker's own client asks.
fn docker_endpoints() -> Result<Vec<Endpoint>, Error> {
    if let Some(host) = environment::variable("DOCKER_HOST") {
        return Ok(vec![endpoint("DOCKER_HOST", &host)?]);
    }
    let runtime = runtime_folder().map(|folder| folder.join("docker.sock"));
    let desktop = environment::home().map(|home| home.join(".docker/desktop/docker.sock"));
    let sockets = [Some(PathBuf::from("/var/run/docker.sock")), runtime, desktop];
    Ok(sockets.into_iter().flatten().map(Endpoint::Socket).collect())
}

fn podman_endpoints() -> Result<Vec<Endpoint>, Error> {
    if let Some(host) = environment::variable("CONTAINER_HOST") {
        return Ok(vec![endpoint("CONTAINER_HOST", &host)?]);
    }
    let user = runtime_folder().map(|folder| folder.join("podman/podman.sock"));
    let sockets = [user, Some(PathBuf::from("/run/podman/podman.sock"))];
    let sockets = sockets.into_iter().flatten().map(Endpoint::Socket);
    Ok(sockets.chain(environment::program("podman").map(Endpoint::Podman)).collect())
}

fn runtime_folder() -> Option<PathBuf> {
    environment::variable("XDG_RUNTIME_DIR").map(PathBuf::from)
}

/// `unix:///path` or `tcp://host:port`, as docker and podman write it.
fn endpoint(variable: &str, text: &str) -> Result<Endpoint, Error> {
    let tls = environment::variable("DOCKER_TLS_VERIFY").is_some();
    let found = match text.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Some(Endpoint::Socket(path.into())),
        Some(("tcp", host)) if !host.is_empty() && !tls => {
            Some(Endpoint::Tcp(host.trim_end_matches('/').to_owned()))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        Error::user(
            format!("{variable} is {text:?}, where --load cannot reach an engine: it knows unix:///PATH, and tcp://HOST:PORT without TLS"),
            "write -o type=docker-archive,dest=FILE, and load that with docker or podman",
        )
    })
}

#[cfg(test)]
mod tests;
