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

fn with_user(url: &str) -> IndexUrl {
    url.replace("http://", "http://me:secret@").parse().unwrap()
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
fn an_index_is_asked_in_json_and_html() {
    let html = |setup: &Setup| {
        let file = &setup.pin.filename;
        format!("<a href='../../f/{file}#sha256={}'>{file}</a>", setup.pin.sha256)
    };
    for kind in [JSON, "text/html; charset=UTF-8"] {
        let mut setup = setup();
        setup.answers([setup.whole()]);
        let page = if kind == JSON {
            setup.json(setup.pin.sha256)
        } else {
            html(&setup)
        };
        setup.index(kind, page);
        setup.pin.url = Some("http://never.invalid/x".to_owned());
        assert_eq!(setup.fetch().unwrap().downloaded, 1);
        assert_eq!(setup.server.asked(), ["/simple/demo/".to_owned(), setup.file_path()]);
    }
}

#[test]
fn the_index_of_the_lock_is_asked_when_there_is_no_url() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let page = setup.json(setup.pin.sha256);
    setup.pin.index = Some(setup.index(JSON, page));
    setup.options.index_url = None;
    setup.pin.url = None;
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
}

#[test]
fn credentials_are_sent_to_the_index_and_never_shown() {
    let mut setup = setup();
    setup.answers([Answer::Status(403)]);
    let page = setup.json(setup.pin.sha256);
    let index = setup.index(JSON, page);
    setup.options.index_url = Some(with_user(&index));
    assert_eq!(
        setup.refusal(),
        "http://server/f/demo-1.0-py3-none-any.whl answers 403, asked for demo-1.0-py3-none-any.whl"
    );
    let basic = " Basic bWU6c2VjcmV0";
    let expect = [format!("/simple/demo/{basic}"), format!("{}{basic}", setup.file_path())];
    assert_eq!(setup.server.asked(), expect);
}

#[test]
fn what_an_index_does_not_have_is_named() {
    let mut setup = setup();
    setup.index("text/html", "<a href=other-1.whl>".to_owned());
    assert_eq!(
        setup.refusal(),
        "http://server/simple/ does not offer demo-1.0-py3-none-any.whl"
    );
    setup.index(JSON, "[]".to_owned());
    assert!(
        setup
            .refusal()
            .starts_with("http://server/simple/demo/ is not a page of a simple index: ")
    );
    let page = setup.json(Sha256::of(b"evil"));
    setup.index(JSON, page);
    assert!(matches!(setup.fetch(), Err(FetchError::HashMismatch { .. })));
}

#[test]
fn a_name_belongs_to_the_first_index_that_knows_it() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let page = setup.json(setup.pin.sha256);
    setup.index(JSON, page);
    let first: IndexUrl = format!("{}/private/", setup.server.url).parse().unwrap();
    setup.options.first_indexes = vec![first];
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    let asked = setup.server.asked();
    assert_eq!(asked, ["/private/demo/", "/simple/demo/", &setup.file_path()]);

    fs::remove_dir_all(&setup.options.cache).unwrap();
    let body = "<a href='demo-0.9-py3-none-any.whl'>x</a>".as_bytes().to_vec();
    setup.server.at("/private/demo/", [Answer::Body("text/html", body)]);
    assert_eq!(
        setup.refusal(),
        "http://server/private/ does not offer demo-1.0-py3-none-any.whl"
    );
    assert_eq!(setup.server.asked(), ["/private/demo/"]);
}

#[test]
fn an_index_that_refuses_is_not_passed_over() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let page = setup.json(setup.pin.sha256);
    setup.index(JSON, page);
    setup.options.first_indexes = vec![format!("{}/private/", setup.server.url).parse().unwrap()];
    setup.server.at("/private/demo/", [Answer::Status(401)]);
    assert!(setup.refusal().contains("/private/demo/ answers 401"));
}

#[test]
fn a_name_that_no_index_knows_is_looked_up_in_the_lock_last() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    setup.options.index_url = Some(format!("{}/none", setup.server.url).parse().unwrap());
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    fs::remove_dir_all(&setup.options.cache).unwrap();
    setup.pin.url = None;
    assert_eq!(setup.refusal(), "demo is not known to http://server/none");
}

#[test]
fn folders_and_pages_with_links_come_before_indexes() {
    let mut setup = setup();
    setup.pin.url = None;
    let page = format!("{}/links/page.html", setup.server.url);
    let file = setup.pin.filename.to_string();
    let links = format!(
        "<a href='wrong/{file}#sha256={}'></a><a href='/f/{file}'></a>",
        Sha256::of(b"x")
    );
    setup
        .server
        .at("/links/page.html", [Answer::Body("text/html", links.into_bytes())]);
    setup.answers([setup.whole()]);
    let folder = setup.dir.path().join("folder");
    setup.options.find_links = vec![FindLinks::Folder(folder.clone()), page.parse().unwrap()];
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(setup.server.asked(), ["/links/page.html", &setup.file_path()]);

    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(&file), &setup.bytes).unwrap();
    assert_eq!(setup.fetch().unwrap().wheels[0].path, folder.join(&file));
}

#[test]
fn an_index_can_be_a_folder() {
    let mut setup = setup();
    setup.pin.url = None;
    let folder = setup.dir.path().join("an index");
    fs::create_dir_all(folder.join("simple/demo")).unwrap();
    fs::write(folder.join(setup.pin.filename.as_str()), &setup.bytes).unwrap();
    let page = format!("<a href='../../{}'>x</a>", setup.pin.filename);
    fs::write(folder.join("simple/demo/index.html"), page).unwrap();
    let url = format!("file://{}/simple", folder.display()).replace(' ', "%20");
    setup.options.index_url = Some(url.parse().unwrap());
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    fs::write(folder.join(setup.pin.filename.as_str()), "other").unwrap();
    fs::remove_dir_all(&setup.options.cache).unwrap();
    assert!(setup.refusal().contains("has 5 bytes, the lock says"));
}

#[test]
fn a_yanked_wheel_is_taken_with_a_note() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let page = setup
        .json(setup.pin.sha256)
        .replace("}}]}", "}, \"yanked\": \"breaks <b>\"}]}");
    setup.index(JSON, page);
    let mut events = Vec::new();
    fetch(std::slice::from_ref(&setup.pin), &setup.options, &mut events).unwrap();
    let text = "demo-1.0-py3-none-any.whl is yanked: breaks <b>; it is taken, because the lock names it".to_owned();
    assert_eq!(events[0], Event::Note { text });
}

#[test]
fn credentials_do_not_follow_to_another_host() {
    let mut setup = setup();
    let other = Server::start();
    setup.answers([Answer::Redirect(format!("{}/x.whl", other.url))]);
    other.at("/x.whl", [setup.whole()]);
    let page = setup.json(setup.pin.sha256);
    let index = setup.index(JSON, page);
    setup.options.index_url = Some(with_user(&index));
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(other.asked(), ["/x.whl"]);
}

#[test]
fn credentials_stay_within_their_origin() {
    let mut setup = setup();
    setup.server.at("/moved", [setup.whole()]);
    setup.answers([Answer::Redirect("/moved".to_owned())]);
    let page = setup.json(setup.pin.sha256);
    let index = setup.index(JSON, page);
    setup.options.index_url = Some(with_user(&index));
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(setup.server.asked().last().unwrap(), "/moved Basic bWU6c2VjcmV0");
}

#[test]
fn a_netrc_file_is_used_for_its_host_alone() {
    let mut setup = setup();
    let netrc = setup.dir.path().join("netrc");
    fs::write(&netrc, "machine localhost login me password secret\n").unwrap();
    setup.options.netrc = Some(netrc.clone());
    setup.answers([Answer::Redirect(format!("{}/moved", setup.server.as_localhost()))]);
    setup.server.at("/moved", [setup.whole()]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(
        setup.server.asked(),
        [setup.file_path(), "/moved Basic bWU6c2VjcmV0".to_owned()]
    );

    fs::remove_dir_all(&setup.options.cache).unwrap();
    fs::write(&netrc, "machine localhost\nlogin me secret\n").unwrap();
    let refusal = setup.refusal();
    assert!(
        refusal.ends_with("netrc:2: this is not what a netrc file holds"),
        "{refusal}"
    );
}

#[test]
fn a_redirect_without_end_is_given_up() {
    let setup = setup();
    setup.answers([Answer::Redirect(setup.file_path())]);
    assert!(setup.refusal().ends_with("too many redirects"));
    assert_eq!(setup.server.asked().len(), 11);
}

#[test]
fn a_redirect_is_followed() {
    let setup = setup();
    setup.answers([Answer::Redirect("/elsewhere".to_owned())]);
    setup.server.at("/elsewhere", [setup.whole()]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
}

#[test]
fn a_server_that_stumbles_is_asked_again() {
    let setup = setup();
    setup.answers([Answer::Status(500), Answer::Status(429), setup.whole()]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(setup.server.asked().len(), 3);
}

#[test]
fn a_server_that_does_not_get_up_is_given_up() {
    let setup = setup();
    setup.answers([Answer::Status(503)]);
    assert_eq!(
        setup.refusal(),
        "http://server/f/demo-1.0-py3-none-any.whl answers 503, asked for demo-1.0-py3-none-any.whl"
    );
    assert_eq!(setup.server.asked().len(), 4);
}

#[test]
fn a_server_is_given_the_pause_that_it_asks_for() {
    let setup = setup();
    setup.answers([Answer::Told(429, "Retry-After: 1".to_owned()), setup.whole()]);
    let start = std::time::Instant::now();
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert!(start.elapsed() >= std::time::Duration::from_secs(1));
}

#[test]
fn a_pause_beyond_patience_is_not_waited_for() {
    let setup = setup();
    setup.answers([Answer::Told(503, "Retry-After: 86400".to_owned()), setup.whole()]);
    assert!(setup.refusal().contains(" answers 503, "));
    assert_eq!(setup.server.asked().len(), 1);
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let setup = setup();
    assert!(setup.refusal().contains(" answers 404, "));
    assert_eq!(setup.server.asked().len(), 1);
}

#[test]
fn a_cut_connection_is_resumed() {
    let setup = setup();
    let cut = |at| Answer::Cut(setup.bytes.clone(), at);
    setup.answers([cut(100_000), setup.whole()]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    let asked = setup.server.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].contains(" bytes="), "{asked:?}");
}

#[test]
fn a_connection_that_is_cut_often_gets_there_as_long_as_it_gets_on() {
    let setup = setup();
    setup.answers([Answer::CutAgain(setup.bytes.clone(), 70_000)]);
    assert!(setup.bytes.len() > 280_000);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(setup.server.asked().len(), setup.bytes.len().div_ceil(70_000));
}

#[test]
fn the_next_process_goes_on_where_the_last_one_ended() {
    let setup = setup();
    setup.answers([Answer::CutAgain(setup.bytes.clone(), 1000)]);
    setup.fetch().unwrap_err();
    let asked = setup.server.asked().len() * 1000;
    setup.answers([setup.whole()]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
    assert_eq!(setup.server.asked(), [format!("{} bytes={asked}-", setup.file_path())]);
    assert_eq!(setup.files(), 1);
}

#[test]
fn what_was_left_is_not_trusted() {
    let mut setup = setup();
    let part = setup.options.cache.join(format!("staging/{}.part", setup.pin.sha256));
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    for (left, size) in [
        (b"wrong".to_vec(), true),
        (setup.bytes.clone(), true),
        (vec![0; setup.bytes.len()], true),
        (vec![0; setup.bytes.len() + 7], true),
        (vec![0; setup.bytes.len() + 7], false),
        (setup.bytes.clone(), false),
    ] {
        let length = setup.bytes.len() as u64;
        setup.pin.size = size.then_some(length);
        setup.answers([setup.whole()]);
        fs::write(&part, &left).unwrap();
        let wheelhouse = setup.fetch().unwrap();
        assert_eq!(fs::read(&wheelhouse.wheels[0].path).unwrap(), setup.bytes);
        assert_eq!(setup.files(), 1);
        fs::remove_file(&wheelhouse.wheels[0].path).unwrap();
    }
}

#[test]
fn what_others_left_is_removed_and_what_they_write_is_not() {
    let setup = setup();
    setup.answers([setup.whole()]);
    let staging = setup.options.cache.join("staging");
    fs::create_dir_all(&staging).unwrap();
    fs::write(staging.join("left.part"), "x").unwrap();
    let written = fs::File::create(staging.join("written.part")).unwrap();
    written.lock().unwrap();
    setup.fetch().unwrap();
    let names: Vec<_> = fs::read_dir(&staging)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["written.part"]);
}

#[test]
fn a_wheel_that_another_brings_is_waited_for() {
    let setup = setup();
    setup.answers([Answer::Slow(setup.bytes.clone(), 1000)]);
    let found = std::thread::scope(|scope| {
        let fetches: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| setup.fetch().unwrap().downloaded))
            .collect();
        fetches.into_iter().map(|fetch| fetch.join().unwrap()).sum::<usize>()
    });
    assert_eq!(found, 1);
    assert_eq!(setup.server.asked(), [setup.file_path()]);
    assert_eq!(setup.files(), 1);
}

#[test]
fn a_server_without_ranges_sends_the_whole_again() {
    let setup = setup();
    let cut = |at| Answer::Cut(setup.bytes.clone(), at);
    setup.answers([cut(100_000), cut(120_000), cut(setup.bytes.len())]);
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
}

#[test]
fn a_connection_that_is_always_cut_is_given_up() {
    let setup = setup();
    setup.answers([Answer::Cut(setup.bytes.clone(), 1000)]);
    let error = setup.fetch().unwrap_err().to_string();
    assert!(error.contains("/f/demo-1.0-py3-none-any.whl cannot be read"), "{error}");
    assert_eq!(setup.server.asked().len(), 4);
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
fn certificates_and_proxies_that_are_none_are_named() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let file = setup.dir.path().join("ca.pem");
    fs::write(&file, "nothing").unwrap();
    setup.options.ca_file = Some(file);
    assert!(
        setup
            .refusal()
            .ends_with("ca.pem holds no certificates to trust: it holds no certificate")
    );
    setup.options.ca_file = None;
    setup.options.proxies.http = Some("http://me:secret@".to_owned());
    let refusal = setup.refusal();
    assert!(
        refusal.ends_with("is not the URL of a proxy") && !refusal.contains("secret"),
        "{refusal}"
    );
}

#[test]
fn a_proxy_is_used_except_where_told() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    setup.options.proxies.http = Some("http://127.0.0.1:9".to_owned());
    assert!(matches!(setup.fetch(), Err(FetchError::Connection { .. })));
    setup.options.proxies.none_for = Some("other.example, 127.0.0.1".to_owned());
    assert_eq!(setup.fetch().unwrap().downloaded, 1);
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

/// A lock in which the wheel has no URL and no name, but its hash and another's.
fn by_hash(setup: &Setup) -> Selection {
    let lock = format!(
        "demo==1.0 --hash=sha256:{} --hash=sha256:{}\n",
        Sha256::of(b"other"),
        setup.pin.sha256
    );
    let lock = Lock::parse("requirements.txt".as_ref(), &lock).unwrap();
    lock.select_with(&"debian12".parse().unwrap(), &SelectOptions::default())
        .unwrap()
}

#[test]
fn a_wheel_is_looked_up_by_its_hash() {
    let mut setup = setup();
    setup.answers([setup.whole()]);
    let selection = by_hash(&setup);
    let fetch = |setup: &Setup| {
        let target = "debian12".parse().unwrap();
        fetch_selection(&selection, &target, &setup.options, &mut Silent)
    };
    let page = setup.json(Sha256::of(b"evil"));
    setup.index(JSON, page);
    let error = fetch(&setup).unwrap_err().to_string();
    assert_eq!(
        error,
        "requirements.txt:1: no file of demo 1.0 with one of the hashes in the lock fits debian12"
    );
    let page = setup.json(setup.pin.sha256);
    setup.index(JSON, page);
    setup.server.asked();
    assert_eq!(fetch(&setup).unwrap().downloaded, 1);
    assert_eq!(setup.server.asked(), ["/simple/demo/", &setup.file_path()]);
    setup.options.offline = true;
    assert_eq!(fetch(&setup).unwrap().downloaded, 0);
    fs::remove_dir_all(&setup.options.cache).unwrap();
    let error = fetch(&setup).unwrap_err().to_string();
    assert!(error.ends_with("the network is not to be used: demo 1.0"), "{error}");
}
