use std::path::Path;

use crate::TextFileError;
use crate::wheelhouse::{Formats, Lock, LockError, Selection};

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// `A` and `B` stand for hashes, `;;` for a new line.
fn written(text: &str) -> String {
    text.replace(";;", "\n")
        .replace("--hash=A", &format!("--hash={A}"))
        .replace("--hash=B", &format!("--hash={B}"))
}

fn parse(text: &str) -> Result<Lock, LockError> {
    Lock::parse(Path::new("requirements.txt"), &written(text))
}

fn select(text: &str) -> Result<Selection, LockError> {
    parse(text)?.select_with(&"debian12".parse().unwrap(), &Default::default())
}

/// Each distribution, as `name==version/digests` or `name=file`, its digests by their first digit.
fn described(selection: &Selection) -> String {
    let first = |digest: &crate::digest::Sha256| digest.to_string()[..1].to_owned();
    let unlocated = selection.unlocated.iter().map(|found| {
        let digests: String = found.hashes.sha256.iter().map(first).collect();
        format!("{}=={}/{digests}", found.name, found.hashes.version)
    });
    let wheels = selection.wheels.iter().map(|pin| {
        let path = pin.path.as_ref().map(|path| path.display().to_string());
        format!(
            "{}={}/{}",
            pin.name,
            pin.url.clone().or(path).unwrap(),
            first(&pin.sha256)
        )
    });
    let sdists = selection.sdists.iter().map(|sdist| {
        let path = sdist.path.as_ref().map(|path| path.display().to_string());
        format!(
            "{}={}/{}",
            sdist.name,
            sdist.url.clone().or(path).unwrap(),
            first(&sdist.sha256)
        )
    });
    unlocated.chain(wheels).chain(sdists).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_resolver_writes_is_read() {
    for (text, expect) in [
        ("", ""),
        ("Django==4.2 --hash=A", "django==4.2/a"),
        ("a==1 \\;;    --hash=A \\;;    --hash=B;;    # via c", "a==1/ab"),
        ("a==1 --hash sha512:00 --hash=A", "a==1/a"),
        ("a===1.0 --hash=A", "a==1.0/a"),
        ("psycopg[binary]==3.2 --hash=A", "psycopg==3.2/a"),
        (
            "a==1 ; python_full_version < '3.11.3' --hash=A;;b==1 ; os_name == 'nt' --hash=A",
            "a==1/a",
        ),
        (
            "a==1 ; python_version < '3' --hash=A;;a==2 ; python_version >= '3' --hash=B",
            "a==2/b",
        ),
        ("a==1 --hash=A;;A==1 --hash=A", "a==1/a"),
        ("-e .;;-e .[dev];;. ; os_name == 'posix';;a==1 --hash=A", "a==1/a"),
        ("./w/a-1-py3-none-any.whl --hash=A", "a=./w/a-1-py3-none-any.whl/a"),
        ("w/a-1-py3-none-any.whl;os_name=='nt' --hash=A", ""),
        ("a-1-py3-none-any.whl --hash=A", "a=a-1-py3-none-any.whl/a"),
        ("a @ file:///w/a%2B-1-py3-none-any.whl --hash=A", "error: a+"),
        (
            "a @ file:///w/a-1%2Bx-py3-none-any.whl --hash=A",
            "a=/w/a-1+x-py3-none-any.whl/a",
        ),
        (
            "https://h/a-1-py3-none-any.whl ; os_name=='posix' --hash=A",
            "a=https://h/a-1-py3-none-any.whl/a",
        ),
        (
            "a @ https://h/a-1-py3-none-any.whl#sha256=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "a=https://h/a-1-py3-none-any.whl/b",
        ),
        ("a @ https://h/a-1.tar.gz --hash=A", "a=https://h/a-1.tar.gz/a"),
    ] {
        let found = select(text).map(|selection| described(&selection));
        match expect.strip_prefix("error: ") {
            Some(part) => assert!(found.unwrap_err().to_string().contains(part), "{text}"),
            None => assert_eq!(found.unwrap(), expect, "{text}"),
        }
    }
}

#[test]
fn what_is_not_locked_is_refused_with_file_and_line() {
    for (text, expect) in [
        (
            ";;a>=1 --hash=A",
            "2: `a>=1`: it is not pinned to one version with `==`",
        ),
        ("a --hash=A", "1: `a`: it is not pinned to one version with `==`"),
        (
            "a==1.* --hash=A",
            "1: `a==1.*`: it is not pinned to one version with `==`",
        ),
        ("a==1", "1: `a==1`: it has no `--hash`"),
        ("a==1 --hash=A;;b==2", "2: `b==2`: it has no `--hash`"),
        ("a==1 --hash=sha512:00", "1: `a==1`: none of its hashes is a sha256"),
        (
            "a==1 --hash=sha256:00",
            "1: `a==1`: `sha256:00` is not a hash; `sha256:` and 64 hexadecimal digits are",
        ),
        (
            "a==1 --hash=md5:00",
            "1: `a==1`: `md5:00` is not a hash; `sha256:` and 64 hexadecimal digits are",
        ),
        (
            "a==1 --hash=A;;a==2 --hash=A",
            "2: a is already on line 1, and both are for debian12",
        ),
        (
            "a==1; x == 'y' --hash=A",
            "1: `a==1; x == 'y'`: requirement `a==1; x == 'y'`: `x` is not a known variable at column 7",
        ),
        (
            "-e ../lib",
            "1: `-e ../lib`: it is a folder, which has no hash to check",
        ),
        ("./lib", "1: `./lib`: it is a folder, which has no hash to check"),
        (
            "a @ git+https://me:secret@h/a@v1",
            "1: `a @ git+https://h/a@v1`: it is a repository, which has no hash to check",
        ),
        (
            "git+ssh://git@h/a.zip --hash=A",
            "1: `git+ssh://h/a.zip`: it is a repository, which has no hash to check",
        ),
        (
            "https://h/a-1.tar.gz --hash=A",
            "1: `https://h/a-1.tar.gz`: it is neither a wheel nor has it a name before `@`",
        ),
        (
            "b @ https://h/a-1-py3-none-any.whl --hash=A",
            "1: `b @ https://h/a-1-py3-none-any.whl`: it is a file of a",
        ),
        (
            "./a-1-py3-none-any.whl",
            "1: `./a-1-py3-none-any.whl`: it has no `--hash`",
        ),
        (
            "./a-1-py3-none-any.whl --hash=A --hash=B",
            "1: `./a-1-py3-none-any.whl`: it is one file and has 2 hashes",
        ),
        (
            "--editable-mode x",
            "1: `--editable-mode x`: the option `--editable-mode` is not known here",
        ),
        (
            "a==1 --no-deps --hash=A",
            "1: `a==1 --no-deps`: the option `--no-deps` cannot stand behind a requirement",
        ),
        (
            "--index-url",
            "1: `--index-url`: the option `--index-url` needs a value",
        ),
        (
            "-i https://${TOKEN}@h/",
            "1: `-i https://h/`: the variable `TOKEN` is not set",
        ),
        (
            "-r https://h/r.txt",
            "1: `-r https://h/r.txt`: a file is included that lies on another host",
        ),
        (
            "-r requirements.txt",
            "1: `-r requirements.txt`: requirements.txt is included by itself",
        ),
        (
            "--no-binary a/b",
            "1: `--no-binary a/b`: `a/b` is not a distribution's name: letters, digits, `-`, `_` and `.`, a letter or digit first and last",
        ),
    ] {
        let error = select(text).unwrap_err();
        assert_eq!(error.to_string(), format!("requirements.txt:{expect}"), "{text}");
        assert!(error.hint().is_some());
    }
}

#[test]
fn options_say_where_files_are_looked_for() {
    let hashes = |text: &str| select(text).unwrap().unlocated.remove(0).hashes;
    let plain = hashes("a==1 --hash=A");
    assert_eq!(
        (plain.indexes.len(), plain.no_index, plain.formats),
        (0, false, Formats::Any)
    );
    let many = hashes(
        "a==1 --hash=A;;--extra-index-url https://b;;-i https://a;;--find-links w;;-f https://l/;;--no-index;;--no-binary A;;--pre",
    );
    assert_eq!(many.indexes, ["https://a", "https://b"]);
    assert_eq!(many.find_links, ["w", "https://l/"]);
    assert_eq!((many.no_index, many.formats), (true, Formats::Source));
    let extra = hashes("--extra-index-url https://b;;--only-binary :all:;;a==1 --hash=A");
    assert_eq!((extra.indexes.len(), extra.formats), (2, Formats::Wheels));
    assert_eq!(extra.indexes[1], "https://b");
}

#[test]
fn files_include_files_and_variables() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written(text)).unwrap();
        path
    };
    let top = write(
        "requirements.txt",
        "-r sub/base.txt;;-c bounds.txt;;b==2 --hash=B;;-i https://${TOKEN}@h/",
    );
    write("sub/base.txt", "-r more.txt;;a==1 --hash=A;;-f wheels");
    write("sub/more.txt", "b==2 --hash=B");
    write("bounds.txt", "a<2;;b<2 ; python_version < '3';;unused>7");
    let token = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
    let target = "debian12".parse().unwrap();
    let selection = Lock::load_with(&top, &token)
        .unwrap()
        .select_with(&target, &Default::default())
        .unwrap();
    assert_eq!(described(&selection), "a==1/a b==2/b");
    assert_eq!(selection.unlocated[0].file, dir.path().join("sub/base.txt"));
    assert_eq!(selection.unlocated[0].hashes.indexes, ["https://secret@h/"]);
    let links = dir.path().join("sub/wheels");
    assert_eq!(selection.unlocated[0].hashes.find_links, [links.to_str().unwrap()]);

    write("bounds.txt", ";;b<2");
    let error = Lock::load_with(&top, &token).unwrap().select(&target).unwrap_err();
    let expect = format!(
        "{}/bounds.txt:2: the constraint `b<2` excludes b 2, which the lock has",
        dir.path().display()
    );
    assert_eq!(error.to_string(), expect);

    write("sub/more.txt", "-r ../requirements.txt");
    let error = Lock::load_with(&top, &token).unwrap_err();
    assert!(
        error.to_string().contains("more.txt:1: `-r ../requirements.txt`"),
        "{error}"
    );
    write("sub/more.txt", "-r missing.txt");
    assert!(matches!(
        Lock::load_with(&top, &token),
        Err(LockError::Text(TextFileError::File(_)))
    ));
}

#[test]
fn hashes_alone_are_not_wheels() {
    let lock = parse("a==1 --hash=A").unwrap();
    let error = lock.select(&"debian12".parse().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "requirements.txt:1: a is pinned to hashes, and its file has not been looked up"
    );
}
