//! The name of a package's directory in the virtual store. In: a dep path, rules, a length. Out: one path component.
//! Pure.
//!
//! pnpm calls the rule `depPathToFilename`. Each rule set was derived from 1026 directories of real trees.

use fourply_blob::Digest;
use md5::{Digest as _, Md5};

use crate::rules::{DirNameHash, DirNameRules};

/// Protocols that pnpm knows. Any other word before the colon names a registry.
const PROTOCOLS: [&str; 14] = [
    "bitbucket",
    "catalog",
    "custom",
    "file",
    "git",
    "github",
    "gitlab",
    "http",
    "https",
    "jsr",
    "link",
    "npm",
    "runtime",
    "ssh",
];
const WORKSPACE: &str = "workspace";

/// The directory of `dep_path`, at most `max_length` UTF-16 units long if it can be shortened: a single path component
/// for any input except `.`, `..` and the empty one.
pub(crate) fn dir_name(dep_path: &str, rules: &DirNameRules, max_length: usize) -> String {
    let dep_path = if rules.names_files { dep_path } else { without_name(dep_path) };
    let plain = without_parentheses(
        &replace_reserved(dep_path, rules.replaces_number_sign),
        rules.keeps_inner_parentheses,
    );
    let ambiguous = rules.hashes_ambiguous_locations && location_is_ambiguous(dep_path);
    let (name, trailing) =
        if rules.masks_trailing_dots { mask_trailing(&plain) } else { (plain.clone(), false) };
    let mixed_case = name != name.to_lowercase() && !name.starts_with("file+");
    if !(ambiguous || trailing || mixed_case || length(&name) > max_length) {
        return name;
    }
    let hashed = if ambiguous { dep_path } else { &plain };
    let hash = match rules.hash {
        DirNameHash::Md5Base32 => md5_base32(hashed.as_bytes()),
        DirNameHash::Sha256Hex => {
            let mut hash = Digest::of(hashed.as_bytes()).hex();
            hash.truncate(32);
            hash
        }
    };
    format!("{}_{hash}", start(&name, max_length.saturating_sub(hash.len() + 1)))
}

/// `file:…` of `name@file:…`.
fn without_name(dep_path: &str) -> &str {
    let named = dep_path.char_indices().skip(1).find(|(_, letter)| *letter == '@');
    let rest = named.and_then(|(at, _)| dep_path.get(at + 1..));
    rest.filter(|rest| rest.starts_with("file:")).unwrap_or(dep_path)
}

/// MD5 in lower-case base32 without padding, 26 characters: the short hash of directory names and of patches.
pub(crate) fn md5_base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::with_capacity(26);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in Md5::digest(bytes) {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(ALPHABET, buffer >> bits));
        }
    }
    text.push(letter(ALPHABET, buffer << (5 - bits)));
    text
}

fn letter(alphabet: &[u8; 32], index: u32) -> char {
    alphabet.get((index & 31) as usize).map_or('a', |byte| char::from(*byte))
}

fn replace_reserved(dep_path: &str, number_sign: bool) -> String {
    let text = match dep_path.strip_prefix("file:") {
        Some(folder) => format!("file+{folder}"),
        None => dep_path.strip_prefix('/').unwrap_or(dep_path).to_owned(),
    };
    let reserved = |c: char| {
        matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || (c == '#' && number_sign)
    };
    text.replace(reserved, "+")
}

fn without_parentheses(text: &str, keeps_inner: bool) -> String {
    if !text.contains('(') {
        return text.to_owned();
    }
    if keeps_inner {
        let text = text.replace(")(", "_").replace('(', "_");
        return text.strip_suffix(')').unwrap_or(&text).to_owned();
    }
    let text = text.strip_suffix(')').unwrap_or(text);
    text.replace(")(", "_").replace(['(', ')'], "_")
}

/// Trailing dots and spaces become `+`, because Windows would drop them. Returns whether there were any.
fn mask_trailing(text: &str) -> (String, bool) {
    let kept = text.trim_end_matches(['.', ' ']);
    let masked = text.len() - kept.len();
    (format!("{kept}{}", "+".repeat(masked)), masked > 0)
}

/// Whether the version is a location, such as a git URL, with a character that replacements could confuse with another.
fn location_is_ambiguous(dep_path: &str) -> bool {
    let id = dep_path.split('(').next().unwrap_or_default();
    let id = id.strip_prefix('/').unwrap_or(id);
    let version = if id.starts_with("file:") {
        id
    } else {
        match id.char_indices().skip(1).find(|(_, c)| *c == '@') {
            Some((at, _)) => id.get(at + 1..).unwrap_or_default(),
            None => return false,
        }
    };
    let Some((scheme, location)) = version.split_once(':') else { return false };
    if names_a_registry(scheme, location) {
        return false;
    }
    let location = location.strip_prefix("//").unwrap_or(location);
    location.contains(['+', '\\', ':', '*', '?', '"', '<', '>', '|', '#'])
}

/// `alias:1.0.0`: a version from a named registry.
fn names_a_registry(scheme: &str, version: &str) -> bool {
    let mut characters = scheme.chars();
    let is_name = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    is_name && !PROTOCOLS.contains(&scheme) && scheme != WORKSPACE && is_exact_version(version)
}

/// `1.2.3`, with or without a prerelease and build metadata.
fn is_exact_version(text: &str) -> bool {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (text, prerelease) = text.split_once('-').map_or((text, None), |(text, tag)| (text, Some(tag)));
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
    };
    let numbers: Vec<&str> = text.split('.').collect();
    numbers.len() == 3
        && numbers.iter().all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        && prerelease.is_none_or(word)
        && build.is_none_or(word)
}

fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The first `units` UTF-16 units, without a split character at the end.
fn start(text: &str, units: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > units
    });
    end.map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

#[cfg(test)]
mod tests;
