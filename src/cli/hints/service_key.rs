//! A service as a key of fourply.toml.

use fourply_pnpm::ImporterId;

/// `[services.auth]`.
pub(super) fn section(service: &ImporterId) -> String {
    format!("[services.{}]", toml_key(service.as_str()))
}

/// How a development dependency of a package gets into images.
pub(super) fn of_development(package: &ImporterId, name: &str) -> String {
    of_development_besides(package, name, &[])
}

/// The same, where images have `others` already.
pub(super) fn of_development_besides(package: &ImporterId, name: &str, others: &[String]) -> String {
    let all: Vec<&str> =
        others.iter().map(String::as_str).filter(|other| *other != name).chain([name]).collect();
    let place = if package.is_root() { "the root" } else { package.as_str() };
    format!(
        "move {name} from \"devDependencies\" to \"dependencies\" in the package.json of {place}, or take it along as it is: {} dev-dependencies = {all:?}",
        section(package)
    )
}

/// The last folder of a service, as a key of fourply.toml.
pub(super) fn toml_key(service: &str) -> String {
    let name = service.rsplit('/').next().unwrap_or(service);
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { format!("{name:?}") }
}
