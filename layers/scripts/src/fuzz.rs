//! Entry points for fuzz targets to this crate's own readers.

use std::net::Ipv4Addr;

use crate::network::names::question;

/// A query from a script to the name server of its network. For any query: an answer starts like the query, names the
/// question and fits into a datagram; and a query made of its question has the same question.
pub fn name_query(bytes: &[u8]) {
    let Some(asked) = question(bytes) else { return };
    assert!(!asked.name.is_empty() && asked.name.len() <= 253);
    for address in [None, Some(Ipv4Addr::LOCALHOST)] {
        let mut answer = asked.answer(address);
        assert!(answer.len() <= 512 && answer.get(..2) == bytes.get(..2), "{answer:?}");
        assert_eq!(question(&answer), None, "an answer is not a query");
        // The bit that distinguishes answers from queries.
        if let Some(flags) = answer.get_mut(2) {
            *flags &= 0x7f;
        }
        assert_eq!(question(&answer).map(|again| again.name), Some(asked.name.clone()));
    }
}
