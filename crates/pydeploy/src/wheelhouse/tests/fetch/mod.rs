//! Wheels that are fetched from a real server on this machine.

mod connection;
mod credentials;
mod index;
mod partial;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::server::{Answer, Server};
use crate::digest::Sha256;
use crate::event::{Event, Silent};
use crate::python::Wheel;
use crate::python::testing::WheelBuilder;
use crate::wheelhouse::{
    FetchError, FetchOptions, FindLinks, IndexUrl, Lock, Pinned, SelectOptions, Selection, Wheelhouse, fetch,
    fetch_selection,
};

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const WHEEL: &str = "application/octet-stream";

struct Setup {
    server: Server,
    dir: TempDir,
    options: FetchOptions,
    pin: Pinned,
    bytes: Vec<u8>,
}

/// A wheel of some size, pinned to `/f/demo-1.0-py3-none-any.whl` of a server that does not have it yet.
fn setup() -> Setup {
    let server = Server::start();
    let dir = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..9000_u32)
        .flat_map(|n| Sha256::of(&n.to_le_bytes()).as_bytes().to_owned())
        .collect();
    let builder = WheelBuilder::new().file("demo/noise.bin", noise);
    let bytes = builder.bytes();
    let pin = Pinned {
        name: "demo".parse().unwrap(),
        version: "1.0".parse().unwrap(),
        filename: builder.file.parse().unwrap(),
        url: Some(format!("{}/f/{}", server.url, builder.file)),
        path: None,
        index: None,
        size: Some(bytes.len() as u64),
        sha256: Sha256::of(&bytes),
    };
    Setup {
        options: FetchOptions::new(&dir.path().join("cache"), dir.path()),
        server,
        dir,
        pin,
        bytes,
    }
}

impl Setup {
    fn file_path(&self) -> String {
        format!("/f/{}", self.pin.filename)
    }

    fn whole(&self) -> Answer {
        Answer::Body(WHEEL, self.bytes.clone())
    }

    fn answers(&self, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.server.at(&self.file_path(), answers);
        self
    }

    fn fetch(&self) -> Result<Wheelhouse, FetchError> {
        fetch(std::slice::from_ref(&self.pin), &self.options, &mut Silent)
    }

    #[track_caller]
    fn refusal(&self) -> String {
        let text = self
            .fetch()
            .unwrap_err()
            .to_string()
            .replace(&self.server.url, "http://server");
        assert_eq!(self.files(), 0, "something is left in the cache");
        text
    }

    /// How many files the cache has, staged ones too.
    fn files(&self) -> usize {
        fn count(dir: &Path) -> usize {
            let entries = fs::read_dir(dir)
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
        }
        count(&self.options.cache)
    }

    /// An index with the wheel, below `/simple/`.
    fn index(&mut self, kind: &'static str, body: String) -> String {
        self.server.at("/simple/demo/", [Answer::Body(kind, body.into_bytes())]);
        let url = format!("{}/simple/", self.server.url);
        self.options.index_url = Some(url.parse().unwrap());
        url
    }

    fn json(&self, sha256: Sha256) -> String {
        let file = &self.pin.filename;
        format!(
            r#"{{"meta": {{"api-version": "1.1"}}, "name": "demo", "files": [
                {{"filename": "{file}", "url": "/f/{file}", "hashes": {{"sha256": "{sha256}"}}}}]}}"#
        )
    }
}

#[test]
fn a_wheel_is_downloaded_once() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let mut events = Vec::new();
    let wheelhouse = fetch(std::slice::from_ref(&setup.pin), &setup.options, &mut events).unwrap();
    assert_eq!(
        (wheelhouse.downloaded, wheelhouse.downloaded_bytes),
        (1, setup.bytes.len() as u64)
    );
    let file = setup.pin.filename.to_string();
    let size = setup.bytes.len() as u64;
    assert_eq!(events, [Event::Downloaded { file, size }]);
    let wheel = Wheel::open(&wheelhouse.wheels[0].path).unwrap();
    assert_eq!(wheel.metadata().name, setup.pin.name);
    assert_eq!(setup.server.asked(), [setup.file_path()]);

    setup.options.offline = true;
    let again = setup.fetch().unwrap();
    assert_eq!((again.downloaded, &again.wheels), (0, &wheelhouse.wheels));
    assert!(setup.server.asked().is_empty());
    assert_eq!(setup.files(), 1);
}

#[test]
fn without_the_network_what_is_missing_is_named() {
    let mut setup = setup();
    setup.options.offline = true;
    assert_eq!(
        setup.refusal(),
        "not in the cache, and the network is not to be used: demo-1.0-py3-none-any.whl"
    );
}

#[test]
fn a_file_beside_the_lock_is_taken_when_it_is_right() {
    let mut setup = setup();
    setup.pin.path = Some("wheels/x.whl".into());
    setup.answers([setup.whole()]);
    let path = setup.dir.path().join("wheels/x.whl");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "another").unwrap();
    let mut events = Vec::new();
    let wheelhouse = fetch(std::slice::from_ref(&setup.pin), &setup.options, &mut events).unwrap();
    assert_eq!(wheelhouse.downloaded, 1);
    assert!(matches!(&events[0], Event::Note { text } if text.contains("x.whl is not the file in the lock")));
    fs::write(&path, &setup.bytes).unwrap();
    assert_eq!(setup.fetch().unwrap().wheels[0].path, path);
}

#[test]
fn wrong_bytes_are_refused() {
    let mut setup = setup();
    let mut wrong = setup.bytes.clone();
    wrong[1000] ^= 1;
    let expected = setup.pin.sha256;
    let actual = Sha256::of(&wrong);
    setup.answers([Answer::Body(WHEEL, wrong)]);
    assert_eq!(
        setup.refusal(),
        format!("demo-1.0-py3-none-any.whl has sha256 {actual}, the lock says {expected}")
    );
    setup.pin.size = None;
    assert!(setup.refusal().contains(" has sha256 "));
}

#[test]
fn wrong_sizes_are_refused() {
    let setup = setup();
    let size = setup.bytes.len();
    setup.answers([Answer::Body(WHEEL, setup.bytes.repeat(3))]);
    let refusal = setup.refusal();
    assert_eq!(
        refusal,
        format!("demo-1.0-py3-none-any.whl has more than {size} bytes, the lock says {size}")
    );
    setup.answers([Answer::Body(WHEEL, setup.bytes[..size - 1].to_vec())]);
    let refusal = setup.refusal();
    assert_eq!(
        refusal,
        format!("demo-1.0-py3-none-any.whl has {} bytes, the lock says {size}", size - 1)
    );
}

#[test]
fn many_wheels_arrive_at_once_and_are_sorted() {
    let setup = setup();
    setup.answers([setup.whole()]);
    let mut pins = Vec::new();
    for number in (10..30).rev() {
        let builder = WheelBuilder::named(&format!("demo{number}"), "1.0");
        let path = format!("/f/{}", builder.file);
        setup.server.at(&path, [Answer::Body(WHEEL, builder.bytes())]);
        pins.push(Pinned {
            name: format!("demo{number}").parse().unwrap(),
            filename: builder.file.parse().unwrap(),
            url: Some(format!("{}{path}", setup.server.url)),
            size: None,
            sha256: Sha256::of(&builder.bytes()),
            ..setup.pin.clone()
        });
    }
    let wheelhouse = fetch(&pins, &setup.options, &mut Silent).unwrap();
    assert_eq!(wheelhouse.downloaded, 20);
    assert!(wheelhouse.wheels.is_sorted_by_key(|wheel| &wheel.name));
}
