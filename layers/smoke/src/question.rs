//! The request of a health check. In: its command, the variables. Out: port and paths, for fourply's own check and for
//! commands with an HTTP address of this host; `None` for any other command.

use std::collections::BTreeMap;

use fourply_scripts::sandbox::trial::Question;

/// The paths in the text of fourply's own check: `p=["/healthz"];…port:process.env.PORT||8080`.
const PATHS: &str = "p=[";
const PORT: &str = "process.env.PORT||";
const HOSTS: [&str; 4] = ["http://127.0.0.1", "http://localhost", "http://0.0.0.0", "http://[::1]"];
/// The most paths, and their greatest length.
const MOST: usize = 8;
const LONGEST: usize = 200;

pub(crate) fn question(command: &[String], environment: &BTreeMap<String, String>) -> Option<Question> {
    let words = || command.iter().map(String::as_str);
    let question =
        words().find_map(|word| of_own(word, environment)).or_else(|| words().find_map(of_address))?;
    let plain = |path: &String| {
        path.starts_with('/') && path.len() <= LONGEST && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    question.paths.iter().all(plain).then_some(question)
}

fn of_own(word: &str, environment: &BTreeMap<String, String>) -> Option<Question> {
    let (_, rest) = word.split_once(PATHS)?;
    let (list, rest) = rest.split_once(']')?;
    let paths: Vec<String> = serde_json::from_str(&format!("[{list}]")).ok()?;
    let (_, usual) = rest.split_once(PORT)?;
    let port = match environment.get("PORT").filter(|port| !port.is_empty()) {
        Some(port) => port.parse().ok()?,
        None => digits(usual)?,
    };
    (!paths.is_empty() && paths.len() <= MOST).then_some(Question { port, paths })
}

fn of_address(word: &str) -> Option<Question> {
    let rest = HOSTS.iter().find_map(|host| Some(word.split_once(host)?.1))?;
    let (port, rest) = match rest.strip_prefix(':') {
        Some(rest) => (digits(rest)?, rest.trim_start_matches(|letter: char| letter.is_ascii_digit())),
        None => (80, rest),
    };
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '`' | ')' | ';' | '|');
    let path = rest.split(ends).next().unwrap_or_default();
    // A variable's value is known only to the shell.
    let path = if path.is_empty() { "/" } else { path };
    (!path.contains('$')).then(|| Question { port, paths: vec![path.to_owned()] })
}

fn digits(text: &str) -> Option<u16> {
    text.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests;
