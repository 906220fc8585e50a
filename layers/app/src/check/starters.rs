//! Commands of packages that start a program file or read a named file. In: the command's name and words; the text of a
//! process configuration. Out: paths, as written. No file is opened.

use super::tokens::{Token, tokens};

/// Commands that start the file in their argument.
const STARTERS: [&str; 9] = [
    "pm2-runtime",
    "pm2-docker",
    "pm2",
    "nodemon",
    "forever",
    "supervisor",
    "node-dev",
    "ts-node-dev",
    "tsnd",
];
/// Words before the file.
const WORDS: [&str; 2] = ["start", "run"];
/// Their options without a value. The word after any other option may be its value.
const FLAGS: [&str; 16] = [
    "-q",
    "--quiet",
    "-L",
    "--legacy-watch",
    "-V",
    "--verbose",
    "--raw",
    "--json",
    "--format",
    "--formatted",
    "--watch",
    "--respawn",
    "--no-daemon",
    "--no-autorestart",
    "--no-auto-exit",
    "--transpile-only",
];
/// Options that start something else.
const ELSE: [&str; 4] = ["-x", "--exec", "--interpreter", "--cwd"];
/// Extensions of programs and process configurations.
const ENDS: [&str; 10] = [".js", ".cjs", ".mjs", ".ts", ".mts", ".cts", ".json", ".json5", ".yml", ".yaml"];
/// Commands, with their options for a file that must exist.
const READERS: [(&str, &[&str]); 8] = [
    ("typeorm", &["-d", "--dataSource"]),
    ("typeorm-ts-node-commonjs", &["-d", "--dataSource"]),
    ("typeorm-ts-node-esm", &["-d", "--dataSource"]),
    ("knex", &["--knexfile"]),
    ("prisma", &["--schema", "--config"]),
    ("drizzle-kit", &["--config"]),
    ("sequelize", &["--config", "--options-path"]),
    ("sequelize-cli", &["--config", "--options-path"]),
];
/// Commands that start the rest of their words.
const WRAPPERS: [&str; 4] = ["dotenv", "dotenvx", "env-cmd", "dotenv-flow"];

/// The file that a command starts.
pub(super) fn started_file<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    let starts = name != "pm2" || words.first() == Some(&"start");
    let own = words.iter().take_while(|word| **word != "--");
    let own: Vec<&'w str> = own.copied().collect();
    if !starts || !STARTERS.contains(&name) || own.iter().any(|word| is_option(word, &ELSE)) {
        return None;
    }
    let mut before = "";
    for word in own {
        let is_value = before.starts_with('-') && !before.contains('=') && !FLAGS.contains(&before);
        if !word.starts_with('-') && !is_value && !WORDS.contains(&word) {
            return Some(word).filter(|word| is_plain(word) && ENDS.iter().any(|end| word.ends_with(end)));
        }
        before = word;
    }
    None
}

/// The files that a command must read.
pub(super) fn read_files<'w>(name: &str, words: &[&'w str]) -> Vec<&'w str> {
    let Some((_, options)) = READERS.iter().find(|(reader, _)| *reader == name) else { return Vec::new() };
    let value = |(at, word): (usize, &&'w str)| match word.split_once('=') {
        Some((option, value)) => options.contains(&option).then_some(value),
        None if options.contains(word) => words.get(at + 1).copied(),
        None => None,
    };
    words.iter().enumerate().filter_map(value).filter(|path| is_plain(path)).collect()
}

/// The command behind one that only adds variables: `node x` for `dotenv -e .env -- node x`.
pub(super) fn wrapped<'s, 'w>(name: &str, words: &'s [&'w str]) -> Option<&'s [&'w str]> {
    let at = match name {
        "cross-env" => words.iter().position(|word| !word.contains('='))?,
        _ if WRAPPERS.contains(&name) => words.iter().position(|word| *word == "--")? + 1,
        _ => return None,
    };
    words.get(at..).filter(|rest| !rest.is_empty())
}

/// Whether a file is a process configuration, by its name.
pub(super) fn is_configuration(path: &str) -> bool {
    let configured = [".config.js", ".config.cjs", ".config.mjs"].iter().any(|end| path.ends_with(end));
    configured || [".json", ".json5", ".yml", ".yaml"].iter().any(|end| path.ends_with(end))
}

/// The programs in a pm2 configuration; none if it sets folders for them. Source: pm2, `lib/Common.js`,
/// `prepareAppConf`.
pub(super) fn scripts_of(path: &str, text: &[u8]) -> Vec<String> {
    let found = if path.ends_with(".yml") || path.ends_with(".yaml") { of_yaml(text) } else { of_code(text) };
    let own = |name: &str| found.iter().any(|(key, _)| key == name);
    if own("cwd") || own("interpreter") {
        return Vec::new();
    }
    let scripts = found.into_iter().filter(|(key, _)| key == "script").map(|(_, value)| value);
    scripts.filter(|path| is_plain(path) && ENDS.iter().any(|end| path.ends_with(end))).collect()
}

/// Properties with their text values.
fn of_code(text: &[u8]) -> Vec<(String, String)> {
    let tokens = tokens(text).unwrap_or_default();
    let property = |three: &[super::tokens::Placed<'_>]| {
        let (Token::Word(key) | Token::Text(key), Token::Sign(':')) =
            (three.first()?.token, three.get(1)?.token)
        else {
            return None;
        };
        let value = match three.get(2)?.token {
            Token::Text(value) => value,
            _ => "",
        };
        Some((key.to_owned(), value.to_owned()))
    };
    tokens.windows(3).filter_map(property).collect()
}

fn of_yaml(text: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(text);
    let pair = |line: &str| {
        let (key, value) = line.trim().trim_start_matches("- ").split_once(':')?;
        let value = value.split(" #").next().unwrap_or(value).trim();
        Some((key.trim().to_owned(), value.trim_matches(['"', '\'']).to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

fn is_option(word: &str, options: &[&str]) -> bool {
    options.contains(&word.split('=').next().unwrap_or(word))
}

/// Whether a word is one literal path, without shell or command patterns.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-') && !word.contains([':', '*', '=', '$', ' ', ',', '{', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starters_file_is_told_from_values_and_arguments() {
        let started = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            started_file(words[0], &words[1..]).map(str::to_owned)
        };
        for (text, file) in [
            ("pm2-runtime dist/x.js", "dist/x.js"),
            ("pm2-runtime start dist/x.js -i max", "dist/x.js"),
            ("pm2-runtime -i 2 dist/x.js -- --port=1", "dist/x.js"),
            ("pm2-runtime start --env production eco.config.js", "eco.config.js"),
            ("nodemon -q ./dist/x.js", "./dist/x.js"),
            ("forever start x.js", "x.js"),
        ] {
            assert_eq!(started(text).as_deref(), Some(file), "{text}");
        }
        for text in [
            "pm2-runtime npm -- start",
            "pm2 logs x.js",
            "nodemon --exec tsx x.ts",
            "nodemon --config nodemon.json",
            "pm2-runtime $FILE.js",
            "fastify start app.js",
        ] {
            assert_eq!(started(text), None, "{text}");
        }
        let read = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            read_files(words[0], &words[1..]).join(" ")
        };
        assert_eq!(read("typeorm -d dist/d.js migration:run"), "dist/d.js");
        assert_eq!(read("prisma migrate deploy --schema=a.prisma"), "a.prisma");
        assert_eq!(read("prisma migrate deploy"), "");
        assert_eq!(wrapped("dotenv", &["-e", ".env", "--", "node", "x"]), Some(&["node", "x"][..]));
        assert_eq!(wrapped("cross-env", &["A=1", "node", "x"]), Some(&["node", "x"][..]));
        assert_eq!(wrapped("env-cmd", &["node", "x"]), None);
    }

    #[test]
    fn the_programs_of_a_configuration_of_processes() {
        let of = |path: &str, text: &str| scripts_of(path, text.as_bytes()).join(" ");
        assert_eq!(
            of("e.config.js", "module.exports = { apps: [{ script: './dist/a.js' }] }"),
            "./dist/a.js"
        );
        assert_eq!(of("e.json", r#"{"apps": [{"script": "dist/a.js"}]}"#), "dist/a.js");
        assert_eq!(of("e.yml", "apps:\n  - script: dist/a.js # x\n    name: a\n"), "dist/a.js");
        for text in ["{ script: 'a.js', cwd: './x' }", "{ script: 'npm' }", "{ script: join(a, 'b.js') }"] {
            assert_eq!(of("e.config.js", &format!("module.exports = {text}")), "", "{text}");
        }
    }
}
