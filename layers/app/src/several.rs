//! Commands of packages that start other commands, and files in their arguments. In: words. Out: the commands and files
//! among them.

/// Programs that start scripts of package.json through npm. Source: npm-run-all, `lib/run-task.js`.
const BY_NPM: [&str; 3] = ["run-s", "run-p", "npm-run-all"];
/// Programs that start each of their arguments as shell text.
const AT_ONCE: [&str; 2] = ["concurrently", "conc"];
/// The program that gives its words to a shell, with variables before them.
const BY_SHELL: &str = "cross-env-shell";
/// Their options with a value. Source: concurrently, `bin/concurrently.ts`.
const WITH_VALUE: [&str; 17] = [
    "-m",
    "--max-processes",
    "-n",
    "--names",
    "--name-separator",
    "-s",
    "--success",
    "-p",
    "--prefix",
    "-c",
    "--prefix-colors",
    "-l",
    "--prefix-length",
    "-t",
    "--timestamp-format",
    "--restart-tries",
    "--restart-after",
];
/// The package managers in forms such as `npm:x`.
const SHORT: [&str; 3] = ["npm", "pnpm", "yarn"];
/// Extensions of programs and configuration files in arguments.
const FILES: [&str; 8] = [".js", ".cjs", ".mjs", ".ts", ".json", ".yml", ".yaml", ".toml"];

/// The targets of a package command.
pub(crate) enum LeadsTo<'w> {
    /// Scripts of package.json, started by npm.
    Scripts,
    /// Shell texts.
    Texts(Vec<String>),
    Files(Vec<&'w str>),
}

/// Whether a package command starts others by their names.
pub(crate) fn starts_commands(name: &str) -> bool {
    BY_NPM.contains(&name) || AT_ONCE.contains(&name)
}

/// The targets of a command that is not handled elsewhere.
pub(crate) fn leads_to<'w>(name: &str, words: &[&'w str]) -> LeadsTo<'w> {
    match name {
        _ if BY_NPM.contains(&name) => LeadsTo::Scripts,
        _ if AT_ONCE.contains(&name) => LeadsTo::Texts(at_once(words)),
        BY_SHELL => LeadsTo::Texts(vec![words.join(" ")]),
        _ => LeadsTo::Files(files(words)),
    }
}

/// The texts that run in parallel, each in shell form.
fn at_once(words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            let short = word.split_once(':').filter(|(manager, _)| SHORT.contains(manager));
            found.push(
                short.map_or_else(
                    || (*word).to_owned(),
                    |(manager, script)| format!("{manager} run {script}"),
                ),
            );
        }
    }
    found
}

/// The words that are file paths by their extension, not addresses or patterns.
fn files<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let is_path = |word: &&str| {
        FILES.iter().any(|end| word.ends_with(end)) && !word.contains([':', '*', '=', '$', ' ', ','])
    };
    words.iter().copied().filter(|word| !word.starts_with(['-', '/']) && is_path(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_files_are_told_from_options() {
        let words = ["-n", "api, web", "--kill-others", "npm:a", "node dist/b.js", "pnpm:x:y"];
        assert_eq!(at_once(&words), ["npm run a", "node dist/b.js", "pnpm run x:y"]);
        let words = [
            "start",
            "eco.config.js",
            "-l",
            "--x=a.json",
            "http://x/a.js",
            "/etc/a.yml",
            "a/*.ts",
            "./b.yml",
        ];
        assert_eq!(files(&words), ["eco.config.js", "./b.yml"]);
    }
}
