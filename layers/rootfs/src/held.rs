//! The part of an earlier resolution that a new one keeps.

/// An earlier resolution, such as a lock file.
#[derive(Debug)]
pub enum Held<'a, T> {
    /// There is none.
    Nothing,
    /// It matches the request: nothing is resolved again.
    Whole(&'a T),
    /// The request has changed. Matching parts stay; the rest is resolved.
    Partly(&'a T),
}

impl<T> Clone for Held<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Held<'_, T> {}

impl<'a, T> Held<'a, T> {
    /// A part of it, if it has one.
    pub fn part<U>(self, part: impl FnOnce(&'a T) -> Option<&'a U>) -> Held<'a, U> {
        match self {
            Held::Nothing => Held::Nothing,
            Held::Whole(held) => part(held).map_or(Held::Nothing, Held::Whole),
            Held::Partly(held) => part(held).map_or(Held::Nothing, Held::Partly),
        }
    }

    /// The value, if nothing is resolved again.
    pub fn whole(self) -> Option<&'a T> {
        match self {
            Held::Whole(held) => Some(held),
            Held::Nothing | Held::Partly(_) => None,
        }
    }

    /// The value, if only matching parts are kept.
    pub fn partly(self) -> Option<&'a T> {
        match self {
            Held::Partly(held) => Some(held),
            Held::Nothing | Held::Whole(_) => None,
        }
    }

    /// The value in both cases.
    pub fn any(self) -> Option<&'a T> {
        self.whole().or_else(|| self.partly())
    }
}
