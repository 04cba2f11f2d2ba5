//! What an artifact holds, whether that is right, and what another has.

use super::*;

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
