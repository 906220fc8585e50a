//! The check on small made-up sources.

use std::collections::BTreeMap;

use super::folders;
use super::keys::Keys;
use super::sources::Crate;
use super::{AllowList, Report};

/// A report on a crate of these files below `layers/made/src/`.
fn report(files: &[(&str, &str)]) -> Report {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| (format!("layers/made/src/{path}"), (*text).to_owned())).collect();
    let mut report = Report::default();
    report.add(&Crate::parse("made", "layers/made", &texts).unwrap());
    report
}

/// All problems without an allow-list, with the folder left out.
fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let problems = AllowList::default().problems(&report(files));
    problems.iter().map(|problem| problem.replace("layers/made/src/", "")).collect()
}

#[track_caller]
fn assert_cycle(files: &[(&str, &str)], expected: &str) {
    let problems = problems(files);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with(&format!("cycle: {expected}\n")), "{}", problems[0]);
}

#[track_caller]
fn assert_clean(files: &[(&str, &str)]) {
    assert_eq!(problems(files), Vec::<String>::new());
}

#[test]
fn finds_a_cycle_and_names_its_items() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f(_: super::a::A) {}"),
    ];
    assert_eq!(
        problems(&files),
        ["cycle: a.rs -> b.rs -> a.rs\n      a.rs uses B of b.rs\n      b.rs uses A of a.rs"]
    );
}

#[test]
fn finds_a_cycle_through_re_exports() {
    let files = [
        ("lib.rs", "mod a; mod b; pub use a::A; pub(crate) use self::b::*;"),
        ("a.rs", "use crate::B; pub struct A(B);"),
        ("b.rs", "pub struct B; use crate::A as Other; fn f(_: Other) {}"),
    ];
    assert_cycle(&files, "a.rs -> b.rs -> a.rs");
}

#[test]
fn finds_a_cycle_through_a_re_export_of_a_re_export() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "mod inner; pub use inner::Deep; pub fn f() { crate::b::g() }"),
        ("a/inner.rs", "pub struct Deep;"),
        ("b.rs", "pub use crate::a; pub fn g() { let _ = a::Deep; }"),
    ];
    assert_clean(&files);
    let with_use =
        [files[0], files[1], ("a/inner.rs", "pub struct Deep; fn h() { crate::b::g() }"), files[3]];
    assert_cycle(&with_use, "a/inner.rs -> b.rs -> a/inner.rs");
}

#[test]
fn an_impl_in_another_file_uses_the_type() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; pub fn f() { crate::b::g() }"),
        ("b.rs", "impl crate::a::A { pub fn m(&self) {} } pub fn g() {}"),
    ];
    assert_cycle(&files, "a.rs -> b.rs -> a.rs");
}

#[test]
fn a_type_that_calls_its_method_of_another_file_uses_that_file() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; impl A { fn f(&self) { self.m() } }"),
        ("b.rs", "use super::a::A; impl A { pub fn m(&self) {} }"),
    ];
    assert_cycle(&files, "a.rs -> b.rs -> a.rs");
}

#[test]
fn a_parent_may_use_its_child_but_not_both_ways() {
    let child = ("a/b.rs", "pub struct B;");
    assert_clean(&[("lib.rs", "mod a;"), ("a.rs", "mod b; pub use b::B; pub struct A(B);"), child]);
    let child = ("a/b.rs", "pub struct B; fn f(_: super::A) {}");
    assert_cycle(
        &[("lib.rs", "mod a;"), ("a.rs", "mod b; use b::B; pub struct A(B);"), child],
        "a.rs -> a/b.rs -> a.rs",
    );
}

#[test]
fn sees_paths_in_macros_attributes_and_functions() {
    let uses = [
        "fn f() -> String { format!(\"{}\", crate::a::LIMIT) }",
        "fn f() { use super::a::A; let _ = A::new(); }",
        "use crate::a; fn f() { a::A::new(); }",
        "#[derive(Deserialize)] struct S { #[serde(default = \"crate::a::A::new\")] x: u8 }",
        "use super::*; fn f(_: a::A) {}",
    ];
    for text in uses {
        let b = format!("pub struct B; {text}");
        let a = "use crate::b::B; pub struct A; pub const LIMIT: u8 = 1; impl A { pub fn new() {} } fn f(_: B) {}";
        assert_cycle(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", &b)], "a.rs -> b.rs -> a.rs");
    }
}

#[test]
fn false_friends_are_no_uses() {
    let a = "use crate::b::B; pub fn plan() {} pub struct A(B); pub struct Hash;";
    let friends = [
        // a variable and a field of the function's name, and a method of it
        "use super::a::*; fn f(plan: u8, x: X) -> u8 { x.plan(); x.plan + plan }",
        // another crate's path of the same end, and one that starts at the outside
        "fn f() { other::a::plan(); ::a::plan() }",
        // a derive macro of a type's name
        "use super::a::*; #[derive(Hash)] struct S;",
        // a comment, a text, a doc comment
        "/// [`crate::a::A`]\nfn f() { /* crate::a::A */ let _ = \"crate::a::A\"; }",
        // a test
        "#[cfg(test)] mod tests { use crate::a::A; }",
        // a type of the same name in a module of its own
        "mod a { pub struct A; } fn f(_: a::A) {}",
        // a re-export alone
        "pub use crate::a::A;",
        // a visibility
        "pub(in crate::a) fn f() {}",
    ];
    for friend in friends {
        let b = format!("pub struct B; {friend}");
        assert_clean(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", &b)]);
    }
}

#[test]
fn a_function_of_its_modules_name_is_found() {
    let files = [
        ("lib.rs", "mod plan; mod b; use plan::plan; pub fn all() { plan(); b::g() }"),
        ("plan.rs", "pub fn plan() { crate::all() }"),
        ("b.rs", "pub fn g() {}"),
    ];
    assert_cycle(&files, "lib.rs -> plan.rs -> lib.rs");
}

#[test]
fn modules_of_tests_are_left_out() {
    let files = [
        ("lib.rs", "mod a; #[cfg(test)] mod helpers;"),
        ("a.rs", "pub struct A;"),
        ("helpers.rs", "pub fn version() { crate::V::V9; }"),
    ];
    assert_clean(&files);
}

#[test]
fn versions_of_pnpm_belong_to_the_rules() {
    let text = "fn f(d: Dialect) -> bool { matches!(d, Dialect::V10) || d == Self::V9 || x == LockfileFormat::V9 || Ip::V6 || r == &rules::PNPM_11 }";
    assert_eq!(
        problems(&[("lib.rs", "mod a; mod rules;"), ("a.rs", text), ("rules.rs", text)]),
        [
            "pnpm-version: a.rs: 3 found, 0 allowed\n      line 1: V10\n      line 1: V9\n      line 1: PNPM_11"
        ]
    );
}

#[test]
fn keys_have_no_debug_texts() {
    let text = "fn f() { let x = format!(\"{x:?}\"); KeyBuilder::new(\"d\").field(\"x\", x) }\nfn g() { error(format!(\"{x:?}\")) }";
    assert_eq!(
        problems(&[("lib.rs", text)]),
        ["debug-in-key: lib.rs: 1 found, 0 allowed\n      line 1: {x:?}"]
    );
}

#[test]
fn libraries_name_no_flags() {
    let text = r##"
        /// With `--offline`, by fourply.toml.
        #[error("{what} is not there, and --offline forbids to fetch it")]
        const HINT: &str = "name it in fourply.toml";
        fn f() { run("--git-dir", "--depth=1", "-----BEGIN", "run `pnpm install --lockfile-only`", "a -- b"); }
    "##;
    assert_eq!(
        problems(&[("lib.rs", text)]),
        ["program-word: lib.rs: 2 found, 0 allowed\n      line 3: --offline\n      line 4: fourply.toml"]
    );
}

#[test]
fn keys_and_records_are_declared_once() {
    let kinds = "kinds! { /// x = \"y\"\n A = \"a\", B = \"b\", C = \"c\" }";
    let inputs = "fourply_blob::inputs! { /// \"c\"\n struct I<'a>: \"i\", rules 1 { x: &'a str } }";
    let records = "record! { struct R in A, rules 1 => Vec<u8> { x: u8 } } record! { struct S<'a> in B, rules 1 => u8 {} }";
    let tests = "#[cfg(test)] record! { struct T in A, rules 1 => u8 {} }";
    let again = "inputs! { struct J: \"b\", rules 1 {} }\ninputs! { struct K: \"i\", rules 1 {} }\n
        fn f() { record! { struct U in B, rules 1 => u8 {} } KeyBuilder::new(\"k\") }";
    let texts = [("a.rs", kinds), ("b.rs", inputs), ("c.rs", records), ("d.rs", tests), ("e.rs", again)];
    let mut keys = Keys::default();
    let files = texts.map(|(path, text)| (format!("layers/made/src/{path}"), text.to_owned()));
    Crate::parse("made", "layers/made", &BTreeMap::from(files))
        .unwrap()
        .files
        .iter()
        .for_each(|file| keys.add(file));
    let found: Vec<String> = keys
        .findings()
        .iter()
        .map(|finding| {
            format!("{} {}: {}", finding.rule, finding.subject.rsplit('/').next().unwrap(), finding.detail)
        })
        .collect();
    assert_eq!(
        found,
        [
            "key-name a.rs: line 2: b, as in layers/made/src/e.rs",
            "key-name e.rs: line 2: i, as in layers/made/src/b.rs",
            "record-kind e.rs: line 4: B, as in layers/made/src/c.rs",
            "record-kind a.rs: line 2: no record! has C",
            "key-by-hand e.rs: line 4: KeyBuilder::new",
        ]
    );
}

#[test]
fn folders_and_long_files() {
    assert_eq!(folders::generated("src/build/dist/x.rs"), ["src/build", "src/build/dist"]);
    assert_eq!(folders::generated("src/builder/build.rs"), Vec::<String>::new());
    let rules =
        |text: &str| folders::in_file("a.rs", text).iter().map(|finding| finding.rule).collect::<Vec<_>>();
    assert_eq!(rules(&"\n".repeat(400)), Vec::<&str>::new());
    assert_eq!(rules(&"\n".repeat(401)), ["long-file"]);
    assert_eq!(rules("    #[path = \"x.rs\"]\n// #[path"), ["path-attribute"]);
}

#[test]
fn the_allow_list_fits_exactly_or_fails() {
    let files = [
        ("lib.rs", "mod a; mod b; fn f() { Dialect::V9; }"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B; fn f(_: super::a::A) {}"),
    ];
    let report = report(&files);
    let text = AllowList::text_for(&report);
    assert_eq!(
        text,
        "cycle layers/made/src/a.rs -> layers/made/src/b.rs\npnpm-version layers/made/src/lib.rs 1\n"
    );
    assert_eq!(AllowList::parse(&text).unwrap().problems(&report), Vec::<String>::new());
    let both = format!("{text}cycle layers/made/src/b.rs -> layers/made/src/a.rs # why\n");
    assert_eq!(AllowList::parse(&both).unwrap().problems(&report).len(), 2);
    let too_much = text.replace("/b.rs", "/c.rs").replace("lib.rs 1", "lib.rs 2");
    let problems = AllowList::parse(&too_much).unwrap().problems(&report);
    let starts: Vec<&str> = problems.iter().map(|problem| problem.split(" ->").next().unwrap()).collect();
    assert_eq!(
        starts,
        [
            "cycle: layers/made/src/a.rs",
            "stale: `cycle layers/made/src/a.rs",
            "stale: `pnpm-version layers/made/src/lib.rs 2`: 1 found; lower or remove the entry"
        ]
    );
    assert_eq!(AllowList::default().problems(&report).len(), 2);
    assert!(AllowList::parse("anything else").is_err());
}

#[test]
fn the_table_counts_lines_and_functions() {
    let table = report(&[("lib.rs", "fn a() {}\nfn b() {\n}\n#[cfg(test)]\nmod tests;\n")]).table();
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, ["made", "5", "2", "2", "2", "2", "1", "0", "0", "0"]);
}
