//! A second kind of registry for tests, in this process: ferro-oci-server, which passes the conformance suite of the distribution specification. It
//! keeps lists of referrers, has blobs for all its repositories at once, checks where chunks begin, and keeps a session whose chunk was cut.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use ferro_oci_server::{Config, serve};

/// A running registry, with its data in memory. Dropping it ends it.
pub struct Second {
    host: String,
    _runtime: tokio::runtime::Runtime,
}

impl Second {
    /// One that takes everything from everybody.
    pub fn start() -> Second {
        // Between asking for a free port and using it another program may take it.
        for _ in 0..10 {
            let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
            let config = Config { listen: host.clone(), storage_dir: None };
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let server =
                runtime.spawn(async move { serve(&config).await.map_err(|error| error.to_string()) });
            let end = Instant::now() + Duration::from_secs(10);
            while Instant::now() < end && !server.is_finished() {
                if TcpStream::connect(&host).is_ok() {
                    return Second { host, _runtime: runtime };
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        panic!("the second registry does not start");
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }
}
