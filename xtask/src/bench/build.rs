//! Building every format of an application with 78 wheels, beside others on the same wheels.

use std::path::{Path, PathBuf};

use anyhow::Result;
use xshell::{Cmd, Shell, cmd};

use super::application::Application;
use super::dh_virtualenv::{self, Rival};
use super::measure::{self, Row, measure, table};
use crate::real::lab::{Lab, cache, only_package};
use crate::real::tools::{self, Need};
use crate::step::{read, step};

const INTERPRETER: &str = "/usr/bin/python3.11";
const NEEDS: [Need; 6] = [
    tools::OPENSSL,
    tools::PEX,
    tools::SHIV,
    tools::UNZIP,
    tools::UV,
    tools::ZSTD,
];

/// A command that writes one file into the folder, unless it is the rival, which has a folder of its own.
type Make = for<'a> fn(&Bench<'a>, usize, &Path) -> Result<Cmd<'a>>;

/// The rows, in the order in which they are measured; everything is compared with the last.
const ROWS: [(&str, Make); 12] = [
    ("pydeploy `.deb`, wheels in the cache", |bench, _, out| {
        bench.cold("deb", out)
    }),
    ("inflating, hashing and compressing the same bytes", |bench, _, out| {
        Ok(bench.same_bytes(out))
    }),
    ("pydeploy `.deb`, one line changed", |bench, round, out| {
        bench.changed("deb", round, out)
    }),
    ("pydeploy `.zip`", |bench, _, out| bench.cold("zip", out)),
    ("pydeploy bundle, wheels in the cache", |bench, _, out| {
        bench.cold("bundle", out)
    }),
    ("pydeploy bundle, one line changed", |bench, round, out| {
        bench.changed("bundle", round, out)
    }),
    ("`zstd` alone, the bundle's tar", |bench, _, out| Ok(bench.zstd(out))),
    ("pex, nothing cached", |bench, _, out| bench.pex(out)),
    ("shiv, `--reproducible`", |bench, _, out| Ok(bench.shiv(out))),
    ("uv, bytecode, `tar`, `zstd -3`", |bench, _, out| {
        Ok(bench.uv("--compile-bytecode", out))
    }),
    ("uv, `tar`, `zstd -3`", |bench, _, out| {
        Ok(bench.uv("--no-compile-bytecode", out))
    }),
    ("dh-virtualenv", |bench, _, _| Ok(bench.rival.command())),
];

pub(crate) fn run(sh: &Shell, runs: usize) -> Result<()> {
    measure::ready(sh, &[&NEEDS[..], &dh_virtualenv::NEEDS[..]].concat())?;
    let lab = Lab::new(sh, "bench")?;
    let bench = step("prepare", || Bench::new(&lab))?;
    let mut rows = ROWS.map(|(name, _)| Row::new(name));
    for round in 1..=runs {
        for (row, (name, make)) in rows.iter_mut().zip(ROWS) {
            step(&format!("round {round} of {runs}: {name}"), || {
                bench.measure(round, row, make)
            })?;
        }
    }
    let unpacked = step("unpack", || bench.unpack(runs))?;
    println!("\n{}\n{}", table(&rows), table(&unpacked));
    lab.clean()
}

struct Bench<'a> {
    application: Application<'a>,
    rival: Rival<'a>,
    /// A package, and the tar streams of it and of a bundle.
    package: PathBuf,
    data: PathBuf,
    tree: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(lab: &'a Lab<'a>) -> Result<Self> {
        let (sh, application) = (lab.sh, Application::new(lab)?);
        let rival = Rival::new(&application)?;
        let out = application.folder("first")?;
        read(application.build("deb", &out, &cache()))?;
        let package = only_package(sh, &out)?;
        read(application.build("bundle", &out, &cache()))?;
        let (data, tree) = (lab.dir.join("data.tar"), lab.dir.join("tree.tar"));
        let script = r#"dpkg-deb --fsys-tarfile "$1" >"$2" && zstd -qdc "$3"/*.tar.zst >"$4""#;
        read(cmd!(sh, "sh -c {script} unpack {package} {data} {out} {tree}"))?;
        Ok(Self {
            application,
            rival,
            package,
            data,
            tree,
        })
    }

    fn measure(&self, round: usize, row: &mut Row, make: Make) -> Result<()> {
        let (sh, output) = (self.application.sh, self.application.lab.dir.join("output"));
        sh.remove_path(&output)?;
        sh.create_dir(&output)?;
        let command = make(self, round, &output)?;
        row.costs.push(measure(sh, command)?);
        let written = match only_file(sh, &output) {
            Some(file) => file,
            None => self.rival.package()?,
        };
        row.size = written.metadata()?.len();
        // What the page cache has to write should not slow down whoever is next.
        read(cmd!(sh, "sync")).map(drop)
    }

    /// With downloads in the cache and nothing else.
    fn cold(&self, format: &str, output: &Path) -> Result<Cmd<'a>> {
        let cache = self.application.downloads("cold")?;
        Ok(self.application.build(format, output, &cache))
    }

    /// With everything in the cache, and one line that is new.
    fn changed(&self, format: &str, round: usize, output: &Path) -> Result<Cmd<'a>> {
        let cache = self.application.change(round)?;
        Ok(self.application.build(format, output, &cache))
    }

    /// What cannot be left out: the wheels' members, and the digests and the compression of the package's tar stream.
    fn same_bytes(&self, output: &Path) -> Cmd<'a> {
        let script = r#"for wheel in "$1"/*.whl; do unzip -qp "$wheel"; done >/dev/null
            openssl dgst -sha256 "$2" && openssl dgst -md5 "$2" && exec zstd -q -7 --zstd=wlog=24 --single-thread "$2" -o "$3/data.zst""#;
        let command = self.application.sh.cmd("sh").args(["-c", script, "bytes"]);
        command.arg(&self.application.wheels).arg(&self.data).arg(output)
    }

    fn zstd(&self, output: &Path) -> Cmd<'a> {
        let zstd = self.application.sh.cmd("zstd");
        let zstd = zstd.args(["-q", "-7", "--zstd=wlog=24", "--single-thread"]);
        zstd.arg(&self.tree).arg("-o").arg(output.join("tree.zst"))
    }

    fn pex(&self, output: &Path) -> Result<Cmd<'a>> {
        let Application {
            sh,
            lab,
            dir,
            wheels,
            requirements,
        } = &self.application;
        let root = lab.dir.join("pex-root");
        sh.remove_path(&root)?;
        let pex = sh
            .cmd("pex")
            .args(["--python", INTERPRETER, "--no-pypi", "--find-links"])
            .arg(wheels);
        let pex = pex
            .arg("--requirement")
            .arg(requirements)
            .arg("--sources-directory")
            .arg(dir);
        Ok(pex
            .arg("--output-file")
            .arg(output.join("site.pex"))
            .env("PEX_ROOT", root))
    }

    fn shiv(&self, output: &Path) -> Cmd<'a> {
        let Application {
            sh,
            wheels,
            requirements,
            ..
        } = &self.application;
        let shiv = sh
            .cmd("shiv")
            .args(["--reproducible", "--python", INTERPRETER, "--output-file"]);
        let shiv = shiv
            .arg(output.join("site.pyz"))
            .args(["--no-index", "--no-deps", "--find-links"]);
        shiv.arg(wheels).arg("--requirement").arg(requirements)
    }

    /// An environment by uv, with an empty cache, beside the application.
    fn uv(&self, bytecode: &str, output: &Path) -> Cmd<'a> {
        let script = r#"tree=$(mktemp -d "$5/uv.XXXXXX") && cp -r "$1" "$tree/app" && export UV_CACHE_DIR="$tree.cache" \
            && uv venv --quiet --python "$2" "$tree/venv" && uv pip install --quiet --offline --no-deps --no-index \
            --find-links "$3" --python "$tree/venv/bin/python" --requirement "$4" "$7" \
            && tar -C "$tree" -cf - . | zstd -q -3 -o "$6/site.tar.zst""#;
        let Application {
            sh,
            lab,
            dir,
            wheels,
            requirements,
        } = &self.application;
        let uv = sh.cmd("sh").args(["-c", script, "uv"]).arg(dir).arg(INTERPRETER);
        let uv = uv.arg(wheels).arg(requirements).arg(&lab.dir).arg(output);
        uv.arg(bytecode)
    }

    /// What it costs the host. In memory: on ext4, folders that were removed minutes ago make new ones slow.
    fn unpack(&self, runs: usize) -> Result<[Row; 2]> {
        let (sh, to) = (self.application.sh, Path::new("/dev/shm/pydeploy-unpacked"));
        let mut rows = ["`dpkg-deb -x` of pydeploy's", "`dpkg-deb -x` of dh-virtualenv's"].map(Row::new);
        let packages = [self.package.clone(), self.rival.package()?];
        for _ in 0..runs.max(3) {
            for (row, package) in rows.iter_mut().zip(&packages) {
                sh.remove_path(to)?;
                row.costs.push(measure(sh, cmd!(sh, "dpkg-deb -x {package} {to}"))?);
                row.size = package.metadata()?.len();
            }
        }
        sh.remove_path(to)?;
        Ok(rows)
    }
}

fn only_file(sh: &Shell, folder: &Path) -> Option<PathBuf> {
    sh.read_dir(folder).ok()?.into_iter().next()
}
