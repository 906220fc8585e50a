//! The build step.

use fourply_app::AppError;
use fourply_pnpm::ImporterId;

use super::advice::{Advice, listed};

mod inputs;

pub(super) fn advice(error: &AppError) -> Advice<'_> {
    let text = match error {
        AppError::LinkOut { .. } => {
            "put what it points at into the workspace, or name the link in .gitignore"
        }
        AppError::Changed { path } => {
            return format!(
                "run the build again once the file is saved; if a program writes it while the build runs, such as a log, name {} in .gitignore or \
                 .dockerignore, or write it outside of the workspace",
                path.file_name().unwrap_or_default().to_string_lossy()
            )
            .into();
        }
        AppError::InputPattern { .. } | AppError::InputPatternOut { .. } => {
            "name files relative to the workspace's root in [build] inputs, such as \"proto/**\""
        }
        AppError::DockerIgnore { .. } => "correct the line as Docker's documentation of .dockerignore says",
        AppError::Script(failure) => {
            let hint = super::scripts::network(failure.package.as_str(), &failure.log);
            return hint.filter(|_| !failure.network).map_or_else(|| inputs::left_out(failure), Into::into);
        }
        AppError::NoScript { available, .. } if available.is_empty() => {
            "add it to \"scripts\" of package.json, or take what is there: script = false"
        }
        AppError::NoScript { available, .. } => {
            return format!(
                "there are {}: name one of them in [build] script, or take what is there: script = false",
                listed(available)
            )
            .into();
        }
        AppError::MissingOutput { built: true, .. } => {
            "name the folder that the script writes in [build] output"
        }
        AppError::MissingOutput { built: false, .. } => {
            "no script of it runs: build it before, or name what is there in output"
        }
        AppError::SecretFound { .. } => {
            "let the script leave the value out of what it makes; what the service needs when it runs, it gets when it runs"
        }
        AppError::NoEntry { service, looked_for, found } if !found.is_empty() => {
            return entry(service, looked_for, found).into();
        }
        AppError::EntryMissing { service, path, found } if !found.is_empty() => {
            return entry(service, std::slice::from_ref(path), found).into();
        }
        AppError::NoEntry { .. } => "name the program to start in cmd",
        AppError::ManyEntries { .. } => "name the one to start in cmd, or as \"main\" in package.json",
        AppError::Unfit { service, findings } => return super::check::advice(service, findings).into(),
        AppError::Store(error) => return Advice::Ask(error),
        AppError::Scripts(error) => return Advice::Ask(error),
        AppError::Modules(error) => return Advice::Ask(error),
        AppError::Pnpm(error) => return Advice::Ask(error),
        AppError::Layout(error) => return Advice::Ask(error),
        AppError::Io(error) => return Advice::Ask(error),
        AppError::Walk { .. }
        | AppError::NotUtf8 { .. }
        | AppError::Pattern { .. }
        | AppError::PatternOut { .. }
        | AppError::NoManifest { .. }
        | AppError::EntryMissing { .. }
        | AppError::Tool { .. } => return Advice::Nothing,
    };
    text.into()
}

/// Which of the outputs to start: where one alone has the name of a file that was looked for, the line that names it.
pub(super) fn entry(service: &ImporterId, looked_for: &[String], found: &[String]) -> String {
    let alike = alike(looked_for, found);
    if let [path] = alike.as_slice() {
        return format!(
            "the outputs have {path}, where a compiler puts it that reads sources of other folders as well (TypeScript's rootDir): if it is the one, \
             name it in fourply.toml, [services.{}] cmd = [\"node\", {path:?}]",
            toml_key(service.as_str())
        );
    }
    let others = found.iter().filter(|path| !alike.contains(path));
    let sorted: Vec<String> = alike.iter().copied().chain(others).cloned().collect();
    format!("the outputs have {}: name the right one in cmd", listed(&sorted))
}

/// The files that are named as one that was looked for: a compiler that also reads sources of other folders puts its outputs deeper, as
/// TypeScript does where `rootDir` is not set.
fn alike<'f>(looked_for: &[String], found: &'f [String]) -> Vec<&'f String> {
    let name = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or(path);
        last.rsplit_once('.').map_or(last, |(stem, _)| stem).to_owned()
    };
    let names: Vec<String> = looked_for.iter().map(|path| name(path)).collect();
    found.iter().filter(|path| names.contains(&name(path))).collect()
}

/// The last folder of a service, as a key of fourply.toml.
pub(super) fn toml_key(service: &str) -> String {
    let name = service.rsplit('/').next().unwrap_or(service);
    let bare = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if bare { name.to_owned() } else { format!("{name:?}") }
}
