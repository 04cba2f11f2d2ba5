//! Just enough HTTP to visit a site, and a server for a folder.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

/// How long a request may take, and a server to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// An address of this machine alone that nothing listens on.
pub(crate) fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn get(address: &str, path: &str) -> Result<Answer> {
    request(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"))
}

/// Sends a form the way a browser does that has just fetched it.
pub(crate) fn post(address: &str, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let page = get(address, path)?;
    let token = between(&page.body, "name=\"csrfmiddlewaretoken\" value=\"", "\"").context("no token in the form")?;
    let cookie = between(&page.head, "csrftoken=", ";").context("no cookie with the form")?;
    let mut body = format!("csrfmiddlewaretoken={token}");
    for (name, value) in fields {
        body += &format!("&{name}={}", value.replace(' ', "+"));
    }
    let head = format!("POST {path} HTTP/1.0\r\nHost: {address}\r\nCookie: csrftoken={cookie}\r\n");
    let form = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    request(address, &(head + &form))
}

/// The first good answer.
pub(crate) fn wait_for(address: &str, path: &str) -> Result<Answer> {
    let started = Instant::now();
    loop {
        match get(address, path) {
            Ok(answer) if answer.status == 200 => return Ok(answer),
            answer if started.elapsed() > PATIENCE => {
                let answer = answer?;
                ensure!(
                    false,
                    "http://{address}{path} answers {}: {}",
                    answer.status,
                    answer.body
                );
            }
            _ => sleep(Duration::from_millis(100)),
        }
    }
}

fn request(address: &str, request: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(address).with_context(|| format!("nothing answers at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream
        .read_to_end(&mut bytes)
        .with_context(|| format!("{address} broke off"))?;
    parse(&String::from_utf8_lossy(&bytes)).with_context(|| format!("{address} did not answer in HTTP"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split(after).next()
}

/// A client that asks again and again, and keeps what went wrong.
pub(crate) struct Poller {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Polled>,
}

/// What a poller saw.
#[derive(Debug, Default)]
pub(crate) struct Polled {
    pub(crate) answered: usize,
    pub(crate) failures: Vec<String>,
    /// The answers, each once, in the order in which they first came.
    pub(crate) seen: Vec<String>,
}

impl Poller {
    pub(crate) fn start(address: &str, path: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, address, path) = (stop.clone(), address.to_owned(), path.to_owned());
        let thread = std::thread::spawn(move || {
            let mut polled = Polled::default();
            while !stopped.load(Ordering::Relaxed) {
                polled.add(get(&address, &path));
                sleep(Duration::from_millis(20));
            }
            polled
        });
        Self { stop, thread }
    }

    pub(crate) fn finish(self) -> Polled {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

impl Polled {
    fn add(&mut self, answer: Result<Answer>) {
        match answer {
            Ok(Answer { status: 200, body, .. }) => {
                self.answered += 1;
                if !self.seen.contains(&body) {
                    self.seen.push(body);
                }
            }
            Ok(other) => self.failures.push(format!("status {}", other.status)),
            Err(error) => self.failures.push(format!("{error:#}")),
        }
    }
}

/// Serves a folder until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(folder: &Path, log: &Path) -> Result<Self> {
        let address = free_address()?;
        let port = address.rsplit(':').next().unwrap_or_default();
        let child = Command::new("python3")
            .args(["-m", "http.server", "--bind", "127.0.0.1", port, "--directory"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(File::create(log)?)
            .stderr(File::options().append(true).open(log)?)
            .spawn()?;
        let server = Self { child, address };
        wait_for(&server.address, "/")?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_served() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "b").unwrap();
        let server = Server::start(dir.path(), &dir.path().join("log")).unwrap();
        let poller = Poller::start(&server.address, "/a");
        sleep(Duration::from_millis(100));
        let polled = poller.finish();
        assert!(polled.failures.is_empty() && polled.answered > 0, "{polled:?}");
        assert_eq!(polled.seen, ["b"]);
        assert_eq!(get(&server.address, "/c").unwrap().status, 404);
    }
}
