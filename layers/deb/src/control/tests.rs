use super::*;

fn all(text: &str) -> io::Result<Vec<Paragraph>> {
    let mut paragraphs = Paragraphs::new(text.as_bytes());
    let mut found = Vec::new();
    while let Some(paragraph) = paragraphs.next()? {
        found.push(paragraph);
    }
    Ok(found)
}

#[test]
fn reads_paragraphs_continued_fields_and_comments() {
    let text = "\n\n# no\nPackage: a\nDescription: short \n more\n .\n  indented\n# within\nEmpty:\n\n \nPackage:b\r\nX:  1 \n";
    let found = all(text).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].get("package"), Some("a"));
    assert_eq!(found[0].get("Description"), Some("short \n more\n .\n  indented"));
    assert_eq!(found[0].get("Empty"), Some(""));
    assert_eq!(found[1].fields().collect::<Vec<_>>(), [("Package", "b"), ("X", "1")]);
    assert_eq!(all("# only a comment\n\n").unwrap(), []);
}

#[test]
fn keeps_only_the_fields_that_are_wanted() {
    let text = "A: 1\nB: 2\n more\nC: 3\n and\n\nB: 4\n";
    let mut paragraphs = Paragraphs::only(text.as_bytes(), &["C"]);
    assert_eq!(paragraphs.next().unwrap().unwrap().fields().collect::<Vec<_>>(), [("C", "3\n and")]);
    assert_eq!(paragraphs.next().unwrap().unwrap().fields().count(), 0);
    assert_eq!(paragraphs.next().unwrap(), None);
}

#[test]
fn says_in_which_line_it_stops() {
    for (text, message) in [
        ("A: 1\nnonsense\n", "line 2: it is no field"),
        (" A: 1\n", "line 1: it continues no field"),
        ("A: 1\n\n\nA: 1\na: 2\n", "line 5: the field a is there twice"),
        ("A b: 1\n", "line 1: it is no field"),
        (": 1\n", "line 1: it is no field"),
    ] {
        assert_eq!(all(text).unwrap_err().to_string(), message);
    }
    assert!(Paragraphs::new(&b"A: \xff\n"[..]).next().unwrap_err().to_string().contains("no UTF-8"));
}

#[test]
fn bounds_lines_and_paragraphs() {
    let line = format!("A: {}", "x".repeat(MAX_LINE as usize));
    assert!(all(&line).unwrap_err().to_string().contains("too long"));
    let many = format!("A: 1\n{}", format!(" {}\n", "x".repeat(1 << 20)).repeat(17));
    assert!(all(&many).unwrap_err().to_string().contains("paragraph is too long"));
}
