#![allow(clippy::unwrap_used)]

use super::time;

#[test]
fn times_are_rfc_3339_in_utc() {
    assert_eq!(time(0).unwrap(), "1970-01-01T00:00:00Z");
    assert_eq!(time(499_162_500).unwrap(), "1985-10-26T08:15:00Z");
    assert_eq!(time(-1).unwrap(), "1969-12-31T23:59:59Z");
    assert_eq!(time(253_402_207_199).unwrap(), "9999-12-30T21:59:59Z");
}

#[test]
fn times_outside_of_four_digit_years_are_refused() {
    for seconds in [i64::MAX, i64::MIN, -63_000_000_000_000] {
        assert!(time(seconds).unwrap_err().to_string().contains("time of creation"), "{seconds}");
    }
}
