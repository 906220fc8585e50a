use super::{commands, joined, pairs, shell_words, words};

#[test]
fn quotes_hold_words_together() {
    assert_eq!(words(r#"A="b c" d\ e 'f g'"#, '\\'), [r#"A="b c""#, r"d\ e", "'f g'"]);
    assert!(words("  ", '\\').is_empty());
}

#[test]
fn both_forms_of_env() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(pairs(r#"A=1 B="2 3""#, '\\'), [pair("A", "1"), pair("B", r#""2 3""#)]);
    assert_eq!(pairs("NODE_ENV  production mode", '\\'), [pair("NODE_ENV", "production mode")]);
}

#[test]
fn scripts_fall_into_commands() {
    let script = joined("apk add \\\n  # why\n  tini && \\\n  if true; then mkdir -p 'a b'; fi", '\\');
    let found = commands(&script);
    let words = |number: usize| found[number].join("|");
    assert_eq!((words(0).as_str(), words(1).as_str()), ("apk|add|tini", "true"));
    assert_eq!(words(2), "mkdir|-p|a b");
}

#[test]
fn only_plain_commands_are_words() {
    let plain = shell_words("exec node --enable-source-maps 'dist/main.js'").unwrap();
    assert_eq!(plain, ["node", "--enable-source-maps", "dist/main.js"]);
    for text in ["a && b", "node $FILE", "A=1 node x", "a; b", "", "a > b"] {
        assert_eq!(shell_words(text), None, "{text}");
    }
}
