//! `${NAME}` in settings. In: text, and a function that returns variables. Out: the text with their values.
//!
//! Source: pnpm/pnpm@36e5ae6ac8 pnpm11/config/reader/src/loadNpmrcFiles.ts, substituteEnv, and the package
//! `@pnpm/config.env-replace`: `${NAME-other}` gives `other` if the variable is not set, `${NAME:-other}` also if it is
//! empty.

/// The result of a replacement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Variables that are not set and have no default.
    pub(super) unset: Vec<String>,
}

/// Whether a text refers to a variable.
pub(super) fn refers(text: &str) -> bool {
    text.split_once("${").is_some_and(|(_, rest)| rest.find('}').is_some_and(|end| end > 0))
}

/// Replaces every reference. A variable that is not set becomes empty text.
pub(super) fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut out = Expanded::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.text.push_str("${");
            rest = after;
            continue;
        };
        match value(name, variable) {
            Some(value) => out.text.push_str(&value),
            None => out.unset.push(name.to_owned()),
        }
        rest = behind;
    }
    out.text.push_str(rest);
    out
}

fn value(reference: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let Some((name, other)) = reference.split_once('-') else { return variable(reference) };
    match name.strip_suffix(':') {
        Some(name) => variable(name).filter(|value| !value.is_empty()).or_else(|| Some(other.to_owned())),
        None => variable(name).or_else(|| Some(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::{expand, refers};

    #[test]
    fn references_have_other_values() {
        let variable = |name: &str| match name {
            "SET" => Some("s".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("a${SET}b", "asb"),
            ("${GONE-x}${GONE:-y}", "xy"),
            ("${EMPTY-x}${EMPTY:-y}", "y"),
            ("${SET", "${SET"),
            ("$SET", "$SET"),
        ] {
            let found = expand(text, &variable);
            assert_eq!((found.text.as_str(), found.unset.len()), (expected, 0), "{text}");
        }
        let found = expand("x${GONE}", &variable);
        assert_eq!((found.text.as_str(), found.unset), ("x", vec!["GONE".to_owned()]));
        assert!(refers("x${A}") && !refers("${}") && !refers("${A") && !refers("$A"));
    }
}
