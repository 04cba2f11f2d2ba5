//! What `dch` and `dpkg-parsechangelog` say about the changes that we make to changelogs.

use std::process::{Command, Output};

use pydeploy::Timestamp;
use pydeploy::changelog::{Changelog, Contribution, Distributions, Maintainer, NewEntry, Order, Urgency, head};

use super::installed;

const RELEASED: &str = "\
guestbook (1.0) staging; urgency=low

  * First release.

 -- Ada Example <ada@example.org>  Sat, 08 Oct 2016 15:10:15 +0000
";

const OPEN: &str = "\
guestbook (1.1) UNRELEASED; urgency=medium

  * First change.

 -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000

";

const ADA: &str = "Ada Example <ada@example.org>";
const GRACE: &str = "Grace Example <grace@example.org>";

fn person(text: &str) -> Maintainer {
    text.parse().expect("a maintainer")
}

fn by(person: &Maintainer, item: &str) -> Contribution {
    Contribution {
        author: person.name().clone(),
        items: vec![item.parse().expect("an item")],
    }
}

fn at() -> Timestamp {
    Timestamp::from_compact("20161010120000").expect("a date")
}

/// The file after `dch`, run as this person; `Err` with what it said when it refuses.
fn dch(text: &str, who: &str, args: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("changelog");
    std::fs::write(&file, text).expect("written");
    let who = person(who);
    let mut dch = Command::new("dch");
    dch.args(["--no-conf", "--vendor", "debian", "--release-heuristic", "changelog"])
        .args(["--no-auto-nmu", "--changelog"])
        .arg(&file)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("DEBFULLNAME", who.name().to_string())
        .env("DEBEMAIL", who.email());
    let Output { status, stderr, .. } = dch.output().expect("dch runs");
    match status.success() {
        true => Ok(std::fs::read_to_string(file).expect("text")),
        false => Err(String::from_utf8_lossy(&stderr).into_owned()),
    }
}

/// Without the date of the first trailer, which `dch` takes from the clock.
fn undated(text: &str) -> String {
    let (start, rest) = text.split_once(">  ").expect("a trailer");
    let (_, rest) = rest.split_once('\n').expect("a line");
    format!("{start}>  DATE\n{rest}")
}

/// What dpkg warns about in all entries.
fn warnings(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("changelog");
    std::fs::write(&file, bytes).expect("written");
    let mut parse = Command::new("dpkg-parsechangelog");
    let output = parse.args(["--all", "-l"]).arg(&file).env("LC_ALL", "C").output();
    let output = output.expect("dpkg-parsechangelog runs");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn dch_adds_changes_as_we_do() {
    if !installed("dch", "devscripts") {
        return;
    }
    let long = "Every guest can write, read and search the book, see who wrote what and when, and \
                take back what was written in haste.";
    let hyphens = "The word that stands where this line comes to its end is well-known-to-break at hyphens.";
    let accents = "Naïve façades: déjà-vu über Ätzend, Ökonomie, Übermut, größer, weiß, çà et là, señor, año.";
    let sequences: [&[(&str, &str)]; 7] = [
        &[(ADA, "Second change."), (ADA, "Third change.")],
        &[(GRACE, "Second change."), (GRACE, "Third change.")],
        &[
            (GRACE, "Second."),
            (ADA, "Third."),
            (GRACE, "Fourth."),
            (ADA, "Fifth."),
            (ADA, "Sixth."),
        ],
        &[(ADA, long), (GRACE, long)],
        &[(ADA, hyphens)],
        &[(GRACE, accents)],
        &[
            ("Jürgen Ümläut <j@example.org>", "x"),
            ("dependabot[bot] <d@example.org>", "y"),
        ],
    ];
    for sequence in sequences {
        let mut ours = format!("{OPEN}{RELEASED}");
        let mut theirs = ours.clone();
        for (who, item) in sequence {
            let changes = [by(&person(who), item)];
            let edited = Changelog::parse(ours.as_bytes()).append(&changes).expect("edited");
            ours = String::from_utf8(edited).expect("text");
            theirs = dch(&theirs, who, &["--append", item]).expect("dch adds it");
            assert_eq!(ours, theirs, "{who}: {item}");
        }
        assert_eq!(warnings(ours.as_bytes()), "");
    }
}

/// Lines that `dch` breaks in the middle of a word.
#[test]
fn dch_cuts_words_that_we_keep() {
    if !installed("dch", "devscripts") {
        return;
    }
    let address = format!("https://example.org/{}", "a-long-way/".repeat(8));
    for item in [
        &address,
        "The new option that decides what is done in such a case is called --allow-dirty.",
    ] {
        let word = item.split(' ').next_back().expect("a word").trim_end_matches('.');
        let changes = [by(&person(ADA), item)];
        let ours = Changelog::parse(OPEN.as_bytes()).append(&changes).expect("edited");
        assert!(String::from_utf8(ours).expect("text").contains(word));
        let theirs = dch(OPEN, ADA, &["--append", item]).expect("dch adds it");
        assert!(!theirs.contains(word), "{theirs}");
    }
}

fn entry(version: &str, order: Order) -> NewEntry {
    NewEntry {
        package: None,
        version: version.parse().expect("a version"),
        order,
        distributions: Distributions::unreleased(),
        urgency: Urgency::Medium,
        changes: vec![by(&person(GRACE), "Something new.")],
        maintainer: person(GRACE),
        at: at(),
    }
}

#[test]
fn dch_opens_entries_as_we_do() {
    if !installed("dch", "devscripts") {
        return;
    }
    let changelog = Changelog::parse(RELEASED.as_bytes());
    for version in ["1.0.1", "1:0.1", "2.0~rc1-1"] {
        let ours = changelog.prepend(&entry(version, Order::Rising)).expect("edited");
        let theirs = dch(RELEASED, GRACE, &["--newversion", version, "Something new."]).expect("dch opens it");
        assert_eq!(
            undated(&String::from_utf8(ours.clone()).expect("text")),
            undated(&theirs)
        );
        assert_eq!(warnings(&ours), "");
    }
    assert!(changelog.prepend(&entry("0.9", Order::Rising)).is_err());
    assert!(dch(RELEASED, GRACE, &["--newversion", "0.9", "x"]).is_err());
    assert!(changelog.prepend(&entry("0.9", Order::Any)).is_ok());
    assert!(dch(RELEASED, GRACE, &["--force-bad-version", "--newversion", "0.9", "x"]).is_ok());
    // The same version a second time is an entry for dch; nobody could tell which of the two was built.
    assert!(changelog.prepend(&entry("1.0", Order::Rising)).is_err());
    assert!(dch(RELEASED, GRACE, &["--newversion", "1.0", "x"]).is_ok());
}

#[test]
fn dch_counts_as_we_do() {
    if !installed("dch", "devscripts") {
        return;
    }
    for version in [
        "1.9",
        "1.09",
        "1.99",
        "1.009",
        "1.2.3",
        "1:1.0",
        "1.0~rc1",
        "1.0-1",
        "1.0-9",
        "1.0-1.1",
        "1.0-1+b1",
        "1.0+nmu1",
        "1.0-1~bpo12+1",
        "1.0-1ubuntu1",
    ] {
        let text = RELEASED.replace("(1.0)", &format!("({version})"));
        let next = head(text.as_bytes())
            .expect("a head")
            .following_version()
            .expect("a version");
        let theirs = dch(&text, ADA, &["--increment", "x"]).expect("dch counts");
        assert_eq!(head(theirs.as_bytes()).expect("a head").version.as_str(), next.as_str());
    }
}

#[test]
fn dch_releases_as_we_do() {
    if !installed("dch", "devscripts") {
        return;
    }
    let target: Distributions = "staging".parse().expect("a distribution");
    let sections = OPEN.replace("  * First", "  [ Ada Example ]\n  * First");
    for (open, who) in [(OPEN, ADA), (OPEN, GRACE), (&sections, GRACE)] {
        let text = format!("{open}{RELEASED}");
        let ours = Changelog::parse(text.as_bytes()).release(&target, &person(who), at());
        let ours = ours.expect("edited");
        // What the entry below was released for is also what dch takes.
        let theirs = dch(&text, who, &["--release", ""]).expect("dch releases it");
        assert_eq!(
            undated(&String::from_utf8(ours.clone()).expect("text")),
            undated(&theirs)
        );
        assert_eq!(warnings(&ours), "");
    }
}

#[test]
fn dch_sets_urgency_and_version_as_we_do() {
    if !installed("dch", "devscripts") {
        return;
    }
    let text = format!("{OPEN}{RELEASED}");
    let changelog = Changelog::parse(text.as_bytes());
    let ours = changelog.set_urgency(Urgency::High).expect("edited");
    let theirs = dch(&text, ADA, &["--append", "--urgency", "high", ""]).expect("dch sets it");
    assert_eq!(String::from_utf8(ours).expect("text"), theirs);
    let version = "1.2".parse().expect("a version");
    let ours = changelog.set_version(&version, Order::Rising).expect("edited");
    let theirs = dch(&text, ADA, &["--newversion", "1.2", ""]).expect("dch sets it");
    assert_eq!(undated(&String::from_utf8(ours).expect("text")), undated(&theirs));
}

#[test]
fn dpkg_has_nothing_to_say_about_what_we_write() {
    if !installed("dpkg-parsechangelog", "dpkg-dev") {
        return;
    }
    let text = format!("{OPEN}{RELEASED}");
    for newline in ["\n", "\r\n"] {
        let text = text
            .replace('\n', newline)
            .replace('F', "\u{c9}")
            .replace("Ada", "\u{c0}da");
        for bytes in [
            text.clone().into_bytes(),
            text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        ] {
            let changelog = Changelog::parse(&bytes);
            let snapshot = entry("1.1~20161010120000+git1233451abcd", Order::Rising);
            let several = vec![by(&person(ADA), "One."), by(&person(GRACE), "Two.")];
            for edited in [
                changelog.prepend(&entry("1.2", Order::Rising)),
                changelog.prepend(&NewEntry {
                    changes: several.clone(),
                    ..entry("1.2", Order::Rising)
                }),
                changelog.append(&several),
                changelog.release(&"staging trixie".parse().expect("two"), &person(GRACE), at()),
                changelog.snapshot(&snapshot),
            ] {
                let edited = edited.expect("edited");
                assert_eq!(warnings(&edited), "", "{}", edited.escape_ascii());
                assert_eq!(Changelog::parse(&edited).check(), []);
            }
        }
    }
}

#[test]
fn dpkg_has_nothing_to_say_about_what_we_repaired() {
    if !installed("dpkg-parsechangelog", "dpkg-dev") {
        return;
    }
    let right = " -- Ada Example <ada@example.org>  Sat, 08 Oct 2016 15:10:15 +0000";
    let mut warned = 0;
    for wrong in [
        right.replace("  Sat", " Sat"),
        right.replace("  Sat", "    Sat"),
        right.replace("  Sat", "\tSat"),
        right.replace("Sat", "Tur"),
        right.replace("Sat", "Saturday"),
        right.replace("Sat", "Mon"),
        right.replace("Sat,", "Sat"),
        right.replace("Oct", "October"),
        right.replace("08 Oct", "Oct 8"),
        right.replace("08 Oct", "October 8,"),
        right.replace(" <", "<"),
        right.replace(" --", "--"),
        right.replace(" --", "  --"),
        right.replace("-- ", "--"),
    ] {
        let text = format!("{OPEN}{RELEASED}").replace(right, &wrong);
        let fixed = Changelog::parse(text.as_bytes()).fix();
        assert_eq!(warnings(&fixed.bytes), "", "{wrong}");
        assert!(!fixed.repairs.is_empty(), "{wrong}");
        warned += usize::from(!warnings(text.as_bytes()).is_empty());
    }
    // A weekday that is one, but of another day, passes dpkg in silence.
    assert_eq!(warned, 13);
}

/// Every changelog of the installed packages, unpacked.
fn installed_changelogs() -> Vec<Vec<u8>> {
    let folders = std::fs::read_dir("/usr/share/doc").into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| ["changelog.Debian.gz", "changelog.gz"].map(|name| folder.path().join(name)));
    let unpack = |file: std::path::PathBuf| Command::new("gzip").arg("-dc").arg(file).output().ok();
    files
        .filter(|file| file.is_file())
        .filter_map(unpack)
        .map(|output| output.stdout)
        .collect()
}

/// Real files: an entry on top leaves all others, a repair makes nothing worse and dpkg has less to say.
#[test]
fn installed_changelogs_are_edited_and_repaired() {
    if !installed("dpkg-parsechangelog", "dpkg-dev") {
        return;
    }
    for bytes in installed_changelogs() {
        let changelog = Changelog::parse(&bytes);
        let fixed = changelog.fix();
        let left = Changelog::parse(&fixed.bytes);
        assert_eq!(left.entries().len(), changelog.entries().len());
        assert!(left.check().len() + fixed.repairs.len().min(1) <= changelog.check().len());
        if !fixed.repairs.is_empty() {
            let (before, after) = (warnings(&bytes), warnings(&fixed.bytes));
            assert!(after.lines().count() <= before.lines().count(), "{before}{after}");
        }
        if head(&bytes).is_ok() {
            let edited = changelog.prepend(&entry("1:0", Order::Any)).expect("edited");
            let entries = Changelog::parse(&edited);
            let texts = |changelog: &Changelog<'_>, skip| -> Vec<Vec<u8>> {
                changelog
                    .entries()
                    .iter()
                    .skip(skip)
                    .map(|entry| entry.text().to_owned())
                    .collect()
            };
            assert_eq!(texts(&entries, 1), texts(&changelog, 0));
        }
    }
}
