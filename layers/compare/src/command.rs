//! The start command of an image in a normal form. In: the words of two images. Out: whether they start the same
//! program, and if not, the words to configure. Wrappers are removed: an init, the entry point of node's images, a
//! shell with one plain command.

use fourply_dockerfile::shell_words;

use crate::known::{Known, join};
use crate::place::Place;

/// Programs that start another one and reap zombie processes.
const INITS: [&str; 5] = ["tini", "tini-static", "dumb-init", "docker-init", "catatonit"];

/// A command of an image.
pub(crate) struct Words<'a> {
    pub known: &'a Known,
    pub place: Option<&'a Place>,
    /// The folder in which it starts.
    pub folder: &'a str,
}

impl Words<'_> {
    /// The program and its arguments, paths relative to the service's folder.
    pub(crate) fn plain(&self, words: &[String]) -> Vec<String> {
        let mut words = words.to_vec();
        // A script may start another one, but not endlessly.
        for _ in 0..16 {
            match inner(&words).or_else(|| self.script(&words)) {
                Some(next) => words = next,
                None => break,
            }
        }
        let mut plain: Vec<String> = Vec::new();
        for (number, word) in words.into_iter().enumerate() {
            let word = match name(&word) {
                "node" | "nodejs" if number == 0 => "node".to_owned(),
                _ => self.relative(word),
            };
            plain.push(word);
        }
        plain
    }

    /// Whether the words run the script by which the new image starts without a `cmd`, in a form that is not a plain
    /// command.
    pub(crate) fn run_start_script(&self, words: &[String]) -> bool {
        let scripts = &self.known.scripts;
        let own = ["start:prod", "start"].into_iter().find(|name| scripts.contains_key(*name));
        let mut words = words.to_vec();
        while let Some(next) = inner(&words) {
            words = next;
        }
        let named = words
            .iter()
            .skip(1)
            .find(|word| !word.starts_with('-') && *word != "run" && *word != "run-script");
        let manager = words.first().is_some_and(|first| matches!(name(first), "pnpm" | "npm" | "yarn"));
        manager && own.is_some() && named.map(String::as_str) == own
    }

    /// The plain command behind a script of package.json: `pnpm start`, `npm run start:prod`, `pnpm --filter auth
    /// start`.
    fn script(&self, words: &[String]) -> Option<Vec<String>> {
        let (manager, rest) = words.split_first()?;
        if !matches!(name(manager), "pnpm" | "npm" | "yarn") {
            return None;
        }
        let mut named = Vec::new();
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--filter" | "-F" | "-C" | "--dir" | "--prefix" | "--cwd" | "-w" | "--workspace" => {
                    let _ = rest.next();
                }
                word if word.starts_with('-') => {}
                word => named.push(word),
            }
        }
        let named = match named.as_slice() {
            ["run" | "run-script", script] | [script] => self.known.scripts.get(*script)?,
            _ => return None,
        };
        shell_words(named)
    }

    /// A path of the workspace, relative to the service's folder; any other word unchanged.
    fn relative(&self, word: String) -> String {
        let is_path = word.contains('/') && !word.contains("://") && !word.starts_with(['-', '@']);
        if !is_path && !is_script(&word) {
            return word;
        }
        match self.in_workspace(&word) {
            Some(path)
                if self.known.unwrapped(&path).starts_with(&self.known.in_service(""))
                    || self.known.service == "." =>
            {
                Known::within(&self.known.service, self.known.unwrapped(&path)).to_owned()
            }
            _ => word,
        }
    }

    /// The workspace path that a word means.
    pub(crate) fn in_workspace(&self, word: &str) -> Option<String> {
        let path = match word.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None => join(self.folder.trim_matches('/'), word.trim_start_matches("./")),
        };
        self.place?.of(&path, self.known)
    }
}

/// The command behind a wrapper; `None` without a wrapper.
fn inner(words: &[String]) -> Option<Vec<String>> {
    let (first, rest) = words.split_first()?;
    match name(first) {
        init if INITS.contains(&init) => {
            let options = rest.iter().take_while(|word| word.starts_with('-') && *word != "--").count();
            let rest = rest.get(options..)?;
            Some(rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest).to_vec())
        }
        "docker-entrypoint.sh" if !rest.is_empty() && !first.starts_with('.') => Some(rest.to_vec()),
        "sh" | "bash" | "ash" | "dash" => match rest {
            [option, script] if matches!(option.as_str(), "-c" | "-ec" | "-exc") => shell_words(script),
            _ => None,
        },
        _ => None,
    }
}

/// Whether both start the same: node finds `main.js` for `main`.
pub(crate) fn same(one: &[String], other: &[String]) -> bool {
    let base = |word: &String| word.strip_suffix(".js").unwrap_or(word).to_owned();
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| base(one) == base(other))
}

/// Whether an init starts the program.
pub(crate) fn has_init(words: &[String]) -> bool {
    words.first().is_some_and(|word| INITS.contains(&name(word)))
}

/// Whether a program that executes TypeScript runs it.
pub(crate) fn runs_typescript(words: &[String]) -> bool {
    words.iter().any(|word| {
        let plain = word.split('?').next().unwrap_or(word);
        [".ts", ".mts", ".cts", ".tsx"].iter().any(|ending| plain.ends_with(ending))
            || matches!(name(plain), "tsx" | "ts-node" | "ts-node-esm" | "jiti")
            || plain.starts_with("tsx/")
            || plain.starts_with("ts-node/")
    })
}

/// The script in node's arguments.
pub(crate) fn script(words: &[String]) -> Option<&String> {
    words.iter().skip(1).find(|word| !word.starts_with('-') && is_script(word))
}

fn is_script(word: &str) -> bool {
    [".js", ".cjs", ".mjs", ".ts", ".mts", ".cts", ".sh"].iter().any(|ending| word.ends_with(ending))
        || word.starts_with("./")
        || ["dist/", "build/"].iter().any(|start| word.starts_with(start))
}

pub(crate) fn name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests;
