//! What to do about a command that has nothing to run, and about what the program loads when it starts.

use fourply_app::{Finding, ResolveFault, StartOrigins};
use fourply_pnpm::ImporterId;

use super::advice::listed;

/// The sentence for one finding; `section` is the service's in the configuration.
pub(super) fn of(
    (service, origins): (&ImporterId, &StartOrigins),
    section: &str,
    finding: &Finding,
) -> String {
    match finding {
        Finding::Nothing { .. } => {
            format!("name the program in cmd: {section} cmd = [\"node\", \"dist/main.js\"]; or remove cmd, or name it in entrypoint")
        }
        Finding::Interactive { program, .. } if program == "node" => {
            format!("name the file to run: {section} cmd = [\"node\", \"dist/main.js\"]")
        }
        Finding::Interactive { program, .. } => {
            format!("name what it is to run: {section} cmd = [{program:?}, \"-c\", \"…\"]")
        }
        Finding::Foreign { of_base: true, .. } => {
            "take a base whose programs are for the image's platform (image, rootfs, alpine or debian of [base]), or build for the base's with --platform".to_owned()
        }
        Finding::Foreign { .. } => {
            "take the file that was built for the image's platform and C library, or build it in the build script".to_owned()
        }
        Finding::Option { option, env: true, .. } => {
            format!("take {option} out of NODE_OPTIONS, in env or in the start script of package.json, or name a node that takes it: [base] node or another image")
        }
        Finding::Option { option, .. } => {
            format!("take {option} out of cmd, or name a node that has it: [base] node or another image")
        }
        Finding::NotInstalled { name, package, development, .. } => {
            let place = if package == "." { "the root".to_owned() } else { package.clone() };
            match ImporterId::new(package).filter(|_| *development) {
                Some(package) => {
                    let others = if package == *service { origins.development.as_slice() } else { &[] };
                    super::service_key::of_development_besides(&package, name, others)
                },
                None => format!("name {name} in \"dependencies\" of the package.json of {place}"),
            }
        }
        Finding::Later { name, .. } => {
            format!("if that is called when the service runs, {}", super::service_key::of_development_besides(service, name, &origins.development))
        }
        Finding::Unresolved { fault, .. } => resolve(section, fault),
        Finding::Spawned { path, .. } => {
            format!("see how {path} is spelt, and that the build makes it: a bundler has to be told of each such file as an entry of its own")
        }
        Finding::Closed { package, .. } => {
            format!("add the path to \"exports\" in the package.json of {package}, or load another one in {service}")
        }
        _ => String::new(),
    }
}

/// What node does not load in that way.
fn resolve(section: &str, fault: &ResolveFault) -> String {
    match fault {
        ResolveFault::Incomplete { specifier, target } if target.ends_with(".ts") => format!(
            "write {target:?} in place of {specifier:?} (\"allowImportingTsExtensions\" of tsconfig.json allows it), let the build compile it, or compile while it runs: {section} cmd = [\"node\", \"--import\", \"tsx\", …] with tsx among \"dependencies\""
        ),
        ResolveFault::Incomplete { specifier, target } if is_of_folder(specifier, target) => format!(
            "an import cannot name a folder, as require() can: write {target:?} in place of {specifier:?} in the sources (\"moduleResolution\": \"nodenext\" of tsconfig.json tells all such places), or let the build bundle the program"
        ),
        ResolveFault::Incomplete { specifier, target } => format!(
            "write {target:?} in place of {specifier:?} in the sources (\"moduleResolution\": \"nodenext\" of tsconfig.json tells all such places), or let the build bundle the program"
        ),
        ResolveFault::OtherLoader { package, specifier, loader } => format!(
            "add {loader:?} or \"default\" to \"exports\" in the package.json of {package}, or load {specifier} in the other form"
        ),
        ResolveFault::Own { package, .. } => {
            format!(
                "load the file by a relative path, or name it in \"exports\" of the package.json of {package}"
            )
        }
        ResolveFault::Alias { specifier, .. } => format!(
            "let the build write real paths (\"build\": \"tsc && tsc-alias\", or a bundler), or resolve {specifier:?} when it starts: {section} cmd = [\"node\", \"-r\", \"tsconfig-paths/register\", …] with tsconfig-paths among \"dependencies\""
        ),
        ResolveFault::BuiltIn { name, .. } => {
            format!("see how {name} is spelt, or take a node that has it: [base] node or another image")
        }
        ResolveFault::Syntax { transformed: true, .. } => format!(
            "let node transform it, {section} cmd = [\"node\", \"--experimental-transform-types\", …], let the build compile it, or write it with types alone (\"erasableSyntaxOnly\" of tsconfig.json tells all such places)"
        ),
        ResolveFault::Syntax { transformed: false, .. } => format!(
            "let the build compile it ([build] script), or compile while it runs: {section} cmd = [\"node\", \"--import\", \"tsx\", …] with tsx among \"dependencies\""
        ),
    }
}

/// Whether a name without an ending is that of a folder, whose index is the target.
fn is_of_folder(specifier: &str, target: &str) -> bool {
    let rest = target.strip_prefix(specifier.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.starts_with("/index."))
}

/// A file that is nowhere: a script that was not run may make it.
pub(super) fn path(section: &str, origins: &StartOrigins) -> String {
    if origins.unrun.is_empty() {
        return format!(
            "if the build makes it, name it in output; if it is a source, name it in files: {section} files = [\"…\"]"
        );
    }
    let all: Vec<&String> = origins.unrun.iter().chain(&origins.scripts).collect();
    format!(
        "package.json has {}, which the build does not run: if that makes it, set [build] script = {all:?}; if the build makes it, name it in output; if it is a source, in files",
        listed(&origins.unrun)
    )
}

/// A file that code names in the outputs, and that the build left in the sources.
pub(super) fn uncopied(
    service: &ImporterId,
    section: &str,
    (path, source): (&str, &str),
    files: &[String],
) -> String {
    if source.ends_with("ts") || source.ends_with(".tsx") {
        return format!(
            "let the build script compile {source} as well: nothing that it compiles loads that file"
        );
    }
    let own = |path: &str| path.strip_prefix(service.as_str())?.strip_prefix('/').map(str::to_owned);
    match (own(path), own(source)) {
        (Some(to), Some(from)) => format!(
            "let the build script copy it there, or take it along: {section} files = [{}]",
            super::entry::with(files, format!("{{ from = {from:?}, to = {to:?} }}"))
        ),
        _ => format!("let the build script of its package copy {source} there"),
    }
}
