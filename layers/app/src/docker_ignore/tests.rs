#![allow(clippy::unwrap_used)]

use super::*;

fn excludes(patterns: &[&str], path: &str) -> bool {
    DockerIgnore::parse(&patterns.join("\n")).unwrap().excludes(path)
}

/// Cases of moby's own tests (patternmatcher_test.go, `TestMatches` for `MatchesOrParentMatches`, and `TestMatch`).
const MOBY: &[(&str, &str, bool)] = &[
    ("**", "dir/file", true),
    ("**/", "dir/file", true),
    ("**/**", "dir/file", true),
    ("dir/**", "dir/dir2/file", true),
    ("**/dir", "dir", true),
    ("**/dir", "dir/file", true),
    ("**/dir2/*", "dir/dir2/file", true),
    ("**/dir2/**", "dir/dir2/dir3/file", true),
    ("**file", "file", true),
    ("**file", "dir/dir/file", true),
    ("**/file", "dir/dir/file", true),
    ("**/file*", "dir/dir/file.txt", true),
    ("**/file*txt", "dir/dir/file.txt", true),
    ("**/file*.txt*", "dir/dir/file.txt", true),
    ("**/**/*.txt", "dir/dir/file.txt", true),
    ("**/**/*.txt2", "dir/dir/file.txt", false),
    ("**/*.txt", "file.txt", true),
    ("a**/*.txt", "a/file.txt", true),
    ("a**/*.txt", "a/dir/dir/file.txt", true),
    ("a/*.txt", "a/dir/file.txt", false),
    ("a/*.txt", "a/file.txt", true),
    ("a/*.txt**", "a/file.txt", true),
    ("a[b-d]e", "ae", false),
    ("a[b-d]e", "ace", true),
    ("a[^b-d]e", "aze", true),
    (".*", ".foo", true),
    (".*", "foo", false),
    ("abc.def", "abcZdef", false),
    ("abc?def", "abcZdef", true),
    ("abc?def", "abcdef", false),
    ("**/foo/bar", "dir/dir2/foo/bar", true),
    ("abc/**", "abc", false),
    ("abc/**", "abc/def/ghi", true),
    ("**/.foo", ".foo", true),
    ("**/.foo", "bar.foo", false),
    ("a(b)c/def", "a(b)c/def", true),
    ("a(b)c/def", "a(b)c/xyz", false),
    ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
    ("dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl", true),
    ("a\\*b", "a*b", true),
    ("a\\*b", "ab", false),
    ("a*", "ab/c", true),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true),
    ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
    ("a*b?c*x", "abxbbxdbxebxczzy", false),
    ("ab[^e-g]", "abc", true),
    ("a?b", "a☺b", true),
    ("[a-ζ]*", "α", true),
    ("*[a-ζ]", "A", false),
    ("a?b", "a/b", false),
    ("[\\]a]", "]", true),
    ("[x\\-]", "-", true),
    ("[\\-x]", "a", false),
    ("docs", "documents", false),
];

#[test]
fn single_patterns_match_what_moby_says() {
    for (pattern, path, expected) in MOBY {
        assert_eq!(excludes(&[pattern], path), *expected, "{pattern} {path}");
    }
}

#[test]
fn the_last_pattern_that_matches_decides_also_inside_an_excluded_folder() {
    let web = ["**", "!util/docker/web"];
    assert!(!excludes(&web, "util/docker/web/foo"));
    assert!(excludes(&["**", "!util/docker/web", "util/docker/web/foo"], "util/docker/web/foo"));
    assert!(excludes(&["!fileutils.go", "*.go"], "fileutils.go"));
    for folder in ["docs", "docs/", "/docs", "docs/*"] {
        assert!(!excludes(&[folder, "  !docs/README.md  "], "docs/README.md"), "{folder}");
        assert!(excludes(&[folder, "!docs/README.md"], "docs/other.md"), "{folder}");
    }
    // Unlike in git, a name without a slash is one at the root.
    assert!(!excludes(&["dist"], "services/a/dist/main.js"));
    assert!(excludes(&["services/../dist/./x"], "dist/x"));
}

#[test]
fn comments_blank_lines_and_a_byte_order_mark_are_no_patterns() {
    let text = "\u{feff}a\r\n# b\n\n  \n #c\n! d \n";
    let ignore = DockerIgnore::parse(text).unwrap();
    assert_eq!(ignore.patterns.len(), 3);
    assert!(
        ignore.excludes("a") && ignore.excludes("#c") && !ignore.excludes("# b") && !ignore.excludes("d")
    );
    assert!(ignore.has_exceptions() && !DockerIgnore::parse("a\n").unwrap().has_exceptions());
}

#[test]
fn what_docker_refuses_is_refused_with_its_line() {
    for pattern in ["!", "! ", "[", "[^", "[^bc", "a[", "[]a]", "[-]", "[x-]", "[a-b-c]", "\\"] {
        let error = DockerIgnore::parse(&format!("ok\n{pattern}\n")).unwrap_err();
        assert_eq!(error, BadLine { line: 2, pattern: pattern.trim().to_owned() });
    }
}
