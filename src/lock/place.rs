//! Where a locked package lies. In: a URL, and the folders that settings name relative to the workspace. Out: the form that the lock has of
//! it: below such a folder a relative path, so that the lock holds in every folder and on every machine; else the URL.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use url::Url;

/// A URL, or a path relative to the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place(String);

impl Place {
    /// The place of a URL. `folders` are words of settings; those that are relative paths count.
    pub(super) fn new(url: &Url, root: &Path, folders: &[String]) -> Place {
        let below = |folder: &String| {
            let folder = folder.rsplit(char::is_whitespace).next().filter(|folder| is_relative(folder))?;
            // Read again, a URL has no `..` left.
            let start: Url = Url::from_directory_path(root.join(folder)).ok()?.as_str().parse().ok()?;
            let is_below = url.as_str().starts_with(start.as_str());
            Some(Place(Url::from_directory_path(root).ok()?.make_relative(url).filter(|_| is_below)?))
        };
        folders.iter().find_map(below).unwrap_or_else(|| Place(url.to_string()))
    }

    /// The URL of the place, for a workspace.
    ///
    /// # Errors
    /// Where the workspace's own folder is none.
    pub(super) fn url(&self, root: &Path) -> Result<Url, url::ParseError> {
        match is_relative(&self.0) {
            true => {
                let start =
                    Url::from_directory_path(root).map_err(|()| url::ParseError::RelativeUrlWithoutBase)?;
                start.join(&format!("./{}", self.0))
            }
            false => Url::parse(&self.0),
        }
    }
}

fn is_relative(text: &str) -> bool {
    let part = |part: Component<'_>| !matches!(part, Component::RootDir | Component::Prefix(_));
    !text.is_empty() && !text.contains("://") && Path::new(text).components().all(part)
}

impl TryFrom<String> for Place {
    type Error = url::ParseError;

    fn try_from(text: String) -> Result<Place, url::ParseError> {
        if !is_relative(&text) {
            Url::parse(&text)?;
        }
        Ok(Place(text))
    }
}

impl From<Place> for String {
    fn from(place: Place) -> String {
        place.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn below_a_folder_that_settings_name_relatively_a_place_is_relative() {
        let root = Path::new("/home/team/shop");
        let folders = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let url = |text: &str| text.parse::<Url>().unwrap();
        for (at, words, shown) in [
            ("file:///home/team/shop/apks/x86_64/a.apk", folders(&["apks"]), "apks/x86_64/a.apk"),
            ("file:///home/team/apks/x86_64/a.apk", folders(&["@own ../apks/"]), "../apks/x86_64/a.apk"),
            ("file:///home/team/shop/apks/a%20b.apk", folders(&["apks"]), "apks/a%20b.apk"),
            ("file:///srv/apks/a.apk", folders(&["/srv/apks", "apks"]), "file:///srv/apks/a.apk"),
            (
                "https://mirror.test/apks/a.apk",
                folders(&["https://mirror.test/apks"]),
                "https://mirror.test/apks/a.apk",
            ),
        ] {
            let place = Place::new(&url(at), root, &words);
            assert_eq!(String::from(place.clone()), shown);
            assert_eq!(place.url(root).unwrap(), url(at));
            assert_eq!(Place::try_from(shown.to_owned()).unwrap(), place);
        }
        let moved = Place("apks/a.apk".into()).url(Path::new("/elsewhere")).unwrap();
        assert_eq!(moved.as_str(), "file:///elsewhere/apks/a.apk");
        assert!(Place::try_from(String::new()).is_err());
        assert!(Place::try_from("/srv/a.apk".to_owned()).is_err());
    }
}
