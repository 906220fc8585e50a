//! A service's program that may be one of its sources. In: package.json, the configured command, the existing files.
//! Out: a path in the service's folder. No file is opened, and outputs are unknown.

use std::collections::BTreeMap;

use fourply_pnpm::{ImporterId, Manifest};

use crate::entry::{is_program, of_folder, program_name, started_by_node};
use crate::several::{LeadsTo, leads_to};
use crate::start_script::{SCRIPTS, StartScript, start_script_alone, started_by};

/// The suffixes that Node.js and TypeScript loaders add to a path.
const ENDS: [&str; 5] = ["", ".js", "/index.js", ".ts", "/index.ts"];
const LOADERS: [&str; 4] = ["tsx", "ts-node", "ts-node-esm", "jiti"];
const SHELLS: [&str; 4] = ["sh", "bash", "ash", "dash"];
/// Output folders of compilers, and the packages' folder.
const MADE: [&str; 6] = ["dist", "build", "out", "lib", ".output", "node_modules"];
/// The most commands that may lead to each other.
const MAX_DEPTH: usize = 4;

/// The program that package.json names in `main`, or starts by `start:prod` or `start`: with Node.js, with a TypeScript
/// loader or by a package command with a file argument. The first one that exists, relative to the service's folder.
pub(crate) fn declared_program(manifest: &Manifest, is_there: &dyn Fn(&str) -> bool) -> Option<String> {
    let scripts = || SCRIPTS.iter().filter_map(|name| start_script_alone(&manifest.scripts, name));
    let named = scripts().filter_map(|script| of_script(&script, manifest)).chain(manifest.main.clone());
    let found = named.into_iter().find_map(|path| existing(&path, is_there));
    // A command may also have configuration files as arguments, such as YAML.
    let itself = |path: &str| Some(ImporterId::new(path)?.as_str().to_owned()).filter(|path| is_there(path));
    let find = |path: &str| existing(path, is_there).or_else(|| itself(path));
    found.or_else(|| scripts().find_map(|script| given_to_command(&script, manifest, 0, &find)))
}

/// The script that starts a service without a build, with the missing file that it gives to Node.js or a loader. A file
/// in a compiler's output folder is excluded: a build may create it.
pub(crate) fn absent_program(
    manifest: &Manifest,
    is_there: &dyn Fn(&str) -> bool,
) -> Option<(String, String)> {
    let (name, script) =
        SCRIPTS.iter().find_map(|name| Some((name, start_script_alone(&manifest.scripts, name)?)))?;
    let path = of_script(&script, manifest)?;
    let path = path.trim_start_matches("./");
    let made = path.split('/').any(|part| MADE.contains(&part));
    (!made && existing(path, is_there).is_none()).then(|| ((*name).to_owned(), path.to_owned()))
}

/// The first file of a package command: `app.js` for `fastify start app.js`; for `concurrently "tsx src/a.ts" …` the
/// file of the first text. `find` resolves a path.
fn given_to_command(
    script: &StartScript,
    manifest: &Manifest,
    depth: usize,
    find: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let (first, rest) =
        script.words.split_first().filter(|_| program_of(&script.words, manifest).is_none())?;
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let inner = |inner: &StartScript| {
        let own = of_script(inner, manifest).and_then(|path| find(&script.inside(&path)));
        own.or_else(|| {
            let deeper = &|path: &str| find(&script.inside(path));
            (depth < MAX_DEPTH).then(|| given_to_command(inner, manifest, depth + 1, deeper))?
        })
    };
    match leads_to(program_name(first), &words) {
        LeadsTo::Files(paths) => paths.into_iter().find_map(|path| find(&script.inside(path))),
        LeadsTo::Texts(texts) => texts.iter().find_map(|text| inner(&started_by(&manifest.scripts, text)?)),
        LeadsTo::Scripts => {
            let fits = |name: &&String| words.iter().any(|word| names_script(word, name));
            let mut names = manifest.scripts.keys().filter(fits);
            names.find_map(|name| inner(&start_script_alone(&manifest.scripts, name)?))
        }
    }
}

/// Whether a word of npm-run-all names a script: `start:*` matches all with that prefix before a further colon.
fn names_script(word: &str, name: &str) -> bool {
    match word.strip_suffix('*') {
        Some(before) => name.strip_prefix(before).is_some_and(|rest| !rest.contains(':')),
        None => word == name,
    }
}

/// The file that a configured command starts. `place` is the service's folder in the image.
pub(crate) fn configured_program(manifest: &Manifest, cmd: &[String], place: &str) -> Option<String> {
    let path = match of_shell(cmd) {
        Some(script) => of_script(&script, manifest)?,
        None => program_of(cmd, manifest)?,
    };
    let inside = path.strip_prefix(place).and_then(|rest| rest.strip_prefix('/'));
    ImporterId::new(inside.unwrap_or(&path)).map(|path| path.as_str().to_owned())
}

/// The existing form of a path that Node.js could run.
pub(crate) fn existing(path: &str, is_there: &dyn Fn(&str) -> bool) -> Option<String> {
    let path = ImporterId::new(path)?;
    let mut forms = ENDS.iter().map(|end| format!("{path}{end}"));
    forms.find(|path| is_program(path) && is_there(path))
}

/// The file that a script starts, relative to the service's folder.
fn of_script(script: &StartScript, manifest: &Manifest) -> Option<String> {
    Some(script.inside(&program_of(&script.words, manifest)?))
}

/// The last command of a shell text: `sh -c "migrate && exec tsx src/main.ts"`.
fn of_shell(cmd: &[String]) -> Option<StartScript> {
    let shell = cmd.iter().position(|word| SHELLS.contains(&program_name(word)))?;
    let flag = cmd.get(shell + 1).filter(|flag| flag.starts_with('-') && flag.ends_with('c'))?;
    let text = cmd.get(shell + 2).filter(|_| !flag.starts_with("--"))?;
    started_by(&BTreeMap::new(), text)
}

fn program_of(words: &[String], manifest: &Manifest) -> Option<String> {
    let path = started_by_node(words).or_else(|| started_by_loader(words))?;
    Some(of_folder(path, manifest).unwrap_or_else(|| path.to_owned()))
}

/// The file that `tsx src/main.ts` runs, also after `tini --`.
fn started_by_loader(words: &[String]) -> Option<&str> {
    let loader = words.iter().position(|word| LOADERS.contains(&program_name(word)))?;
    let mut words = words.iter().skip(loader + 1).map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--tsconfig" | "-P" | "--project" => drop(words.next()),
            "watch" => return None,
            option if option.starts_with('-') => {}
            path => return Some(path),
        }
    }
    None
}

#[cfg(test)]
mod tests;
