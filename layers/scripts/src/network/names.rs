//! The answers of a name server that knows every name, or none. In: a DNS query, possibly hostile. Out: the requested
//! name, and an answer. Source: RFC 1035, 4.1.

use std::net::Ipv4Addr;

const HEADER: usize = 12;
const A: u16 = 1;
const INTERNET: u16 = 1;
/// The longest name with its dots, and the longest label.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question<'a> {
    /// In lower case, without the trailing dot.
    pub name: String,
    query: &'a [u8],
    /// The end of the question, as an offset in the query.
    end: usize,
    kind: u16,
}

/// The question of a query with exactly one.
pub(crate) fn question(query: &[u8]) -> Option<Question<'_>> {
    let is_query = query.get(2)? & 0xf8 == 0;
    if !is_query || number(query, 4)? != 1 {
        return None;
    }
    let (mut at, mut name) = (HEADER, String::new());
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = query.get(at..at + length).filter(|_| length <= LONGEST_LABEL)?;
        if !label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)) {
            return None;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        at += length;
    }
    let known = !name.is_empty() && name.len() <= LONGEST_NAME && number(query, at + 2)? == INTERNET;
    known.then_some(Question { name, query, end: at + 4, kind: number(query, at)? })
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

impl Question<'_> {
    /// The answer: the name has this IPv4 `address` and no other records; or no such name exists.
    pub(crate) fn answer(&self, address: Option<Ipv4Addr>) -> Vec<u8> {
        const ANSWER: u8 = 0x80;
        const RECURSION: u8 = 0x80;
        const NO_NAME: u8 = 3;
        let address = address.map(|address| (self.kind == A).then_some(address));
        let count = u16::from(matches!(address, Some(Some(_))));
        let mut text = self.query.get(..2).unwrap_or_default().to_vec();
        let wanted = self.query.get(2).copied().unwrap_or_default() & 1;
        text.extend([ANSWER | wanted, RECURSION | if address.is_none() { NO_NAME } else { 0 }]);
        for number in [1, count, 0, 0] {
            text.extend(u16::to_be_bytes(number));
        }
        text.extend(self.query.get(HEADER..self.end).unwrap_or_default());
        if let Some(Some(address)) = address {
            // The name of the question, valid for a minute.
            text.extend([0xc0, HEADER as u8, 0, A as u8, 0, INTERNET as u8, 0, 0, 0, 60, 0, 4]);
            text.extend(address.octets());
        }
        text
    }
}

#[cfg(test)]
mod tests;
