//! The text of a shell. In: what stands behind `-c`. Out: its commands as far as they are plain words, one after the other; what has variables,
//! quotes or conditions ends it.

/// What a shell has itself.
const BUILTINS: [&str; 12] =
    ["echo", "export", "set", "test", "[", "true", "false", ":", "exit", "umask", "ulimit", "wait"];
/// Letters that make a shell's text more than words.
const SHELL_LETTERS: [char; 14] = ['$', '`', '"', '\'', '|', '<', '>', '(', ')', '*', '?', '{', '\\', '\n'];
/// The commands that are run, but for those that a shell has itself.
pub(super) fn commands(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    for command in text.split("&&").flat_map(|part| part.split(';')) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let words = words.split_at(words.iter().take_while(|word| is_assignment(word)).count()).1;
        let words = words.strip_prefix(&["exec"]).unwrap_or(words);
        let Some(first) = words.first() else { continue };
        if command.contains(SHELL_LETTERS) || command.contains('&') || *first == "cd" || is_keyword(first) {
            break;
        }
        if !BUILTINS.contains(first) {
            found.push(words.to_vec());
        }
    }
    found
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn is_keyword(word: &str) -> bool {
    ["if", "while", "for", "case", "until", "!", ".", "source", "trap", "eval"].contains(&word)
}
