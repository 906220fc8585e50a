//! Readers of this crate that are its own, open to the fuzz targets and to nothing else.

use std::net::Ipv4Addr;

use crate::network::names::question;

/// A query that a script sends to the name server of its network. Whatever it is: an answer begins as the query, names what was asked, and
/// fits a datagram; a query of its question is the same question.
pub fn name_query(bytes: &[u8]) {
    let Some(asked) = question(bytes) else { return };
    assert!(!asked.name.is_empty() && asked.name.len() <= 253);
    for address in [None, Some(Ipv4Addr::LOCALHOST)] {
        let mut answer = asked.answer(address);
        assert!(answer.len() <= 512 && answer.get(..2) == bytes.get(..2), "{answer:?}");
        assert_eq!(question(&answer), None, "an answer is no query");
        // The bit that tells answers from queries.
        if let Some(flags) = answer.get_mut(2) {
            *flags &= 0x7f;
        }
        assert_eq!(question(&answer).map(|again| again.name), Some(asked.name.clone()));
    }
}
