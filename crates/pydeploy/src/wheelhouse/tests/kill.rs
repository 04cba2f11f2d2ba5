//! A fetch that is killed at any point, and processes that fetch into one cache at the same time.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::server::{Answer, Server};
use crate::digest::Sha256;
use crate::event::Silent;
use crate::python::testing::WheelBuilder;
use crate::wheelhouse::{FetchOptions, Lock, Pinned, fetch, write_folder};

/// Where [`child`] finds the server and the cache; without it, it has nothing to do.
const VARIABLE: &str = "PYDEPLOY_TEST_FETCH_CHILD";

fn wheels() -> Vec<(String, Vec<u8>)> {
    let noise = |seed: u32| (0..4000_u32).flat_map(move |n| *Sha256::of(&(n ^ seed << 16).to_le_bytes()).as_bytes());
    let wheel = |number: u32| {
        let builder = WheelBuilder::named(&format!("demo{number}"), "1.0");
        let builder = builder.file("noise.bin", noise(number).collect::<Vec<_>>());
        (builder.file.clone(), builder.bytes())
    };
    (0..10).map(wheel).collect()
}

fn pins(server: &str) -> Vec<Pinned> {
    let pin = |(file, bytes): (String, Vec<u8>)| {
        let filename: crate::python::WheelFilename = file.parse().unwrap();
        Pinned {
            name: filename.name().clone(),
            version: filename.version().clone(),
            filename,
            url: Some(format!("{server}/{file}")),
            path: None,
            index: None,
            size: None,
            sha256: Sha256::of(&bytes),
        }
    };
    wheels().into_iter().map(pin).collect()
}

/// Not a test of its own: the process that the tests below start and kill.
#[test]
fn child() {
    let Ok(value) = std::env::var(VARIABLE) else { return };
    let (server, dir) = value.split_once(' ').unwrap();
    let options = FetchOptions::new(&Path::new(dir).join("cache"), "/".as_ref());
    let wheelhouse = fetch(&pins(server), &options, &mut Silent).unwrap();
    let parts = [("debian12".parse().unwrap(), wheelhouse)];
    write_folder(&Path::new(dir).join("house"), &parts).unwrap();
}

fn start(server: &Server, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "wheelhouse::tests::kill::child"])
        .env(VARIABLE, format!("{} {}", server.url, dir.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn serve(bytes_a_millisecond: usize) -> Server {
    let server = Server::start();
    for (file, bytes) in wheels() {
        server.at(&format!("/{file}"), [Answer::Slow(bytes, bytes_a_millisecond)]);
    }
    server
}

/// How many wheels have their name and are whole and right.
fn whole(dir: &Path, pins: &[Pinned]) -> usize {
    let path = |pin: &Pinned| {
        let sha256 = pin.sha256.to_string();
        dir.join("cache")
            .join("wheels/sha256")
            .join(&sha256[..2])
            .join(&sha256)
            .join(pin.filename.as_str())
    };
    let there = pins.iter().filter(|pin| path(pin).exists());
    there
        .filter(|pin| Sha256::of(&fs::read(path(pin)).unwrap()) == pin.sha256)
        .count()
}

#[test]
fn whatever_point_it_is_killed_at_the_next_one_gets_it_right() {
    let server = serve(4000);
    let pins = pins(&server.url);
    for round in 0..3_u64 {
        let dir = tempfile::tempdir().unwrap();
        let mut killed = 0;
        for attempt in 0..20_u64 {
            let mut process = start(&server, dir.path());
            std::thread::sleep(Duration::from_millis(3 + (round * 31 + attempt * 17) % 97));
            if process.try_wait().unwrap().is_some_and(|status| status.success()) {
                break;
            }
            process.kill().unwrap();
            process.wait().unwrap();
            killed += 1;
            let named = walk(&dir.path().join("cache/wheels"));
            assert_eq!(whole(dir.path(), &pins), named, "after {killed} kills");
            check_house(&dir.path().join("house"), &pins);
        }
        assert!(start(&server, dir.path()).wait().unwrap().success());
        assert!(killed > 0);
        assert_eq!(whole(dir.path(), &pins), pins.len());
        assert_eq!(
            walk(&dir.path().join("cache")),
            pins.len(),
            "something is left beside the wheels"
        );
        let house = dir.path().join("house");
        check_house(&house, &pins);
        // The wheels, their lock, and the file that writers lock.
        assert_eq!(walk(&house), pins.len() + 2);
    }
}

#[test]
fn processes_that_want_the_same_download_it_once() {
    let server = serve(5000);
    let dir = tempfile::tempdir().unwrap();
    let mut processes: Vec<_> = (0..4).map(|_| start(&server, dir.path())).collect();
    assert!(processes.iter_mut().all(|process| process.wait().unwrap().success()));
    let pins = pins(&server.url);
    assert_eq!(whole(dir.path(), &pins), pins.len());
    assert_eq!(walk(&dir.path().join("cache")), pins.len());
    check_house(&dir.path().join("house"), &pins);
    assert_eq!(server.asked().len(), pins.len());
}

/// When there is a lock in the folder, everything that it names is there and right.
fn check_house(house: &Path, pins: &[Pinned]) {
    let Ok(lock) = Lock::load(&house.join("pylock.toml")) else {
        return;
    };
    let locked = lock.select(&"debian12".parse().unwrap()).unwrap();
    assert_eq!(locked.len(), pins.len());
    for pin in locked {
        let bytes = fs::read(house.join(pin.path.unwrap())).unwrap();
        assert_eq!(Sha256::of(&bytes), pin.sha256);
    }
}

fn walk(dir: &Path) -> usize {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
