//! An engine's response to a loaded image. In: the response. Out: the reason if the engine rejected the image. Docker
//! answers 200 before it has read the archive, so an error can follow in its stream of messages: moby,
//! `pkg/jsonmessage`.

use reqwest::Response;
use serde::Deserialize;

/// The most bytes of a response that are read.
const LARGEST: usize = 1 << 20;

#[derive(Deserialize)]
struct Message {
    error: Option<String>,
    /// Set in a response that is not a stream.
    message: Option<String>,
}

/// Reads a response to its end. Returns the engine's reason if it refused.
pub(super) async fn read(mut answer: Response) -> reqwest::Result<Option<String>> {
    let (status, mut text) = (answer.status(), Vec::new());
    while let Some(piece) = answer.chunk().await? {
        let room = LARGEST.saturating_sub(text.len());
        text.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&text);
    Ok(match status.is_success() {
        true => refusal(&text),
        false => Some(message(&text).unwrap_or_else(|| format!("it answers {status}"))),
    })
}

/// The first error in a stream of messages.
pub(super) fn refusal(text: &str) -> Option<String> {
    let messages = serde_json::Deserializer::from_str(text).into_iter::<Message>();
    messages.map_while(Result::ok).find_map(|message| message.error)
}

fn message(text: &str) -> Option<String> {
    let message = serde_json::from_str::<Message>(text).ok()?;
    message.message.or(message.error)
}
