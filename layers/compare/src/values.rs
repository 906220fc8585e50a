//! Variables, ports and the user. In: both images. Out: what the new one lacks.

use std::collections::{BTreeMap, BTreeSet};

use fourply_rootfs::RootfsMetadata;
use fourply_rootfs::accounts::passwd;

use crate::model::{Difference, Note};
use crate::side::RunConfig;

/// Variables of node's images, of shells and of build tools.
const OTHERS: [&str; 12] = [
    "PATH",
    "HOME",
    "PWD",
    "SHLVL",
    "TERM",
    "NODE_VERSION",
    "YARN_VERSION",
    "PNPM_HOME",
    "PNPM_VERSION",
    "CI",
    "DEBIAN_FRONTEND",
    "container",
];
const STARTS: [&str; 6] = ["COREPACK_", "NPM_CONFIG_", "npm_config_", "TURBO_", "NX_", "YARN_"];
/// The port of debuggers.
const DEBUGGER: u16 = 9229;

/// Variables that differ. A likely secret becomes a note, unless the new image has it.
pub(crate) fn variables(
    theirs: &RunConfig,
    ours: &RunConfig,
    notes: &mut Vec<Note>,
) -> BTreeMap<String, Difference> {
    let mut found = BTreeMap::new();
    for (name, value) in &theirs.env {
        let own = ours.env.get(name);
        let tool = OTHERS.contains(&name.as_str()) || STARTS.iter().any(|start| name.starts_with(start));
        // The port has a key of its own.
        if own == Some(value) || tool || (name == "PORT" && value.parse::<u16>().is_ok()) {
            continue;
        }
        match own.is_none() && is_secret(name, value) {
            true => notes.push(Note::Secret { name: name.clone() }),
            false => {
                let difference = Difference { theirs: value.clone(), ours: own.cloned() };
                found.insert(name.clone(), difference);
            }
        }
    }
    found
}

/// Whether a variable looks like a secret, by its name and value.
pub fn is_secret(name: &str, value: &str) -> bool {
    const WORDS: [&str; 8] =
        ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PRIVATE_KEY", "API_KEY", "ACCESS_KEY", "CREDENTIAL"];
    let userinfo = || {
        let rest = value.split_once("://").map(|(_, rest)| rest)?;
        let host = rest.split('/').next()?;
        Some(host.split_once('@')?.0.contains(':'))
    };
    // `ACCESS_TOKEN_TTL = "3600"` is not a secret.
    let plain = value.is_empty() || value.parse::<f64>().is_ok() || matches!(value, "true" | "false");
    (!plain && WORDS.iter().any(|word| name.to_ascii_uppercase().contains(word))) || userinfo() == Some(true)
}

/// The port of the team's image, if the new one has another.
pub(crate) fn port(theirs: &RunConfig, ours: &RunConfig, notes: &mut Vec<Note>) -> Option<u16> {
    let variable = |side: &RunConfig| side.env.get("PORT").and_then(|port| port.parse::<u16>().ok());
    let exposed: BTreeSet<u16> = theirs.ports.iter().copied().filter(|port| *port != DEBUGGER).collect();
    let wanted = variable(theirs).filter(|port| *port > 0).or_else(|| exposed.first().copied())?;
    let more: BTreeSet<u16> = exposed.iter().copied().filter(|port| *port != wanted).collect();
    if !more.is_empty() {
        notes.push(Note::Ports { ports: more });
    }
    (variable(ours) != Some(wanted) && !ours.ports.contains(&wanted)).then_some(wanted)
}

/// Whether the team's image declares neither a port nor a health check, and the new one does.
pub(crate) fn has_no_port(theirs: &RunConfig, ours: &RunConfig) -> bool {
    let says = |side: &RunConfig| side.env.contains_key("PORT") || !side.ports.is_empty();
    !says(theirs) && theirs.health.is_none() && says(ours)
}

/// Labels that differ, except those that every build rewrites or tools set.
pub(crate) fn labels(theirs: &RunConfig, ours: &RunConfig) -> BTreeMap<String, String> {
    const WRITTEN: [&str; 7] = [
        "org.opencontainers.image.created",
        "org.opencontainers.image.revision",
        "org.opencontainers.image.version",
        "org.opencontainers.image.ref.name",
        "org.opencontainers.image.base.",
        "com.docker.compose.",
        "io.buildah.",
    ];
    let counts = |name: &str| !WRITTEN.iter().any(|start| name.starts_with(start));
    let differ =
        theirs.labels.iter().filter(|(name, value)| counts(name) && ours.labels.get(*name) != Some(value));
    differ.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The stop signal of the team's image, if the new one has another.
pub(crate) fn stop_signal(theirs: &RunConfig, ours: &RunConfig) -> Option<Note> {
    let name = |side: &RunConfig| match side.stop_signal.trim_start_matches("SIG") {
        "" | "15" | "TERM" => "SIGTERM".to_owned(),
        "2" => "SIGINT".to_owned(),
        "3" => "SIGQUIT".to_owned(),
        number if number.parse::<u8>().is_ok() => number.to_owned(),
        name => format!("SIG{name}"),
    };
    let (theirs, ours) = (name(theirs), name(ours));
    (theirs != ours).then_some(Note::StopSignal { theirs, ours })
}

/// The configuration value for a user, if it differs from the new image's own.
pub(crate) fn user((name, uid): (&str, u32), our_uid: u32, ours: &RootfsMetadata) -> Option<String> {
    if uid == our_uid {
        return None;
    }
    let accounts = passwd(&ours.passwd);
    let same = accounts.iter().find(|account| account.uid == uid);
    let taken = accounts.iter().any(|account| account.name == name && account.uid != uid);
    let named = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    Some(match same {
        Some(account) => account.name.clone(),
        None if named && !taken => format!("{name}:{uid}"),
        None => uid.to_string(),
    })
}

#[cfg(test)]
mod tests;
