//! The program that puts the package together on the builder.

use super::*;
use crate::need;

/// A source package, unpacked.
struct Unpacked {
    dir: TempDir,
    release: Release,
}

impl Unpacked {
    fn new(version: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let release = release(dir.path(), version, &[demo()]);
        let written = write(&release, &options(&changelog(version)), &dir.path().join("out")).unwrap();
        let unpacked = Self { dir, release };
        for file in &written.files[1..] {
            let name = file.path.to_str().unwrap();
            // As dpkg-source does: the first becomes the folder itself, others keep theirs. Names begin with `./`.
            let whole = name.ends_with(".orig.tar.gz") || name.ends_with("site_1.0.tar.gz");
            fs::create_dir_all(unpacked.tree()).unwrap();
            let mut tar = Command::new("tar");
            tar.args(["--strip-components", if whole { "2" } else { "1" }, "-xzf"])
                .arg(&file.path);
            assert!(tar.arg("-C").arg(unpacked.tree()).status().unwrap().success());
        }
        unpacked
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("unpacked")
    }

    /// What the program says, or nothing when there is no Python to run it.
    fn assemble(&self, version: &str) -> Option<Output> {
        let python = ["/usr/bin/python3.11", "/usr/bin/python3"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let Some(python) = python else {
            return need::skip("python3");
        };
        drop(fs::remove_dir_all(self.tree().join("debian/site")));
        let mut program = Command::new(python);
        program.args(["-B", "debian/pydeploy/assemble.py", "debian/site", version]);
        Some(program.current_dir(self.tree()).output().unwrap())
    }

    fn refused(&self, version: &str) -> Option<(i32, String)> {
        let output = self.assemble(version)?;
        let said = String::from_utf8_lossy(&output.stderr)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        Some((output.status.code().unwrap(), said))
    }
}

#[test]
fn the_program_makes_the_tree_of_the_package() {
    for version in ["1.0", "1.0-1"] {
        let unpacked = Unpacked::new(version);
        let Some(output) = unpacked.assemble(version) else {
            return;
        };
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let changelog = changelog(version);
        let package = Package::plan(&unpacked.release, &packaging(&changelog)).unwrap();
        let root = unpacked.tree().join("debian/site");
        for (path, entry) in package.tree.iter() {
            let place = root.join(path.as_str());
            let mode = fs::symlink_metadata(&place).unwrap().permissions().mode() & 0o7777;
            match &entry.kind {
                Kind::Directory => assert!(place.is_dir() && mode == 0o755, "{path}"),
                Kind::Symlink { target } => assert_eq!(fs::read_link(&place).unwrap(), Path::new(target), "{path}"),
                Kind::File { executable, sha256, .. } => {
                    assert_eq!(Sha256::of(&fs::read(&place).unwrap()), *sha256, "{path}");
                    assert_eq!(mode, if *executable { 0o755 } else { 0o644 }, "{path}");
                }
            }
        }
        let there = walkdir::WalkDir::new(&root).min_depth(1).into_iter().flatten();
        let control = |entry: &walkdir::DirEntry| entry.path().starts_with(root.join("DEBIAN"));
        assert_eq!(there.filter(|entry| !control(entry)).count(), package.tree.len());
        for (name, (text, mode)) in package.control.iter().filter(|(name, _)| **name != "control") {
            let place = root.join("DEBIAN").join(name);
            assert_eq!(&fs::read_to_string(&place).unwrap(), text, "{name}");
            assert_eq!(
                fs::metadata(&place).unwrap().permissions().mode() & 0o7777,
                *mode,
                "{name}"
            );
        }
    }
}

#[test]
fn the_program_refuses_what_is_not_as_planned() {
    let unpacked = Unpacked::new("1.0");
    let Some(other) = unpacked.refused("1.0~noble1") else {
        return;
    };
    let expected = "error: debian/changelog says 1.0~noble1, the release inside is 1.0";
    assert_eq!(other, (exit::REFUSED.into(), expected.to_owned()));
    for file in ["app/app.py", "wheels/demo-1.0-py3-none-any.whl", "debian/postinst"] {
        let place = unpacked.tree().join(file);
        let whole = fs::read(&place).unwrap();
        let mut changed = whole.clone();
        changed[10] ^= 1;
        fs::write(&place, changed).unwrap();
        let (code, said) = unpacked.refused("1.0").unwrap();
        assert_eq!(code, i32::from(exit::VERIFICATION), "{file}: {said}");
        assert!(said.ends_with("is not what the plan says"), "{said}");
        fs::write(&place, whole).unwrap();
    }
    let plan = unpacked.tree().join("debian/pydeploy/plan.jsonl");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(
        &plan,
        text.replace("\"path\":\"opt/site/app/app.py\"", "\"path\":\"../app.py\""),
    )
    .unwrap();
    let (code, said) = unpacked.refused("1.0").unwrap();
    assert_eq!(
        (code, said.as_str()),
        (
            exit::VERIFICATION.into(),
            "error: the manifest names the path '../app.py'"
        )
    );
}
