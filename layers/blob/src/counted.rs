//! A number with its noun, for messages. In: a number, a noun. Out: text.

/// `1 package`, `2 packages`, `2 entries`.
pub fn counted(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let all = [(0, "package"), (1, "package"), (2, "entry"), (1, "entry")]
            .map(|(count, noun)| counted(count, noun));
        assert_eq!(all, ["0 packages", "1 package", "2 entries", "1 entry"]);
    }
}
