//! Words of a command that precede the actual program. In: words. Out: those after an init's options, and those after a
//! package's file.

use super::node_args::NodeArgs;
use super::shim::command_of;

/// Programs that start another program after their own options, with their options that take a value.
const INITS: [(&str, &[&str]); 5] = [
    ("tini", &["-p", "-e"]),
    ("tini-static", &["-p", "-e"]),
    ("dumb-init", &["-r", "--rewrite"]),
    ("catatonit", &[]),
    ("nice", &["-n"]),
];
/// The command that a wrapper program starts; `None` for any other program.
pub(super) fn behind_init<'w, 's>(name: &str, words: &'s [&'w str]) -> Option<&'s [&'w str]> {
    // After the name of a user.
    if name == "su-exec" || name == "gosu" {
        return words.get(1..);
    }
    let (_, with_value) = INITS.iter().find(|(init, _)| *init == name)?;
    Some(behind_options(words, with_value))
}

fn behind_options<'w, 's>(words: &'s [&'w str], with_value: &[&str]) -> &'s [&'w str] {
    let mut rest = words;
    while let Some((first, behind)) = rest.split_first().filter(|(first, _)| first.starts_with('-')) {
        rest = behind;
        if *first == "--" {
            break;
        }
        if with_value.contains(first) {
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    rest
}

/// Whether a word is a file of this package.
pub(super) fn is_file_of(word: &str, package: &str) -> bool {
    word.split_once("node_modules/")
        .and_then(|(_, rest)| rest.strip_prefix(package))
        .is_some_and(|rest| rest.starts_with('/'))
}

/// The package command whose file is given to Node.js, and the words after the file.
pub(super) fn package_file<'s, 'w>(words: &'s [&'w str]) -> Option<(String, &'s [&'w str])> {
    let file = NodeArgs::parse(words.iter().copied()).file?;
    let at = words.iter().position(|word| *word == file)?;
    Some((command_of(&file)?, words.get(at + 1..)?))
}
