//! Words for an entry point that was not found: which of the outputs it may be.

use fourply_pnpm::ImporterId;

use super::advice::listed;
use super::service_key::toml_key;

/// Which of the outputs to start: where one alone has the name of a file that was looked for, the line that names it.
pub(super) fn entry(service: &ImporterId, looked_for: &[String], found: &[String]) -> String {
    let alike = alike(looked_for, found);
    if let [path] = alike.as_slice() {
        if path.ends_with(".ts") || path.ends_with(".mts") {
            return format!(
                "the outputs have {path}: name it in fourply.toml, [services.{service}] cmd = [\"node\", {path:?}] for node 22.18 or later, or \
                 [\"node\", \"--import\", \"tsx\", {path:?}] with tsx among \"dependencies\"",
                service = toml_key(service.as_str())
            );
        }
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
