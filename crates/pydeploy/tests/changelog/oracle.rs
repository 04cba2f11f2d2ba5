//! What dpkg finds in the same files.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pydeploy::changelog::{Changelog, Diagnostic, Entry, Severity, head};

use crate::cases::cases;
use crate::need;

/// Whether dpkg's parser is there.
pub(crate) fn installed() -> bool {
    let there = Command::new("dpkg-parsechangelog").arg("--version").output().is_ok();
    there || need::skip("dpkg-parsechangelog, of package dpkg-dev")
}

/// What the modules behind `dpkg-parsechangelog` make of a file.
#[derive(Debug, Default)]
pub(crate) struct Theirs {
    /// Source, version and urgency of the first entry, or that there is none.
    head: String,
    /// Package, version, distributions, urgency and date of those that have a heading of their own.
    entries: Vec<String>,
    /// Lines with a warning, and its text.
    warnings: Vec<(usize, String)>,
}

/// Asks one process about all files, because it takes longer to start than to read.
pub(crate) fn parsed_by_dpkg<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Vec<Theirs> {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, bytes) in files.into_iter().enumerate() {
        std::fs::write(folder.path().join(format!("{at:06}")), bytes).expect("written");
    }
    let output = run(folder.path());
    let mut all = Vec::new();
    for line in output.split(|&b| b == b'\n').map(decoded) {
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        if word == "FILE" {
            all.push(Theirs::default());
        }
        let Some(file) = all.last_mut() else { continue };
        match word {
            "HEAD" => rest.clone_into(&mut file.head),
            "ENTRY" => file.entries.push(rest.to_owned()),
            "WARNING" => {
                let (line, text) = rest.split_once(' ').expect("a line and a text");
                file.warnings.push((line.parse().expect("a number"), text.to_owned()));
            }
            _ => {}
        }
    }
    all
}

fn run(folder: &Path) -> Vec<u8> {
    const SCRIPT: &str = r##"
        use Dpkg::Changelog::Debian;
        use Dpkg::Changelog::Parse;
        sub one_line { my $text = join("|", map { $_ // "" } @_); $text =~ tr/\n/?/; return $text }
        for my $file (sort glob "$ARGV[0]/*") {
            print "FILE $file\n";
            my $head = eval { changelog_parse(file => $file, verbose => 0, compression => 0) };
            print "HEAD ", $head ? one_line(@{$head}{qw(Source Version Urgency)}) : "none", "\n";
            my $changelog = Dpkg::Changelog::Debian->new(verbose => 0);
            $changelog->load($file, compression => 0);
            for my $entry (@{$changelog->{data}}) {
                # Without a heading of its own, an entry was made up.
                next unless defined $entry->get_source();
                my $time = $entry->get_timepiece();
                print "ENTRY ", one_line($entry->get_source(), $entry->get_version(),
                    join(" ", $entry->get_distributions()), scalar $entry->get_urgency(),
                    defined $time ? $time->epoch : ""), "\n";
            }
            print "WARNING $_->[1] ", one_line($_->[2]), "\n" for $changelog->get_parse_errors();
        }
    "##;
    let mut perl = Command::new("perl");
    let output = perl.args(["-e", SCRIPT]).arg(folder).output().expect("perl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// As we do: what is not UTF-8 is Latin-1.
fn decoded(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().copied().map(char::from).collect(),
    }
}

fn entries(changelog: &Changelog<'_>) -> Vec<String> {
    let line = |entry: &Entry<'_>| {
        let version = entry.version().map(|version| version.to_string()).unwrap_or_default();
        let distributions: Vec<&str> = entry.distributions().collect();
        let date = entry.date().map(|date| date.to_string()).unwrap_or_default();
        let (package, urgency) = (entry.package(), entry.urgency().unwrap_or_default());
        format!("{package}|{version}|{}|{urgency}|{date}", distributions.join(" "))
    };
    changelog.entries().iter().map(line).collect()
}

/// Whether we refuse a head because something stands before it, where dpkg may go on to it.
fn is_preceded(bytes: &[u8]) -> bool {
    let changelog = Changelog::parse(bytes);
    let before = |entry: &Entry<'_>| head(bytes).is_err_and(|error| error.line() < entry.line());
    changelog.entries().first().is_some_and(before)
}

/// What the modules accept by accident: versions that dpkg itself refuses, and `urgency-=low` for the urgency.
fn is_accident(bytes: &[u8]) -> bool {
    let changelog = Changelog::parse(bytes);
    let refused = |entry: &Entry<'_>| entry.version_text().contains(':') && entry.version().is_err();
    changelog.entries().iter().any(refused) || bytes.windows(2).any(|pair| pair == b"-=")
}

/// Where we and dpkg differ about a file: nothing, or what they say.
pub(crate) fn differences(bytes: &[u8], theirs: &Theirs) -> Vec<String> {
    let changelog = Changelog::parse(bytes);
    let found = changelog.check();
    let mut differences = Vec::new();
    let ours = entries(&changelog);
    let says = |words: &str| found.iter().any(|found| found.to_string().starts_with(words));
    let without_date = says("no such day or time") || says("trailer where next heading");
    let mut pairs = ours.iter().zip(&theirs.entries);
    if ours.len() != theirs.entries.len() || !pairs.all(|(a, b)| same_entry(a, b, without_date)) {
        differences.push(format!("entries: {ours:?}, dpkg {:?}", theirs.entries));
    }
    let lines = warned(bytes, &changelog, &found);
    if lines != theirs.lines() {
        let found: Vec<String> = found
            .iter()
            .map(|found| format!("{}: {found}", found.severity()))
            .collect();
        differences.push(format!("warnings: {found:#?}, dpkg {:#?}", theirs.warnings));
    }
    let head = head(bytes).map(|head| format!("{}|{}|{}", head.package, head.version, head.urgency));
    match &head {
        Ok(head) if *head == theirs.head => {}
        Err(_) if theirs.head_is_unusable() => {}
        _ => differences.push(format!("head: {head:?}, dpkg {:?}", theirs.head)),
    }
    differences
}

/// Whether these are the same but for versions that only the modules accept, of which dpkg itself refuses to install a
/// package, and days that only the modules know; after a second trailer without a date they keep the first one's.
fn same_entry(ours: &str, theirs: &str, without_date: bool) -> bool {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.split('|').collect(), theirs.split('|').collect());
    let same = |at: usize| ours[at] == theirs[at];
    let version = same(1) || ours[1].is_empty() && theirs[1].contains(':');
    let date = same(4) || without_date && ours[4].is_empty();
    same(0) && version && same(2) && same(3) && date
}

/// The line that stands for the end of the file and for the beginning of the tail, where dpkg has other numbers.
const END: usize = usize::MAX;

/// Lines about which dpkg should have warned too.
fn warned(bytes: &[u8], changelog: &Changelog<'_>, found: &[Diagnostic]) -> BTreeSet<usize> {
    let before = &bytes[..bytes.len() - changelog.tail().len()];
    let end = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let tail = !changelog.tail().is_empty();
    let warned = |found: &&Diagnostic| {
        let silent = found.to_string().starts_with("heading without an urgency");
        found.severity() > Severity::Notice && !silent
    };
    let line = |found: &Diagnostic| {
        let ended = found.to_string().starts_with("end of file") || tail && found.line() == end;
        if ended { END } else { found.line() }
    };
    found.iter().filter(warned).map(line).collect()
}

impl Theirs {
    fn lines(&self) -> BTreeSet<usize> {
        let line = |(line, text): &(usize, String)| {
            if text.starts_with("found end of file") {
                END
            } else {
                *line
            }
        };
        self.warnings.iter().map(line).collect()
    }

    fn head_is_unusable(&self) -> bool {
        self.head == "none" || self.head.split('|').any(|field| field == "unknown")
    }
}

/// Cases in which we mean to differ from the modules, and why.
const DIFFERENT: [(&str, &str); 9] = [
    ("heading: package of one zero", "0 is false in Perl"),
    ("options: urgency zero", "0 is false in Perl"),
    ("version: epoch alone", "dpkg itself refuses the version"),
    ("version: epoch too large", "dpkg itself refuses the version"),
    ("version: colon in the revision", "dpkg itself refuses the version"),
    (
        "file: conflict marker first",
        "nothing may stand before the first heading",
    ),
    ("file: title first", "nothing may stand before the first heading"),
    ("file: Emacs line first", "nothing may stand before the first heading"),
    (
        "file: another format asked for",
        "the head is read without looking at the end",
    ),
];

fn is_different(name: &str) -> bool {
    DIFFERENT.iter().any(|(different, _)| *different == name)
}

#[test]
fn dpkg_reads_damaged_files_as_we_do() {
    if !installed() {
        return;
    }
    let cases = cases();
    let theirs = parsed_by_dpkg(cases.iter().map(|case| &*case.bytes));
    assert_eq!(theirs.len(), cases.len());
    for (case, theirs) in cases.iter().zip(&theirs) {
        let found = differences(&case.bytes, theirs);
        assert_eq!(
            !found.is_empty(),
            is_different(case.name),
            "{}: {}",
            case.name,
            found.join("\n")
        );
    }
    let named = |(name, _): &(&str, &str)| cases.iter().any(|case| case.name == *name);
    assert!(DIFFERENT.iter().all(named));
}

/// Damage on damage, the same in every run.
#[test]
fn dpkg_reads_what_is_damaged_again_as_we_do() {
    if !installed() {
        return;
    }
    let mut random = Random(20_161_009);
    let good = cases().into_iter().filter(|case| !is_different(case.name));
    let files: Vec<_> = good
        .flat_map(|case| {
            (0..12)
                .map(|_| damaged_again(&case.bytes, &mut random))
                .collect::<Vec<_>>()
        })
        .filter(|file| !is_accident(file))
        .collect();
    let theirs = parsed_by_dpkg(files.iter().map(Vec::as_slice));
    for (file, theirs) in files.iter().zip(&theirs) {
        let mut found = differences(file, theirs);
        if is_preceded(file) {
            found.retain(|difference| !difference.starts_with("head: Err"));
        }
        let text = String::from_utf8_lossy(file);
        assert!(found.is_empty(), "{text:?}: {}", found.join("\n"));
    }
}

struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) as usize % end
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// Lines that mean something, each beside others that nearly do.
const LINES: [&str; 34] = [
    "demo (0.7) unstable; urgency=low",
    "demo (0.7) unstable stable; urgency=low, binary-only=yes",
    "  * A change.",
    "",
    " ",
    " x",
    "\tx",
    " -- A <b>  Sun, 09 Oct 2016 15:10:15 +0000",
    " -- A <b> 9 Oct 2016 15:10:15 -0130",
    " --",
    "# comment",
    "#",
    "$Id$",
    "$Id: x $",
    "/* */",
    "vim:",
    "; Local variables:",
    ";;Local Variables:",
    "Mon Jan  1 12:00:00 MET 1996  Name <mail>",
    "Mon Jan 1 1:0:0 1996 1997 Name (mail)",
    "Mon Jan 1 1:0 1996  Name <mail>",
    "Mon Jan 1, 1996  Name <mail>",
    "Mon Jan 11996  <mail>",
    "foo (1.0)",
    "foo (1.0",
    "foo-1.0 Debian 1",
    "foo bar Debian 1",
    "debian debian debian x",
    "foo -1 Debian  1",
    "Changes from version 1 to 2:",
    "Changes for foo-1:",
    "old changelog: ",
    "1:1.0:",
    "a_b~c",
];

fn damaged_again(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=random.below(2) {
        let at = random.below(lines.len() + 1);
        match random.below(6) {
            0 => lines.insert(at, format!("{}\n", random.of(&LINES)).into_bytes()),
            1 if at < lines.len() => drop(lines.remove(at)),
            2 if at + 1 < lines.len() => lines.swap(at, at + 1),
            3 if at < lines.len() => lines.insert(at, lines[at].clone()),
            _ if at < lines.len() => damage_line(&mut lines[at], random),
            _ => {}
        }
    }
    lines.concat()
}

fn damage_line(line: &mut Vec<u8>, random: &mut Random) {
    const BYTES: &[u8] = b" \t\n\r\0\x0b-_();,<>=#:+~.@aZ19\xe9\xa0";
    let at = random.below(line.len().max(1));
    if at == line.len() {
        return;
    }
    let byte = BYTES[random.below(BYTES.len())];
    match random.below(4) {
        0 => drop(line.remove(at)),
        1 => line.insert(at, byte),
        2 => line.insert(at, line[at]),
        _ => line[at] = byte,
    }
}
