//! Credentials in the files of Docker and Podman. In: the files, in lookup order, and a repository. Out: the most
//! specific credential for it. Reading a file and running its helpers is docker_credential's part. The key is chosen as
//! in Podman (containers-auth.json(5)): the longest path of the repository that has an entry.

use std::path::PathBuf;

use docker_credential::{CredentialRetrievalError, DockerCredential};
use fourply_store::{InputKind, Secret};
use serde_json::Value;

use super::error::RegistryError;
use fourply_blob::Reason;

use crate::reference::Reference;

/// The size limit of a credentials file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Docker's key for the credential of Docker Hub.
const DOCKER_KEY: &str = "https://index.docker.io/v1/";

/// A proof for a registry or its token server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A name and a password.
    Password {
        /// The name of the account.
        user: String,
        /// Its password, or a personal token.
        password: Secret,
    },
    /// A token that the token server exchanges for others.
    Identity(Secret),
}

/// The sources of credentials.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    files: Vec<PathBuf>,
}

impl Credentials {
    /// Uses these files: Docker's `config.json`, Podman's `auth.json`. The first file that has the registry wins. Files
    /// are read only when a registry requires a credential. A file that does not exist is ignored.
    pub fn from_files(files: Vec<PathBuf>) -> Credentials {
        Credentials { files }
    }

    /// The credential for a repository; `None` if no file has one.
    ///
    /// # Errors
    /// If a file is not valid JSON, an entry is damaged, or a helper fails.
    pub(super) fn find(&self, reference: &Reference) -> Result<Option<Credential>, RegistryError> {
        for path in &self.files {
            let failed = |reason: Reason| RegistryError::Credentials {
                path: path.clone(),
                registry: reference.registry().to_owned(),
                reason,
            };
            if !path.exists() {
                continue;
            }
            let text = read(path).map_err(failed)?;
            if let Some(credential) = find_in(&text, reference).map_err(|reason| failed(reason.into()))? {
                return Ok(Some(credential));
            }
        }
        Ok(None)
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Reason> {
    let failed = |error: std::io::Error| Reason::because("it cannot be read", error);
    let size = fs_err::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE {
        return Err(format!("it has {size} bytes").into());
    }
    fourply_store::read_file(path, InputKind::Credentials).map_err(failed)
}

pub(super) fn find_in(text: &[u8], reference: &Reference) -> Result<Option<Credential>, String> {
    // serde_json's own message could quote a value.
    let config: Value = serde_json::from_slice(text)
        .map_err(|error| format!("it is no JSON (line {}, column {})", error.line(), error.column()))?;
    for key in keys(&config, reference) {
        match docker_credential::get_credential_from_reader(text, &key) {
            Ok(found) => return Ok(Some(convert(found))),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(explain(&error, &config, &key)),
        }
    }
    Ok(None)
}

/// The keys to look up, most specific first. A path is included only if the file has it, so that no helper runs for
/// each path.
fn keys(config: &Value, reference: &Reference) -> Vec<String> {
    let has = |key: &str| {
        ["auths", "credHelpers"].iter().any(|part| config.get(part).is_some_and(|all| all.get(key).is_some()))
    };
    let mut keys = Vec::new();
    let mut path = reference.name();
    while let Some((parent, _)) = path.clone().rsplit_once('/') {
        if has(&path) {
            keys.push(path);
        }
        path = parent.to_owned();
    }
    if reference.registry() == reference.host() {
        keys.push(path);
    } else {
        // Docker Hub: its short name in Podman's files, a URL in Docker's.
        keys.extend(has(&path).then_some(path));
        keys.push(DOCKER_KEY.to_owned());
    }
    keys
}

fn convert(found: DockerCredential) -> Credential {
    match found {
        DockerCredential::IdentityToken(token) => Credential::Identity(Secret::new(token)),
        DockerCredential::UsernamePassword(user, password) => {
            Credential::Password { user, password: Secret::new(password) }
        }
    }
}

/// A helper without an entry prints so on its standard output and fails. Source: docker-credential-helpers,
/// `credentials/error.go`.
fn is_absent(error: &CredentialRetrievalError) -> bool {
    match error {
        CredentialRetrievalError::NoCredentialConfigured => true,
        CredentialRetrievalError::HelperFailure { stdout, .. } => stdout.contains("credentials not found"),
        _ => false,
    }
}

/// The error without the helper's output, which could hold a secret.
fn explain(error: &CredentialRetrievalError, config: &Value, key: &str) -> String {
    let own = config.get("credHelpers").and_then(|all| all.get(key));
    let helper = own.or(config.get("credsStore")).and_then(Value::as_str).unwrap_or_default();
    match error {
        CredentialRetrievalError::HelperFailure { helper, .. } => {
            format!("the helper failed; see what this says: echo {key} | {helper} get")
        }
        CredentialRetrievalError::HelperCommunicationError => {
            format!("its credential helper cannot be run: is docker-credential-{helper} in PATH?")
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            format!("its credential helper docker-credential-{helper} answered no JSON")
        }
        CredentialRetrievalError::CredentialMismatchError => {
            format!("the entry {key:?} has two different credentials")
        }
        _ => format!("the entry {key:?} is damaged"),
    }
}

#[cfg(test)]
mod tests;
