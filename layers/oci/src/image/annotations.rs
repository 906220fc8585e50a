//! OCI's annotations of an image. In: the build's own values and its base. Out: a sorted map for the manifest. Source
//! of the names and their meaning: OCI image specification, annotations.md.

use std::collections::BTreeMap;

use oci_spec::image as names;

use super::base::BaseImage;
use super::error::ImageError;
use super::time::time;

/// The standard annotations of an image. Those that are `None` are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations {
    /// `org.opencontainers.image.title`: a name for people.
    pub title: Option<String>,
    /// `org.opencontainers.image.version`: the version of the packaged software.
    pub version: Option<String>,
    /// `org.opencontainers.image.revision`: the commit.
    pub revision: Option<String>,
    /// `org.opencontainers.image.source`: the URL of the sources.
    pub source: Option<String>,
}

impl Annotations {
    /// A map of these annotations and `more`. An entry in `more` wins.
    pub fn with(self, more: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let own = [
            (names::ANNOTATION_TITLE, self.title),
            (names::ANNOTATION_VERSION, self.version),
            (names::ANNOTATION_REVISION, self.revision),
            (names::ANNOTATION_SOURCE, self.source),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        own.chain(more.iter().map(|(name, value)| (name.clone(), value.clone()))).collect()
    }
}

/// Adds the annotations that follow from the image: its creation time, and its base's name and digest.
pub(super) fn complete(
    given: &BTreeMap<String, String>,
    created: i64,
    base: &BaseImage,
) -> Result<BTreeMap<String, String>, ImageError> {
    let mut all = BTreeMap::from([(names::ANNOTATION_CREATED.to_owned(), time(created)?)]);
    if let Some(name) = &base.name {
        all.insert(names::ANNOTATION_BASE_IMAGE_NAME.to_owned(), name.clone());
    }
    if let Some(digest) = &base.digest {
        all.insert(names::ANNOTATION_BASE_IMAGE_DIGEST.to_owned(), digest.to_string());
    }
    all.extend(given.clone());
    if all.contains_key("") {
        return Err(ImageError::Value {
            field: "annotation",
            value: String::new(),
            reason: "its name is empty",
        });
    }
    Ok(all)
}
