//! Patterns of the shell. In: a pattern, and a text. Out: whether it matches.

/// Whether a pattern of `*` and `?` matches; `None` if it has other wildcards.
pub(crate) fn fits(pattern: &str, value: &str) -> Option<bool> {
    if pattern.contains(['[', '\\']) {
        return None;
    }
    // The prefixes of the value that the pattern matches so far.
    let value: Vec<char> = value.chars().collect();
    let mut fits: Vec<bool> = (0..=value.len()).map(|end| end == 0).collect();
    for c in pattern.chars() {
        let before = fits.clone();
        for (end, fit) in fits.iter_mut().enumerate() {
            *fit = match c {
                '*' => before.iter().take(end + 1).any(|fit| *fit),
                _ => {
                    end > 0
                        && before.get(end - 1) == Some(&true)
                        && (c == '?' || value.get(end - 1) == Some(&c))
                }
            };
        }
    }
    fits.last().copied()
}
