//! Compiled modules beside what each interpreter of this machine makes itself.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pydeploy::python::{Compiler, ModuleSource};

use super::need;

const MINORS: [&str; 7] = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

/// The interpreters of the distribution, of the search path and of pyenv that run, with their minor versions.
fn interpreters() -> Vec<(PathBuf, &'static str)> {
    let mut found: Vec<(PathBuf, &'static str)> = Vec::new();
    for minor in MINORS {
        let mut candidates = vec![PathBuf::from(format!("/usr/bin/python{minor}"))];
        let path = std::env::var_os("PATH").unwrap_or_default();
        candidates.extend(std::env::split_paths(&path).map(|dir| dir.join(format!("python{minor}"))));
        let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
        let root = root.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".pyenv")));
        let versions = root.and_then(|root| fs::read_dir(root.join("versions")).ok());
        let versions = versions.into_iter().flatten().flatten();
        candidates.extend(versions.map(|version| version.path().join(format!("bin/python{minor}"))));
        candidates.retain(|candidate| Compiler::of(candidate, minor).is_ok());
        let mut seen = std::collections::BTreeSet::new();
        candidates
            .retain(|candidate| seen.insert(ask(candidate, "import sys; print(sys.executable, sys.version)", &[])));
        found.extend(candidates.into_iter().map(|candidate| (candidate, minor)));
    }
    if found.is_empty() {
        return need::skip("CPython 3.8 to 3.14");
    }
    found
}

fn ask(interpreter: &Path, script: &str, args: &[&Path]) -> String {
    let output = Command::new(interpreter)
        .args(["-I", "-c", script])
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", interpreter.display());
    String::from_utf8(output.stdout).unwrap()
}

/// Modules of the interpreter's own library: of the large folders, the first ones.
fn library(interpreter: &Path) -> Vec<ModuleSource> {
    let folder = ask(interpreter, "import os; print(os.path.dirname(os.__file__))", &[]);
    let folder = PathBuf::from(folder.trim());
    let mut modules = Vec::new();
    for below in [
        "",
        "asyncio",
        "email",
        "json",
        "unittest",
        "xml/dom",
        "test",
        "lib2to3/tests/data",
    ] {
        let Ok(entries) = fs::read_dir(folder.join(below)) else {
            continue;
        };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
        files.sort();
        modules.extend(files.iter().take(60).map(|file| ModuleSource {
            name: format!("lib/{}", file.strip_prefix(&folder).unwrap().display()),
            bytes: fs::read(file).unwrap(),
        }));
    }
    modules
}

/// Looks at `N.py` and `N.pyc` in a folder, and prints how many are what this interpreter makes of the source.
const COMPARE: &str = "
import importlib.util, marshal, pathlib, sys
count = 0
for source in pathlib.Path(sys.argv[1]).glob('*.py'):
    name, text = source.with_suffix('.name').read_text(), source.read_bytes()
    data = source.with_suffix('.pyc').read_bytes()
    assert data[:4] == importlib.util.MAGIC_NUMBER, name
    assert data[4:8] == bytes([1, 0, 0, 0]), name
    assert data[8:16] == importlib.util.source_hash(text), name
    expected = compile(text, name, 'exec', dont_inherit=True)
    found = marshal.loads(data[16:])
    assert found == expected and found.co_filename == name, name
    assert repr(found.co_consts) .count(' at 0x') == repr(expected.co_consts).count(' at 0x'), name
    count += 1
print(count)
";

#[test]
fn modules_are_what_the_interpreter_makes_of_them() {
    for (interpreter, minor) in interpreters() {
        let compiler = Compiler::of(&interpreter, minor).unwrap();
        let modules = library(&interpreter);
        let compiled = compiler.compile(&modules).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut count = 0;
        for (module, compiled) in modules.iter().zip(&compiled) {
            let Some(compiled) = compiled else { continue };
            let file = |extension| dir.path().join(format!("{count}.{extension}"));
            fs::write(file("py"), &module.bytes).unwrap();
            fs::write(file("pyc"), compiled).unwrap();
            fs::write(file("name"), &module.name).unwrap();
            count += 1;
        }
        assert!(count > 100, "{}: {count}", interpreter.display());
        assert_eq!(ask(&interpreter, COMPARE, &[dir.path()]).trim(), count.to_string());
    }
}

#[test]
fn bytes_depend_on_nothing_but_the_source() {
    for (interpreter, minor) in interpreters() {
        let compiler = Compiler::of(&interpreter, minor).unwrap();
        let modules = library(&interpreter);
        let forward = compiler.compile(&modules).unwrap();
        let mut reversed = modules.clone();
        reversed.reverse();
        let mut backward = compiler.compile(&reversed).unwrap();
        backward.reverse();
        let chunks = modules.chunks(70).map(|some| compiler.compile(some).unwrap());
        let in_parts: Vec<_> = chunks.flatten().collect();
        for (at, module) in modules.iter().enumerate() {
            let name = format!("{}: {}", interpreter.display(), module.name);
            assert!(forward[at] == backward[at], "in another order, {name}");
            assert!(forward[at] == in_parts[at], "in other company, {name}");
        }
    }
}

#[test]
fn what_is_no_module_is_left_out() {
    for (interpreter, minor) in interpreters() {
        let compiler = Compiler::of(&interpreter, minor).unwrap();
        let module = |bytes: &[u8]| ModuleSource {
            name: "lib/a.py".to_owned(),
            bytes: bytes.to_owned(),
        };
        let modules = [
            module(b"print 'two'"),
            module(b"x = 1\n"),
            module(b"\0"),
            module(b"# coding: klingon\n"),
            module(b"'\xff'"),
            module(b"# coding: latin-1\nx = '\xff'\n"),
            module(b""),
            module(&[b"(".repeat(5000), b")".repeat(5000)].concat()),
        ];
        let compiled = compiler.compile(&modules).unwrap();
        let possible: Vec<_> = compiled.iter().map(Option::is_some).collect();
        let expected = [false, true, false, false, false, true, true, false];
        assert_eq!(possible, expected, "{}", interpreter.display());
    }
}
