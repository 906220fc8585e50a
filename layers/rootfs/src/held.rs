//! What of an earlier resolution counts in a new one.

/// What was resolved before, such as by a lock file.
#[derive(Debug)]
pub enum Held<'a, T> {
    /// Nothing was.
    Nothing,
    /// All that is asked for: nothing is resolved again.
    Whole(&'a T),
    /// Something else was asked for then. What still fits stays as it was; the rest is resolved.
    Partly(&'a T),
}

impl<T> Clone for Held<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Held<'_, T> {}

impl<'a, T> Held<'a, T> {
    /// A part of it, where it has one.
    pub fn part<U>(self, part: impl FnOnce(&'a T) -> Option<&'a U>) -> Held<'a, U> {
        match self {
            Held::Nothing => Held::Nothing,
            Held::Whole(held) => part(held).map_or(Held::Nothing, Held::Whole),
            Held::Partly(held) => part(held).map_or(Held::Nothing, Held::Partly),
        }
    }

    /// What is taken as it is.
    pub fn whole(self) -> Option<&'a T> {
        match self {
            Held::Whole(held) => Some(held),
            Held::Nothing | Held::Partly(_) => None,
        }
    }

    /// What is taken where it still fits.
    pub fn partly(self) -> Option<&'a T> {
        match self {
            Held::Partly(held) => Some(held),
            Held::Nothing | Held::Whole(_) => None,
        }
    }

    /// What there is, whole or not.
    pub fn any(self) -> Option<&'a T> {
        self.whole().or_else(|| self.partly())
    }
}
