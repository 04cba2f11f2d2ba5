//! Which index, page or folder a wheel comes from.

use super::*;

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
