//! What one line of a requirements file says.

use super::RequirementProblem;
use super::lines::words;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// A requirement, a path or a URL, and the values of its `--hash`.
    Requirement {
        text: String,
        hashes: Vec<String>,
    },
    /// A folder or a repository to install as it lies there.
    Editable(String),
    Include(String),
    Constraints(String),
    Index(String),
    ExtraIndex(String),
    FindLinks(String),
    NoIndex,
    NoBinary(String),
    OnlyBinary(String),
}

/// The options that a file can have besides requirements. Those that say nothing to who reads a lock are passed over:
/// pre-releases are pinned or not, hashes are always required, certificates always checked.
const OPTIONS: [(&str, &str, Kind); 17] = [
    ("-r", "--requirement", Kind::Value(Statement::Include)),
    ("-c", "--constraint", Kind::Value(Statement::Constraints)),
    ("-e", "--editable", Kind::Value(Statement::Editable)),
    ("-i", "--index-url", Kind::Value(Statement::Index)),
    ("", "--pypi-url", Kind::Value(Statement::Index)),
    ("", "--extra-index-url", Kind::Value(Statement::ExtraIndex)),
    ("-f", "--find-links", Kind::Value(Statement::FindLinks)),
    ("", "--no-binary", Kind::Value(Statement::NoBinary)),
    ("", "--only-binary", Kind::Value(Statement::OnlyBinary)),
    ("", "--no-index", Kind::NoIndex),
    ("", "--pre", Kind::Nothing),
    ("", "--all-releases", Kind::NothingWithValue),
    ("", "--only-final", Kind::NothingWithValue),
    ("", "--prefer-binary", Kind::Nothing),
    ("", "--require-hashes", Kind::Nothing),
    ("", "--trusted-host", Kind::NothingWithValue),
    ("", "--use-feature", Kind::NothingWithValue),
];

#[derive(Clone, Copy)]
enum Kind {
    Value(fn(String) -> Statement),
    NoIndex,
    Nothing,
    NothingWithValue,
}

pub(super) fn read(line: &str) -> Result<Vec<Statement>, RequirementProblem> {
    let (text, options) = split(line);
    let mut words = Words(words(options)?.into_iter());
    match text {
        "" => words.options(),
        _ => Ok(vec![Statement::Requirement {
            text: text.to_owned(),
            hashes: words.hashes()?,
        }]),
    }
}

/// The requirement, and its options: from the first word on that starts with `-`.
fn split(line: &str) -> (&str, &str) {
    let starts = line.match_indices('-').map(|(at, _)| at);
    let is_word = |&at: &usize| at == 0 || line[..at].ends_with(char::is_whitespace);
    let (text, options) = line.split_at({ starts }.find(is_word).unwrap_or(line.len()));
    (text.trim_end(), options)
}

struct Words(std::vec::IntoIter<String>);

impl Words {
    fn options(&mut self) -> Result<Vec<Statement>, RequirementProblem> {
        let mut statements = Vec::new();
        while let Some(word) = self.0.next() {
            let (kind, value) = known(&word).ok_or_else(|| RequirementProblem::Option(shown(&word)))?;
            match kind {
                Kind::NoIndex if value.is_none() => statements.push(Statement::NoIndex),
                Kind::Nothing if value.is_none() => {}
                Kind::NoIndex | Kind::Nothing => return Err(RequirementProblem::Option(word)),
                Kind::Value(make) => statements.push(make(self.value(&word, value)?)),
                Kind::NothingWithValue => drop(self.value(&word, value)?),
            }
        }
        Ok(statements)
    }

    fn hashes(&mut self) -> Result<Vec<String>, RequirementProblem> {
        let mut hashes = Vec::new();
        while let Some(word) = self.0.next() {
            let value = match word.strip_prefix("--hash") {
                Some("") => self.value(&word, None)?,
                Some(value) if value.starts_with('=') => value[1..].to_owned(),
                _ => return Err(RequirementProblem::OptionOfRequirement(shown(&word))),
            };
            hashes.push(value);
        }
        Ok(hashes)
    }

    fn value(&mut self, option: &str, value: Option<String>) -> Result<String, RequirementProblem> {
        let found = value.or_else(|| self.0.next()).filter(|value| !value.is_empty());
        found.ok_or_else(|| RequirementProblem::NoValue(option.to_owned()))
    }
}

/// The kind of an option, and its value where that is in the same word: `--option=value`, `-ovalue`.
fn known(word: &str) -> Option<(Kind, Option<String>)> {
    let (name, value) = match word.split_once('=').filter(|_| word.starts_with("--")) {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    let long = OPTIONS.iter().find(|(short, long, _)| *long == name || *short == name);
    if let Some((_, _, kind)) = long.filter(|_| !name.is_empty()) {
        return Some((*kind, value));
    }
    let short = OPTIONS
        .iter()
        .find(|(short, ..)| !short.is_empty() && word.starts_with(short));
    short.map(|(short, _, kind)| (*kind, Some(word[short.len()..].to_owned())))
}

/// The option without its value, which can hold a password.
fn shown(word: &str) -> String {
    word.split('=').next().unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::Statement as S;
    use super::*;

    #[test]
    fn lines_are_understood() {
        let requirement = |text: &str, hashes: &[&str]| S::Requirement {
            text: text.to_owned(),
            hashes: hashes.iter().map(|&hash| hash.to_owned()).collect(),
        };
        for (line, expect) in [
            ("a==1", vec![requirement("a==1", &[])]),
            (
                "a-b==1 ; x --hash=sha256:0  --hash sha256:1",
                vec![requirement("a-b==1 ; x", &["sha256:0", "sha256:1"])],
            ),
            (
                "./a-1.whl\t--hash=sha256:0",
                vec![requirement("./a-1.whl", &["sha256:0"])],
            ),
            ("-r base.txt", vec![S::Include("base.txt".into())]),
            ("-rbase.txt", vec![S::Include("base.txt".into())]),
            ("--requirement=base.txt", vec![S::Include("base.txt".into())]),
            ("-c c.txt", vec![S::Constraints("c.txt".into())]),
            ("-e .", vec![S::Editable(".".into())]),
            ("-i https://h/?a=b", vec![S::Index("https://h/?a=b".into())]),
            ("--pypi-url https://h", vec![S::Index("https://h".into())]),
            (
                "--index-url=https://h --extra-index-url https://i",
                vec![S::Index("https://h".into()), S::ExtraIndex("https://i".into())],
            ),
            ("--find-links 'a b'", vec![S::FindLinks("a b".into())]),
            ("-fwheels", vec![S::FindLinks("wheels".into())]),
            ("--no-index", vec![S::NoIndex]),
            ("--no-binary=a,b", vec![S::NoBinary("a,b".into())]),
            ("--only-binary :all:", vec![S::OnlyBinary(":all:".into())]),
            ("--pre", vec![]),
            ("--trusted-host h --require-hashes", vec![]),
        ] {
            assert_eq!(read(line), Ok(expect), "{line}");
        }
    }

    #[test]
    fn lines_that_are_not_understood_name_the_option() {
        use RequirementProblem as P;
        for (line, expect) in [
            ("--unknown=secret", P::Option("--unknown".into())),
            ("-x", P::Option("-x".into())),
            ("--no-index=yes", P::Option("--no-index=yes".into())),
            ("-r", P::NoValue("-r".into())),
            ("--index-url=", P::NoValue("--index-url=".into())),
            ("a==1 --hash", P::NoValue("--hash".into())),
            (
                "a==1 --config-settings=x",
                P::OptionOfRequirement("--config-settings".into()),
            ),
            ("a==1 -r b", P::OptionOfRequirement("-r".into())),
            ("a==1 --hash='x", P::Quote),
        ] {
            assert_eq!(read(line), Err(expect), "{line}");
        }
    }
}
