use std::path::Path;

use crate::wheelhouse::{Lock, LockError, SelectOptions, Selection};

const LOCK: &str = r#"
version = 1
revision = 5
requires-python = ">=3.9"
supported-markers = ["sys_platform == 'linux'"]
conflicts = [[{ package = "site", extra = "old" }, { package = "site", extra = "new" }]]

[manifest]
members = ["other", "site"]

[[package]]
name = "attrs"
version = "1"
source = { registry = "https://i/simple" }
wheels = [{ url = "https://f/attrs-1-py3-none-any.whl", hash = "sha256:HASH", size = 7 }]

[[package]]
name = "attrs"
version = "2"
source = { registry = "https://i/simple" }
wheels = [{ url = "https://f/attrs-2-py3-none-any.whl", hash = "sha256:HASH" }]

[[package]]
name = "click"
version = "8"
source = { registry = "https://i/simple" }
resolution-markers = ["python_full_version < '3.12'"]
dependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }, { name = "cycle" }]
sdist = { url = "https://f/click-8.tar.gz", hash = "sha256:HASH" }

[[package]]
name = "click"
version = "9"
source = { registry = "https://i/simple" }
resolution-markers = ["python_full_version >= '3.12'"]
wheels = [{ url = "https://f/click-9-py3-none-any.whl", hash = "sha256:HASH" }]

[[package]]
name = "colorama"
version = "1"
source = { registry = "https://i/simple" }
wheels = []

[[package]]
name = "cycle"
version = "1"
source = { path = "wheels/cycle-1-py3-none-any.whl" }
dependencies = [{ name = "click", version = "8", source = { registry = "https://i/simple" } }]
wheels = [{ filename = "cycle-1-py3-none-any.whl", hash = "sha256:HASH" }]

[[package]]
name = "flat"
version = "1"
source = { registry = "wheels" }
wheels = [{ path = "flat-1-py3-none-any.whl" }]

[[package]]
name = "git-thing"
version = "1"
source = { git = "https://h/thing?tag=v1#0123" }

[[package]]
name = "lib"
version = "1"
source = { editable = "lib" }

[[package]]
name = "linked"
version = "1"
source = { url = "https://f/linked-1-py3-none-any.whl" }
wheels = [{ url = "https://f/linked-1-py3-none-any.whl", hash = "sha256:HASH" }]

[package.optional-dependencies]
more = [{ name = "nested" }]

[[package]]
name = "nested"
version = "1"
source = { registry = "https://i/simple" }
wheels = [{ url = "https://f/nested-1-py3-none-any.whl", hash = "sha256:HASH" }]

[[package]]
name = "other"
version = "1"
source = { virtual = "other" }
dependencies = [{ name = "nested" }]

[[package]]
name = "site"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "click" }]

[package.optional-dependencies]
lib = [{ name = "lib" }, { name = "git-thing" }]
members = [{ name = "other" }]
more = [{ name = "linked", extra = ["more"] }]
new = [{ name = "attrs", version = "2", source = { registry = "https://i/simple" } }, { name = "flat" }]
old = [{ name = "attrs", version = "1", source = { registry = "https://i/simple" } }, { name = "linked", marker = "extra == 'extra-4-site-old'" }]

[package.dev-dependencies]
prod = [{ name = "nested" }]

[package.metadata]
provides-extras = ["empty", "lib"]
"#;

const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn select(text: &str, target: &str, extras: &[&str], groups: &[&str]) -> Result<Selection, LockError> {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let options = SelectOptions {
        extras: names(extras),
        groups: Some(names(groups)),
    };
    Lock::parse(Path::new("uv.lock"), &text.replace("HASH", HASH))?.select_with(&target.parse().unwrap(), &options)
}

#[test]
fn a_target_gets_what_the_project_depends_on() {
    for (target, extras, groups, expect) in [
        ("ubuntu24.04", &[][..], &[][..], "click-9"),
        ("debian12", &[], &[], "cycle-1 +click-8.tar.gz"),
        ("ubuntu24.04", &["more"], &[], "click-9 linked-1 nested-1"),
        ("ubuntu24.04", &["old"], &[], "attrs-1 click-9 linked-1"),
        ("ubuntu24.04", &["members"], &[], "click-9 nested-1"),
        ("ubuntu24.04", &["empty"], &["prod"], "click-9 nested-1"),
    ] {
        let selection = select(LOCK, target, extras, groups).unwrap();
        let wheels = selection
            .wheels
            .iter()
            .map(|pin| format!("{}-{}", pin.name, pin.version));
        let sdists = selection.sdists.iter().map(|sdist| format!("+{}", sdist.filename));
        assert_eq!(
            wheels.chain(sdists).collect::<Vec<_>>().join(" "),
            expect,
            "{target} {extras:?}"
        );
    }
}

#[test]
fn files_are_where_the_lock_says() {
    let wheels = select(LOCK, "debian12", &["old"], &[]).unwrap().wheels;
    assert_eq!(wheels[0].url.as_deref(), Some("https://f/attrs-1-py3-none-any.whl"));
    assert_eq!(
        (wheels[0].size, wheels[0].index.as_deref()),
        (Some(7), Some("https://i/simple"))
    );
    assert_eq!(
        wheels[1].path.as_deref(),
        Some(Path::new("wheels/cycle-1-py3-none-any.whl"))
    );
    assert_eq!((wheels[1].url.as_deref(), wheels[1].index.as_deref()), (None, None));
}

#[test]
fn what_cannot_be_used_is_refused_with_the_line() {
    let changed = |from: &str, to: &str| LOCK.replacen(from, to, 1);
    for (text, extras, expect) in [
        (
            changed("version = 1", "version = 2"),
            &[][..],
            "2: version is `2`, known is 1",
        ),
        (
            LOCK.to_owned(),
            &["new", "old"],
            "17: attrs is already on line 11, and both are for ubuntu24.04",
        ),
        (
            LOCK.to_owned(),
            &["new"],
            "55: flat: flat-1-py3-none-any.whl has no sha256",
        ),
        (
            LOCK.to_owned(),
            &["lib"],
            "57: git-thing is a git repository (`https://h/thing`), which has no hash to check",
        ),
        (
            changed("{ name = \"git-thing\" }", ""),
            &["lib"],
            "62: lib is a folder (`lib`), which has no hash to check",
        ),
        (
            changed("{ name = \"cycle\" }", "{ name = \"none\", version = \"7\" }"),
            &[],
            "28: click: `dependencies`: `none 7` is not in the lock",
        ),
        (
            changed("sys_platform == 'win32'", "nothing"),
            &[],
            "28: click: `marker`: marker `nothing`: `nothing` is not a known variable at column 1",
        ),
        (
            changed("click-9-py3-none-any", "click-9"),
            &[],
            "36: click: `wheels`: `click-9.whl` is not the name of a wheel: it has not five or six parts between `-`",
        ),
        (
            changed("sha256:HASH\", size", "sha256:00\", size"),
            &[],
            "15: attrs: `hash`: `00` is not a SHA-256 digest of 64 hexadecimal digits",
        ),
        (
            changed("source = { registry", "sauce = { registry"),
            &[],
            "11:1: missing field `source`",
        ),
    ] {
        let error = select(&text, "ubuntu24.04", extras, &[]).unwrap_err();
        assert_eq!(error.to_string(), format!("uv.lock:{expect}"));
    }
    let unknown = select(LOCK, "debian12", &["fast"], &[]).unwrap_err();
    assert!(
        unknown
            .to_string()
            .ends_with("there are `empty`, `lib`, `members`, `more`, `new`, `old`")
    );
    let windows = changed("sys_platform == 'linux'", "sys_platform == 'win32'");
    let error = select(&windows, "debian12", &[], &[]).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("uv.lock:5: the lock is for `sys_platform == 'win32'`")
    );
}

#[test]
fn a_workspace_without_a_project_at_its_top_is_all_its_members() {
    let text = LOCK.replace("virtual = \".\"", "virtual = \"site\"");
    let selection = select(&text, "ubuntu24.04", &[], &[]).unwrap();
    let names: Vec<_> = selection.wheels.iter().map(|pin| pin.name.as_str()).collect();
    assert_eq!(names, ["click", "nested"]);
}
