//! `--label` and `--annotation`: what a build says of its image. In: words. Out: names and values.

use std::str::FromStr;

/// `--label NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(pub String, pub String);

/// `--annotation NAME=VALUE`, also as docker writes it for a manifest: `manifest:NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation(pub String, pub String);

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Label, String> {
        // As docker has it, a name alone has an empty value.
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        pair(name, value).map(|(name, value)| Label(name, value))
    }
}

impl FromStr for Annotation {
    type Err = String;

    fn from_str(text: &str) -> Result<Annotation, String> {
        let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
        // docs.docker.com/build/metadata/annotations: a prefix says where it goes.
        let name = match name.split_once(':') {
            Some(("manifest", name)) => name,
            Some((prefix, _)) if ["index", "index-descriptor", "manifest-descriptor"].contains(&prefix) => {
                return Err(format!(
                    "there is no {prefix}: here, as annotations are written to manifests; leave the prefix out"
                ));
            }
            Some((prefix, _)) if prefix.contains(['[', ',']) => {
                return Err(format!(
                    "there is no {prefix}: here: an annotation is for the manifests of all platforms"
                ));
            }
            _ => name,
        };
        pair(name, value).map(|(name, value)| Annotation(name, value))
    }
}

fn pair(name: &str, value: &str) -> Result<(String, String), String> {
    match name.is_empty() || format!("{name}{value}").contains('\0') {
        true => Err("the name is missing; write it as NAME=VALUE".to_owned()),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_docker_are_taken_or_refused() {
        let annotation = |text: &str| text.parse::<Annotation>();
        let same = Annotation("a.b".to_owned(), "c=d".to_owned());
        assert_eq!(annotation("a.b=c=d"), Ok(same.clone()));
        assert_eq!(annotation("manifest:a.b=c=d"), Ok(same));
        for text in [
            "index:a=b",
            "manifest-descriptor:a=b",
            "manifest[linux/amd64]:a=b",
            "index,manifest:a=b",
            "a",
            "=b",
        ] {
            assert!(annotation(text).is_err(), "{text}");
        }
        // A colon may be part of a name.
        assert_eq!(annotation("x:y=z"), Ok(Annotation("x:y".to_owned(), "z".to_owned())));
        assert_eq!("a".parse(), Ok(Label("a".to_owned(), String::new())));
        assert!("=a".parse::<Label>().is_err());
    }
}
