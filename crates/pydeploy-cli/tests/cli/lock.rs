//! Locks that are refused, and what a check makes of one.

use crate::context::Context;
use crate::hostile::PROJECT;
use crate::wheel::{Wheel, lock};

#[test]
fn locks_that_cannot_be_used_are_refused_with_their_line() {
    let context = Context::new();
    context.write("pyproject.toml", PROJECT);
    let hash = "0".repeat(64);
    let wheel =
        |name: &str| format!("wheels = [{{ name = \"{name}-py3-none-any.whl\", hashes.sha256 = \"{hash}\" }}]\n");
    let package = |version: &str| {
        format!(
            "[[packages]]\nname = \"a\"\nversion = \"{version}\"\n{}",
            wheel(&format!("a-{version}"))
        )
    };
    for (name, text, says) in [
        ("pylock.toml", "lock-version = \"2.0\"\n".to_owned(), "[DIR]/pylock.toml:1: "),
        (
            "pylock.toml",
            "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nwheels = [{ name = \"a-1-py3-none-any.whl\", hashes.md5 = \"x\" }]\n".to_owned(),
            "[DIR]/pylock.toml:4: ",
        ),
        (
            "pylock.toml",
            format!("lock-version = \"1.0\"\n{}{}", package("1"), package("2")),
            "[DIR]/pylock.toml:6: ",
        ),
        (
            "pylock.toml",
            format!("lock-version = \"1.0\"\nrequires-python = \">=3.12\"\n{}", package("1")),
            "[DIR]/pylock.toml:2: ",
        ),
        ("requirements.txt", "idna==3.10\n".to_owned(), "[DIR]/requirements.txt:1: "),
    ] {
        context.write("pyproject.toml", &PROJECT.replace("include", &format!("lock = \"{name}\"\ninclude")));
        context.write(name, &text);
        for args in [&["wheelhouse", "fetch", "--offline"][..], &["venv", "--offline", "env"]] {
            let ended = context.pydeploy(args);
            assert!(ended.status == 1 && ended.stderr.contains(says), "{text}: {ended}");
        }
        let ended = context.pydeploy(&["wheelhouse", "check"]);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!([1, 4].contains(&ended.status) && said.contains(says), "{text}: {ended}");
        assert!(!context.path().join("env").exists());
        std::fs::remove_file(context.path().join(name)).unwrap();
    }
}

#[test]
fn a_check_knows_what_extras_and_groups_require() {
    let context = Context::new();
    let project = PROJECT.replace(
        "[tool.pydeploy]\n",
        "dependencies = [\"one\"]\noptional-dependencies.all = [\"site[db]\"]\noptional-dependencies.db = [\"two[fast]\"]\n\
         [dependency-groups]\nprod = [{ include-group = \"base\" }]\nbase = [\"four\"]\ntest = [\"five\"]\n\
         [tool.pydeploy]\nextras = [\"all\"]\ngroups = [\"prod\"]\n",
    );
    let mut two = Wheel::named("two");
    two.metadata += "Provides-Extra: fast\nRequires-Dist: three; extra == 'fast'\n";
    let one = Wheel::named("one");
    let folder = context.path().join("wheels");
    for wheel in [&one, &two] {
        wheel.write(&folder);
    }
    let text = lock(&[(&*one.file, &one.bytes()[..]), (&two.file, &two.bytes())]);
    context.write("pylock.toml", &text);
    context.write("pyproject.toml", &project);
    let ended = context.pydeploy(&["wheelhouse", "check"]);
    let expect = "requirement: the project requires `four`, no four is locked; `pydeploy wheelhouse lock` locks it (debian12)\n\
                  requirement: two-1.0-py3-none-any.whl requires `three; extra == 'fast'`, no three is locked (debian12)\n";
    assert_eq!((ended.status, &*ended.stdout), (4, expect), "{ended}");
    context.write("pyproject.toml", &project.replace("[\"prod\"]", "[\"gone\"]"));
    for command in ["check", "lock"] {
        let ended = context.pydeploy(&["wheelhouse", command]);
        assert_eq!(ended.status, 1, "{ended}");
        assert!(
            ended.stderr.contains("`dependency-groups`: there is no group `gone`")
                && ended.stderr.contains("hint: the project has `base`, `prod`, `test`"),
            "{ended}"
        );
    }
}
