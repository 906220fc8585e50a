//! Files that go into an image beside its outputs, and those that should not.

use fourply_app::LinkFault;
use fourply_pnpm::ImporterId;

use crate::cli::hints::advice::Advice;
use crate::cli::hints::service_key::{section, toml_key};

/// What an entry of files is.
pub(in crate::cli::hints) const ENTRY: &str = "name in files what there is: \"prisma\" is of the service's folder, \"/locales\" of the workspace's root, \"/apps/client/dist\" of another package";

/// Where builds usually leave what runs, but for `dist`.
const OUTPUTS: [&str; 6] = [".next", ".output", "build", "out", "lib", "public"];

/// The entry that was perhaps meant, by what lies in its folder.
pub(super) fn near(entry: &str, found: &[String]) -> Option<String> {
    let entry = entry.trim_end_matches('/');
    let (folder, name) = entry.rsplit_once('/').map_or(("", entry), |(folder, name)| (folder, name));
    let near = crate::nearest::nearest(name, &found.iter().map(String::as_str).collect())?;
    let slash = if entry.contains('/') { "/" } else { "" };
    Some(format!("did you mean {:?}?", format!("{folder}{slash}{near}")))
}

/// The entry that was meant by one that begins with the service's own folder; `path` is where it was looked for.
pub(super) fn of_service(entry: &str, path: &str) -> Option<String> {
    let rest = entry.strip_prefix(path.strip_suffix(entry)?)?;
    (!rest.is_empty() && rest != entry)
        .then(|| format!("did you mean {rest:?}? A path in files is relative to the service's folder"))
}

/// The line that names the outputs of a service, by what lies in its folder; folders end with `/`.
pub(super) fn missing_output(service: &ImporterId, found: &[String], built: bool) -> String {
    let section = section(service);
    let has = |folder: &str| found.iter().any(|name| name.strip_suffix('/') == Some(folder));
    let made = OUTPUTS.iter().copied().find(|folder| has(folder));
    match (built, made) {
        (_, Some(".next")) => format!(
            "Next.js writes .next: set {section} output = [\".next\"]; with output: \"standalone\" in its configuration, docs/services.md has the lines for a \
             smaller image"
        ),
        (_, Some(folder)) => format!("if {folder} is what runs, set {section} output = [{folder:?}]"),
        (true, None) => format!("name the folder that the script writes: {section} output = [\"FOLDER\"]"),
        (false, None) if has("src") => format!(
            "no script builds it: if it runs from its sources, set {section} output = [\"src\"], and cmd where package.json has no \"main\"; else build it before"
        ),
        (false, None) => {
            format!(
                "no script builds it: name what runs, {section} output = [\"FOLDER\"], or build it before"
            )
        }
    }
}

/// What a build leaves in a folder of the root; `program` is in it.
pub(super) fn at_root(service: &ImporterId, program: &str) -> String {
    let (section, folder) =
        (section(service), program.rsplit_once('/').map_or(program, |(folder, _)| folder));
    let up = service.to_root();
    format!(
        "the build leaves {program} at the workspace's root: take that folder along and start it, {section} files = [\"/{folder}\"], cmd = [\"node\", \"{up}{program}\"], \
         without output"
    )
}

/// A link to what no build has.
pub(super) fn link(fault: LinkFault, target: &str) -> Advice<'_> {
    match fault {
        LinkFault::Outside => {
            "put what it leads to into the workspace, or name the link in .gitignore".into()
        }
        LinkFault::Made => format!(
            "the build makes that link: let it copy the file there, or let the program take the path {target} itself, from a variable; a folder to write to needs no \
             link, name it in writable"
        )
        .into(),
        LinkFault::ThisMachine => "make it a relative link that stays in the workspace".into(),
        LinkFault::Dangling => "remove the link, or name it in .gitignore".into(),
        LinkFault::NoInput => {
            format!("name what it leads to ({target}) in [build] inputs, or in files in the link's place")
                .into()
        }
    }
}

/// Something that is there and no input.
pub(super) fn ignored(path: &str) -> Advice<'_> {
    if is_secret(path) {
        return format!(
            "leave {path} out of files: whoever has the image could read the secrets in it; give the values when a container starts, by env_file or environment of compose, env of \
             Kubernetes, or docker run --env-file"
        )
        .into();
    }
    format!("{path} lies in the workspace, but .gitignore or .dockerignore names it, so the build does not have it: take it out of there, or let the build make it")
        .into()
}

/// Whether a file by its name holds values that no image should have: `.env`, keys, tokens.
fn is_secret(path: &str) -> bool {
    const NAMES: [&str; 6] = [".npmrc", ".netrc", ".yarnrc.yml", ".pgpass", "id_rsa", "id_ed25519"];
    const ENDS: [&str; 5] = [".pem", ".key", ".p12", ".pfx", ".jks"];
    const WORDS: [&str; 3] = ["secret", "token", "credential"];
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_env = name == ".env" || name.starts_with(".env.") || name.ends_with(".env");
    let is_code = [".ts", ".js", ".mjs", ".cjs"].iter().any(|end| name.ends_with(end));
    let is_named = NAMES.contains(&name.as_str()) || ENDS.iter().any(|end| name.ends_with(end));
    is_env || is_named || (!is_code && WORDS.iter().any(|word| name.contains(word)))
}

/// The line that lets a file into the image, and what keeps it out.
pub(super) fn sensitive<'a>(path: &str, at: &str, service: &ImporterId) -> Advice<'a> {
    let own = path.strip_prefix(&format!("{service}/"));
    let from = own.map_or_else(|| format!("/{path}"), str::to_owned);
    let entry = match at == path {
        true => format!("{from:?}"),
        false => {
            let to = at.strip_prefix(&format!("{service}/")).unwrap_or(at);
            format!("{{ from = {from:?}, to = {to:?} }}")
        }
    };
    format!(
        "if it is not meant to be there, name it in .dockerignore, or let the build not copy it; if it is, name it in fourply.toml: [services.{}] files = [{entry}]",
        toml_key(service.as_str())
    )
    .into()
}
