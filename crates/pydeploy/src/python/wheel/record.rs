//! RECORD: read with suspicion, written anew.

use std::collections::BTreeMap;

use super::archive::Archive;
use super::error::{RecordProblem, WheelProblem};
use super::metadata::DistInfo;
use crate::digest::Sha256;

/// What a wheel's RECORD says about each member, by number; `None` for those that it cannot list: itself, its
/// signatures, folders.
#[derive(Debug)]
pub(super) struct Record(Vec<Option<Sha256>>);

/// A line: path, hash, size.
pub(super) type Row = [String; 3];

impl Record {
    /// Reads the RECORD; every member has a row, every row a member.
    pub(super) fn read(archive: &Archive, dist_info: &DistInfo) -> Result<Self, WheelProblem> {
        let mut rows = listed(archive, dist_info)?;
        let mut digests = Vec::with_capacity(archive.members().len());
        for member in archive.members() {
            let row = rows.remove(&member.name);
            digests.push(match member.is_dir() || is_record(&member.name, &dist_info.folder) {
                true => None,
                false => Some(digest(&member.name, member.size, row)?),
            });
        }
        match rows.into_keys().next() {
            Some(path) => Err(wrong(&path, RecordProblem::NoSuchMember)),
            None => Ok(Self(digests)),
        }
    }

    /// One that says what the members have.
    pub(super) fn of(digests: Vec<Option<Sha256>>) -> Self {
        Self(digests)
    }

    /// The digest that a member has to have; `None` for the RECORD, its signatures and folders.
    pub(super) fn sha256(&self, member: usize) -> Option<Sha256> {
        self.0[member]
    }

    /// Checks the bytes of a member.
    pub(super) fn check(&self, archive: &Archive, member: usize, bytes: &[u8]) -> Result<(), WheelProblem> {
        match self.sha256(member) {
            Some(_) => self.check_digest(archive, member, Sha256::of(bytes)),
            None => Ok(()),
        }
    }

    /// The same for bytes whose digest is known.
    pub(super) fn check_digest(&self, archive: &Archive, member: usize, actual: Sha256) -> Result<(), WheelProblem> {
        match self.sha256(member) {
            None => Ok(()),
            Some(expected) if actual == expected => Ok(()),
            Some(expected) => Err(other_bytes(&archive.members()[member].name, expected, actual)),
        }
    }
}

/// Hash and size by path.
pub(super) type Rows = BTreeMap<String, (String, String)>;

/// What is listed of members. A signature that was dropped may leave its row.
pub(super) fn listed(archive: &Archive, dist_info: &DistInfo) -> Result<Rows, WheelProblem> {
    let name = format!("{}/RECORD", dist_info.folder);
    let Some(number) = archive.find(&name) else {
        return Err(WheelProblem::Missing { member: name });
    };
    let text = String::from_utf8_lossy(&archive.read(number)?).into_owned();
    let mut rows = index(parse(&text).map_err(|line| wrong(&name, RecordProblem::Syntax(line)))?)?;
    rows.retain(|path, _| !is_record(path, &dist_info.folder));
    Ok(rows)
}

/// Checks the row of a member whose bytes are known.
pub(super) fn compared(
    name: &str,
    size: u64,
    row: Option<(String, String)>,
    actual: Sha256,
) -> Result<(), WheelProblem> {
    match digest(name, size, row)? {
        expected if expected == actual => Ok(()),
        expected => Err(other_bytes(name, expected, actual)),
    }
}

fn other_bytes(name: &str, expected: Sha256, actual: Sha256) -> WheelProblem {
    wrong(name, RecordProblem::Hash { expected, actual })
}

fn wrong(path: &str, problem: RecordProblem) -> WheelProblem {
    WheelProblem::Record {
        path: path.to_owned(),
        problem,
    }
}

/// Whether a member is the RECORD or one of its signatures, which it does not vouch for.
pub(super) fn is_record(name: &str, folder: &str) -> bool {
    let file = name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    matches!(file, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"))
}

fn index(rows: Vec<Row>) -> Result<Rows, WheelProblem> {
    let mut index = BTreeMap::new();
    for [path, hash, size] in rows {
        let row = (hash, size);
        match index.insert(path.clone(), row.clone()) {
            Some(before) if before != row => return Err(wrong(&path, RecordProblem::Contradictory)),
            _ => {}
        }
    }
    Ok(index)
}

fn digest(name: &str, found: u64, row: Option<(String, String)>) -> Result<Sha256, WheelProblem> {
    let check = || {
        let (hash, size) = row.ok_or(RecordProblem::NotListed)?;
        let sha256 = parse_hash(&hash)?;
        match size.is_empty() || size.parse() == Ok(found) {
            true => Ok(sha256),
            false => Err(RecordProblem::Size { listed: size, found }),
        }
    };
    check().map_err(|problem| wrong(name, problem))
}

pub(super) fn parse_hash(text: &str) -> Result<Sha256, RecordProblem> {
    if text.is_empty() {
        return Err(RecordProblem::NoHash);
    }
    text.strip_prefix("sha256=")
        .and_then(|digits| from_base64(digits.trim_end_matches('=')))
        .map(Sha256::from_bytes)
        .ok_or_else(|| RecordProblem::NotSha256(text.to_owned()))
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// 43 digits of URL-safe base64 (RFC 4648, section 5) are 32 bytes and two bits of 0.
fn from_base64(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 43 {
        return None;
    }
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::with_capacity(32));
    for digit in digits.bytes() {
        let value = BASE64.iter().position(|&b| b == digit)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    if bits & 0b11 != 0 {
        return None;
    }
    bytes.try_into().ok()
}

fn to_base64(bytes: &[u8; 32]) -> String {
    let (mut bits, mut count, mut digits) = (0_u32, 0, String::with_capacity(43));
    let digit = |bits: u32| char::from(BASE64[(bits & 63) as usize]);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            digits.push(digit(bits >> count));
        }
    }
    digits.push(digit(bits << 2));
    digits
}

/// The row of an installed file.
pub(super) fn row(path: &str, sha256: &Sha256, size: u64) -> String {
    format!("{},sha256={},{size}\n", quoted(path), to_base64(sha256.as_bytes()))
}

/// The row of the RECORD itself.
pub(super) fn own_row(path: &str) -> String {
    format!("{},,\n", quoted(path))
}

/// As Python's `csv` quotes: only where it must.
fn quoted(field: &str) -> String {
    if !field.contains([',', '"', '\n', '\r']) {
        return field.to_owned();
    }
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// CSV with three columns; the number of the first line that is not.
pub(super) fn parse(text: &str) -> Result<Vec<Row>, usize> {
    let text = text.trim_start_matches('\u{feff}');
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.is_empty());
    lines.map(|(line, number)| parse_row(line).ok_or(number)).collect()
}

/// Names of members hold no newline, so a row is a line.
fn parse_row(line: &str) -> Option<Row> {
    let mut rest = line;
    let mut fields = Vec::new();
    loop {
        let (field, after) = parse_field(rest)?;
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return fields.try_into().ok(),
            None => return None,
        }
    }
}

fn parse_field(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut field = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_base64() {
        let digest = Sha256::of(b"x");
        let text = to_base64(digest.as_bytes());
        assert_eq!(text, "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE");
        assert_eq!(from_base64(&text), Some(*digest.as_bytes()));
        assert_eq!(from_base64(&text[1..]), None);
        assert_eq!(from_base64(&text.replace('X', "+")), None);
    }

    #[test]
    fn rows_are_csv() {
        for (line, expect) in [
            ("a.py,sha256=x,1", Some(["a.py", "sha256=x", "1"])),
            ("a.py,,", Some(["a.py", "", ""])),
            (r#""a,""b"".py",h,2"#, Some([r#"a,"b".py"#, "h", "2"])),
            ("a.py,h", None),
            ("a.py,h,1,2", None),
            (r#""a.py,h,1"#, None),
            (r#""a"b,h,1"#, None),
        ] {
            assert_eq!(parse_row(line), expect.map(|row| row.map(str::to_owned)), "{line}");
        }
        assert_eq!(quoted(r#"a,"b".py"#), r#""a,""b"".py""#);
    }
}
