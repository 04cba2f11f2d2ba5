use std::path::Path;

use crate::python::Target;
use crate::wheelhouse::{Lock, LockError, Pinned, SelectOptions, Selection};

const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[track_caller]
fn select(text: &str, target: &str) -> Result<Vec<Pinned>, LockError> {
    let text = text.replace("HASH", &format!("hashes = {{ sha256 = \"{HASH}\" }}"));
    let target: Target = target.parse().unwrap();
    Lock::parse(Path::new("pylock.toml"), &text)?.select(&target)
}

#[track_caller]
fn chosen(text: &str, target: &str) -> String {
    let pins = select(text, target).unwrap();
    let names: Vec<_> = pins.iter().map(|pin| pin.filename.as_str()).collect();
    names.join(" ")
}

#[track_caller]
fn refusal(text: &str) -> String {
    select(text, "debian12").unwrap_err().to_string()
}

const LOCK: &str = r#"
lock-version = "1.7"
created-by = "a tool"
requires-python = ">=3.9"
environments = ["sys_platform == 'win32'", "sys_platform == 'linux'"]
default-groups = ["prod"]
something-new = { from = "a later minor version" }

[[packages]]
name = "redis"
version = "5.0"
wheels = [{ url = "https://files/redis-5.0-py3-none-any.whl", size = 7, HASH }]

[[packages]]
name = "async-timeout"
version = "4.0"
marker = "python_full_version < '3.11.3'"
requires-python = ">=3.7"
sdist = { url = "https://files/async_timeout-4.0.tar.gz", HASH }
wheels = [{ path = "wheels/async_timeout-4.0-py3-none-any.whl", HASH }]

[[packages]]
name = "Compiled"
version = "1.0+local"
index = "https://mirror/simple/"
wheels = [
    { name = "compiled-1.0+local-cp311-cp311-manylinux_2_17_x86_64.whl", url = "https://files/1", HASH },
    { url = "https://files/compiled-1.0%2Blocal-1-cp311-cp311-manylinux_2_28_x86_64.whl", HASH },
    { url = "https://files/compiled-1.0%2Blocal-2-cp311-cp311-manylinux_2_28_x86_64.whl", HASH },
    { url = "https://files/compiled-1.0%2Blocal-cp312-cp312-manylinux_2_28_x86_64.whl", HASH },
    { url = "https://files/compiled-1.0%2Blocal-cp311-cp311-win_amd64.whl" },
]

[[packages]]
name = "only-for-tests"
version = "1"
marker = "'tests' in dependency_groups"
wheels = []

[[packages]]
name = "only-for-prod"
version = "1"
marker = "'prod' in dependency_groups"
wheels = [{ url = "https://files/only_for_prod-1-py3-none-any.whl", HASH }]
"#;

#[test]
fn each_target_gets_what_fits_it() {
    assert_eq!(
        chosen(LOCK, "debian12"),
        "async_timeout-4.0-py3-none-any.whl compiled-1.0+local-2-cp311-cp311-manylinux_2_28_x86_64.whl \
         only_for_prod-1-py3-none-any.whl redis-5.0-py3-none-any.whl"
    );
    assert_eq!(
        chosen(LOCK, "ubuntu24.04"),
        "compiled-1.0+local-cp312-cp312-manylinux_2_28_x86_64.whl only_for_prod-1-py3-none-any.whl \
         redis-5.0-py3-none-any.whl"
    );
}

#[test]
fn pins_carry_what_the_lock_says() {
    let pins = select(LOCK, "debian12").unwrap();
    assert_eq!(
        pins[0].path.as_deref(),
        Some(Path::new("wheels/async_timeout-4.0-py3-none-any.whl"))
    );
    assert_eq!(pins[1].index.as_deref(), Some("https://mirror/simple/"));
    assert_eq!((pins[3].size, pins[3].sha256.to_string().as_str()), (Some(7), HASH));
}

#[test]
fn what_fits_nowhere_is_named_with_its_line() {
    let error = select(LOCK, "debian12/arm64").unwrap_err();
    assert!(error.to_string().starts_with(
        "pylock.toml:22: compiled has no wheel for debian12/arm64, it has compiled-1.0+local-cp311-cp311-manylinux_2_17_x86_64.whl, "
    ));
    assert!(error.to_string().ends_with(
        "wanted is cp311-cp311-manylinux_2_36_aarch64 or older, cp311-abi3-manylinux_2_36_aarch64 or older, or py3-none-any"
    ));
    assert!(error.hint().is_some());
}

#[test]
fn locks_that_cannot_be_used_are_refused_with_the_line() {
    let package = |lines: &str| format!("lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n{lines}");
    let wheel = |rest: &str| {
        package(&format!(
            "wheels = [{{ url = \"https://f/a-1-py3-none-any.whl\"{rest} }}]\n"
        ))
    };
    let twice = wheel(", HASH") + "[[packages]]\nname = \"A\"\nwheels = []\n";
    for (text, expect) in [
        (
            "lock-version = \"2.0\"".to_owned(),
            "pylock.toml:1: lock-version is `2.0`, known is 1",
        ),
        ("".to_owned(), "pylock.toml:1:1: missing field `lock-version`"),
        (
            "lock-version = 1".to_owned(),
            "pylock.toml:1:16: invalid type: integer `1`, expected a string",
        ),
        ("\n[x".to_owned(), "pylock.toml:2:3: unclosed table, expected `]`"),
        (
            "lock-version = \"1.0\"\nrequires-python = \">=3.12\"".to_owned(),
            "pylock.toml:2: the lock is for Python >=3.12, debian12 has 3.11.2",
        ),
        (
            "lock-version = \"1.0\"\nenvironments = [\"os_name == 'nt'\"]".to_owned(),
            "pylock.toml:2: the lock is for `os_name == 'nt'`, none of which is debian12",
        ),
        (
            twice,
            "pylock.toml:6: a is already on line 2, and both are for debian12",
        ),
        (wheel(""), "pylock.toml:5: a: a-1-py3-none-any.whl has no sha256"),
        (
            wheel(", hashes = { md5 = \"00\" }"),
            "pylock.toml:5: a: a-1-py3-none-any.whl has no sha256",
        ),
        (
            wheel(", hashes = { sha256 = \"00\" }"),
            "pylock.toml:5: a: `hashes`: `00` is not a SHA-256 digest of 64 hexadecimal digits",
        ),
        (
            package("marker = \"os == 'x'\""),
            "pylock.toml:5: a: `marker`: marker `os == 'x'`: `os` is not a known variable at column 1",
        ),
        (
            package("requires-python = \"<3\"\nwheels = []\n"),
            "pylock.toml:2: a is for Python <3, debian12 has 3.11.2",
        ),
        (
            package("wheels = [{ size = 1 }]\n"),
            "pylock.toml:5: a: `wheels`: has neither name nor url nor path",
        ),
        (
            package("wheels = [{ name = \"a.whl\" }]\n"),
            "pylock.toml:5: a: `wheels`: `a.whl` is not the name of a wheel: it has not five or six parts between `-`",
        ),
        (
            package("wheels = [{ url = \"https://f/b-1-py3-none-any.whl\", HASH }]\n"),
            "pylock.toml:5: a: `wheels`: `b-1-py3-none-any.whl` is not a wheel of a 1",
        ),
        (
            package("wheels = [{ url = \"https://f/a-2-py3-none-any.whl\", HASH }]\n"),
            "pylock.toml:5: a: `wheels`: `a-2-py3-none-any.whl` is not a wheel of a 1",
        ),
        (
            package("vcs = { type = \"git\", url = \"https://me:secret@h/a\", commit-id = \"1\" }\n"),
            "pylock.toml:2: a is a git repository (`https://h/a`), which has no hash to check",
        ),
        (
            package("directory = { path = \"../a\", editable = true }\n"),
            "pylock.toml:2: a is a folder (`../a`), which has no hash to check",
        ),
        (
            package("archive = { path = \"a.zip\", HASH }\n"),
            "pylock.toml:2: a is an archive (`a.zip`), which has no hash to check",
        ),
        (
            package("archive = { path = \"a.zip\", HASH }\nwheels = []\n"),
            "pylock.toml:2: a: `packages`: it has more than one kind of source",
        ),
        (
            package(""),
            "pylock.toml:2: a: `packages`: it has no wheels and no other source",
        ),
        (
            package("sdist = { url = \"https://f/a-1.tar.gz\" }\n"),
            "pylock.toml:5: a: a-1.tar.gz has no sha256",
        ),
        (
            "lock-version = \"1.0\"\ndefault-groups = [\"a b\"]".to_owned(),
            "pylock.toml:2: `default-groups`: `a b` is not a distribution's name: letters, digits, `-`, `_` and `.`, a letter or digit first and last",
        ),
        (
            "lock-version = \"1.0\"\n[[packages]]\nname = \"-\"\n".to_owned(),
            "pylock.toml:3: `name`: `-` is not a distribution's name: letters, digits, `-`, `_` and `.`, a letter or digit first and last",
        ),
    ] {
        assert_eq!(refusal(&text), expect);
    }
}

#[test]
fn the_source_of_what_has_no_wheel_is_hinted_at() {
    let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nsdist = { path = \"a.tar.gz\", HASH }\n";
    let error = select(text, "debian12").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("pylock.toml:2: a has no wheel for debian12, it has no wheel at all; ")
    );
    assert!(error.hint().unwrap().contains("build a wheel"));
}

const PARTS: &str = r#"
lock-version = "1.0"
extras = ["Fast"]
dependency-groups = ["prod", "tests"]
default-groups = ["prod"]

[[packages]]
name = "the-project"
directory = { path = "./", editable = true }

[[packages]]
name = "fast"
marker = "'fast' in extras"
wheels = [{ url = "https://files/fast-1-py3-none-any.whl", HASH }]

[[packages]]
name = "prod"
marker = "'prod' in dependency_groups"
wheels = [{ url = "https://files/prod-1-py3-none-any.whl", HASH }]

[[packages]]
name = "tests"
marker = "'tests' in dependency_groups"
sdist = { url = "https://files/tests-1.tar.gz", size = 9, HASH }
wheels = [{ url = "https://files/tests-1-cp39-cp39-win32.whl", HASH }]
"#;

fn parts(extras: &[&str], groups: Option<&[&str]>) -> Result<Selection, LockError> {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let options = SelectOptions {
        extras: names(extras),
        groups: groups.map(names),
    };
    let text = PARTS.replace("HASH", &format!("hashes = {{ sha256 = \"{HASH}\" }}"));
    Lock::parse(Path::new("pylock.toml"), &text)?.select_with(&"debian12".parse().unwrap(), &options)
}

#[test]
fn extras_and_groups_are_chosen() {
    for (extras, groups, expect) in [
        (&[][..], None, "prod"),
        (&["FAST"], None, "fast prod"),
        (&[], Some(&[][..]), ""),
        (&["fast"], Some(&["tests"]), "fast +tests-1.tar.gz"),
    ] {
        let selection = parts(extras, groups).unwrap();
        let wheels = selection.wheels.iter().map(|pin| pin.name.to_string());
        let sdists = selection.sdists.iter().map(|sdist| format!("+{}", sdist.filename));
        assert_eq!(wheels.chain(sdists).collect::<Vec<_>>().join(" "), expect);
    }
    let unknown = parts(&["slow"], None).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "pylock.toml: there is no extra `slow`, there is `fast`"
    );
    let unknown = parts(&[], Some(&["dev"])).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "pylock.toml: there is no dependency group `dev`, there are `prod`, `tests`"
    );
}

#[test]
fn a_source_carries_what_the_lock_says() {
    let sdist = parts(&[], Some(&["tests"])).unwrap().sdists.remove(0);
    assert_eq!((sdist.line, sdist.size), (21, Some(9)));
    assert_eq!(sdist.url.as_deref(), Some("https://files/tests-1.tar.gz"));
    assert_eq!(sdist.other_wheels, ["tests-1-cp39-cp39-win32.whl"]);
}

/// Pieces of a text left out, doubled, or replaced by what is special in one of the formats: the same in every run.
fn damaged(text: &str, count: usize) -> impl Iterator<Item = String> {
    const PIECES: [&str; 14] = [
        "\"", "'", "\\", "\n", "[", "]", "{", "}", "=", "#", "é", "${", "--hash=", ";",
    ];
    let characters: Vec<char> = text.chars().collect();
    let mut state = 20_161_009_u32;
    let mut below = move |end: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % end
    };
    (0..count).map(move |_| {
        let mut characters = characters.clone();
        for _ in 0..=below(3) {
            let at = below(characters.len());
            let end = (at + below(20)).min(characters.len());
            match below(3) {
                0 => drop(characters.drain(at..end)),
                1 => characters
                    .splice(at..at, PIECES[below(PIECES.len())].chars())
                    .for_each(drop),
                _ => {
                    let again = characters[at..end].to_vec();
                    characters.splice(at..at, again).for_each(drop);
                }
            }
        }
        characters.into_iter().collect()
    })
}

#[test]
fn damaged_locks_are_read_or_refused() {
    let target = "debian12".parse().unwrap();
    let requirements = format!(
        "-i https://h/ --pre\na[b]==1 ; os_name == 'posix' \\\n  --hash=sha256:{HASH} # c\n./w/b-1-py3-none-any.whl --hash sha256:{HASH}\n"
    );
    let pylock = LOCK.replace("HASH", &format!("hashes = {{ sha256 = \"{HASH}\" }}"));
    let uv_lock = "version = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { editable = \".\" }\n\
                   dependencies = [{ name = \"a\", extra = [\"x\"], marker = \"os_name == 'posix'\" }]\n\
                   [package.optional-dependencies]\nx = [{ name = \"a\" }]\n";
    for (file, text) in [
        ("pylock.toml", pylock),
        ("uv.lock", uv_lock.to_owned()),
        ("requirements.txt", requirements),
    ] {
        let mut read = 0;
        for text in damaged(&text, 3_000) {
            if let Ok(lock) = Lock::parse(Path::new(file), &text) {
                read += 1;
                drop(lock.select_with(&target, &SelectOptions::default()));
            }
        }
        assert!(read > 100, "{file}: {read}");
    }
}
