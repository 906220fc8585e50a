//! Registries of npm packages: what was left out of their settings, and where credentials go. The words are close to pnpm's own.

use fourply_store::NpmNotice;

pub(super) fn notice(notice: &NpmNotice) -> String {
    let text = match notice {
        NpmNotice::Unset { source, name } => format!("{source} uses ${{{name}}}, which is not set"),
        NpmNotice::Destination { source, key } => format!(
            "ignored project-level request destination {key:?} in {source}: environment variables are not expanded in registry or proxy URLs that \
             come from the workspace's own files, as whoever changes these could redirect requests or read secrets; write the URL there without a \
             variable, or put the line into ~/.npmrc"
        ),
        NpmNotice::Credential { source, key, host } => format!(
            "ignored project-level auth setting {key:?} in {source}: environment variables are not expanded in registry credentials that come from \
             the workspace's own files, as whoever changes these could have the secret sent to a host of their own; put the line into ~/.npmrc, or \
             allow it: {}",
            trust(host)
        ),
        NpmNotice::TokenHelper { source, key } => {
            format!("ignored {key:?} in {source}: a tokenHelper is a program, and only ~/.npmrc may name it")
        }
        NpmNotice::Unverified { source } => {
            format!("strict-ssl=false in {source}: nobody verifies which server answers")
        }
    };
    printable(&text)
}

/// What sends credentials of the workspace's own files to a host. The host comes from the repository, so what a shell could act on is left out.
pub(super) fn trust(host: &str) -> String {
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || ".:-_[]".contains(letter);
    if host.chars().all(harmless) {
        format!("--trust-registry {host}")
    } else {
        "--trust-registry HOST".to_owned()
    }
}

/// Where a token for this URL belongs.
pub(super) fn token_line(url: &str) -> String {
    let rest = url.split_once("://").map_or("HOST/", |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or("HOST");
    format!("//{host}/:_authToken=TOKEN")
}

fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
