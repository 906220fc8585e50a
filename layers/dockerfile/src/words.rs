//! Lines → words. In: the text of an instruction or of a shell command. Out: raw words with quotes and variables, or
//! simple commands.

/// Words separated by blanks; blanks in quotes or after the escape character belong to a word.
pub(crate) fn words(text: &str, escape: char) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match quote {
            None if letter.is_whitespace() => {
                found.push(std::mem::take(&mut word));
                continue;
            }
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            Some(open) if letter == open => quote = None,
            _ => {}
        }
        word.push(letter);
        if letter == escape && quote != Some('\'') {
            word.extend(letters.next());
        }
    }
    found.push(word);
    found.retain(|word| !word.is_empty());
    found
}

/// The raw pairs of ENV: `A=1 B="2 3"`, or the old form `A 1 2`.
pub(crate) fn pairs(text: &str, escape: char) -> Vec<(String, String)> {
    let all = words(text, escape);
    match all.first() {
        Some(first) if !first.contains('=') => {
            let text = text.trim();
            let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            vec![(name.to_owned(), value.trim().to_owned())]
        }
        _ => {
            let split =
                |word: &String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            all.iter().filter_map(split).collect()
        }
    }
}

/// A multi-line shell command as one line, without comment lines.
pub(crate) fn joined(text: &str, escape: char) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        match line.trim_end().strip_suffix(escape) {
            Some(line) => out.extend([line, " "]),
            None => out.extend([line, "\n"]),
        }
    }
    out
}

/// The simple commands of a shell script, each as its words, with quotes removed. Conditional commands count as
/// executed.
pub(crate) fn commands(script: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut command: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = script.chars().peekable();
    let mut end = |command: &mut Vec<String>| {
        let words = std::mem::take(command);
        let keyword = |word: &String| KEYWORDS.contains(&word.as_str());
        let words: Vec<String> = words.into_iter().skip_while(keyword).collect();
        if !words.is_empty() {
            all.push(words);
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                word.get_or_insert_default().extend(letters.by_ref().take_while(|letter| *letter != '\''))
            }
            '"' => quoted(&mut letters, word.get_or_insert_default()),
            '\\' => word.get_or_insert_default().extend(letters.next().filter(|next| *next != '\n')),
            ';' | '&' | '|' | '(' | ')' | '\n' => {
                command.extend(word.take());
                end(&mut command);
            }
            letter if letter.is_whitespace() => command.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    command.extend(word.take());
    end(&mut command);
    all
}

fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &mut String) {
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return,
            '\\' if letters.peek().is_some_and(|next| matches!(next, '"' | '\\' | '$' | '`')) => {
                word.extend(letters.next());
            }
            letter => word.push(letter),
        }
    }
}

const KEYWORDS: [&str; 12] =
    ["if", "then", "else", "elif", "fi", "do", "done", "while", "{", "}", "!", "sudo"];

/// The words of a shell text that is a single simple command, with quotes removed; a leading `exec` is left out. `None`
/// if a shell would do more than split it.
pub fn shell_words(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if text.contains(['$', '`', '<', '>', '*', '\n']) {
        return None;
    }
    let mut all = commands(text);
    let mut words = all.pop().filter(|_| all.is_empty())?;
    if text.contains(['&', '|', ';', '(', ')']) || words.first()?.contains('=') {
        return None;
    }
    if words.first().is_some_and(|word| word == "exec") {
        words.remove(0);
    }
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests;
