use super::{Contribution, EditError, NewEntry, Order};
use crate::Timestamp;
use crate::changelog::diagnostic::Kind;
use crate::changelog::{Changelog, Distributions, Maintainer, Urgency, head};

const BELOW: &str = "\na (0.9) staging; urgency=low\n\n  * old\n\n -- C <c@d>  Sat, 08 Oct 2016 15:10:15 +0000\n";

fn at() -> Timestamp {
    Timestamp::from_compact("20161010120000").unwrap()
}

fn ada() -> Maintainer {
    "Ada <a@b>".parse().unwrap()
}

fn by(author: &str, items: &[&str]) -> Contribution {
    let items = items.iter().map(|item| item.parse().unwrap()).collect();
    let author = author.parse().unwrap();
    Contribution { author, items }
}

fn entry(version: &str) -> NewEntry {
    NewEntry {
        package: None,
        version: version.parse().unwrap(),
        order: Order::Rising,
        distributions: Distributions::unreleased(),
        urgency: Urgency::Medium,
        changes: vec![by("Ada", &["new"])],
        maintainer: ada(),
        at: at(),
    }
}

type Edit<'e> = &'e dyn Fn(&Changelog<'_>) -> Result<Vec<u8>, EditError>;

/// What is changed stands in `«»` on both sides; nothing outside may differ. Other entries follow.
#[track_caller]
fn check(before: &str, edit: Edit<'_>, after: &str) {
    let parts = |text: &str| -> Vec<String> { text.split(['«', '»']).map(str::to_owned).collect() };
    let (old, new) = (parts(before), parts(after));
    assert!(
        old.iter().step_by(2).eq(new.iter().step_by(2)),
        "the texts outside «» differ"
    );
    for newline in ["\n", "\r\n"] {
        for below in ["", BELOW] {
            let bytes = |parts: &[String]| latin1(&(parts.concat() + below).replace('\n', newline));
            let before = bytes(&old);
            let result = edit(&Changelog::parse(&before)).unwrap();
            assert_eq!(shown(&result), shown(&bytes(&new)));
            assert!(faults(&Changelog::parse(&result)) <= faults(&Changelog::parse(&before)));
        }
    }
}

/// How much is wrong, the order of versions left aside: some edits are asked to go back.
fn faults(changelog: &Changelog<'_>) -> usize {
    let order = |kind: &Kind| matches!(kind, Kind::SameVersion(_) | Kind::NotAbove(..));
    changelog.check().iter().filter(|found| !order(&found.kind)).count()
}

/// `é` as the byte that other encodings have for it.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\n", "\\n\n")
}

#[test]
fn entries_on_top() {
    let new = "a (2) UNRELEASED; urgency=medium\n\n  * new\n\n -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n\n";
    let old = "a (1) b; urgency=low\n\n  * caf\u{e9}\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    for above in ["", "# a comment\n\n# another\n"] {
        check(
            &format!("{above}«»{old}"),
            &|text| text.prepend(&entry("2")),
            &format!("{above}«{new}»{old}"),
        );
    }
    check(
        &format!("«»\n \n{old}"),
        &|text| text.prepend(&entry("2")),
        &format!("«{}»\n \n{old}", &new[..new.len() - 1]),
    );
    let lower = NewEntry {
        order: Order::Any,
        version: "0.1".parse().unwrap(),
        ..entry("2")
    };
    check(
        &format!("«»{old}"),
        &|text| text.prepend(&lower),
        &format!("«{}»{old}", new.replace("(2)", "(0.1)")),
    );
}

#[test]
fn the_first_entry_of_all() {
    let named = NewEntry {
        package: Some("aa".parse().unwrap()),
        ..entry("2")
    };
    let text = "aa (2) UNRELEASED; urgency=medium\n\n  * new\n\n -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n";
    for (before, after) in [("", text.to_owned()), ("# vi", format!("# vi\n{text}"))] {
        let result = Changelog::parse(before.as_bytes()).prepend(&named).unwrap();
        assert_eq!(shown(&result), shown(after.as_bytes()));
    }
    assert_eq!(Changelog::parse(b"\n").prepend(&entry("2")), Err(EditError::NoPackage));
}

#[test]
fn entries_by_several_authors_name_them_all() {
    let changes = vec![by("Grace", &["one", "two"]), by("Ada", &["three"]), by("Nobody", &[])];
    let several = NewEntry { changes, ..entry("2") };
    let result = Changelog::parse(BELOW.trim_start().as_bytes())
        .prepend(&several)
        .unwrap();
    let text =
        "a (2) UNRELEASED; urgency=medium\n\n  [ Grace ]\n  * one\n  * two\n\n  [ Ada ]\n  * three\n\n -- Ada <a@b>";
    assert!(
        shown(&result).starts_with(&shown(text.as_bytes())),
        "{}",
        shown(&result)
    );
    let changes = vec![by("Nobody", &[]), by("Ada", &["one"])];
    let one = NewEntry { changes, ..entry("2") };
    let result = Changelog::parse(BELOW.trim_start().as_bytes()).prepend(&one).unwrap();
    assert!(!shown(&result).contains('['), "{}", shown(&result));
}

#[test]
fn versions_rise_unless_told_otherwise() {
    let text = b"a (1.0) b; urgency=low\n";
    let changelog = Changelog::parse(text);
    for lower in ["0.9", "1.0~rc1", "1.0", "1.0-0"] {
        let refused = EditError::NotAbove {
            offered: lower.parse().unwrap(),
            present: "1.0".parse().unwrap(),
        };
        assert_eq!(changelog.prepend(&entry(lower)), Err(refused.clone()), "{lower}");
        let version = lower.parse().unwrap();
        assert_eq!(changelog.set_version(&version, Order::Rising), Err(refused), "{lower}");
        assert!(changelog.set_version(&version, Order::Any).is_ok());
    }
}

#[test]
fn changes_are_added_behind_the_last_one() {
    let add = |author: &'static str| move |text: &Changelog<'_>| text.append(&[by(author, &["new"])]);
    let heading = "a (1) UNRELEASED; urgency=low\n";
    let trailer = " -- Ada <a@b>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    for (before, author, after) in [
        ("\n  * old\n«»\n", "Ada", "\n  * old\n«  * new\n»\n"),
        (
            "\n  * caf\u{e9}\n\n  * old\t \n«»\n\n",
            "Ada",
            "\n  * caf\u{e9}\n\n  * old\t \n«  * new\n»\n\n",
        ),
        ("\n  * old\n«»", "Ada", "\n  * old\n«  * new\n»"),
        (
            "\n«»  * old\n«»\n",
            "Eve",
            "\n«  [ Ada ]\n»  * old\n«\n  [ Eve ]\n  * new\n»\n",
        ),
        (
            "\n  [ Eve ]\n  * old\n«»\n",
            "Eve",
            "\n  [ Eve ]\n  * old\n«  * new\n»\n",
        ),
        (
            "\n  [ Eve ]\n  * old\n«»\n",
            "Ada",
            "\n  [ Eve ]\n  * old\n«\n  [ Ada ]\n  * new\n»\n",
        ),
        ("\n«»\n", "Ada", "\n«  * new\n»\n"),
        ("\n«»", "Ada", "\n«  * new\n\n»"),
        ("«»", "Ada", "«\n  * new\n\n»"),
        ("\n«»\n", "Eve", "\n«  [ Eve ]\n  * new\n»\n"),
        ("\n   \n  *\n«»  \n", "Ada", "\n   \n  *\n«  * new\n»  \n"),
    ] {
        check(
            &format!("{heading}{before}{trailer}"),
            &add(author),
            &format!("{heading}{after}{trailer}"),
        );
    }
}

#[test]
fn changes_for_an_entry_without_a_trailer() {
    let text = b"a (1) UNRELEASED; urgency=low\n\n  * old";
    let result = Changelog::parse(text).append(&[by("Eve", &["new"])]).unwrap();
    assert_eq!(
        shown(&result),
        shown(b"a (1) UNRELEASED; urgency=low\n\n  * old\n  * new\n")
    );
    let result = Changelog::parse(&text[..29]).append(&[by("Eve", &["new"])]).unwrap();
    assert_eq!(shown(&result), shown(b"a (1) UNRELEASED; urgency=low\n\n  * new\n\n"));
}

/// The maintainer's name goes into the heading of the first part as it stands in the file.
#[test]
fn names_in_other_encodings() {
    let text = b"a (1) UNRELEASED; urgency=low\n\n  * b\n\n -- J\xfcrg <j@x>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    let same = Changelog::parse(text).append(&[by("Jürg", &["c"])]).unwrap();
    assert!(shown(&same).contains("* b\\n\n  * c\\n\n"), "{}", shown(&same));
    let other = Changelog::parse(text).append(&[by("Zoë", &["c"])]).unwrap();
    let expected = b"\n\n  [ J\xfcrg ]\n  * b\n\n  [ Zo\xc3\xab ]\n  * c\n\n -- ";
    assert!(shown(&other).contains(&shown(expected)), "{}", shown(&other));
}

#[test]
fn lines_end_before_column_73() {
    #[track_caller]
    fn wrapped(item: &str, lines: &[&str]) {
        let text = b"a (1) UNRELEASED; urgency=low\n\n -- Ada <a@b>  Sun, 09 Oct 2016 15:10:15 +0000\n";
        let result = String::from_utf8(Changelog::parse(text).append(&[by("Ada", &[item])]).unwrap()).unwrap();
        let changes = result.lines().skip(2).take_while(|line| !line.is_empty());
        assert_eq!(changes.collect::<Vec<_>>(), lines);
    }
    let word = "w".repeat(66);
    wrapped("a  b\n\tc", &["  * a b c"]);
    wrapped(&format!("{word} a"), &[&format!("  * {word} a")]);
    wrapped(&format!("{word} ab"), &[&format!("  * {word}"), "    ab"]);
    wrapped(&format!("{word}-a-b"), &[&format!("  * {word}-"), "    a-b"]);
    wrapped(&format!("é {word} a-b"), &[&format!("  * é {word}"), "    a-b"]);
    wrapped(&format!("{word} --ab"), &[&format!("  * {word}"), "    --ab"]);
    let address = format!("https://example.org/{word}-{word}");
    wrapped(
        &format!("see {address} there"),
        &["  * see", &format!("    {address}"), "    there"],
    );
}

#[test]
fn headings() {
    let rest = "\n  * b\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    let (version, target) = ("1:2-3".parse().unwrap(), "bookworm trixie".parse().unwrap());
    for (before, after) in [
        ("a («1») UNRELEASED; urgency=low", "a («1:2-3») UNRELEASED; urgency=low"),
        (
            "A+ («1»)  b\tc;x-y=z,urgency=low ",
            "A+ («1:2-3»)  b\tc;x-y=z,urgency=low ",
        ),
    ] {
        check(
            &format!("{before}\n{rest}"),
            &|text| text.set_version(&version, Order::Rising),
            &format!("{after}\n{rest}"),
        );
    }
    for (before, after) in [
        (
            "a (1) «UNRELEASED»; urgency=low",
            "a (1) «bookworm trixie»; urgency=low",
        ),
        ("a (1) \t«b c  d»;urgency=low", "a (1) \t«bookworm trixie»;urgency=low"),
    ] {
        check(
            &format!("{before}\n{rest}"),
            &|text| text.set_distributions(&target),
            &format!("{after}\n{rest}"),
        );
    }
    for (before, after) in [
        ("a (1) b; urgency=«low»", "a (1) b; urgency=«critical»"),
        (
            "a (1) b; URGENCY= «LOW» (HIGH for you)",
            "a (1) b; URGENCY= «critical» (HIGH for you)",
        ),
        (
            "a (1) b; binary-only=yes, urgency=«low», x-y=z",
            "a (1) b; binary-only=yes, urgency=«critical», x-y=z",
        ),
    ] {
        check(
            &format!("{before}\n{rest}"),
            &|text| text.set_urgency(Urgency::Critical),
            &format!("{after}\n{rest}"),
        );
    }
}

#[test]
fn releases() {
    let target: Distributions = "staging".parse().unwrap();
    let release: Edit<'_> = &|text| text.release(&target, &ada(), at());
    let changes = "urgency=low\n\n  * caf\u{e9}\n\n";
    check(
        &format!("a (1) «UNRELEASED»; {changes}« -- Ada <x@y> Sun, 9 Oct 2016 15:10:15 +0200»  \n"),
        release,
        &format!("a (1) «staging»; {changes}« -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000»  \n"),
    );
    check(
        "a (1) «UNRELEASED»; urgency=low\n\n«»  * b\n\n« -- J\u{fc}rg <j@x> Sun, 9 Oct 2016 15:10:15 +0200»\n",
        release,
        "a (1) «staging»; urgency=low\n\n«  [ J\u{fc}rg ]\n»  * b\n\n\
         « -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000»\n",
    );
    let sections = "\n  [ Eve ]\n  * b\n\n";
    check(
        &format!("a (1) «UNRELEASED»; urgency=low\n{sections}« -- Eve <e@f>  Sun, 9 Oct 2016 15:10:15 +0200»\n"),
        release,
        &format!("a (1) «staging»; urgency=low\n{sections}« -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000»\n"),
    );
    check(
        "a (1) «UNRELEASED»; urgency=low\n\n  * b\n«»",
        release,
        "a (1) «staging»; urgency=low\n\n  * b\n«\n -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n»",
    );
}

#[test]
fn what_cannot_be_released_or_added_to() {
    let target: Distributions = "staging".parse().unwrap();
    let released = Changelog::parse(b"a (1) b c; urgency=low\n");
    let refused = EditError::Released {
        version: "1".parse().unwrap(),
        distributions: "b c".to_owned(),
    };
    assert_eq!(released.release(&target, &ada(), at()), Err(refused.clone()));
    assert_eq!(released.append(&[by("Ada", &["x"])]), Err(refused));
    let open = Changelog::parse(b"\na (1) UNRELEASED; urgency=low\n\n  * b\n\n -- C <c@d>   Sun\n");
    let distributions = Distributions::unreleased();
    let error = open.release(&distributions, &ada(), at()).unwrap_err();
    assert_eq!(error, EditError::NotForRelease { distributions });
    let error = open.release(&target, &ada(), at()).unwrap_err();
    assert_eq!(error, EditError::Trailer { line: 6 });
    assert_eq!(open.append(&[by("Ada", &["x"])]), Err(EditError::Trailer { line: 6 }));
    assert_eq!(open.append(&[by("Ada", &[])]), Err(EditError::NoChanges));
}

#[test]
fn nothing_is_changed_where_the_head_is_not_understood() {
    for text in [
        "<<<<<<< HEAD\na (1) UNRELEASED; urgency=low\n",
        "a (v1) UNRELEASED; urgency=low\n",
        "a (1) UNRELEASED;\n",
        "Old Changelog:\n",
        "  * b\n",
    ] {
        let changelog = Changelog::parse(text.as_bytes());
        let unusable = EditError::Head(head(text.as_bytes()).unwrap_err());
        let target = "staging".parse().unwrap();
        for result in [
            changelog.prepend(&entry("2")),
            changelog.append(&[by("Ada", &["x"])]),
            changelog.set_version(&"2".parse().unwrap(), Order::Rising),
            changelog.set_distributions(&target),
            changelog.set_urgency(Urgency::High),
            changelog.release(&target, &ada(), at()),
            changelog.snapshot(&entry("2")),
        ] {
            assert_eq!(result, Err(unusable.clone()), "{text}");
        }
    }
}

#[test]
fn snapshots() {
    let snapshot = NewEntry {
        distributions: "development".parse().unwrap(),
        ..entry("1~20161010120000+git1233451abcd")
    };
    let make: Edit<'_> = &|text| text.snapshot(&snapshot);
    let changes = "urgency=low\n\n  * caf\u{e9}\n\n -- J\u{fc}rg <j@x>";
    let new = "a («1~20161010120000+git1233451abcd») «development»; ";
    for old in [
        "a («1») «UNRELEASED»; ",
        "a («1~20161009151015+git1233451abcd») «development»; ",
    ] {
        check(
            &format!("{old}{changes}«  Sun, 09 Oct 2016 15:10:15 +0000»\n"),
            make,
            &format!("{new}{changes}«  Mon, 10 Oct 2016 12:00:00 +0000»\n"),
        );
    }
    check(
        "a («1») «UNRELEASED»; urgency=low\n\n  * b\n«»",
        make,
        &format!("{new}urgency=low\n\n  * b\n«\n -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n»"),
    );
    let after = NewEntry {
        version: "1+0~20161010120000+git1233451abcd".parse().unwrap(),
        ..snapshot.clone()
    };
    let entry = "a (1+0~20161010120000+git1233451abcd) development; urgency=medium\n\n  * new\n\n \
                 -- Ada <a@b>  Mon, 10 Oct 2016 12:00:00 +0000\n\n";
    let released = "a (1) staging; urgency=low\n\n  * b\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    check(
        &format!("«»{released}"),
        &|text| text.snapshot(&after),
        &format!("«{entry}»{released}"),
    );
    let published = format!(
        "{}{}",
        released.replace("staging", "UNRELEASED"),
        BELOW.replace("0.9", "1~rc1")
    );
    let refused = Changelog::parse(published.as_bytes()).snapshot(&snapshot).unwrap_err();
    assert!(matches!(refused, EditError::NotAbove { .. }), "{refused}");
}

#[test]
fn following_versions() {
    for (version, follows) in [
        ("1.9", "1.10"),
        ("1.09", "1.10"),
        ("1.99", "1.100"),
        ("1.009", "1.010"),
        ("1.0~rc1", "1.0~rc2"),
        ("1.0-1", "1.0-2"),
        ("1.0-1.1", "1.0-2"),
        ("1.0-9.9", "1.0-10"),
        ("1.0-1+b1", "1.0-1+b2"),
        ("1.0-1~bpo12+1", "1.0-1~bpo12+2"),
        ("2:1.0+nmu1", "2:1.0+nmu2"),
        ("9999999999999999999999999", "10000000000000000000000000"),
    ] {
        let text = format!("a ({version}) b; urgency=low\n");
        let next = head(text.as_bytes()).unwrap().following_version().unwrap();
        assert_eq!(next.as_str(), follows, "{version}");
        assert!(next > version.parse().unwrap());
    }
    for version in ["1.0a", "1.0z", "1.0ubuntu", "1.0+", "1.0~"] {
        let text = format!("a ({version}) b; urgency=low\n");
        assert_eq!(head(text.as_bytes()).unwrap().following_version(), None, "{version}");
    }
}

/// Whatever stands in the file, other entries keep every byte and the first is what was asked for.
#[test]
fn edits_of_damaged_files() {
    let first = BELOW.trim_start().replace("0.9", "1").replace("staging", "UNRELEASED");
    let text = format!("# c\n{first}{BELOW}{BELOW}").into_bytes();
    let target: Distributions = "staging".parse().unwrap();
    let edits: [(usize, Edit<'_>); 7] = [
        (1, &|text| text.prepend(&entry("9"))),
        (0, &|text| text.append(&[by("Ada", &["x", "y"]), by("C", &["z"])])),
        (0, &|text| text.set_version(&"9".parse().unwrap(), Order::Any)),
        (0, &|text| text.set_distributions(&target)),
        (0, &|text| text.set_urgency(Urgency::High)),
        (0, &|text| text.release(&target, &ada(), at())),
        (0, &|text| text.snapshot(&entry("9"))),
    ];
    for place in 0..text.len() {
        for byte in [0, b'\n', b'\r', b' ', b';', b'(', b'<', b'>', b',', b'-', 0xe9] {
            let mut damaged = text.clone();
            damaged[place] = byte;
            let before = Changelog::parse(&damaged);
            for (more, edit) in edits {
                let Ok(result) = edit(&before) else { continue };
                let after = Changelog::parse(&result);
                let seen = |changelog: &Changelog<'_>, skip| -> Vec<Vec<u8>> {
                    changelog
                        .entries()
                        .iter()
                        .skip(skip)
                        .map(|entry| entry.text().to_owned())
                        .collect()
                };
                let on_top = usize::from(before.entries()[0].is_released()) | more;
                let more = after.entries().len() - before.entries().len();
                assert!(more <= on_top, "{}", shown(&result));
                assert_eq!(seen(&after, 1 + more), seen(&before, 1), "{}", shown(&result));
                assert!(head(&result).is_ok(), "{}", shown(&result));
                assert!(faults(&after) <= faults(&before), "{}", shown(&result));
            }
        }
    }
}
