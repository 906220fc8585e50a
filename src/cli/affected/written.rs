//! The forms in which affected services are printed. In: services and reasons. Out: text.

use serde_json::{Value, json};

use crate::Error;
use crate::affected::{Affected, AffectedService, Reason};
use crate::names::folder_name;

/// How many reasons of a service are printed for people.
const SHOWN: usize = 8;

/// Each service, and below it its reasons.
pub(super) fn text(found: &Affected) -> String {
    let mut text = String::new();
    for service in &found.services {
        text.push_str(&format!("{}\n", service.service));
        for reason in service.reasons.iter().take(SHOWN) {
            text.push_str(&format!("  {}\n", sentence(reason)));
        }
        match service.reasons.len().saturating_sub(SHOWN) {
            0 => {}
            more => text.push_str(&format!("  and {more} more\n")),
        }
    }
    for service in &found.removed {
        text.push_str(&format!("{service}\n  is no service any more\n"));
    }
    text
}

/// The first reason, and how many more there are.
pub(super) fn first_reason(service: &AffectedService) -> String {
    let first = service.reasons.first().map(sentence).unwrap_or_default();
    match service.reasons.len().saturating_sub(1) {
        0 => first,
        more => format!("{first}, and {more} more"),
    }
}

fn sentence(reason: &Reason) -> String {
    let by = |via: &[String]| match via.is_empty() {
        true => String::new(),
        false => format!(" ({})", via.join(" → ")),
    };
    match reason {
        Reason::New => "is new".to_owned(),
        Reason::Unreadable => "the workspace before cannot be read".to_owned(),
        Reason::Setting { key } => format!("fourply.toml: {key}"),
        Reason::Lock { change } => format!("fourply.lock: {change}"),
        Reason::Package { name, before, after, via } => {
            let change = match (before, after) {
                (Some(before), Some(after)) => format!("{before} → {after}"),
                (None, Some(after)) => format!("{after} added"),
                (Some(before), None) => format!("{before} removed"),
                (None, None) => "changed".to_owned(),
            };
            format!("pnpm-lock.yaml: {name} {change}{}", by(via))
        }
        Reason::File { path, change, via } => format!("{path} {}{}", change.word(), by(via)),
        Reason::Other { text } => (*text).to_owned(),
    }
}

/// One object, for programs.
pub(super) fn json(found: &Affected) -> Result<String, Error> {
    let services: Vec<Value> = found.services.iter().map(service).collect();
    let value = json!({
        "since": found.since,
        "until": found.until,
        "services": services,
        "removed": found.removed,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&value).map_err(std::io::Error::from)?))
}

fn service(service: &AffectedService) -> Value {
    json!({
        "service": service.service,
        "name": folder_name(&service.service),
        "package": service.package,
        "reasons": service.reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

fn reason(reason: &Reason) -> Value {
    let mut value = match reason {
        Reason::New => json!({ "kind": "new" }),
        Reason::Unreadable => json!({ "kind": "unreadable" }),
        Reason::Setting { key } => json!({ "kind": "setting", "key": key }),
        Reason::Lock { .. } => json!({ "kind": "lock" }),
        Reason::Package { name, before, after, via } => {
            json!({ "kind": "package", "name": name, "before": before, "after": after, "via": via })
        }
        Reason::File { path, change, via } => {
            json!({ "kind": "file", "path": path, "change": change.word(), "via": via })
        }
        Reason::Other { .. } => json!({ "kind": "other" }),
    };
    if let Value::Object(fields) = &mut value {
        fields.insert("text".to_owned(), sentence(reason).into());
    }
    value
}

/// `{"include":[{"service":…,"name":…}]}` in one line.
pub(super) fn github(found: &Affected) -> Result<String, Error> {
    let one = |service: &AffectedService| json!({ "service": service.service, "name": folder_name(&service.service) });
    let include: Vec<Value> = found.services.iter().map(one).collect();
    let value = json!({ "include": include });
    Ok(format!("{}\n", serde_json::to_string(&value).map_err(std::io::Error::from)?))
}

/// Variables for `artifacts: reports: dotenv`.
pub(super) fn gitlab(found: &Affected) -> Result<String, Error> {
    // GitLab takes the rest of a line as the value, and a shell splits it at spaces.
    let plain =
        |service: &&AffectedService| !service.service.contains(|c: char| c.is_whitespace() || c.is_control());
    if let Some(odd) = found.services.iter().find(|service| !plain(service)) {
        return Err(Error::user(
            format!("{:?} cannot stand in a dotenv file: its name has a space", odd.service),
            "rename the folder, or take --format json",
        ));
    }
    let services: Vec<&str> = found.services.iter().map(|service| service.service.as_str()).collect();
    let names: Vec<&str> = services.iter().map(|service| folder_name(service)).collect();
    Ok(format!(
        "FOURPLY_AFFECTED={}\nFOURPLY_AFFECTED_NAMES={}\nFOURPLY_AFFECTED_COUNT={}\nFOURPLY_SINCE={}\n",
        services.join(" "),
        names.join(" "),
        services.len(),
        found.since
    ))
}

#[cfg(test)]
mod tests;
