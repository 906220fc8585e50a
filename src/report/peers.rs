//! Keys of packages as a terminal has them. In: a line. Out: the same, with `(…)` in the place of a long list of peers:
//! `@nestjs/core@11.1.6(@nestjs/common@11.1.6(…))(…)`.

use std::borrow::Cow;

/// Lists of peers with more letters are cut.
const LONGEST: usize = 40;

/// The line for a terminal.
pub(super) fn cut_peers(line: &str) -> Cow<'_, str> {
    if !line.contains('(') || line.len() <= LONGEST {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('(') {
        let (before, list) = rest.split_at(at);
        out.push_str(before);
        let word = before.rsplit([' ', '"', '`']).next().unwrap_or_default();
        let length = lists(list);
        let (peers, after) = list.split_at(length);
        match length {
            0 => {
                out.push('(');
                rest = list.get(1..).unwrap_or_default();
                continue;
            }
            _ if peers.len() > LONGEST
                && peers.contains('@')
                && word.get(1..).is_some_and(|word| word.contains('@')) =>
            {
                out.push_str("(…)");
            }
            _ => out.push_str(peers),
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// How long the lists in parentheses are that a text begins with; 0 where one has no end.
fn lists(text: &str) -> usize {
    let (mut depth, mut end) = (0_usize, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = at + 1;
                }
            }
            _ if depth == 0 => break,
            _ => {}
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::cut_peers;

    #[test]
    fn long_lists_of_peers_are_cut_and_nothing_else() {
        let long = "a @nestjs/core@11.1.6(@nestjs/common@11.1.6(reflect-metadata@0.2.2)(rxjs@7.8.2))(rxjs@7.8.2) added";
        assert_eq!(cut_peers(long), "a @nestjs/core@11.1.6(…) added");
        for same in [
            "a x@1.0.0(y@2.0.0) and (a long remark in parentheses that is no list of peers, mind you)",
            "an open (list that never ends, though it is longer than the bound of forty letters",
            "services/auth: building (shared/kernel/src/a.ts changed, @my/x@1 added, and 2 more of these)",
            "none",
        ] {
            assert_eq!(cut_peers(same), same);
        }
    }
}
