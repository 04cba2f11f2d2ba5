//! What a package, or an artifact of another format, is made of.

use super::*;

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
    assert_snapshot!(build(&["--quiet", "--format=bundle,deb"]), @"
    status 0
    --- stdout
    [DIR]/out/site_1.0_all.deb
    [DIR]/out/site_1.0_debian12.tar.zst
    --- stderr
    ");
    let ended = build(&["--format=bundle", "--prefix=/srv/other", "--json"]);
    let steps = ended.stderr.lines().filter_map(|line| line.split_whitespace().next());
    assert_eq!(steps.collect::<Vec<_>>(), ["wheelhouse", "release", "bundle"]);
    let detail = "site 1:1.0 for debian12";
    assert!(ended.stderr.lines().any(|line| line.ends_with(detail)), "{ended}");
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
    assert_snapshot!(build(&["--quiet", "--format=bundle", "--prefix=srv"]), @"
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
    let failed = context.pydeploy(&["build", "--quiet", "--offline", "--version", "1.1", "."]);
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
    let failed = context.pydeploy(&["build", "--quiet", "--offline", "--version", "1.1", "."]);
    assert_eq!((failed.status, failed.stdout.as_str()), (4, ""));
    assert_snapshot!(failed.stderr, @"
    error: [DIR]/etc/nginx/site.conf.template:2:6: there is no variable `port`
    hint: there are `{{app}}`, `{{etc}}`, `{{listen}}`, `{{name}}`, `{{prefix}}`, `{{static}}`, `{{venv}}`
    ");
}
