//! What the reader of TOML says of an invalid `fourply.toml`, without its values: one of them may be a secret. In: the text and the reader's error.
//! Out: line, column, key and what was expected there.

/// Why a text is no `fourply.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}{}: {message}", key.as_ref().map_or(String::new(), |key| format!(", {key}")))]
pub struct InvalidToml {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// The key that the line begins with, and the one of an inline table that the value belongs to: `health.interval`.
    pub key: Option<String>,
    /// What is wrong; values are left out.
    pub message: String,
}

impl InvalidToml {
    /// Takes from the reader's error what is no value.
    pub(super) fn new(text: &str, error: &toml::de::Error) -> InvalidToml {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.get(..at).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(begin..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let key = key(line).map(|key| with_inner(key, before.get(begin..).unwrap_or_default()));
        InvalidToml {
            line: before.matches('\n').count() + 1,
            column: before.get(begin..).map_or(0, |part| part.chars().count()) + 1,
            message: plain(&match is_harmless(before, key.as_deref(), error.message()) {
                true => error.message().to_owned(),
                false => without_values(error.message(), text),
            }),
            key,
        }
    }
}

/// A message in words of TOML, where the reader's are of its own types.
fn plain(message: &str) -> String {
    if message.starts_with("data did not match any variant") {
        return "the value has none of the forms that this key takes".to_owned();
    }
    [
        ("expected a sequence", "expected a list"),
        ("invalid type: sequence", "invalid type: list"),
        ("expected a map", "expected a table"),
        ("invalid type: map", "invalid type: table"),
        ("expected usize", "expected a whole number"),
        ("wanted string or table", "expected a string"),
    ]
    .iter()
    .fold(message.to_owned(), |text, (word, better)| text.replacen(word, better, 1))
}

/// The longest message that is shown with its value, in bytes.
const LONGEST_SHOWN: usize = 200;

/// The longest value that is shown, in bytes: tokens are longer.
const LONGEST_WORD: usize = 24;

/// Keys whose values are never secrets: numbers, times, paths, names, switches.
const PLAIN: [&str; 27] = [
    "dev-dependencies",
    "drop",
    "engines",
    "files",
    "from",
    "health",
    "inputs",
    "interval",
    "keep",
    "layer-format",
    "layers",
    "modules",
    "network",
    "node",
    "output",
    "paths",
    "port",
    "projects",
    "retries",
    "revision",
    "rules",
    "sandbox",
    "script",
    "services",
    "single-stream",
    "start-period",
    "timeout",
];

/// Whether a message may show the value of a key: a key of fourply's own, outside of tables of variables, with a value that is no URL and has no password.
fn is_harmless(before: &str, key: Option<&str>, message: &str) -> bool {
    let header = before.lines().rev().map(str::trim).find(|line| line.starts_with('['));
    let of_variables = |text: &str| {
        text.split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|part| ["env", "labels", "annotations", "packages"].contains(&part))
    };
    let own = before.rsplit('\n').next().unwrap_or_default();
    let open = |text: &str| text.matches('{').count().saturating_sub(text.matches('}').count());
    let last = key.and_then(|key| key.rsplit('.').next());
    last.is_some_and(|last| PLAIN.contains(&last))
        && !header.is_some_and(of_variables)
        && !key.is_some_and(of_variables)
        && open(before) == open(own)
        && message.len() < LONGEST_SHOWN
        && message.split(['"', '`']).nth(1).is_none_or(is_word)
}

/// Whether a value is a short word, a number or a path, as passwords and tokens are not: they have capital letters or signs, or are longer.
fn is_word(value: &str) -> bool {
    let plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || " .,-_/!*".contains(letter);
    value.len() <= LONGEST_WORD && value.chars().all(plain)
}

/// The key of a line `key = value`, or the line of a table; nothing of what is neither.
fn key(line: &str) -> Option<String> {
    let word = line.split_once('=').map_or(line, |(key, _)| key).trim();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.[]".contains(letter);
    let is_key = line.contains('=') || word.starts_with('[');
    (is_key && !word.is_empty() && word.len() <= 100 && word.chars().all(plain)).then(|| word.to_owned())
}

/// A line's key, with the key that `before`, the line up to the value, ends with.
fn with_inner(key: String, before: &str) -> String {
    let inner = before.trim_end().strip_suffix('=').map(str::trim_end).unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let inner = inner.rsplit(|letter| !plain(letter)).next().unwrap_or_default();
    if inner.is_empty() || key.ends_with(inner) { key } else { format!("{key}.{inner}") }
}

/// Words of the reader, each before a value in backticks.
const BEFORE_VALUES: [&str; 5] =
    ["unknown variant ", "integer ", "boolean ", "floating point ", "character "];

/// A message without the values between quotes and in backticks. Names of keys and types stay, and what was expected.
fn without_values(message: &str, config: &str) -> String {
    let expected = message.rfind(", expected ").unwrap_or(message.len());
    let (said, expected) = message.split_at(expected);
    // An odd number of quotes: a value that speaks of what is expected.
    let (said, expected) = if said.matches('"').count() % 2 == 0 { (said, expected) } else { (message, "") };
    let mut text = match said.contains("\\\"") || config.contains('\\') {
        true => without_quoted(said),
        false => without_values_of(said, config),
    };
    for word in BEFORE_VALUES {
        let Some((before, _)) = text.split_once(&format!("{word}`")) else { continue };
        text = format!("{before}{word}`…`");
    }
    text + expected
}

/// A message without all from its first quote to its last.
fn without_quoted(said: &str) -> String {
    match (said.find('"'), said.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, after) = (said.get(..first), said.get(last + 1..));
            format!("{}\"…\"{}", before.unwrap_or_default(), after.unwrap_or_default())
        }
        (Some(first), _) => format!("{}…", said.get(..first).unwrap_or_default()),
        _ => said.to_owned(),
    }
}

/// A message without the quoted texts that stand in the configuration, but for keys.
fn without_values_of(said: &str, config: &str) -> String {
    let parts = said.split('"').enumerate();
    let shown =
        parts.map(|(index, part)| match index % 2 == 0 || !config.contains(part) || is_key(part, config) {
            true => part,
            false => "…",
        });
    shown.collect::<Vec<_>>().join("\"")
}

/// Whether each line that has a word has it as a key.
fn is_key(word: &str, config: &str) -> bool {
    !word.is_empty()
        && config.match_indices(word).all(|(at, _)| {
            config
                .get(at + word.len()..)
                .is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with('='))
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::config::{Config, ConfigError};

    fn text(config: &str) -> String {
        match Config::parse(config).unwrap_err() {
            ConfigError::Syntax(source) => source.to_string(),
            other => other.to_string(),
        }
    }

    #[test]
    fn values_that_are_no_secrets_stand_in_an_error() {
        for (config, said) in [
            ("[image]\nport = \"3000\"\n", "port: invalid type: string \"3000\", expected a port"),
            ("[image]\nlayers = 2.5\n", "layers: invalid type: floating point `2.5`, expected"),
            ("[build]\nsandbox = \"ful\"\n", "sandbox: unknown variant `ful`, expected one of `auto`"),
            (
                "[image]\nhealth = { interval = \"10\" }\n",
                "health.interval: \"10\" is no time: write a number",
            ),
            ("[services.a]\noutput = \"dist\"\n", "output: invalid type: string \"dist\", expected a list"),
            ("[services.a]\nhealth = \"live\"\n", "the health path \"live\" must begin"),
        ] {
            let text = text(config);
            assert!(text.contains(said), "{config}: {text}");
        }
    }

    #[test]
    fn no_value_stands_in_an_error_and_its_place_does() {
        for (config, said) in [
            ("[build]\nenv = { KEY = \"hidden\" \n", "line 2"),
            ("[build]\nenv = { KEY = [\"hidden\"] }\n", "line 2, column"),
            (
                "[image]\nport = \"hid\\\"den\"\n",
                "line 2, column 8, port: invalid type: string \"…\", expected a port",
            ),
            ("[image]\nenv = { port = [\"hidden\"] }\n", "env.port: invalid type: list, expected a string"),
            ("[image.env]\nport = 1234567\n", "port: invalid type: integer `…`, expected a string"),
            ("[image]\nenv = {\nport = 1234567 }\n", "port: invalid type: integer `…`, expected a string"),
            ("[image]\nlabels = { x = 1234567 }\n", "labels.x: invalid type: integer `…`, expected a string"),
            ("KEY = \"hidden\"\n", "line 1, column 1, KEY: unknown field `KEY`"),
            (
                "[services.a]\nhealth = \"http://a:hidden@b/c\"\n",
                "line 2, column 10, health: the health path \"…\" must begin",
            ),
            ("[services.a]\nhealth = \"up\"\n", "the health path \"up\" must begin"),
            ("[services.a]\nport = 70000\n", "port: invalid value: integer `70000`, expected a port"),
            ("[image]\nenv = { KEY = 1234567 }\n", "integer `…`, expected a string"),
            ("[base]\nrootfs = { url = \"hidden\" }\n", "rootfs: unknown field `url`"),
            ("hidden\n", "line 1"),
            ("= hidden\n", "line 1"),
            ("[build\nenv = \"hidden\"", "line 1"),
        ] {
            let text = text(config);
            assert!(text.contains(said), "{config}: {text}");
            let hides = ["hid", "1234567"].iter().all(|value| !text.contains(value));
            assert!(hides, "{config}: {text}");
        }
    }
}
