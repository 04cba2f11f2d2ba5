//! Addresses of hosts: each is asked for once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The system's resolver, asked about one host at a time, and about each only until it has answered.
///
/// Every connection that is opened needs an address, and as many threads ask at the same moment. A name server that gets
/// a burst of questions may leave some without an answer; the system then waits five seconds and asks again.
#[derive(Debug, Default)]
pub(super) struct Lookup<R = DefaultResolver> {
    system: R,
    known: Mutex<BTreeMap<String, ResolvedSocketAddrs>>,
}

impl<R: Resolver> Resolver for Lookup<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let origin = format!("{}://{}", uri.scheme_str().unwrap_or_default(), origin_host(uri));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(addresses) = known.get(&origin) {
            return Ok(addresses.clone());
        }
        let addresses = self.system.resolve(uri, config, timeout)?;
        known.insert(origin, addresses.clone());
        Ok(addresses)
    }
}

/// Host and port, without a password.
fn origin_host(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", uri.host().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use ureq::{Agent, Timeout};

    use super::*;

    /// Fails the first time; counts.
    #[derive(Debug, Default)]
    struct System {
        asked: AtomicUsize,
    }

    impl Resolver for System {
        fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            if self.asked.fetch_add(1, Ordering::SeqCst) == 0 {
                return Err(Error::HostNotFound);
            }
            let mut addresses = self.empty();
            addresses.push(SocketAddr::from(([127, 0, 0, 1], uri.port_u16().unwrap_or(443))));
            Ok(addresses)
        }
    }

    #[test]
    fn a_host_is_asked_for_until_there_is_an_answer_and_then_no_more() {
        let lookup = Lookup::<System>::default();
        let agent = Agent::new_with_defaults();
        let ask = |uri: &'static str| {
            let timeout = NextTimeout {
                after: Duration::from_secs(1).into(),
                reason: Timeout::Resolve,
                ..NextTimeout::default()
            };
            lookup.resolve(&Uri::from_static(uri), agent.config(), timeout)
        };
        assert!(ask("https://files.example/a").is_err());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| ask("https://files.example/b").unwrap());
            }
        });
        assert_eq!(lookup.system.asked.load(Ordering::SeqCst), 2);
        assert_eq!(ask("https://files.example:8443/").unwrap()[0].port(), 8443);
        assert_eq!(ask("https://files.example/c").unwrap()[0].port(), 443);
        assert_eq!(lookup.system.asked.load(Ordering::SeqCst), 3);
    }
}
