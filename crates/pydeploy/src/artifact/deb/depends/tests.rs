use std::path::Path;

use super::symbols::Numbering;
use super::table::{DISTRIBUTIONS, LIBRARIES, Row};
use super::{of, provided};
use crate::artifact::testing::{demo, release};
use crate::config::{Waivable, Waiver};
use crate::need;
use crate::python::elf_testing::{AARCH64, ElfBuilder, X86_64};
use crate::python::testing::WheelBuilder;
use crate::release::{Layout, Release};
use crate::version::DebianVersion;

/// What the package of a release depends on because of its compiled files, or why that cannot be.
fn depends(release: &Release) -> Result<String, String> {
    let layout = Layout::package(&release.project.name, &release.target);
    let tree = release.tree(&layout).unwrap();
    let compiled = release.compiled(&tree, &layout).unwrap();
    let found = of(release, &compiled).map_err(|error| error.to_string())?;
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    Ok(found.join(", "))
}

#[track_caller]
fn check(files: &[(&str, ElfBuilder)], target: &str, expect: Result<&str, &str>) {
    let dir = tempfile::tempdir().unwrap();
    let mut release = with(dir.path(), files);
    release.target = target.parse().unwrap();
    assert_eq!(depends(&release).as_deref(), expect.map_err(str::to_owned).as_deref());
}

fn with(dir: &Path, files: &[(&str, ElfBuilder)]) -> Release {
    let wheel = files
        .iter()
        .fold(WheelBuilder::named("fast", "1.0"), |wheel, (path, elf)| {
            wheel.file(path, elf.clone().build())
        });
    release(dir, "1.0", &[demo(), wheel])
}

fn x86() -> ElfBuilder {
    ElfBuilder::new(X86_64)
}

#[test]
fn libraries_become_packages_with_the_newest_version_that_a_file_needs() {
    let files = [
        (
            "fast/_a.so",
            x86()
                .needs("libc.so.6", &["GLIBC_2.2.5", "GLIBC_2.34"])
                .needs("libstdc++.so.6", &["GLIBCXX_3.4.22", "CXXABI_1.3.9"])
                .needs("libexpat.so.1", &[]),
        ),
        (
            "fast/_b.so",
            x86()
                .needs("libm.so.6", &["GLIBC_2.29"])
                .needs("libstdc++.so.6", &["GLIBCXX_3.4.29"])
                .needs("libz.so.1", &["ZLIB_1.2.3.4"])
                .needs("libgcc_s.so.1", &["GCC_3.0"]),
        ),
        // Another machine's loader looks at it.
        ("fast/_c.so", ElfBuilder::new(AARCH64).needs("libnone.so.1", &[])),
    ];
    let expect = "libc6 (>= 2.34), libexpat1, libgcc-s1 (>= 3.0), libstdc++6 (>= 11), zlib1g (>= 1:1.2.3.4)";
    check(&files, "debian12", Ok(expect));
}

#[test]
fn packages_are_called_as_in_the_target() {
    let files = [(
        "fast/_a.so",
        x86()
            .needs("libssl.so.3", &["OPENSSL_3.0.0"])
            .needs("libglib-2.0.so.0", &[]),
    )];
    check(&files, "debian12", Ok("libglib2.0-0, libssl3 (>= 3.0.0)"));
    check(&files, "ubuntu22.04", Ok("libglib2.0-0, libssl3 (>= 3.0.0)"));
    check(&files, "debian13", Ok("libglib2.0-0t64, libssl3t64 (>= 3.0.0)"));
    check(&files, "ubuntu24.04", Ok("libglib2.0-0t64, libssl3t64 (>= 3.0.0)"));
    let expect = "fast-1.0-py3-none-any.whl: fast/_a.so needs libssl.so.3, which is not in the release and in no known \
                  package of debian11";
    check(&files, "debian11", Err(expect));
}

#[test]
fn what_a_wheel_brings_is_found_where_the_loader_looks() {
    let vendored = x86().soname("libx-12ab.so.1").needs("libc.so.6", &[]);
    let needs = |path: Option<&str>| {
        let elf = x86().needs("libx-12ab.so.1", &[]).needs("libz.so.1", &[]);
        path.map_or(elf.clone(), |path| elf.rpath(path))
    };
    let found = |path: &'static str, elf: ElfBuilder| {
        let zlib = x86().soname("libz.so.1");
        let files = [
            ("fast/_a.so", elf),
            (path, vendored.clone()),
            ("fast.libs/libz.so.1", zlib),
        ];
        check(&files, "debian12", Ok("libc6"));
    };
    found("fast.libs/libx-12ab.so.1", needs(Some("$ORIGIN/../fast.libs")));
    found(
        "fast.libs/libx-12ab.so.1",
        needs(None).runpath("/nowhere:${ORIGIN}/../fast.libs"),
    );
    // It is in the release, but not where the loader looks first: the system's own is taken, if there is one.
    let files = [
        ("fast/_a.so", needs(None)),
        ("other/libx.so", vendored.clone()),
        ("other/libz.so.1", x86()),
    ];
    check(&files, "debian12", Ok("libc6, zlib1g"));
}

#[test]
fn a_library_that_nobody_has_is_named_unless_the_project_says_whose_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut release = with(dir.path(), &[("fast/_a.so", x86().needs("libfoo.so.1", &[]))]);
    let error = depends(&release).unwrap_err();
    assert!(
        error.starts_with("fast-1.0-py3-none-any.whl: fast/_a.so needs libfoo.so.1"),
        "{error}"
    );
    let mut say = |package: Option<&str>| {
        let package = package.map(|text| text.parse().unwrap());
        release
            .project
            .package
            .libraries
            .insert("libfoo.so.1".to_owned(), package);
        depends(&release).unwrap()
    };
    assert_eq!(say(Some("libfoo1 (>= 1.2)")), "libfoo1 (>= 1.2)");
    assert_eq!(say(None), "");
}

#[test]
fn what_the_target_does_not_have_is_refused_unless_it_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    for (library, version, expect) in [
        (
            "libc.so.6",
            "GLIBC_2.38",
            "needs libc6 2.38 or newer, debian12 has 2.36",
        ),
        (
            "libstdc++.so.6",
            "GLIBCXX_3.4.32",
            "needs libstdc++6 13.1 or newer, debian12 has 12.2.0",
        ),
        (
            "libcrypto.so.3",
            "OPENSSL_3.2.0",
            "needs libssl3 3.2.0 or newer, debian12 has 3.0.9",
        ),
    ] {
        let mut release = with(dir.path(), &[("fast/_a.so", x86().needs(library, &[version]))]);
        let error = depends(&release).unwrap_err();
        assert!(error.ends_with(expect), "{error}");
        let waiver = Waiver {
            findings: [Waivable::Glibc].into(),
            version: None,
            reason: "not used".to_owned(),
        };
        release.project.waivers.0.insert("fast".parse().unwrap(), waiver);
        assert!(!depends(&release).unwrap().contains('('));
    }
}

#[test]
fn every_library_is_there_once_and_every_package_has_a_name() {
    let mut sonames: Vec<_> = LIBRARIES.iter().map(|row| row.0).collect();
    sonames.sort_unstable();
    assert!(sonames.windows(2).all(|pair| pair[0] != pair[1]));
    for (soname, names, _) in LIBRARIES {
        let on = |distribution: &str| names.on(distribution);
        let mut everywhere = DISTRIBUTIONS
            .iter()
            .flat_map(|row| on(row.0))
            .chain(on("a distribution of one's own"));
        assert!(
            everywhere.all(|name| name.parse::<crate::config::PackageName>().is_ok()),
            "{soname}"
        );
        assert!(DISTRIBUTIONS.iter().any(|row| !on(row.0).is_empty()), "{soname}");
    }
}

/// Of every library whose package is installed, the database of Debian 12's dpkg names the same package, and asks for no
/// newer one because of a version of its symbols than the table does.
#[test]
fn the_table_is_what_dpkg_says_on_debian_12() {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !release.contains("VERSION_CODENAME=bookworm") {
        return need::skip("Debian 12");
    }
    let compared = LIBRARIES.iter().filter(|row| compare(row)).count();
    assert!(compared > 10, "{compared}");
}

/// Whether the package is there to be compared with.
#[track_caller]
fn compare((soname, names, numbering): &Row) -> bool {
    let target = "debian12".parse().unwrap();
    let symbols = names
        .on("debian12")
        .pop()
        .and_then(|name| Some((installed_symbols(&name)?, name)));
    let Some((symbols, name)) = symbols else { return false };
    let Some(at) = format!("\n{symbols}").find(&format!("\n{soname} ")) else {
        return false;
    };
    let mut lines = symbols[at..].lines();
    let head = lines.next().unwrap();
    assert!(head.starts_with(&format!("{soname} {name} ")), "{head}");
    for line in lines.take_while(|line| line.starts_with([' ', '|', '*'])) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [symbol, needed] = words[..] else { continue };
        // Each version is a symbol too: `GLIBC_2.34@GLIBC_2.34 2.34`.
        let version = symbol.split_once('@').filter(|(symbol, version)| symbol == version);
        let Some(ours) = version.and_then(|(_, version)| numbering.minimum(version)) else {
            continue;
        };
        let (theirs, has) = (
            needed.parse::<DebianVersion>().unwrap(),
            provided(&target, *numbering).unwrap(),
        );
        // Of zlib, Debian counts from the release that it had after the one which brought the symbols.
        let enough = theirs <= ours || *numbering == Numbering::Zlib;
        assert!(enough && ours <= has, "{soname}:{line}, not {ours}");
    }
    true
}

fn installed_symbols(package: &str) -> Option<String> {
    let paths = ["", ":amd64", ":arm64"].map(|arch| format!("/var/lib/dpkg/info/{package}{arch}.symbols"));
    paths.iter().find_map(|path| std::fs::read_to_string(path).ok())
}
