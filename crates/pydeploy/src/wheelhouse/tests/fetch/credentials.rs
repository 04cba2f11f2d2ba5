//! Who is told a password.

use super::*;

fn with_user(url: &str) -> IndexUrl {
    url.replace("http://", "http://me:secret@").parse().unwrap()
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
