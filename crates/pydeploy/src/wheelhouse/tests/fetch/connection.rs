//! Servers that stumble, redirect and ask for pauses; certificates and proxies.

use super::*;

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
