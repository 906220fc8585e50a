//! The health check of an image: from the configured probe and port to the command that an engine runs in a container.
//!
//! Node asks, as it is the one program that every such image holds: with its module `http`, which every version has. A service that is told
//! another `PORT` when it is started is asked there.

use std::time::Duration;

use crate::config::{Health, HealthCheck, Probe};

/// Where services usually tell that they live, in the order in which they are asked: what only tells of the process itself comes first.
pub(crate) const USUAL_PATHS: [&str; 8] = [
    "/health/live",
    "/health",
    "/healthz",
    "/livez",
    "/api/health/live",
    "/api/health",
    "/api/v1/health/live",
    "/api/v1/health",
];

const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);
const START_PERIOD: Duration = Duration::from_secs(10);
const RETRIES: u32 = 3;

/// A check with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HealthSettings {
    /// In the form of the image's configuration: `CMD`, the program, its arguments.
    pub test: Vec<String>,
    pub interval: Duration,
    pub timeout: Duration,
    pub start_period: Duration,
    pub retries: u32,
    /// Nothing was configured: the service may have none of the paths.
    pub usual: bool,
}

/// The check of a service that listens on `port`; of a worker, only a command.
pub(super) fn health(configured: Option<&Health>, port: Option<u16>) -> Option<HealthSettings> {
    let usual = HealthCheck::default();
    let check = match configured {
        Some(Health::Off) => return None,
        Some(Health::Check(check)) => check,
        None => &usual,
    };
    let timeout = check.timeout.unwrap_or(TIMEOUT);
    let ask = |paths: &[&str], guessed| Some(node(&request(paths, port?, timeout, guessed)));
    let program = match &check.probe {
        Probe::Command(command) => command.clone(),
        Probe::Usual => ask(&USUAL_PATHS, true)?,
        Probe::Paths(paths) => ask(&paths.iter().map(String::as_str).collect::<Vec<_>>(), false)?,
    };
    Some(HealthSettings {
        test: std::iter::once("CMD".to_owned()).chain(program).collect(),
        interval: check.interval.unwrap_or(INTERVAL),
        timeout,
        start_period: check.start_period.unwrap_or(START_PERIOD),
        retries: check.retries.unwrap_or(RETRIES),
        usual: check.probe == Probe::Usual,
    })
}

fn node(script: &str) -> Vec<String> {
    vec!["node".to_owned(), "-e".to_owned(), script.to_owned()]
}

/// Asks one path after the other: 404 means the next one, any other answer decides, and redirects are not followed. Of paths that are guessed,
/// 400 to 499 means the next one, as servers with a login or a strict API answer so to a path that they do not have, and the end of all is
/// well: it answers. Some servers listen on one address alone: `127.0.0.1`, `::1`, or that of the container's name (Next.js where HOSTNAME is set).
fn request(paths: &[&str], port: u16, timeout: Duration, guessed: bool) -> String {
    let paths = serde_json::Value::from(paths.to_vec());
    let timeout = timeout.as_millis();
    let (decides, all_absent) = if guessed { ("s<400||s>499", 0) } else { ("s!==404", 1) };
    format!(
        "const e=process.exit,p={paths};setTimeout(e,{timeout},1);\
         (function ask(a,i){{require('http').get({{host:a[0],port:process.env.PORT||{port},path:p[i],agent:false}},r=>{{\
         const s=r.statusCode;r.destroy();\
         {decides}?e(s>=200&&s<400?0:1):i+1<p.length?ask(a,i+1):e({all_absent})\
         }}).on('error',x=>a[1]&&/^(connect|getaddrinfo)$/.test(x.syscall)?ask(a.slice(1),i):e(1))\
         }})(['127.0.0.1','::1',require('os').hostname()],0)"
    )
}

#[cfg(test)]
mod tests;
