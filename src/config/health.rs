//! `health` and `port` of `fourply.toml`: how an engine asks whether a service is well, and where it listens. Each value is checked where it
//! is read, so that an error has its line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// How many paths a check may try: it does so each time.
const MOST_PATHS: usize = 16;
/// The longest path, in bytes.
const LONGEST_PATH: usize = 1024;
/// The longest time that a check may name.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// `health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// `false`: the image has no health check.
    Off,
    /// Anything else.
    Check(HealthCheck),
}

/// What is asked, and how often. What is absent has a value of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthCheck {
    pub probe: Probe,
    /// From one check to the next.
    pub interval: Option<Duration>,
    /// How long a check may take.
    pub timeout: Option<Duration>,
    /// How long a failure does not count after the start.
    pub start_period: Option<Duration>,
    /// How many failures in a row make a container unhealthy.
    pub retries: Option<u32>,
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Probe {
    /// The usual paths: the service need not have any of them.
    #[default]
    Usual,
    /// Paths of URLs: the first that is there decides.
    Paths(Vec<String>),
    /// A command that ends with 0.
    Command(Vec<String>),
}

/// `health = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    paths: Option<Vec<String>>,
    command: Option<Vec<String>>,
    #[serde(default, deserialize_with = "interval")]
    interval: Option<Duration>,
    #[serde(default, deserialize_with = "interval")]
    timeout: Option<Duration>,
    #[serde(default, deserialize_with = "period")]
    start_period: Option<Duration>,
    #[serde(default, deserialize_with = "retries")]
    retries: Option<u32>,
}

// As the visitor below takes it.
impl JsonSchema for Health {
    fn schema_name() -> Cow<'static, str> {
        "Health".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let path = json_schema!({ "type": "string", "pattern": "^/" });
        let words = json_schema!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
        // A time such as "10s", or "0s".
        let time = json_schema!({ "type": "string", "pattern": "^[0-9]" });
        json_schema!({ "anyOf": [
            { "const": false },
            path,
            words,
            {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "paths": { "type": "array", "items": path, "minItems": 1, "maxItems": MOST_PATHS },
                    "command": words,
                    "interval": time,
                    "timeout": time,
                    "start-period": time,
                    "retries": { "type": "integer", "minimum": 1, "maximum": 100 },
                },
                "not": { "required": ["paths", "command"] },
            },
        ] })
    }
}

impl<'de> Deserialize<'de> for Health {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Health, D::Error> {
        deserializer.deserialize_any(HealthVisitor)
    }
}

struct HealthVisitor;

impl<'de> Visitor<'de> for HealthVisitor {
    type Value = Health;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "a path such as \"/health\", a command as a list, false, or a table with paths or a command",
        )
    }

    fn visit_bool<E: serde::de::Error>(self, on: bool) -> Result<Health, E> {
        match on {
            false => Ok(Health::Off),
            true => Err(E::custom("`health = true` is invalid: use a path, a command or false")),
        }
    }

    fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<Health, E> {
        Ok(of(Probe::Paths(paths(vec![path.to_owned()])?)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Health, A::Error> {
        let words = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(of(Probe::Command(command(words)?)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Health, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        let probe = match (table.paths, table.command) {
            (Some(_), Some(_)) => {
                return Err(A::Error::custom("health has paths and a command: leave one out"));
            }
            (Some(list), None) => Probe::Paths(paths(list)?),
            (None, Some(words)) => Probe::Command(command(words)?),
            (None, None) => Probe::Usual,
        };
        let Table { interval, timeout, start_period, retries, .. } = table;
        Ok(Health::Check(HealthCheck { probe, interval, timeout, start_period, retries }))
    }
}

fn of(probe: Probe) -> Health {
    Health::Check(HealthCheck { probe, ..HealthCheck::default() })
}

/// Paths that a request can have as they are.
fn paths<E: serde::de::Error>(list: Vec<String>) -> Result<Vec<String>, E> {
    if list.is_empty() || list.len() > MOST_PATHS {
        return Err(E::custom(format!("health has {} paths: name 1 to {MOST_PATHS}", list.len())));
    }
    for path in &list {
        if !path.starts_with('/') {
            return Err(E::custom(format!("the health path {path:?} must begin with '/'")));
        }
        if path.len() > LONGEST_PATH {
            return Err(E::custom(format!("a health path must be no longer than {LONGEST_PATH} bytes")));
        }
        if let Some(letter) = path.chars().find(|letter| !letter.is_ascii_graphic() || *letter == '#') {
            return Err(E::custom(format!(
                "the health path {path:?} has {letter:?}, which no request has: write it as %XX"
            )));
        }
    }
    Ok(list)
}

/// A program and its arguments, in the form without a shell.
fn command<E: serde::de::Error>(words: Vec<String>) -> Result<Vec<String>, E> {
    match words.first().map(String::as_str) {
        None | Some("") => Err(E::custom("the health command names no program")),
        Some(word @ ("CMD" | "CMD-SHELL" | "NONE")) => Err(E::custom(format!(
            "the health command begins with {word}: begin with the program, use [\"sh\", \"-c\", \"…\"] for a shell, or false for no check"
        ))),
        _ if words.iter().any(|word| word.contains('\0')) => {
            Err(E::custom("a word of the health command has a NUL"))
        }
        _ => Ok(words),
    }
}

fn interval<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer, Duration::from_millis(100), "100ms")
}

fn period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer, Duration::ZERO, "0s")
}

/// A time with its unit, as docker takes it: `30s`, `1m30s`, `500ms`.
fn duration<'de, D: Deserializer<'de>>(
    deserializer: D,
    least: Duration,
    least_text: &str,
) -> Result<Option<Duration>, D::Error> {
    let text = deserializer.deserialize_any(DurationVisitor)?;
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    let wrong =
        || D::Error::custom(format!("{text:?} is no time: write a number with its unit, such as \"30s\""));
    let time = parsed.ok_or_else(wrong)?;
    if !(least..=LONGEST).contains(&time) {
        return Err(D::Error::custom(format!("{text:?} must be {least_text} to 24h")));
    }
    Ok(Some(time))
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = String;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a time with its unit in quotes, such as \"30s\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

fn retries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = i64::deserialize(deserializer)?;
    match u32::try_from(number) {
        Ok(number @ 1..=100) => Ok(Some(number)),
        _ => Err(D::Error::custom(format!("`retries` must be 1–100, got {number}"))),
    }
}

/// `port = 3000` or `port = false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// `false`: a worker, which listens nowhere.
    Off,
    /// Where it listens.
    Number(u16),
}

impl JsonSchema for Port {
    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 65535 }, { "const": false }] })
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Port, D::Error> {
        deserializer.deserialize_any(PortVisitor)
    }
}

struct PortVisitor;

impl Visitor<'_> for PortVisitor {
    type Value = Port;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a port from 1 to 65535, or false for a worker")
    }

    fn visit_bool<E: serde::de::Error>(self, on: bool) -> Result<Port, E> {
        match on {
            false => Ok(Port::Off),
            true => Err(E::invalid_value(Unexpected::Bool(true), &self)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Port, E> {
        match u16::try_from(number) {
            Ok(number @ 1..) => Ok(Port::Number(number)),
            _ => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }
}

#[cfg(test)]
mod tests;
