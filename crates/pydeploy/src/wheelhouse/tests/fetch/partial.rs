//! Downloads that are cut, resumed, or left by others.

use super::*;

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
