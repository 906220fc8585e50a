use super::{meaning, newest_names};

#[test]
fn words_stand_for_ranges_and_tags() {
    for (word, means) in [
        ("iron", "^20"),
        ("Krypton", "^24"),
        ("lts/jod", "^22"),
        ("lts", "^26"),
        ("lts/*", "^26"),
        ("latest", "latest"),
        ("current", "latest"),
        ("v22.4.0", "22.4.0"),
        (" 22 ", "22"),
        ("^22.4", "^22.4"),
        ("*", "*"),
        ("vlatest", "vlatest"),
        ("irn", "irn"),
    ] {
        assert_eq!(meaning(word), means, "{word}");
    }
    assert!(newest_names().starts_with("lithium, krypton"));
}
