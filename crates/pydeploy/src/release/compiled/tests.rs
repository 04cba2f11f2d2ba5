use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::CompiledCache;
use crate::config::{Project, Waivable, Waiver};
use crate::exit;
use crate::python::Wheel;
use crate::python::elf_testing::{AARCH64, ElfBuilder, X86_64};
use crate::python::testing::WheelBuilder;
use crate::release::Release;

/// A release for Debian 12 of a wheel with these files.
fn release(dir: &Path, files: &[(&str, &[u8])]) -> Release {
    let project = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"*.py\"]\nservice.command = [\"python\"]\n";
    fs::write(dir.join("pyproject.toml"), project).unwrap();
    fs::write(dir.join("app.py"), "").unwrap();
    let project = Project::load(dir).unwrap();
    let wheel = files
        .iter()
        .fold(WheelBuilder::named("fast", "1.0"), |wheel, (path, bytes)| {
            wheel.file(path, bytes)
        });
    let wheel = Arc::new(Wheel::open(&wheel.write(dir)).unwrap());
    let target = project.targets[0].clone();
    Release::plan(&project, "1.0".parse().unwrap(), target, vec![wheel]).unwrap()
}

fn waive(release: &mut Release, kind: Waivable) {
    let waiver = Waiver {
        findings: [kind].into(),
        version: None,
        reason: "never loaded".to_owned(),
    };
    release.project.waivers.0.insert("fast".parse().unwrap(), waiver);
}

fn needs(machine: u16, version: &str) -> Vec<u8> {
    ElfBuilder::new(machine).needs("libc.so.6", &[version]).build()
}

#[test]
fn what_is_not_for_the_target_is_refused_unless_it_is_accepted() {
    let fits = needs(X86_64, "GLIBC_2.36");
    let (new, arm) = (needs(X86_64, "GLIBC_2.38"), needs(AARCH64, "GLIBC_2.17"));
    let cut = &new[..90];
    for (file, kind, expect) in [
        (
            &new[..],
            Waivable::Glibc,
            "fast-1.0-py3-none-any.whl: fast/_x.so needs glibc 2.38, debian12 has 2.36",
        ),
        (
            &arm,
            Waivable::Machine,
            "fast-1.0-py3-none-any.whl: fast/_x.so is not for x86_64",
        ),
        (
            cut,
            Waivable::Elf,
            "fast-1.0-py3-none-any.whl: fast/_x.so cannot be read as a compiled file",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut release = release(dir.path(), &[("fast/_x.so", file)]);
        let error = release.check_compiled().unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.exit_code()),
            (expect, exit::VERIFICATION)
        );
        assert!(error.hint().unwrap().contains(&format!("findings = [\"{kind}\"]")));
        waive(&mut release, kind);
        let waived = release.check_compiled().unwrap();
        let says: Vec<_> = waived.iter().map(ToString::to_string).collect();
        match kind {
            Waivable::Elf => assert!(says.is_empty()),
            kind => assert_eq!(says, [format!("waived {kind}: {expect} (debian12): never loaded")]),
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let both = [("fast/_x.so", &fits[..]), ("fast/_arm.so", &arm[..])];
    assert_eq!(release(dir.path(), &both).check_compiled().unwrap(), []);
}

#[test]
fn a_wheel_is_read_once_and_what_is_damaged_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut release = release(dir.path(), &[("fast/_x.so", &needs(X86_64, "GLIBC_2.38"))]);
    let cache = CompiledCache::at(dir.path());
    release.compiled_cache = Some(cache.clone());
    let says = |release: &Release| release.check_compiled().unwrap_err().to_string();
    let fresh = says(&release);
    let files: Vec<_> = walkdir::WalkDir::new(cache.dir()).into_iter().flatten().collect();
    let files: Vec<_> = files.iter().filter(|entry| entry.file_type().is_file()).collect();
    let [kept] = &files[..] else { panic!("{files:?}") };
    let whole = fs::read_to_string(kept.path()).unwrap();
    // It is what is kept that is believed, as long as it is whole.
    let json = whole.lines().next().unwrap().replace("GLIBC_2.38", "GLIBC_2.37");
    let other = format!("{json}\n{}\n", crate::digest::Sha256::of(json.as_bytes()));
    fs::write(kept.path(), other).unwrap();
    assert_eq!(says(&release), fresh.replace("2.38", "2.37"));
    for damaged in [
        "",
        "\n",
        &whole[..40],
        &whole.replace("GLIBC_2.38", "GLIBC_2.17"),
        &whole[1..],
    ] {
        fs::write(kept.path(), damaged).unwrap();
        assert_eq!(says(&release), fresh);
        assert_eq!(fs::read_to_string(kept.path()).unwrap(), whole);
    }
}
