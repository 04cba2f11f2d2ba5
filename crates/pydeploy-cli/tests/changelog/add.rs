//! Changes that are added.

use super::*;

#[test]
fn add_extends_the_open_entry() {
    let context = Context::new(format!("{OPEN}{RELEASED}"));
    context.check(
        &["add", "Guests", "get", "a mail.", "--version", "1.2.0"],
        0,
        "guestbook (1.2.0) UNRELEASED: 1 change added\n",
        "",
    );
    let sections =
        "\n  [ Ada Example ]\n  * Messages may be longer.\n\n  [ Grace Example ]\n  * Guests get a mail.\n\n";
    assert_eq!(
        context.text(),
        format!(
            "{}{RELEASED}",
            OPEN.replace("\n  * Messages may be longer.\n\n", sections)
        )
    );
    let (code, json, stderr) = context.run(&[
        "add",
        "More.",
        "--urgency",
        "high",
        "--version",
        "2.0",
        "--format",
        "json",
        "--maintainer",
        "Eve <eve@example.org>",
    ]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        json.contains("\"version\": \"2.0\"") && json.contains("\"urgency\": \"high\""),
        "{json}"
    );
    let text = context.text();
    assert!(text.starts_with("guestbook (2.0) UNRELEASED; urgency=high\n"), "{text}");
    assert!(
        text.contains("  * Guests get a mail.\n\n  [ Eve ]\n  * More.\n\n -- Ada Example"),
        "{text}"
    );
}

#[test]
fn add_opens_an_entry_after_a_release() {
    let context = Context::new(RELEASED);
    let answer = "guestbook (1.1.1) UNRELEASED: 1 change added in a new entry\n";
    context.check(&["add", "Guests get a mail."], 0, answer, "");
    let entry = "guestbook (1.1.1) UNRELEASED; urgency=medium\n\n  * Guests get a mail.\n\n \
                 -- Grace Example <grace@example.org>  Fri, 15 Jan 2027 08:00:00 +0000\n\n";
    assert_eq!(context.text(), format!("{entry}{RELEASED}"));
}

#[test]
fn add_refuses_what_would_be_wrong() {
    let context = Context::new(RELEASED);
    context.check(
        &["add", "x", "--version", "1.0.9"],
        3,
        "",
        "error: debian/changelog: 1.0.9 is not above 1.1.0\n\
         hint: choose a version above 1.1.0, or allow a lower one\n",
    );
    assert_eq!(context.run(&["add", "x", "--version", "1_0"]).0, 2);
    assert_eq!(context.run(&["add"]).0, 2);
    assert_eq!(context.text(), RELEASED);
    assert_eq!(
        context
            .run(&["add", "x", "--version", "1.0.9", "--allow-lower-version"])
            .0,
        0
    );

    let context = Context::new(RELEASED.replace("1.1.0", "1.1a"));
    context.check(
        &["add", "x"],
        3,
        "",
        "error: debian/changelog: what follows 1.1a is not plain to see\nhint: name the version with `--version`\n",
    );
    let mut context = Context::new(RELEASED);
    context.variables.clear();
    context.check(
        &["add", "x"],
        2,
        "",
        "error: nobody is named as the maintainer\n\
         hint: set DEBFULLNAME and DEBEMAIL, or git's user.name and user.email, or pass `--maintainer`\n",
    );
    context.variables = vec![("DEBFULLNAME", "Grace"), ("DEBEMAIL", "grace")];
    context.check(
        &["add", "x"],
        1,
        "",
        "error: `grace` is not an address\nhint: write an address such as `name@example.org`\n",
    );
    std::fs::remove_file(context.file()).expect("removed");
    let (code, _, stderr) = context.run(&["add", "x"]);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("error: cannot read debian/changelog: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
}

#[test]
fn add_takes_commits_from_git_once() {
    let context = Context::repository(RELEASED);
    context.commit("Guests get a mail.", "Eve Example <eve@example.org>");
    context.commit("Mails have a footer.", "Grace Example <grace@example.org>");
    context.commit(
        "Guests can stop the mails that they do not want any more, in one-click style.",
        "Eve Example <eve@example.org>",
    );
    let answer = "guestbook (1.1.1) UNRELEASED: 3 changes added in a new entry\n";
    context.check(&["add", "--from-git"], 0, answer, "");
    let entry = "\
guestbook (1.1.1) UNRELEASED; urgency=medium

  [ Eve Example ]
  * Guests get a mail.
  * Guests can stop the mails that they do not want any more, in one-
    click style.

  [ Grace Example ]
  * Mails have a footer.

 -- Grace Example <grace@example.org>  Fri, 15 Jan 2027 08:00:00 +0000

";
    assert_eq!(context.text(), format!("{entry}{RELEASED}"));
    let answer = "guestbook (1.1.1) UNRELEASED: nothing to add\n";
    context.check(&["add", "--from-git"], 0, answer, "");
    context.git(&["tag", "--delete", "v1.1.0"]);
    context.check(
        &["add", "--from-git"],
        1,
        "",
        "error: no tag of the git repository of . names the version 1.1.0\n\
         hint: tag the release, or fetch its tag: `git fetch --tags`\n",
    );
}
