//! Versions of the format of layers and images. In: a number that somebody chose. Out: a [`LayerFormat`], which decides the split of packages
//! into layers and what an image's configuration says of its build. `docs/layer-format.md` describes each of them.
//!
//! It does not know what differs between the formats: each stage asks for the format where it has to decide.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::{Category, Feed, KeyValue};

/// Which bytes the same inputs give. Every format that was ever the default stays, so that an old image can be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(try_from = "u32")]
pub enum LayerFormat {
    /// Shared layers by their users alone; the image says when and of which commit it was built.
    V1,
    /// Layers that stay between releases; nothing of the build in the image.
    #[default]
    V2,
}

impl LayerFormat {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The number by which users choose it.
    pub const fn number(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The format that gave pieces the bytes that they have in this one: they are kept under its number, so formats whose
    /// pieces are alike share them.
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

/// A text that is the number of no [`LayerFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no layer format {0}, expected 1 or 2")]
pub struct UnknownFormat(String);

impl UnknownFormat {
    /// The user chose it.
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
