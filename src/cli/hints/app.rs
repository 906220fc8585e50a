//! The build step.

use std::collections::BTreeSet;

use fourply_app::{AppError, Elsewhere, UnmetEngine};
use fourply_pnpm::ImporterId;

use super::advice::{Advice, listed};
use super::entry::{entry, from_sources};
use super::service_key::section;

mod files;
pub(super) use files::ENTRY;
mod inputs;
pub(super) use inputs::excluded;
mod script;

pub(super) fn advice(error: &AppError) -> Advice<'_> {
    let text = match error {
        AppError::LinkOut { fault, target, .. } => return files::link(*fault, target),
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
            let hint = match failure.network {
                true => super::scripts::problems(&failure.attempts),
                false => super::scripts::network(failure.package.as_str(), &failure.attempts, &failure.log),
            };
            return hint.map_or_else(|| script::failed(failure), Into::into);
        }
        AppError::Turbo { .. } => {
            "correct it as `turbo run` wants it, or name what runs in [build]: script = [\"generate\", \"build\"] leaves turbo.json unread"
        }
        AppError::NoScript { available, service, .. } if available.is_empty() => {
            let section = section(service);
            return format!(
                "add it to \"scripts\" of package.json, or take what is there: {section} script = false"
            )
            .into();
        }
        AppError::NoScript { available, service, script } => {
            let known: BTreeSet<&str> = available.iter().map(String::as_str).collect();
            if let Some(near) = crate::nearest::nearest(script, &known) {
                return format!("did you mean {near:?}?").into();
            }
            const RUNS: [&str; 6] = ["start", "dev", "serve", "preview", "test", "lint"];
            let builds = |name: &&String| {
                let first = name.split(':').next().unwrap_or(name);
                let around = first.strip_prefix("pre").or(first.strip_prefix("post")).unwrap_or(first);
                !RUNS.contains(&first) && !RUNS.contains(&around)
            };
            let builds: Vec<String> = available.iter().filter(builds).cloned().collect();
            let section = section(service);
            let text = match builds.is_empty() {
                true => format!(
                    "if nothing has to be built, say so and name what the image gets: {section} script = false, output = [\"src\"]"
                ),
                false => format!(
                    "there are {}: name one of them in [build] script, or take what is there: {section} script = false",
                    listed(&builds)
                ),
            };
            return text.into();
        }
        AppError::NoProgram { service, script, path, found } => {
            return no_program(service, script, path, found).into();
        }
        AppError::MissingOutput { elsewhere: Some(place), package, .. } => match &**place {
            Elsewhere::Ignored(output) => return files::ignored(output),
            Elsewhere::AtRoot(program) => return files::at_root(package, program).into(),
        },
        AppError::MissingIncluded { entry, ignored: true, .. } => return files::ignored(entry),
        AppError::MissingIncluded { entry, path, found, .. } => {
            match files::of_service(entry, path).or_else(|| files::near(entry, found)) {
                Some(near) => return near.into(),
                None => files::ENTRY,
            }
        }
        AppError::Included { .. } => files::ENTRY,
        AppError::TwoFiles { .. } => "give one of them another place in files, with { from = …, to = … }",
        AppError::Sensitive { path, at, service, .. } => return files::sensitive(path, at, service),
        AppError::Packing { .. } => "write the patterns of \"files\" in its package.json more simply",
        AppError::Engines { unmet } => return engines(unmet).into(),
        AppError::Writable { .. } => {
            "name folders in writable as \"uploads\" (of the service's folder) or \"/data\" (of the image)"
        }
        AppError::MissingOutput { of_service: false, package, .. } => {
            return format!("let \"files\" in the package.json of {package} name what its build writes")
                .into();
        }
        AppError::MissingOutput { package, found, built, .. } => {
            return files::missing_output(package, found, *built).into();
        }
        AppError::SecretFound { .. } => {
            "let the script leave the value out of what it makes; what the service needs when it runs, it gets when it runs"
        }
        AppError::NoEntry { service, looked_for, found } if !found.is_empty() => {
            return entry(service, "cmd", looked_for, found).into();
        }
        AppError::StartDownloads { service, .. } => {
            return format!(
                "add the package to \"dependencies\" and start its command by itself, or name what the image starts: {} cmd = [\"node\", …]",
                section(service)
            )
            .into();
        }
        AppError::StartCommand { service, command, development, .. } => {
            return script::start_command(&section(service), command, development.as_ref()).into();
        }
        AppError::EntryMissing { service, path, in_sources: true, .. } => {
            return from_sources(service, path, &[]).into();
        }
        AppError::EntryMissing { service, path, found, .. } if !found.is_empty() => {
            return entry(service, "cmd", std::slice::from_ref(path), found).into();
        }
        AppError::EntryMissing { .. } => {
            "name in cmd a file that the outputs have, or let output or files name this one"
        }
        AppError::NoEntry { .. } => "name the program to start in cmd",
        AppError::ManyEntries { .. } => "name the one to start in cmd, or as \"main\" in package.json",
        AppError::Unfit { service, findings, origins } => {
            return super::check::advice(service, findings, origins).into();
        }
        AppError::Store(error) => return Advice::Ask(error),
        AppError::Scripts(error) => return Advice::Ask(error),
        AppError::Modules(error) => return Advice::Ask(error),
        AppError::Pnpm(error) => return Advice::Ask(error),
        AppError::Layout(error) => return Advice::Ask(error),
        AppError::Io(error) => return Advice::Ask(error),
        AppError::Pattern { .. } | AppError::PatternOut { .. } => {
            "name folders, files or globs of the service's folder in output, such as \"dist\" or \"lib/**/*.js\""
        }
        AppError::Walk { .. }
        | AppError::NotUtf8 { .. }
        | AppError::NoManifest { .. }
        | AppError::Tool { .. } => return Advice::Nothing,
    };
    text.into()
}

/// The major version that a range begins with, if that is one that images are named by.
fn engines(unmet: &[UnmetEngine]) -> String {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let wanted = unmet.first().map(|engine| engine.wanted.trim_start_matches(|c: char| !c.is_ascii_digit()));
    let version = wanted.map(digits).filter(|major| !major.is_empty()).unwrap_or_else(|| "NN".to_owned());
    format!(
        "take a base with such a node, as image = \"node:{version}-alpine\" or node = \"{version}\" in [base]; or let this be a warning: [build] engines = \"ignore\""
    )
}

/// The file that a start script may mean.
fn no_program(service: &ImporterId, script: &str, path: &str, found: &[String]) -> String {
    let known: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let correct = format!("correct {script:?} in the package.json of {service}");
    match (crate::nearest::nearest(path, &known), found.is_empty()) {
        (Some(near), _) => format!("did you mean {near}? {correct}"),
        (None, true) => format!("{correct}; if a build makes the file, add a script \"build\""),
        (None, false) => {
            format!("{correct}: it has {}; if a build makes the file, add a script \"build\"", listed(found))
        }
    }
}
