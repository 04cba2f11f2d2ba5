//! `pydeploy version`

use insta::assert_snapshot;

use crate::context::Context;

fn entry(version: &str, distribution: &str) -> String {
    format!(
        "site ({version}) {distribution}; urgency=medium\n\n  * Change.\n\n -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n\n"
    )
}

/// A repository whose only commit is of 2016-10-09 15:00:15.
fn repository(changelog: &str) -> Context {
    let context = Context::new();
    context.git(&["init", "--quiet", "--initial-branch=main"]);
    context.write("debian/changelog", changelog);
    context.commit("2016-10-09T15:00:15Z");
    context
}

/// The version with its hash left out, which depends on git's way to write a commit.
#[track_caller]
fn next(context: &Context, args: &[&str]) -> String {
    let ended = context.pydeploy(&[&["version", "next"], args].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{ended}");
    let (version, hash) = ended.stdout.split_once("+git").unwrap_or((&ended.stdout, "\n"));
    assert!(hash.ends_with('\n'));
    version.trim_end().to_owned() + if hash.contains("dirty") { " dirty" } else { "" }
}

#[test]
fn the_snapshot_of_a_commit() {
    let context = repository(&entry("1.0", "UNRELEASED"));
    assert_eq!(next(&context, &[]), "1.0~20161009150015");
    let given = ["--date=20200101000000", "--commit=0123456789abcdef", "--hash-length=7"];
    let ended = context.pydeploy(&[&["version", "next"], given.as_slice()].concat());
    assert_eq!(ended.stdout, "1.0~20200101000000+git0123456\n");
    for date in ["1577836800", "2020-01-01T00:00:00Z", "2020-01-01 01:00:00 +0100"] {
        assert_eq!(next(&context, &["--date", date]), "1.0~20200101000000");
    }
    context.write("debian/changelog", &(entry("1.0", "unstable")));
    context.commit("2016-10-09T15:00:16Z");
    assert_eq!(next(&context, &[]), "1.0+0~20161009150016");
}

#[test]
fn a_changelog_from_elsewhere() {
    let context = Context::new();
    let args = [
        "version",
        "next",
        "--changelog=-",
        "--date=0",
        "--commit=0123456789abcdef",
    ];
    let ended = context.pydeploy_reading(&args, entry("2.0", "UNRELEASED").as_bytes());
    assert_eq!(ended.stdout, "2.0~19700101000000+git0123456789a\n");
    let ended = context.pydeploy_reading(&args, b"site (v2.0) unstable; urgency=low\n");
    assert_snapshot!(ended, @"
    status 1
    --- stdout
    --- stderr
    error: standard input: upstream version begins with 'v', not with a digit, at line 1, column 7
    hint: `pydeploy changelog check` lists everything that is wrong with it
    ");
}

#[test]
fn what_is_published_is_known() {
    let changelog = entry("1.0.0", "UNRELEASED") + &entry("1.0.0~rc1", "staging");
    let context = repository(&changelog);
    assert_eq!(next(&context, &[]), "1.0.0~rc1+0~20161009150015");
    context.git(&["tag", "v1.0.0"]);
    assert_snapshot!(context.pydeploy(&["version", "next"]), @"
    status 3
    --- stdout
    --- stderr
    error: version 1.0.0 is marked UNRELEASED, but 1.0.0 is published: a snapshot stays below its release
      cause: 1.0.0 is published: tag `v1.0.0`
    hint: add a changelog entry with a version above 1.0.0
    ");
    context.git(&["tag", "--delete", "v1.0.0"]);
    assert_snapshot!(context.pydeploy(&["version", "next", "--published", "1.0.1"]), @"
    status 3
    --- stdout
    --- stderr
    error: version 1.0.0 is marked UNRELEASED, but 1.0.1 is published: a snapshot stays below its release
      cause: 1.0.1 is published: `--published`
    hint: add a changelog entry with a version above 1.0.1
    ");
    let later = "1.0.0~20170101000000+git0123456789a";
    let ended = context.pydeploy(&["version", "next", "--published", later, "--format=json"]);
    assert_snapshot!(ended, @r#"
    status 0
    --- stdout
    {
      "schema": 1,
      "version": "1.0.0~rc1+0~20161009150015+git232ac7a1b02",
      "snapshot": true,
      "commit": "232ac7a1b02eab4fa075aa9902d7a8c0b55148ee",
      "dirty": false,
      "shallow": false
    }
    --- stderr
    "#);
}

#[test]
fn dates_may_not_go_back() {
    let context = repository(&entry("1.0", "UNRELEASED"));
    let later = "1.0~20170101000000+git0123456789a";
    assert_snapshot!(context.pydeploy(&["version", "next", "--published", later]), @"
    status 3
    --- stdout
    --- stderr
    error: snapshot 1.0~20161009150015+git1ee4f7e7041 is dated before 1.0~20170101000000+git0123456789a, which is published: dates may not go back
      cause: 1.0~20170101000000+git0123456789a is published: `--published`
    hint: is the commit older than what is published? `--date` with a time after 2017-01-01T00:00:00Z makes it the newer one; or release 1.0: its later snapshots, `1.0+0~…`, are above
    ");
    context.write("debian/changelog", &entry("1.0", "unstable"));
    context.commit("2016-10-09T15:00:15Z");
    assert_eq!(next(&context, &["--published", later]), "1.0+0~20161009150015");
    let later = "1.0+0~20170101000000+git0123456789a";
    assert_snapshot!(context.pydeploy(&["version", "next", "--published", later]), @"
    status 3
    --- stdout
    --- stderr
    error: snapshot 1.0+0~20161009150015+gite5de239af81 is dated before 1.0+0~20170101000000+git0123456789a, which is published: dates may not go back
      cause: 1.0+0~20170101000000+git0123456789a is published: `--published`
    hint: is the commit older than what is published? `--date` with a time after 2017-01-01T00:00:00Z makes it the newer one; or add a changelog entry with a version above 1.0
    ");
}

#[test]
fn tags_of_a_newer_branch_do_not_stand_in_the_way() {
    let context = repository(&entry("1.0", "unstable"));
    context.git(&["tag", "v1.0"]);
    context.git(&["checkout", "--quiet", "-b", "next"]);
    context.commit("2016-10-10T00:00:00Z");
    context.git(&["tag", "v2.0"]);
    context.git(&["checkout", "--quiet", "main"]);
    assert_eq!(next(&context, &[]), "1.0+0~20161009150015");
}

#[test]
fn a_release_is_what_its_tag_names() {
    let context = repository(&(entry("1:1.0~rc1", "staging") + &entry("1:0.9", "staging")));
    assert_eq!(next(&context, &["--release"]), "1:1.0~rc1");
    context.git(&["tag", "debian/1%1.0_rc1"]);
    context.git(&["tag", "nightly"]);
    assert_eq!(next(&context, &["--release"]), "1:1.0~rc1");
    context.git(&["tag", "--delete", "debian/1%1.0_rc1"]);
    context.git(&["tag", "v1.0"]);
    assert_snapshot!(context.pydeploy(&["version", "next", "--release"]), @"
    status 3
    --- stdout
    --- stderr
    error: tag `v1.0` does not name version 1:1.0~rc1 of the changelog
    hint: tag the commit `v1%1.0_rc1`, or correct the changelog
    ");
    context.git(&["tag", "v1%1.0_rc1"]);
    context.commit("2016-10-10T00:00:00Z");
    assert_snapshot!(context.pydeploy(&["version", "next", "--release"]), @"
    status 3
    --- stdout
    --- stderr
    error: version 1:1.0~rc1 is not above 1:1.0~rc1, which is published: versions may not go back
      cause: 1:1.0~rc1 is published: tag `v1%1.0_rc1`
    hint: nothing needs to be done if it is the same release; otherwise add a changelog entry with a higher version
    ");
}

#[test]
fn a_changed_work_tree() {
    let context = repository(&entry("1.0", "UNRELEASED"));
    context.write("new", "");
    assert_snapshot!(context.pydeploy(&["version", "next"]), @"
    status 3
    --- stdout
    --- stderr
    error: the work tree holds changes that no commit does
    hint: commit them, or pass `--allow-dirty`, which marks the version
    ");
    let version = next(&context, &["--allow-dirty", "--date=0"]);
    assert_eq!(version, "1.0~19700101000000 dirty");
    assert!(context.path().join("new").exists());
}

#[test]
fn a_shallow_clone_is_told() {
    let origin = repository(&entry("1.0", "UNRELEASED"));
    origin.commit("2016-10-10T00:00:00Z");
    let context = Context::new();
    let url = format!("file://{}", origin.path().display());
    context.git(&["clone", "--quiet", "--depth=1", &url, "clone"]);
    let ended = context.pydeploy(&["version", "next", "clone"]);
    assert!(ended.stdout.starts_with("1.0~20161010000000+git"), "{ended}");
    assert!(ended.stderr.contains("shallow"), "{ended}");
}

#[test]
fn a_suite_is_asked_for_what_it_holds() {
    let context = repository(&entry("1.0", "UNRELEASED"));
    assert_snapshot!(context.pydeploy(&["version", "next", "--published-from=none"]), @"
    status 2
    --- stdout
    --- stderr
    error: invalid value 'none' for '--published-from <REPOSITORY:SUITE>': no `:` and suite after the folder

    For more information, try '--help'.
    ");
    assert_snapshot!(context.pydeploy(&["version", "next", "--published-from=none:production"]), @"
    status 1
    --- stdout
    --- stderr
    error: none holds no repository
    hint: make one with `pydeploy repo init`
    ");
}

#[test]
fn no_folder_no_repository_no_commit() {
    let context = Context::new();
    assert_snapshot!(context.pydeploy(&["version", "next"]), @"
    status 1
    --- stdout
    --- stderr
    error: cannot read ./pyproject.toml
      cause: No such file or directory (os error 2)
    hint: a project is a folder with a `pyproject.toml`; check the path
    ");
    context.write("debian/changelog", &entry("1.0", "UNRELEASED"));
    assert_snapshot!(context.pydeploy(&["version", "next"]), @"
    status 1
    --- stdout
    --- stderr
    error: . is not in a git repository
    hint: run `git init` and commit, or give `--date` and `--commit`
    ");
    context.git(&["init", "--quiet"]);
    assert_snapshot!(context.pydeploy(&["version", "next"]), @"
    status 1
    --- stdout
    --- stderr
    error: the git repository of . has no commit
    hint: commit first, or give `--date` and `--commit`
    ");
}

#[test]
fn compared_like_dpkg_does() {
    let context = Context::new();
    for (a, operator, b, status) in [
        ("1.0", "lt", "1.1", 0),
        ("1.0", ">>", "1.1", 1),
        ("1.0", "=", "1.0-0", 0),
        ("1.0", "ne", "1.0-0", 1),
        ("v1.0", "lt", "1.1", 2),
        ("1.0", "?", "1.1", 2),
    ] {
        let ended = context.pydeploy(&["version", "compare", a, operator, b]);
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (status, ""),
            "{a} {operator} {b}"
        );
    }
}

#[test]
fn one_answer_for_each_line() {
    let context = Context::new();
    let pairs = b"1.0\t1.1\n1.0\n v1\t2\n2\t1\r\n1\t1-0\n\xff\t1\n\n9\t10";
    assert_snapshot!(context.pydeploy_reading(&["version", "compare", "--stdin"], pairs), @"
    status 1
    --- stdout
    lt
    error: no tab between two versions
    error: upstream version begins with 'v', not with a digit, at column 1
    gt
    eq
    error: invalid utf-8 sequence of 1 bytes from index 0
    error: no tab between two versions
    lt
    --- stderr
    ");
    let lines = b"1.0\n0.9\n1.0~rc1\n1.0_1\n1.00\n";
    assert_snapshot!(context.pydeploy_reading(&["version", "sort", "--stdin"], lines), @"
    status 1
    --- stdout
    0.9
    1.0~rc1
    1.0
    1.00
    error: unexpected character '_' in upstream version at column 4
    --- stderr
    ");
    assert_snapshot!(context.pydeploy_reading(&["version", "check", "--stdin", "--format=json"], b"1.0\n1.0-\n"), @r#"
    status 1
    --- stdout
    {
      "schema": 1,
      "answers": [
        {
          "answer": "ok"
        },
        {
          "error": "empty revision at column 5"
        }
      ]
    }
    --- stderr
    "#);
    let many: String = (0..100_000).map(|number| format!("{}\t{number}\n", 50_000)).collect();
    let ended = context.pydeploy_reading(&["version", "compare", "--stdin"], many.as_bytes());
    assert_eq!(ended.stdout.lines().filter(|line| *line == "gt").count(), 50_000);
    assert_eq!(ended.stdout.lines().count(), 100_000);
}

#[test]
fn explained() {
    let context = Context::new();
    assert_snapshot!(context.pydeploy(&["version", "explain", "1.0~rc1", "1.0"]), @"
    status 0
    --- stdout
    1.0~rc1 < 1.0
    upstream version, after `1.0`: `~` comes before the end
    --- stderr
    ");
    assert_snapshot!(context.pydeploy(&["version", "explain", "1:1.0+0~20161009150015.2+git1233451abcd.dirty"]), @"
    status 0
    --- stdout
    epoch     1
    upstream  1.0+0~20161009150015.2+git1233451abcd.dirty
    revision  none: a native version
    snapshot  after 1:1.0
    date      2016-10-09T15:00:15Z
    commit    1233451abcd
    number    2
    changed   holds changes that no commit does
    sort key  000000010331ae02ab0201103230313631303039313530303135ae0332ab676974093132333334353161626364ae646972747902020202
    --- stderr
    ");
}

#[test]
fn converted() {
    let context = Context::new();
    let lines = b"1.0\n 1.0RC1 \nnightly\n99999999999:1\n3000000000!1\n1.0+a.1\n";
    let convert = ["version", "convert", "--stdin", "--from"];
    let of = |more: &[&str], lines: &[u8]| context.pydeploy_reading(&[&convert, more].concat(), lines);
    assert_snapshot!(of(&["pep440", "--width=2", "--mode=strict"], lines), @"
    status 1
    --- stdout
    1.0
    1.0~rc1
    error: unexpected character 'n' at column 1, where a number should be
    error: unexpected character ':' at column 12, where a suffix or the end should be
    error: epoch of 3000000000!1 is above 2147483647
    1.0+a~+1
    --- stderr
    ");
    assert_snapshot!(of(&["semver"], b"1.0.0-rc.1\n1.0\n"), @"
    status 1
    --- stdout
    1.0.0~rc.1
    error: unexpected end of input while parsing minor version number
    --- stderr
    ");
    assert_snapshot!(of(&["semver", "--width=3"], b"1.0.0\n"), @"
    status 2
    --- stdout
    --- stderr
    error: `--width` says nothing about semantic versions
    hint: they always have three components; leave it out
    ");
    assert_snapshot!(of(&["pep440", "--width=0"], b"1.0.0\n"), @"
    status 2
    --- stdout
    --- stderr
    error: invalid value '0' for '--width <N>': number would be zero for non-zero type

    For more information, try '--help'.
    ");
}
