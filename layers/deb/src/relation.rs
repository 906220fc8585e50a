//! Dependencies: `a (>= 1), b | c:any`. In: the value of a field. Out: groups of alternatives. This module must not
//! know which packages exist. Source of the syntax: Debian policy, 7.1
//! (<https://www.debian.org/doc/debian-policy/ch-relationships.html>).

use std::cmp::Ordering;
use std::fmt;

use crate::version::compare;

/// A package by name, of any or certain versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation<'t> {
    pub name: &'t str,
    /// The text after a colon: `any`, `native` or an architecture.
    pub qualifier: Option<&'t str>,
    /// The operator and the version.
    pub version: Option<(Operator, &'t str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Earlier,
    EarlierOrEqual,
    Equal,
    LaterOrEqual,
    Later,
}

impl Operator {
    /// `<` and `>` are old spellings of `<=` and `>=`.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "<<" => Self::Earlier,
            "<=" | "<" => Self::EarlierOrEqual,
            "=" => Self::Equal,
            ">=" | ">" => Self::LaterOrEqual,
            ">>" => Self::Later,
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Earlier => order.is_lt(),
            Self::EarlierOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::LaterOrEqual => order.is_ge(),
            Self::Later => order.is_gt(),
        }
    }
}

impl Relation<'_> {
    /// Whether a package (or a provided name) of this version matches. `None` is a provided name without a version,
    /// which satisfies no versioned relation.
    pub(crate) fn admits(&self, version: Option<&str>) -> bool {
        match (self.version, version) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((operator, wanted)), Some(version)) => operator.holds(compare(version, wanted)),
        }
    }

    /// Whether packages of this architecture match the qualifier.
    pub(crate) fn admits_architecture(&self, architecture: &str) -> bool {
        self.qualifier
            .is_none_or(|qualifier| matches!(qualifier, "any" | "native") || qualifier == architecture)
    }
}

impl fmt::Display for Relation<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((operator, version)) = self.version else { return out.write_str(self.name) };
        let operator = match operator {
            Operator::Earlier => "<<",
            Operator::EarlierOrEqual => "<=",
            Operator::Equal => "=",
            Operator::LaterOrEqual => ">=",
            Operator::Later => ">>",
        };
        write!(out, "{} ({operator} {version})", self.name)
    }
}

/// Parses a field: all groups are needed, and one alternative of each group.
///
/// # Errors
/// The part that cannot be parsed.
pub(crate) fn parse(field: &str) -> Result<Vec<Vec<Relation<'_>>>, String> {
    let groups = field.split(',').map(str::trim).filter(|group| !group.is_empty());
    groups.map(|group| group.split('|').map(one).collect()).collect()
}

fn one(text: &str) -> Result<Relation<'_>, String> {
    let wrong = || format!("{:?} is no dependency", text.trim());
    // Restrictions to architectures and profiles are for source packages; they follow the version.
    let text = text.split(['[', '<']).next().filter(|_| !text.contains('(')).unwrap_or(text);
    let (name, version) = match text.split_once('(') {
        None => (text.trim(), None),
        Some((name, rest)) => {
            let (inner, _) = rest.split_once(')').ok_or_else(wrong)?;
            let inner = inner.trim();
            let end = inner.find(|c: char| !"<=>".contains(c)).ok_or_else(wrong)?;
            let (operator, version) = inner.split_at_checked(end).ok_or_else(wrong)?;
            let operator = Operator::parse(operator).ok_or_else(wrong)?;
            (name.trim(), Some((operator, version.trim())))
        }
    };
    let (name, qualifier) =
        name.split_once(':').map_or((name, None), |(name, qualifier)| (name, Some(qualifier)));
    match is_package_name(name) {
        true => Ok(Relation { name, qualifier, version }),
        false => Err(wrong()),
    }
}

/// Whether this is a package name: lower-case letters, digits, `+`, `-` and `.`, starting with a letter or digit.
/// Upper-case letters are accepted, as in dpkg. An accepted name is a safe file name.
pub(crate) fn is_package_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first
        && name.len() <= 200
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

#[cfg(test)]
mod tests;
