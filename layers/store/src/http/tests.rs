#![allow(clippy::unwrap_used)]

use std::cell::Cell;

use super::*;

#[derive(Debug)]
struct Failed {
    silent: bool,
    wait: Option<u64>,
}

impl Failure for Failed {
    fn may_pass(&self) -> bool {
        true
    }

    fn wait(&self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }

    fn is_silence(&self) -> bool {
        self.silent
    }
}

/// The number of attempts if the n-th one fails with the n-th failure.
fn attempts(failure: impl Fn(usize) -> Failed) -> usize {
    let count = Cell::new(0);
    let attempt = || async {
        count.set(count.get() + 1);
        Err::<(), _>(failure(count.get()))
    };
    let retries = Retries { times: 5, first: Duration::from_millis(1), longest: Duration::from_millis(2) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(retries.over(attempt)).unwrap_err();
    count.get()
}

#[test]
fn what_costs_much_time_is_repeated_less() {
    assert_eq!(attempts(|_| Failed { silent: false, wait: None }), 6);
    assert_eq!(attempts(|_| Failed { silent: true, wait: None }), 2);
    assert_eq!(attempts(|n| Failed { silent: n % 2 == 0, wait: None }), 6, "it answers now and then");
    assert_eq!(attempts(|_| Failed { silent: false, wait: Some(0) }), 6);
    assert_eq!(attempts(|_| Failed { silent: false, wait: Some(100_000) }), 1);
    assert_eq!(attempts(|_| Failed { silent: false, wait: Some(u64::MAX) }), 1);
}

#[test]
fn enough_is_the_least_rate() {
    let (pace, second) = (Pace::default(), Duration::from_secs(1));
    assert!(!pace.keeps_up(0, Duration::ZERO) && pace.keeps_up(1, Duration::ZERO));
    assert!(!pace.keeps_up(9_999, 10 * second) && pace.keeps_up(10_000, 10 * second));
    assert!(!pace.keeps_up(59_999, 60 * second) && pace.keeps_up(u64::MAX, 60 * second));
}
