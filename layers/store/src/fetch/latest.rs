//! Documents that change at their URL, such as package indexes. They are fetched only if they changed. In: a URL, and a
//! reader of the document. Out: the reader's result. Source of the rules: RFC 9110, 8.8 and 13.1.
//!
//! A server's metadata is never trusted. A document is kept only after its reader accepted it, so a server that once
//! sent a bad document does not affect later requests. The kept document has a checksum; a damaged one is fetched
//! again. If the server answers "unchanged", the reader reads the kept document with the current keys and clock. If it
//! rejects the document, the whole document is fetched.

use fourply_blob::{Inputs as _, Key, Reason};
use url::Url;

use super::Fetcher;
use super::http::{self, Answer, Condition};
use super::validators::Validators;
use crate::pieces::{sealed, sound};
use crate::redacted::shown;
use crate::{Result, Store, StoreError};

/// Their kind in the store.
const KIND: &str = "documents";

fourply_blob::inputs! {
    /// A document, by its URL.
    struct DocumentInputs<'a>: "document", rules 2 {
        url: &'a str,
    }
}

/// A document that its reader accepted.
struct Kept {
    validators: Validators,
    body: Vec<u8>,
}

impl Fetcher {
    /// The result of `read` for the current document at a URL. `read` verifies the document. It may be called with the
    /// kept document, and then again with a fetched one.
    ///
    /// # Errors
    /// If the document does not exist or is too large, and those of `read`.
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

/// The kept document and its validators; `None` if it is damaged.
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

/// Keeps a document: a line of JSON, the body, and their checksum. A document without validators is not kept.
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
