//! Credentials for one registry: a token, a user with a password, or a token helper. In: settings. Out: the
//! `Authorization` header. This module must not know files.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm11/network/auth-header/src/getAuthHeadersFromConfig.ts, credsToHeader and
//! executeTokenHelper.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::redacted::Secret;
use crate::{Result, StoreError};

/// The time limit of a token helper.
const PATIENCE: Duration = Duration::from_secs(60);

/// Credentials for one registry.
#[derive(Debug, Clone, Default)]
pub struct NpmCredentials {
    pub(super) token: Option<Secret>,
    pub(super) basic: Option<Secret>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    /// A program and its arguments, separated by spaces.
    pub(super) helper: Option<String>,
    helped: OnceLock<Secret>,
}

impl PartialEq for NpmCredentials {
    fn eq(&self, other: &Self) -> bool {
        let parts = |it: &Self| {
            (it.token.clone(), it.basic.clone(), it.user.clone(), it.password.clone(), it.helper.clone())
        };
        parts(self) == parts(other)
    }
}

impl Eq for NpmCredentials {}

impl NpmCredentials {
    /// Sets the field for the last part of a key, unless a source of higher priority has set it. Empty values are
    /// ignored.
    pub(super) fn set(&mut self, part: &str, value: String) {
        if value.is_empty() {
            return;
        }
        match part {
            "_authToken" => drop(self.token.get_or_insert(Secret::new(value))),
            "_auth" => drop(self.basic.get_or_insert(Secret::new(value))),
            "username" => drop(self.user.get_or_insert(value)),
            "_password" => drop(self.password.get_or_insert(Secret::new(value))),
            "tokenHelper" => drop(self.helper.get_or_insert(value)),
            _ => {}
        }
    }

    /// The value of the `Authorization` header.
    ///
    /// # Errors
    /// If a token helper prints no token, or a value is not allowed in a header.
    pub(super) fn header(&self) -> Result<Option<Secret>> {
        let header = self.unchecked()?;
        let visible = |header: &Secret| header.reveal().bytes().all(|byte| matches!(byte, b' '..=b'~'));
        match header.as_ref().is_none_or(visible) {
            true => Ok(header),
            false => Err(StoreError::Setting {
                message: "a credential for npm's registry has a character that no header may have: write it, or its variable, again".into(),
            }),
        }
    }

    fn unchecked(&self) -> Result<Option<Secret>> {
        if let Some(helper) = &self.helper {
            return self.ask(helper).map(Some);
        }
        if let Some(token) = &self.token {
            return Ok(Some(Secret::new(format!("Bearer {}", token.reveal()))));
        }
        if let Some(basic) = &self.basic {
            return Ok(Some(Secret::new(format!("Basic {}", basic.reveal()))));
        }
        Ok(self.pair().map(|pair| Secret::new(format!("Basic {}", STANDARD.encode(pair)))))
    }

    fn pair(&self) -> Option<String> {
        let text = self.password.as_ref()?.reveal().trim_end_matches('=');
        let password = String::from_utf8(STANDARD_NO_PAD.decode(text).ok()?).ok()?;
        Some(format!("{}:{password}", self.user.as_ref()?))
    }

    /// Runs the program, once.
    fn ask(&self, helper: &str) -> Result<Secret> {
        if let Some(known) = self.helped.get() {
            return Ok(known.clone());
        }
        let fault = |reason: String| StoreError::TokenHelper { program: helper.to_owned(), reason };
        let printed = run(helper).map_err(fault)?;
        let printed = printed.trim_end();
        if printed.is_empty() || printed.contains(['\n', '\r']) {
            return Err(fault("it printed no token".to_owned()));
        }
        let scheme = printed.split_once(' ').map(|(scheme, _)| scheme);
        let header = match scheme {
            Some(scheme) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => printed.to_owned(),
            _ => format!("Bearer {printed}"),
        };
        Ok(self.helped.get_or_init(|| Secret::new(header)).clone())
    }
}

fn run(helper: &str) -> std::result::Result<String, String> {
    let mut words = helper.split_whitespace();
    let program = words.next().ok_or("it names no program")?;
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let begun = Instant::now();
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => break,
            Some(status) => return Err(format!("it ended with {status}")),
            None if begun.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took more than {} seconds", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    let mut printed = String::new();
    let stdout = child.stdout.take().ok_or("it has no output")?;
    std::io::Read::read_to_string(&mut std::io::Read::take(stdout, 1 << 16), &mut printed)
        .map_err(|error| error.to_string())?;
    Ok(printed)
}
