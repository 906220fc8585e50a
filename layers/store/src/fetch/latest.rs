//! Documents that change at their place, as indexes do: fetched whole only if they are others than last time. In: a URL, and who reads what
//! lies there. Out: what the reader made of it. Source of the rules: RFC 9110, 8.8 and 13.1.
//!
//! What a server says of its documents is never believed. Only what its reader took is kept, so a server that once sent something else is
//! not asked because of that; what is kept has a checksum, and is asked for whole once it is damaged. "It is what it was" makes the
//! reader read what is kept, with the keys and the clock of now, and if he does not take it, the whole is fetched.

use fourply_blob::{Inputs as _, Key, Reason};
use url::Url;

use super::Fetcher;
use super::http::{self, Answer, Condition};
use super::validators::Validators;
use crate::pieces::{sealed, sound};
use crate::redacted::shown;
use crate::{Result, Store, StoreError};

/// The store's name for them.
const KIND: &str = "documents";

fourply_blob::inputs! {
    /// A document, by the place that it is fetched from.
    struct DocumentInputs<'a>: "document", rules 2 {
        url: &'a str,
    }
}

/// A document that its reader took.
struct Kept {
    validators: Validators,
    body: Vec<u8>,
}

impl Fetcher {
    /// What `read` makes of the document that lies at a URL now. `read` verifies it: it may be given one that was kept, and then the whole
    /// once more.
    ///
    /// # Errors
    /// Where it is absent or too large, and those of `read`.
    pub fn latest<T, E: From<StoreError>>(
        &self,
        url: &Url,
        max: u64,
        read: impl Fn(&[u8]) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if url.scheme() == "file" {
            return read(&self.document(url, max)?);
        }
        self.online(&shown(url))?;
        let key = DocumentInputs { url: url.as_str() }.key();
        let kept = kept(&self.store, &key).filter(|kept| kept.body.len() as u64 <= max);
        let answer = match &kept {
            None => self.ask(url, max, None)?,
            Some(Kept { validators, body }) => match self.ask(url, max, Some(validators))? {
                Answer::Unchanged => match read(body) {
                    Ok(taken) => return Ok(taken),
                    Err(_) => self.ask(url, max, None)?,
                },
                whole @ Answer::Whole(..) => whole,
            },
        };
        let Answer::Whole(body, validators) = answer else {
            return Err(http::unasked(&shown(url), url).into());
        };
        let taken = read(&body)?;
        keep(&self.store, &key, &validators, &body)?;
        Ok(taken)
    }

    fn ask(&self, url: &Url, max: u64, known: Option<&Validators>) -> Result<Answer<Vec<u8>>> {
        let engine = self.engine()?;
        let what = shown(url);
        let get = http::Get { url, accept: None, what: &what, max, package: None };
        let ask =
            http::ask(&engine.clients, &self.settings, get, Condition::Latest(known), || Ok(Vec::new()));
        engine.runtime.block_on(ask)
    }
}

/// The document that is kept, with what to ask for it; none where it is damaged.
fn kept(store: &Store, key: &Key) -> Option<Kept> {
    let (path, bytes) = store.read_at(KIND, &key.hex())?;
    let Some(piece) = sound(key, &bytes) else {
        store.damaged(KIND, &path);
        return None;
    };
    let end = piece.iter().position(|byte| *byte == b'\n')?;
    let (head, body) = piece.split_at_checked(end)?;
    let validators = serde_json::from_slice(head).ok()?;
    let body = body.get(1..)?.to_vec();
    Some(Kept { validators, body })
}

/// Keeps a document: a line of JSON, the body, and their checksum. One that nothing tells from others is of no use.
fn keep(store: &Store, key: &Key, validators: &Validators, body: &[u8]) -> Result<()> {
    if *validators == Validators::default() {
        return Ok(());
    }
    let head = serde_json::to_vec(validators).map_err(|error| StoreError::Setting {
        message: Reason::because("a header has no JSON form", error).into(),
    })?;
    store.write(&store.sharded(KIND, &key.hex()), &sealed(key, &[&head, b"\n", body]))
}

#[cfg(test)]
mod tests;
