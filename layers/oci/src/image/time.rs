//! Times in an image's documents. In: seconds since 1970. Out: text in the form that OCI's specification requires.

use super::error::ImageError;

/// Seconds since 1970 as RFC 3339 in UTC: `2024-05-01T12:00:00Z`.
pub(super) fn time(seconds: i64) -> Result<String, ImageError> {
    let year = |time: &jiff::Timestamp| time.strftime("%Y").to_string();
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) if year(&time).len() == 4 => Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        _ => {
            let reason = "it is no time between the years 0 and 9999";
            Err(ImageError::Value { field: "time of creation", value: seconds.to_string(), reason })
        }
    }
}

#[cfg(test)]
mod tests;
