//! What pip reads from requirements files, beside what we read.
//!
//! pip passes over what stands between or behind options, a marker too, and takes any text for a hash. Such lines are
//! refused here; what is not refused is what pip reads.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use pydeploy::wheelhouse::{Lock, LockedPackage, LockedSource};

use super::random::Random;
use super::uv;

/// Texts of few different pieces, most of them nearly locks: the same in every run.
fn generated(count: usize) -> Vec<String> {
    const A: &str = " --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = " --hash sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const QUOTED: &str = " \"--hash=sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\"";
    const PIECES: [&str; 36] = [
        "a==1",
        "b==2.0",
        "c==1+x",
        "d===1",
        "e>=1",
        "f",
        "g[x]==1",
        "h==1.*",
        A,
        A,
        A,
        A,
        B,
        B,
        QUOTED,
        "\n",
        "\n",
        "\n",
        "\n",
        "\r\n",
        " \\\n",
        "\\\n",
        " \\\n    ",
        "# c",
        " # c",
        "#c",
        " ; os_name == 'posix'",
        "; python_version<'3'",
        "\n\n",
        "--pre\n",
        "\n-i https://h/simple\n",
        "\n--no-binary=:all:\n",
        " ",
        "\t",
        "--no-index",
        "\n--trusted-host h",
    ];
    let mut random = Random::new();
    let mut below = move |end| random.below(end);
    let mut text = |_| {
        let mut text = String::new();
        for _ in 0..=below(4) {
            // More of what is right than of what is not.
            text += PIECES[below(3)];
            text += ["", " ; os_name == 'posix'", " \\\n   "][below(3)];
            text += [A, B][below(2)];
            (0..below(4)).for_each(|_| text += PIECES[below(PIECES.len())]);
            text += "\n";
        }
        text
    };
    (0..count).map(&mut text).collect()
}

fn read_by_pip(files: &[String]) -> Vec<String> {
    let mut python = uv::program("pip>=26", "requirements_files.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = python.stdin.take().unwrap();
    let lines = files.join("\n") + "\n";
    let writer = std::thread::spawn(move || pipe.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn read_by_us(file: &Path) -> String {
    let Ok(lock) = Lock::load(file) else {
        return "refused".to_owned();
    };
    let mut entries: Vec<_> = lock.packages.iter().map(described).collect();
    entries.sort();
    entries.join(" ")
}

fn described(package: &LockedPackage) -> String {
    let LockedSource::Hashes(hashes) = &package.source else {
        return "a file".to_owned();
    };
    let digests: Vec<_> = hashes.sha256.iter().map(ToString::to_string).collect();
    let marker = package.marker.as_ref().map_or(String::new(), |marker| {
        // As pip writes it.
        format!(";{}", marker.to_string().replace('\'', "\"").replace('<', " < "))
    });
    format!("{}=={}{marker}{{{}}}", package.name, hashes.version, digests.join(","))
}

#[test]
fn pip_reads_requirements_files_as_we_do() {
    if !uv::is_asked() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let texts = generated(4_000);
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let file = dir.path().join(format!("{number:04}.txt"));
        fs::write(&file, text).unwrap();
        files.push(file.to_str().unwrap().to_owned());
    }
    let theirs = read_by_pip(&files);
    assert_eq!(theirs.len(), files.len());
    let (mut same, mut differences) = (0, Vec::new());
    for ((file, text), theirs) in files.iter().zip(&texts).zip(&theirs) {
        let ours = read_by_us(Path::new(file));
        same += usize::from(ours == *theirs && ours != "refused");
        if ours != *theirs && ours != "refused" {
            differences.push(format!("{text:?}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    let shown = &differences[..differences.len().min(30)];
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        shown.join("\n")
    );
    assert!(same > 500, "only {same} were locks");
}
