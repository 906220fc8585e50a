#![allow(clippy::unwrap_used)]

use super::{Minimatch, matcher};

/// The answers of minimatch 5.1.9 and 10.2.6 with `dot` and `nocase`.
#[test]
fn names_are_matched_as_minimatch_matches_them() {
    for (pattern, name, five, ten) in [
        ("@(a|b).js", "B.js", true, true),
        ("@(a|b).js", "ab.js", false, false),
        ("+(a|b)", "abba", true, true),
        ("*(a|b)c", "c", true, true),
        ("?(a)b", "aab", false, false),
        ("!(a)", "a", false, false),
        ("!(a)", "ab", true, true),
        ("!(*.test).js", "x.test.js", false, false),
        ("!(*.test).js", "x.js", true, true),
        // 5 searches the following text anywhere, 10 at the end.
        ("!(a).js", "a.js.js", false, true),
        ("x!(a|b)y", "xay", false, false),
        ("x!(a|b)y", "xcy", true, true),
        ("!(a|!(b))", "b", true, true),
        ("@(a|!(b)).c", "b.c", false, false),
        ("@(x)!(a)@(b)", "xzb", true, true),
        ("[!a]@(b)", "cb", true, true),
        ("[]a]+(b)", "]b", true, true),
        ("\\@@(b)", "@b", true, true),
        (".@(x|y)", ".x", true, true),
    ] {
        for (minimatch, expected) in [(Minimatch::Five, five), (Minimatch::Ten, ten)] {
            let found =
                matcher(pattern, minimatch).unwrap().is_some_and(|regex| regex.is_match(name).unwrap());
            assert_eq!(found, expected, "{minimatch:?} {pattern} {name}");
        }
    }
}

#[test]
fn odd_groups_are_refused() {
    for (pattern, reason) in [
        ("@(a", "is not closed"),
        ("@()", "empty"),
        ("@(@(@(@(a))))", "nests more than 3"),
        ("@(a)[b", "the class ["),
        ("@([[:alpha:]])", "named class"),
    ] {
        let error = matcher(pattern, Minimatch::Ten).unwrap_err();
        assert!(error.to_string().contains(reason), "{pattern}: {error}");
    }
}
