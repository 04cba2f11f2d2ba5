//! Compiled modules of a package: made when it is configured, or brought by it.

use crate::config::Bytecode;
use crate::release::{Layout, Release};

/// What `postinst` does whenever the package's files have come into place: `configure`, and the `abort-` actions, before
/// which `prerm` may have removed what was compiled.
///
/// Unchecked hash-based files, as a package that brings them has: they stay right when a backup or a copy changes times.
/// Templates that are called like modules fail to compile; that is no reason for a package not to be configured, and neither
/// is a full disk: a module that was not compiled is compiled by whoever imports it.
pub(super) fn postinst(release: &Release) -> String {
    let layout = layout(release);
    match release.project.bytecode {
        Bytecode::Postinst => format!(
            r#"case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove)
    # Read by everybody, whatever the umask is; what is no module of this Python is left alone.
    if [ -z "${{DPKG_ROOT:-}}" ]; then
        (
            umask 022
            {interpreter} -I -W ignore -m compileall -qq --invalidation-mode unchecked-hash \
                {venv}/lib {prefix}/app || true
        )
    fi
    ;;
esac
"#,
            interpreter = layout.interpreter,
            venv = layout.venv(),
            prefix = layout.prefix,
        ),
        Bytecode::Shipped | Bytecode::Off => String::new(),
    }
}

/// What `prerm` does about compiled modules that no package owns: those of `postinst`, and those that Python has written
/// beside the sources when it was run as root. What the package brings itself stays for an upgrade that is aborted.
pub(super) fn prerm(release: &Release) -> String {
    let when = match release.project.bytecode {
        Bytecode::Shipped => r#"[ "$1" = remove ]"#,
        Bytecode::Postinst | Bytecode::Off => r#"[ "$1" = remove ] || [ "$1" = upgrade ]"#,
    };
    format!(
        "# Compiled modules that no package brought.\n\
         if {when}; then\n    \
             find {prefix} -depth -type d -name __pycache__ -exec rm -rf {{}} + 2>/dev/null || true\n\
         fi\n",
        prefix = layout(release).prefix,
    )
}

fn layout(release: &Release) -> Layout {
    Layout::package(&release.project.name, &release.target)
}

/// Tags that are true by design.
pub(super) fn lintian_overrides(release: &Release) -> String {
    let name = &release.project.name;
    match release.project.bytecode {
        Bytecode::Shipped => format!(
            "# Compiled modules are brought on request: made for this interpreter, the same on every machine.\n\
             {name}: package-installs-python-bytecode *\n"
        ),
        Bytecode::Postinst | Bytecode::Off => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::artifact::testing::{demo, package, release};
    use crate::artifact::verify;
    use crate::need;
    use crate::python::{Compiler, testing::WheelBuilder};
    use crate::release::Kind;

    /// A Python 3.11, or `None` after saying that there is none.
    fn compiler() -> Option<Compiler> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut candidates = vec![PathBuf::from("/usr/bin/python3.11")];
        candidates.extend(std::env::split_paths(&path).map(|dir| dir.join("python3.11")));
        let found = Compiler::find(&candidates, "3.11").ok();
        found.or_else(|| need::skip("python3.11"))
    }

    fn with_template() -> WheelBuilder {
        demo()
            .file("demo/two.py", "TWO = {'a', 'b'}\n")
            .file("demo/template.py", "class {{ name }}:\n")
    }

    fn shipped(dir: &Path, compiler: &Compiler, cache: &Path) -> Release {
        let mut release = release(dir, "1.0", &[with_template()]);
        release.project.bytecode = Bytecode::Shipped;
        let compiled = release.compile(compiler, cache).unwrap();
        assert_eq!(compiled.modules, 3, "{compiled:?}");
        let template = "lib/python3.11/site-packages/demo/template.py";
        assert_eq!(compiled.not_compiled, [template]);
        release
    }

    #[test]
    fn shipped_modules_are_files_of_the_release() {
        let Some(compiler) = compiler() else { return };
        let dir = tempfile::tempdir().unwrap();
        let release = shipped(dir.path(), &compiler, &dir.path().join("cache"));
        let tree = release.tree(&layout(&release)).unwrap();
        let compiled: Vec<_> = tree
            .iter()
            .filter(|(path, _)| path.as_str().ends_with(".pyc"))
            .collect();
        let listing: Vec<_> = compiled
            .iter()
            .map(|(path, entry)| format!("{} {path}", entry.owner.label()))
            .collect();
        insta::assert_snapshot!(listing.join("\n"), @r"
        application opt/site/app/__pycache__/app.cpython-311.pyc
        demo-1.0-py3-none-any.whl opt/site/venv/lib/python3.11/site-packages/demo/__pycache__/__init__.cpython-311.pyc
        demo-1.0-py3-none-any.whl opt/site/venv/lib/python3.11/site-packages/demo/__pycache__/two.cpython-311.pyc
        ");
        let package = package(&release, dir.path());
        let verified = verify(&package).unwrap();
        assert!(verified.holds(), "{:?}", verified.findings);
    }

    #[test]
    fn the_same_sources_give_the_same_package() {
        let Some(compiler) = compiler() else { return };
        let build = |place: &str| {
            let dir = tempfile::tempdir().unwrap();
            let folder = dir.path().join(place);
            fs::create_dir_all(&folder).unwrap();
            let cache = dir.path().join("cache");
            let cold = fs::read(package(&shipped(&folder, &compiler, &cache), dir.path())).unwrap();
            let warm = fs::read(package(&shipped(&folder, &compiler, &cache), dir.path())).unwrap();
            assert_eq!(cold, warm);
            cold
        };
        assert_eq!(build("a"), build("another/place"));
    }

    #[test]
    fn a_kept_module_that_was_written_to_is_made_again() {
        let Some(compiler) = compiler() else { return };
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path().join("cache");
        let first = shipped(dir.path(), &compiler, &cache);
        let tree = first.tree(&layout(&first)).unwrap();
        let expected = tree.digest();
        let path = "opt/site/venv/lib/python3.11/site-packages/demo/__pycache__/two.cpython-311.pyc";
        let Some(Kind::File { content, sha256, .. }) = tree.get(path).map(|entry| &entry.kind) else {
            panic!("{path} is no file");
        };
        let crate::release::Content::Disk(kept) = content else {
            panic!("{path} does not lie in the cache");
        };
        let length = fs::read(kept).unwrap().len();
        fs::remove_file(kept).unwrap();
        fs::write(kept, vec![0; length]).unwrap();
        assert!(content.read(*sha256).is_err());
        let again = shipped(dir.path(), &compiler, &cache);
        assert_eq!(again.tree(&layout(&again)).unwrap().digest(), expected);
        assert!(content.read(*sha256).is_ok());
    }

    #[test]
    fn scripts_compile_and_remove_what_no_package_owns() {
        let dir = tempfile::tempdir().unwrap();
        let mut release = release(dir.path(), "1.0", &[demo()]);
        insta::assert_snapshot!(postinst(&release), @r#"
        case "$1" in
        configure | abort-upgrade | abort-deconfigure | abort-remove)
            # Read by everybody, whatever the umask is; what is no module of this Python is left alone.
            if [ -z "${DPKG_ROOT:-}" ]; then
                (
                    umask 022
                    /usr/bin/python3.11 -I -W ignore -m compileall -qq --invalidation-mode unchecked-hash \
                        /opt/site/venv/lib /opt/site/app || true
                )
            fi
            ;;
        esac
        "#);
        for (bytecode, removes_on_upgrade) in [
            (Bytecode::Postinst, true),
            (Bytecode::Off, true),
            (Bytecode::Shipped, false),
        ] {
            release.project.bytecode = bytecode;
            assert_eq!(prerm(&release).contains("upgrade"), removes_on_upgrade, "{bytecode}");
            assert_eq!(
                postinst(&release).is_empty(),
                bytecode != Bytecode::Postinst,
                "{bytecode}"
            );
        }
    }
}
