use std::path::Path;

use super::server::{Answer, Server};
use crate::wheelhouse::{FetchError, FetchOptions, Lock, releases};

const JSON: &str = "application/vnd.pypi.simple.v1+json";

#[test]
fn indexes_are_asked_for_releases() {
    let server = Server::start();
    let page = r#"{"meta": {"api-version": "1.1"}, "files": [
        {"filename": "a-1-py3-none-any.whl", "url": "a", "yanked": "it breaks"},
        {"filename": "a-2.tar.gz", "url": "b", "yanked": false}]}"#;
    server.at("/simple/a/", [Answer::Body(JSON, page.into())]);
    server.at("/simple/b/", [Answer::Status(404)]);
    let wheel = |name: &str| {
        format!(
            "[[packages]]\nname = \"{name}\"\nindex = \"{}/simple/\"\nwheels = [{{ url = \"https://f/{name}-1-py3-none-any.whl\", hashes = {{ sha256 = \"{}\" }} }}]\n",
            server.url,
            "0".repeat(64)
        )
    };
    let text = format!("lock-version = \"1.0\"\n{}{}", wheel("a"), wheel("b"));
    let lock = Lock::parse(Path::new("pylock.toml"), &text).unwrap();
    let target = "debian12".parse().unwrap();
    let parts =
        [(lock.select_with(&target, &Default::default()).unwrap())].map(|selection| (target.clone(), selection));
    let options = FetchOptions::new(Path::new("cache"), Path::new("."));
    let known = releases(&parts, &options).unwrap();
    let of_a: Vec<_> = known[&"a".parse().unwrap()]
        .iter()
        .map(|release| (release.version.to_string(), release.yanked.as_deref()))
        .collect();
    assert_eq!(of_a, [("1".to_owned(), Some("it breaks")), ("2".to_owned(), None)]);
    assert!(known[&"b".parse().unwrap()].is_empty());

    server.at("/simple/b/", [Answer::Status(403)]);
    assert!(matches!(
        releases(&parts, &options),
        Err(FetchError::Status { status: 403, .. })
    ));
}
