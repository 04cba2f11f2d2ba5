//! Asking a service which release it is.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::step::Check;
use crate::release::ReleaseId;

/// How long one read may take before it is asked again whether the service is still worth waiting for.
const SLICE: Duration = Duration::from_millis(100);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: u64 = 64 * 1024;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// A response.
    Page { status: u16, body: String },
    /// None, and why.
    Nothing(String),
}

impl Answered {
    pub(super) fn is(&self, release: &ReleaseId) -> bool {
        matches!(self, Self::Page { status: 200, body } if body.trim() == release.as_str())
    }

    /// In words that follow "it".
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Page { status, body } => {
                let start: String = body.trim().chars().take(80).collect();
                format!("answered with status {status} and `{}`", start.escape_debug())
            }
            Self::Nothing(why) => why.clone(),
        }
    }
}

/// Asks until the release answers or its time is over, and says what was answered last.
///
/// `worth` is called all the while; its error ends the wait.
pub(super) fn wait<E>(
    check: &Check,
    address: SocketAddr,
    worth: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Answered, E> {
    let deadline = Instant::now() + check.timeout;
    loop {
        let answered = ask(address, &check.path, deadline, worth)?;
        if answered.is(&check.release) || Instant::now() >= deadline {
            return Ok(answered);
        }
        worth()?;
        thread::sleep(SLICE / 2);
    }
}

/// Makes one request that ends at `deadline` or earlier.
pub(super) fn ask<E>(
    address: SocketAddr,
    path: &str,
    deadline: Instant,
    worth: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Answered, E> {
    let deadline = deadline.min(Instant::now() + PATIENCE);
    let stream = match send(address, path) {
        Ok(stream) => stream,
        Err(error) => return Ok(Answered::Nothing(format!("could not be asked: {error}"))),
    };
    let mut response = Vec::new();
    loop {
        match (&stream).take(LONGEST).read_to_end(&mut response) {
            Ok(_) => return Ok(parse(&response)),
            Err(error) if !is_timeout(&error) => {
                return Ok(Answered::Nothing(format!("broke the connection off: {error}")));
            }
            Err(_) if is_whole(&response) => return Ok(parse(&response)),
            Err(_) if Instant::now() >= deadline => return Ok(Answered::Nothing("gave no answer".to_owned())),
            Err(_) => worth()?,
        }
    }
}

/// Whether a server that leaves the connection open has sent as much as it announced.
fn is_whole(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let announced = length.next().and_then(|(_, value)| value.trim().parse::<usize>().ok());
    announced.is_some_and(|announced| response.len() >= head.len() + 4 + announced)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// HTTP/1.0: the response comes in one piece and ends with the connection.
fn send(address: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&reachable(address), Duration::from_secs(2))?;
    stream.set_read_timeout(Some(SLICE))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {address}\r\nUser-Agent: pydeploy\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )?;
    Ok(stream)
}

/// A service that listens on every address is asked on the loopback one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn parse(response: &[u8]) -> Answered {
    let text = String::from_utf8_lossy(response);
    let status = || text.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok();
    match (status(), text.split_once("\r\n\r\n")) {
        (Some(status), Some((_, body))) => Answered::Page {
            status,
            body: body.to_owned(),
        },
        _ if response.is_empty() => Answered::Nothing("closed the connection without an answer".to_owned()),
        _ => Answered::Nothing("answered with something that is not HTTP".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_status_200_with_the_whole_id_counts() {
        let id: ReleaseId = "1.2".parse().unwrap();
        let is = |response: &str| parse(response.as_bytes()).is(&id);
        assert!(is("HTTP/1.1 200 OK\r\nX: y\r\n\r\n1.2\n"));
        assert!(!is("HTTP/1.1 200 OK\r\n\r\n1.2.1"));
        assert!(!is("HTTP/1.1 503 No\r\n\r\n1.2"));
        assert!(!is("HTTP/1.1 200 OK\r\n"));
        assert!(!is(""));
    }

    #[test]
    fn answers_are_described_in_words() {
        let page = parse(b"HTTP/1.0 301 Moved\r\n\r\n");
        assert_eq!(page.describe(), "answered with status 301 and ``");
        assert_eq!(parse(b"").describe(), "closed the connection without an answer");
    }
}
