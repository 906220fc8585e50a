//! Texts that steer neither a terminal nor a runner. In: lines that quote names and output of scripts. Out: the same, readable, with control characters
//! written out and without commands of a runner's log.
//!
//! Commands are taken apart rather than switched off with `::stop-commands::`: that lasts until its end is read, for all that the step prints, and the
//! end is missing where the program is killed.

use std::borrow::Cow;

/// What is a command wherever it stands in a line, and how it is written instead. Sources: `ActionCommand` of actions/runner, which looks for `##[` in the
/// whole line; docs.gitlab.com/ci/jobs/job_logs, sections.
const ANYWHERE: [(&str, &str); 4] = [
    ("##[", "## ["),
    ("##vso[", "## vso["),
    ("section_start:", "section_start :"),
    ("section_end:", "section_end :"),
];

/// What stands before a line that would be a command.
const BEFORE: &str = "| ";

/// A text of one line: a name with a line break in it stays on the line. `a\nb`, `a\u{1b}b`
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    written_out(text, char::is_control)
}

/// A message: its own lines after the first are indented, so any other line break belongs to a name, and is written out.
pub(super) fn message(text: &str) -> Cow<'_, str> {
    const INDENTED: &str = "\n  ";
    let text = text.trim_end_matches('\n');
    if text.matches('\n').count() == text.matches(INDENTED).count() {
        return Cow::Borrowed(text);
    }
    let parts: Vec<String> = text.split(INDENTED).map(|part| part.replace('\n', "\\n")).collect();
    Cow::Owned(parts.join(INDENTED))
}

/// Lines whose control characters are written out, but for tabs and, with `codes`, escapes.
pub(super) fn printable(text: &str, codes: bool) -> String {
    let steers = |letter: char| {
        letter.is_control() && !matches!(letter, '\n' | '\t') && !(codes && letter == '\u{1b}')
    };
    written_out(text, steers).into_owned()
}

fn written_out(text: &str, steers: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match steers(letter) {
            true => out.extend(letter.escape_default()),
            false => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Lines of which a runner takes none for a command. Each end of a line stays.
pub(super) fn without_commands(text: &str) -> String {
    text.split_inclusive('\n').map(without_command).collect()
}

fn without_command(line: &str) -> String {
    let shown = apart(line);
    // Runners skip blanks of all kinds, and compare without letters that have no width.
    let bare: String = shown.chars().filter(|letter| letter.is_ascii()).collect();
    let hidden = ANYWHERE.iter().any(|(command, _)| bare.contains(command));
    let line = if hidden { apart(&bare) } else { shown };
    let mut seen = line.chars().filter(char::is_ascii_graphic);
    match (seen.next(), seen.next()) {
        (Some(':'), Some(':')) => format!("{BEFORE}{line}"),
        _ => line,
    }
}

fn apart(line: &str) -> String {
    ANYWHERE.iter().fold(line.to_owned(), |line, (command, instead)| line.replace(command, instead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (line, shown) in [
            ("plain :: ## text\n", "plain :: ## text\n"),
            ("::add-mask::x\n", "| ::add-mask::x\n"),
            (" \u{a0}\u{2003}\u{200b}::x::\n", "|  \u{a0}\u{2003}\u{200b}::x::\n"),
            (":\u{200b}:x::\n", "| :\u{200b}:x::\n"),
            ("ä ##[error]x", "ä ## [error]x"),
            ("ä #\u{200b}#[error]x", " ## [error]x"),
            ("###[a]##[b]", "### [a]## [b]"),
            ("a##vso[task.x]", "a## vso[task.x]"),
            ("section_start:1:a section_end:1:a", "section_start :1:a section_end :1:a"),
            ("one\n::two\nthree", "one\n| ::two\nthree"),
        ] {
            assert_eq!(without_commands(line), shown, "{line:?}");
        }
    }

    #[test]
    fn what_steers_is_written_out() {
        assert_eq!(one_line("a\n::b\r\u{1b}[2J\u{85}c"), "a\\n::b\\r\\u{1b}[2J\\u{85}c");
        assert_eq!(one_line("plain ä"), "plain ä");
        assert_eq!(message("a:\n  b\n  c\n"), "a:\n  b\n  c");
        assert_eq!(message("a:\n  b\nerror: c"), "a:\n  b\\nerror: c");
        assert_eq!(printable("a\n\tb\u{8}\u{1b}[1m\rc\n", false), "a\n\tb\\u{8}\\u{1b}[1m\\rc\n");
        assert_eq!(printable("\u{1b}[1m", true), "\u{1b}[1m");
    }
}
