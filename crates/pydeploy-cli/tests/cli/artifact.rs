//! `pydeploy build | inspect | verify | diff`

use insta::assert_snapshot;

use crate::context::Context;

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py", "static/**"]
static = [{ app = "static" }]
etc = "etc"
service.command = ["python", "app.py"]
"#;

const CHANGELOG: &str = "site (1.0) unstable; urgency=medium\n\n  * First.\n\n -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n";

/// A project without wheels.
fn site() -> Context {
    let context = Context::new();
    context.write("pyproject.toml", PROJECT);
    context.write(
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\npackages = []\n",
    );
    context.write("debian/changelog", CHANGELOG);
    context.write("app.py", "print('hello')\n");
    context.write("static/style.css", "body {}\n");
    context.write("etc/site/site.conf", "debug = no\n");
    context
}

/// Builds a version and returns the artifact's path.
#[track_caller]
fn build(context: &Context, version: &str) -> String {
    let mut pydeploy = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
    pydeploy.args(["build", "--offline", "--version", version, "--output", "out", "."]);
    // A build of a version that no commit has takes its time from here.
    let ended = context.run_at(&mut pydeploy, "1476025815");
    assert_eq!(ended.status, 0, "{ended}");
    format!("out/site_{version}_all.deb")
}

#[test]
fn what_a_package_is_and_holds() {
    let context = site();
    let deb = build(&context, "1.0");
    let ended = context.pydeploy(&["inspect", &deb]);
    // What a package has beside the release, and sizes that depend on it, are other tests' matter.
    let shown = |line: &&str| {
        ["format", "release", "target", "prefix", "Package ", "Version "]
            .iter()
            .any(|start| line.starts_with(start))
            || line.contains("/opt/site/app")
            || line.contains("/venv/")
            || line.contains("/etc/")
    };
    let shown: String = ended
        .stdout
        .lines()
        .filter(shown)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_snapshot!(shown, @"
    format       deb
    release      site 1.0
    target       debian12
    prefix       /opt/site
    Package         site
    Version         1.0
    d0755                     /etc/site
    -0644  application    11  /etc/site/site.conf
    d0755                     /opt/site/app
    -0644  application    15  /opt/site/app/app.py
    d0755                     /opt/site/app/static
    -0644  application     8  /opt/site/app/static/style.css
    d0755                     /opt/site/venv/bin
    l0777  pydeploy           /opt/site/venv/bin/python -> python3.11
    l0777  pydeploy           /opt/site/venv/bin/python3 -> python3.11
    l0777  pydeploy           /opt/site/venv/bin/python3.11 -> /usr/bin/python3.11
    l0777  pydeploy           /opt/site/venv/lib64 -> lib
    -0644  pydeploy       70  /opt/site/venv/pyvenv.cfg
    ");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let summary = context.pydeploy(&["inspect", "--summary", &deb]);
    assert!(ended.stdout.starts_with(&summary.stdout) && !summary.stdout.contains("style.css"));
}

/// The time in a package's `control.tar` and `data.tar`.
#[track_caller]
fn built_at(context: &Context) -> u64 {
    let ended = context.pydeploy(&["build", "--offline", "--version", "1.0", "--output", "out", "."]);
    assert_eq!(ended.status, 0, "{ended}");
    let deb = std::fs::read(context.path().join("out/site_1.0_all.deb")).expect("a package");
    // The first member's header: its name has 16 bytes, its time 12.
    let time = std::str::from_utf8(&deb[8 + 16..8 + 28]).expect("digits");
    time.trim_end().parse().expect("seconds")
}

#[test]
fn the_time_of_a_version_that_is_given() {
    let context = site();
    // That of the changelog's entry, and once there is a commit, that of the commit.
    assert_eq!(built_at(&context), 1_476_025_815);
    context.write(".gitignore", "out\n.pydeploy\n");
    context.git(&["init", "--quiet"]);
    context.commit("2020-01-01T00:00:00Z");
    assert_eq!(built_at(&context), 1_577_836_800);
    context.write("app.py", "print('changed')\n");
    assert!(built_at(&context) > 1_700_000_000);
}

#[test]
fn the_same_for_programs() {
    let context = site();
    let deb = build(&context, "1.0");
    let ended = context.pydeploy(&["inspect", "--format=json", &deb]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(document["schema"], 2);
    assert_eq!(document["release"]["services"][0]["listen"], "127.0.0.1:8000");
    assert_eq!(document["release"]["prefix"], "/opt/site");
    let files = document["files"].as_array().expect("files");
    let app = files
        .iter()
        .find(|file| file["path"] == "/opt/site/app/app.py")
        .expect("app.py");
    assert_eq!(
        (&app["owner"], &app["size"], &app["mode"]),
        (&"application".into(), &15.into(), &"0644".into())
    );
}

#[test]
fn what_is_no_artifact() {
    let context = site();
    let ended = context.pydeploy(&["inspect", "pyproject.toml"]);
    assert_snapshot!(ended, @"
    status 4
    --- stdout
    --- stderr
    error: pyproject.toml is no artifact
    hint: artifacts are files that `pydeploy build` wrote; releases are folders
    ");
    let ended = context.pydeploy(&["inspect", "static"]);
    assert_snapshot!(ended, @"
    status 4
    --- stdout
    --- stderr
    error: static holds no manifest.json
    hint: name the folder that holds venv, app and manifest.json, or build it again
    ");
    let ended = context.pydeploy(&["inspect", "nothing"]);
    assert_eq!(ended.status, 1, "{ended}");
}

#[test]
fn a_package_holds_or_is_refused() {
    let context = site();
    let deb = build(&context, "1.0");
    let ended = context.pydeploy(&["verify", &deb]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended}");
    assert!(ended.stdout.starts_with("out/site_1.0_all.deb holds: "), "{ended}");
    let whole = std::fs::read(context.path().join(&deb)).expect("read");
    std::fs::write(context.path().join("cut.deb"), &whole[..whole.len() - 40]).expect("written");
    assert_snapshot!(context.pydeploy(&["verify", "cut.deb"]), @"
    status 4
    --- stdout
    --- stderr
    error: cut.deb is not a Debian package
      cause: the archive ends in the middle of `data.tar.zst`
    hint: copy the file again: it may have been cut on its way
    ");
    std::fs::write(context.path().join("tail.deb"), [&whole[..], b"tail"].concat()).expect("written");
    assert_snapshot!(context.pydeploy(&["verify", "tail.deb"]), @"
    status 4
    --- stdout
    --- stderr
    error: tail.deb is not a Debian package
      cause: the archive ends in the middle of the header after `data.tar.zst`
    hint: copy the file again: it may have been cut on its way
    ");
}

#[test]
fn every_change_of_an_installed_package_is_a_line() {
    let context = site();
    let deb = build(&context, "1.0");
    let mut extract = std::process::Command::new("dpkg-deb");
    let ended = context.run(extract.args(["--extract", &deb, "root"]), b"");
    assert_eq!(ended.status, 0, "{ended}");
    let ended = context.pydeploy(&["verify", "root/opt/site"]);
    assert_eq!(ended.status, 0, "{ended}");
    context.write("root/opt/site/app/app.py", "print('hullo')\n");
    context.write("root/opt/site/app/left.py", "");
    std::fs::remove_file(context.path().join("root/etc/site/site.conf")).expect("removed");
    let ended = context.pydeploy(&["verify", "root/opt/site"]);
    assert_snapshot!(ended, @"
    status 4
    --- stdout
    /etc/site/site.conf: missing: the manifest names it
    /opt/site/app/app.py: changed: it has 15 bytes of sha256 5ac08b5951428cc9df04322af602cba4823f2d26b25d49573efc08930492638d, the manifest says 15 bytes of 03e693d9f2f687e0f40e36a8df7fcb4d1c22974012b7c2a55c000eb30f305824
    /opt/site/app/left.py: extra: the manifest does not name it
    root/opt/site does not hold: 3 findings
    --- stderr
    ");
    let ended = context.pydeploy(&["verify", "--format=json", "root/opt/site"]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("one document");
    assert_eq!(
        (ended.status, document["findings"].as_array().map(Vec::len)),
        (4, Some(3))
    );
    assert_eq!(document["findings"][2]["problem"], "extra");
}

#[test]
fn what_a_release_adds() {
    let context = site();
    let first = build(&context, "1.0");
    context.write("app.py", "print('good evening')\n");
    context.write("views.py", "");
    std::fs::remove_file(context.path().join("etc/site/site.conf")).expect("removed");
    context.write("etc/site/other.conf", "debug = no\n");
    let second = build(&context, "1.1");
    let ended = context.pydeploy(&["diff", &first, &second]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended}");
    let shown = |line: &&str| line.ends_with(".py") || line.ends_with(".conf");
    let shown: String = ended
        .stdout
        .lines()
        .filter(shown)
        .map(|line| format!("{line}\n"))
        .collect();
    let columns: Vec<String> = shown
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        columns,
        [
            "changed 22 +7 app/app.py",
            "added 0 +0 app/views.py",
            "added 11 +11 etc/site/other.conf",
            "removed 11 -11 etc/site/site.conf",
        ]
    );
    assert!(
        ended.stdout.starts_with("from  site 1.0 (out/site_1.0_all.deb, deb, "),
        "{ended}"
    );
    let ended = context.pydeploy(&["diff", "--format=json", &first, &second]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(
        (&document["schema"], &document["packages"]),
        (&1.into(), &serde_json::json!([]))
    );
}

#[test]
fn an_archive_that_installs_itself_is_read_too() {
    let context = site();
    let deb = build(&context, "1.0");
    let mut zip = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
    zip.args([
        "build",
        "--offline",
        "--version=1.0",
        "--output=out",
        "--format=zip",
        ".",
    ]);
    assert_eq!(context.run_at(&mut zip, "1476025815").status, 0);
    let zip = "out/site_1.0_debian12.zip";
    let ended = context.pydeploy(&["inspect", "--summary", zip]);
    assert!(ended.stdout.starts_with("format       zip\n"), "{ended}");
    assert!(ended.stdout.contains("prefix       /{release}\n"), "{ended}");
    assert_snapshot!(context.pydeploy(&["verify", zip]), @"
    status 0
    --- stdout
    out/site_1.0_debian12.zip holds: 11 files of the manifest, 0 RECORDs, 0 md5sums
    --- stderr
    ");
    let ended = context.pydeploy(&["diff", &deb, zip]);
    let application = ended
        .stdout
        .lines()
        .filter(|line| line.contains(" app/") || line.contains(" static/"));
    assert_eq!((ended.status, application.count()), (0, 0), "{ended}");
    let whole = std::fs::read(context.path().join(zip)).expect("read");
    let write = |name, bytes: &[u8]| std::fs::write(context.path().join(name), bytes).expect("written");
    write("cut.zip", &whole[..whole.len() - 40]);
    assert_snapshot!(context.pydeploy(&["verify", "cut.zip"]), @"
    status 4
    --- stdout
    --- stderr
    error: cut.zip: it is not a zip archive: it is cut off
    hint: copy the file again: it may have been cut or changed on its way
    ");
    write("tail.zip", &[&whole[..], b"tail"].concat());
    assert_snapshot!(context.pydeploy(&["verify", "tail.zip"]), @"
    status 4
    --- stdout
    --- stderr
    error: tail.zip: it holds bytes that belong to no member, after the end of the archive
    hint: copy the file again: it may have been cut or changed on its way
    ");
    let mut changed = whole;
    let at = changed.len() - 1;
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    write("changed.zip", &changed);
    let ended = context.pydeploy(&["verify", "changed.zip"]);
    assert_eq!(ended.status, 4, "{ended}");
    assert!(
        ended.stdout.starts_with("changed.zip: changed: it has sha256 "),
        "{ended}"
    );
}

/// The largest file that the shell lets a program write stands for a disk that is full.
#[test]
fn a_file_that_cannot_be_written_whole_leaves_nothing() {
    let context = site();
    let build = |format: &str, output: &str, blocks: u64| {
        let mut shell = std::process::Command::new("sh");
        let limited = "ulimit -f \"$1\" && trap '' XFSZ && shift && exec \"$@\"";
        shell.args(["-c", limited, "sh", &blocks.to_string(), env!("CARGO_BIN_EXE_pydeploy")]);
        shell.args([
            "build",
            "--offline",
            "--version=1.0",
            "--format",
            format,
            "--output",
            output,
            ".",
        ]);
        context.run_at(&mut shell, "1476025815")
    };
    for format in ["deb", "zip", "bundle"] {
        let whole = build(format, format, 1 << 20);
        let artifact = std::path::Path::new(whole.stdout.trim());
        let artifact = context.path().join(format).join(artifact.file_name().expect("a name"));
        let size = std::fs::metadata(&artifact).expect("built").len();
        for blocks in [size / 512, size / 1024] {
            let ended = build(format, "full", blocks);
            assert_eq!(
                (ended.status, ended.stdout.as_str()),
                (1, ""),
                "{format} in {blocks}: {ended}"
            );
            assert!(ended.stderr.contains("File too large"), "{format} in {blocks}: {ended}");
            let left: Vec<_> = std::fs::read_dir(context.path().join("full"))
                .expect("a folder")
                .collect();
            assert_eq!(left.len(), 0, "{format} in {blocks}: {left:?}");
            // What was there before is what is there after.
            let before = std::fs::read(&artifact).expect("read");
            assert_eq!(build(format, format, blocks).status, 1);
            assert!(
                std::fs::read(&artifact).expect("read") == before,
                "{format} in {blocks}"
            );
        }
    }
}

#[test]
fn a_script_of_the_project_surrounds_the_generated_one() {
    let context = site();
    let postinst = |deb: &str| {
        let mut dpkg = std::process::Command::new("dpkg-deb");
        let ended = dpkg
            .args(["--info", deb, "postinst"])
            .current_dir(context.path())
            .output();
        ended.map(|ended| String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    let Ok(generated) = postinst(&build(&context, "1.0")) else {
        return;
    };
    context.write("debian/postinst", "#!/bin/sh\nset -e\n\n#DEBHELPER#\necho mine\n");
    let whole = postinst(&build(&context, "1.1")).unwrap_or_default();
    assert!(generated.contains("adduser"), "{generated}");
    assert_eq!(whole, generated + "echo mine\n");

    context.write("debian/site.postinst", "#!/usr/bin/perl\n#DEBHELPER#\n");
    let ended = context.pydeploy(&["build", "--offline", "--version", "1.2", "--output", "out", "."]);
    let expected = "debian/site.postinst: its first line does not name sh, dash or bash\n\
                    hint: begin it with `#!/bin/sh`, `set -e`, `#DEBHELPER#`, a line each\n";
    assert_eq!(ended.status, 1, "{ended}");
    assert!(ended.stderr.ends_with(expected), "{ended}");
}

#[test]
fn several_formats_in_one_go() {
    let context = site();
    let build = |more: &[&str]| {
        let mut pydeploy = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
        pydeploy
            .args(["build", "--offline", "--version=1:1.0", "--output=out", "."])
            .args(more);
        context.run_at(&mut pydeploy, "1476025815")
    };
    assert_snapshot!(build(&["--format=bundle,deb"]), @"
    status 0
    --- stdout
    [DIR]/out/site_1.0_all.deb
    [DIR]/out/site_1.0_debian12.tar.zst
    --- stderr
    ");
    let ended = build(&["--format=bundle", "--prefix=/srv/other", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(document["artifacts"][0]["format"], "bundle");
    let ended = context.pydeploy(&["inspect", "--summary", "out/site_1.0_debian12.tar.zst"]);
    assert!(ended.stdout.contains("prefix       /srv/other\n"), "{ended}");
    assert_eq!(build(&["--format=zip"]).status, 0);
    let components = |artifact| {
        let ended = context.pydeploy(&["inspect", "--format=cyclonedx", artifact]);
        serde_json::from_str::<serde_json::Value>(&ended.stdout).expect("JSON")
    };
    let document = components("out/site_1.0_all.deb");
    assert_eq!(document["metadata"]["timestamp"], "2016-10-09T15:10:15Z");
    assert_eq!(document, components("out/site_1.0_debian12.zip"));
    assert_snapshot!(build(&["--format=bundle", "--prefix=srv"]), @"
    status 2
    --- stdout
    --- stderr
    error: a bundle cannot be laid out for `srv`, which is no absolute path of a folder
    hint: name an absolute folder, such as /srv/guestbook
    ");
}

#[test]
fn a_source_package_for_one_series() {
    let context = site();
    let fixed = [
        "build",
        "--offline",
        "--output",
        "out",
        "--format",
        "source,deb",
        "--version",
        "1.0",
    ];
    let series = [
        "--distribution",
        "noble",
        "--version-suffix",
        "~ubuntu24.04.1",
        "--json",
    ];
    let build = |more: &[&str]| {
        let mut pydeploy = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
        context.run_at(pydeploy.args(fixed).args(more), "1476025815")
    };
    let ended = build(&series);
    assert_eq!(ended.status, 0, "{ended}");
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let source = &document["artifacts"][1];
    assert_eq!(
        (&source["format"], &source["signed"]),
        (&"source".into(), &false.into())
    );
    assert_eq!(source["files"].as_array().expect("files").len(), 2);
    let changes = context.path().join("out/site_1.0~ubuntu24.04.1_source.changes");
    let changes = std::fs::read_to_string(changes).expect("the upload");
    assert!(changes.contains("\nDistribution: noble\n"), "{changes}");
    assert!(
        changes.contains("\n site (1.0~ubuntu24.04.1) noble; urgency=medium\n .\n   * First.\n"),
        "{changes}"
    );
    let inspected = context.pydeploy(&["inspect", "--summary", "out/site_1.0~ubuntu24.04.1_all.deb"]);
    assert!(inspected.stdout.contains("site 1.0~ubuntu24.04.1\n"), "{inspected}");
    let human = build(&["--version-suffix", "~ubuntu24.04.1"]);
    assert!(
        human.stdout.ends_with("out/site_1.0~ubuntu24.04.1_source.changes\n"),
        "{human}"
    );
    let wrong = build(&["--version-suffix", "noble1"]);
    assert_eq!(wrong.status, 2, "{wrong}");
    assert!(wrong.stderr.contains("`~` or `+`, then letters"), "{wrong}");
}

#[test]
fn files_that_a_command_makes_are_in_the_package() {
    let context = site();
    let build_css = "\n[[tool.pydeploy.build]]\ncommand = [\"sh\", \"-c\", \"test -s css.in && cp css.in static/made.css\"]\ninputs = [\"*.in\"]\noutputs = [\"static/made.css\"]\n";
    context.write("pyproject.toml", &format!("{PROJECT}{build_css}"));
    context.write("css.in", "a {}\n");
    let deb = build(&context, "1.0");
    let listed = context.pydeploy(&["inspect", &deb]).stdout;
    assert!(listed.contains("/opt/site/app/static/made.css"), "{listed}");
    context.write("css.in", "");
    let failed = context.pydeploy(&["build", "--offline", "--version", "1.1", "."]);
    assert_eq!(failed.status, 1);
    assert_snapshot!(failed.stderr, @"
    error: `sh -c test -s css.in && cp css.in static/made.css` ended with exit status: 1
    hint: it runs in the project's folder: try it there
    ");
}

#[test]
fn templates_of_configuration_files_know_where_a_release_lies() {
    let context = site();
    context.write(
        "etc/nginx/site.conf.template",
        "alias {{static}}/; # {{ name }} at {{listen}}\n",
    );
    let deb = build(&context, "1.0");
    let extracted = context.path().join("root");
    let mut unpack = std::process::Command::new("dpkg-deb");
    assert_eq!(
        context
            .run(unpack.arg("-x").arg(context.path().join(&deb)).arg(&extracted), &[])
            .status,
        0
    );
    let made = std::fs::read_to_string(extracted.join("etc/nginx/site.conf")).unwrap();
    assert_eq!(made, "alias /opt/site/static/; # site at 127.0.0.1:8000\n");
    assert!(!extracted.join("etc/nginx/site.conf.template").exists());
    let listed = context.pydeploy(&["inspect", &deb]).stdout;
    assert!(listed.contains("application    50  /etc/nginx/site.conf\n"), "{listed}");
    context.write("etc/nginx/site.conf.template", "\nport {{port}};\n");
    let failed = context.pydeploy(&["build", "--offline", "--version", "1.1", "."]);
    assert_eq!((failed.status, failed.stdout.as_str()), (4, ""));
    assert_snapshot!(failed.stderr, @"
    error: [DIR]/etc/nginx/site.conf.template:2:6: there is no variable `port`
    hint: there are `{{app}}`, `{{etc}}`, `{{listen}}`, `{{name}}`, `{{prefix}}`, `{{static}}`, `{{venv}}`
    ");
}
