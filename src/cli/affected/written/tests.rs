#![allow(clippy::unwrap_used)]

use super::*;
use crate::affected::Change;

fn found(services: &[(&str, Vec<Reason>)]) -> Affected {
    let one = |(service, reasons): &(&str, Vec<Reason>)| AffectedService {
        service: (*service).to_owned(),
        package: None,
        reasons: reasons.clone(),
    };
    Affected {
        since: "0123".to_owned(),
        until: None,
        services: services.iter().map(one).collect(),
        removed: vec!["services/old".to_owned()],
        all: 3,
        unreadable: None,
    }
}

#[test]
fn nothing_is_an_empty_matrix() {
    assert_eq!(github(&found(&[])).unwrap(), "{\"include\":[]}\n");
    assert!(gitlab(&found(&[])).unwrap().starts_with("FOURPLY_AFFECTED=\nFOURPLY_AFFECTED_NAMES=\n"));
}

#[test]
fn a_name_that_dotenv_cannot_have_is_refused() {
    assert!(gitlab(&found(&[("services/a b", vec![Reason::New])])).is_err());
    assert!(gitlab(&found(&[("services/a\nCI=1", vec![Reason::New])])).is_err());
}

#[test]
fn people_see_the_first_reasons() {
    let file =
        |number: usize| Reason::File { path: format!("{number}.js"), change: Change::Added, via: Vec::new() };
    let text = text(&found(&[("services/a", (0..10).map(file).collect())]));
    assert!(
        text.starts_with("services/a\n  0.js added\n") && text.contains("  7.js added\n  and 2 more\n"),
        "{text}"
    );
    assert!(text.ends_with("services/old\n  is no service any more\n"), "{text}");
}
