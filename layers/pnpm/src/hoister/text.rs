//! Texts as small numbers, so that comparing names is cheap.

use std::collections::HashMap;
use std::sync::Arc;

/// A text interned in [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Text(usize);

/// All texts of a graph.
#[derive(Debug, Default)]
pub(super) struct Texts {
    numbers: HashMap<Arc<str>, Text>,
    all: Vec<Arc<str>>,
}

impl Texts {
    pub(super) fn number(&mut self, text: &str) -> Text {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let (text, number) = (Arc::<str>::from(text), Text(self.all.len()));
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    pub(super) fn text(&self, number: Text) -> &str {
        self.all.get(number.0).map_or("", |text| &**text)
    }
}
