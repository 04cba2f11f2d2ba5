//! An HTTP server on loopback that answers what a test tells it to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What to answer to one request.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// 200, with this type and body; honours `Range`.
    Body(&'static str, Vec<u8>),
    /// This status, with nothing.
    Status(u16),
    /// A redirect.
    Redirect(String),
    /// This status, with a header.
    Told(u16, String),
    /// The body, cut after so many bytes; knows no ranges.
    Cut(Vec<u8>, usize),
    /// The body from where it is asked for, cut after so many bytes.
    CutAgain(Vec<u8>, usize),
    /// The body from where it is asked for, so many bytes a millisecond.
    Slow(Vec<u8>, usize),
}

/// Answers by path, in order; the last is repeated.
type Answers = BTreeMap<String, Vec<Answer>>;

#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    /// `PATH`, `PATH bytes=3-` for a range, `PATH Basic …` with credentials.
    asked: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Answers>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Arc::default(),
            answers: Arc::default(),
        };
        let (asked, answers) = (server.asked.clone(), server.answers.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, answers) = (asked.clone(), answers.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &asked, &answers));
            }
        });
        server
    }

    /// The same server under another name of its host.
    pub(super) fn as_localhost(&self) -> String {
        self.url.replace("127.0.0.1", "localhost")
    }

    pub(super) fn at(&self, path: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        let answers = answers.into_iter().collect();
        self.answers.lock().unwrap().insert(path.to_owned(), answers);
        self
    }

    /// What was asked since the last time.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn serve(stream: TcpStream, asked: &Mutex<Vec<String>>, answers: &Mutex<Answers>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut range, mut note) = (0, path.clone());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("range") {
            range = value.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        }
        if ["range", "authorization"].contains(&name.to_ascii_lowercase().as_str()) {
            note = format!("{note} {value}");
        }
    }
    asked.lock().unwrap().push(note);
    let answer = {
        let mut answers = answers.lock().unwrap();
        match answers.get_mut(&path) {
            Some(list) if list.len() > 1 => list.remove(0),
            Some(list) => list[0].clone(),
            None => Answer::Status(404),
        }
    };
    // A client that has seen enough hangs up.
    drop(respond(stream, answer, range));
}

fn respond(mut stream: TcpStream, answer: Answer, from: usize) -> std::io::Result<()> {
    let (head, body) = match answer {
        Answer::Status(status) => (format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n"), Vec::new()),
        Answer::Redirect(to) => (
            format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n"),
            Vec::new(),
        ),
        Answer::Told(status, header) => (
            format!("HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: 0\r\n"),
            Vec::new(),
        ),
        Answer::Body(_, body) if from > 0 && from >= body.len() => {
            ("HTTP/1.1 416 X\r\nContent-Length: 0\r\n".to_owned(), Vec::new())
        }
        Answer::CutAgain(body, count) => (
            partial_head(&body, from),
            body[from..(from + count).min(body.len())].to_vec(),
        ),
        Answer::Slow(body, count) => {
            write!(stream, "{}Connection: close\r\n\r\n", partial_head(&body, from))?;
            for piece in body[from..].chunks(count) {
                stream.write_all(piece)?;
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            return Ok(());
        }
        Answer::Body(kind, body) if from > 0 => (
            format!(
                "HTTP/1.1 206 X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{}\r\n",
                body.len() - from,
                body.len() - 1,
                body.len()
            ),
            body[from..].to_vec(),
        ),
        Answer::Body(kind, body) => (
            format!(
                "HTTP/1.1 200 X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n",
                body.len()
            ),
            body,
        ),
        Answer::Cut(body, at) => (
            format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n", body.len()),
            body[..at].to_vec(),
        ),
    };
    write!(stream, "{head}Connection: close\r\n\r\n")?;
    stream.write_all(&body)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.read_to_end(&mut Vec::new()).map(drop)
}

fn partial_head(body: &[u8], from: usize) -> String {
    let (size, last) = (body.len(), body.len() - 1);
    let left = size - from;
    match from {
        0 => format!("HTTP/1.1 200 X\r\nContent-Length: {size}\r\n"),
        _ => format!("HTTP/1.1 206 X\r\nContent-Length: {left}\r\nContent-Range: bytes {from}-{last}/{size}\r\n"),
    }
}
