//! Versions of the format of layers and images. In: a configured number. Out: a [`LayerFormat`], which decides the
//! split of packages into layers, and what an image's configuration records of its build. `docs/layer-format.md`
//! describes each format.
//!
//! This module does not know the differences between formats: each stage asks for the format where it needs to decide.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::{Category, Feed, KeyValue};

/// The bytes that the same inputs produce. Every format that was ever the default stays, so that an old image can be
/// rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(try_from = "u32")]
pub enum LayerFormat {
    /// Layers are shared by their users only; the image records its build time and commit.
    V1,
    /// Layers stay the same between releases; the image records nothing about its build.
    #[default]
    V2,
}

impl LayerFormat {
    /// All formats, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// Its number in settings.
    pub const fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The format that introduced the current bytes of pieces. Pieces are cached under its number, so formats with
    /// equal pieces share them.
    pub const fn of_pieces(self) -> Self {
        match self {
            Self::V1 | Self::V2 => Self::V1,
        }
    }
}

impl fmt::Display for LayerFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl KeyValue for LayerFormat {
    fn feed(&self, feed: &mut Feed<'_>) {
        feed.number(self.number().into());
    }
}

/// The text is not the number of a [`LayerFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no layer format {0}, expected 1 or 2")]
pub struct UnknownFormat(String);

impl UnknownFormat {
    /// Always the user: it is a setting.
    pub const fn category(&self) -> Category {
        Category::User
    }
}

impl FromStr for LayerFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|format| format.to_string() == text);
        known.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl TryFrom<u32> for LayerFormat {
    type Error = UnknownFormat;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        number.to_string().parse()
    }
}

#[cfg(test)]
mod tests;
