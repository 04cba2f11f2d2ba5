//! Names and passwords by host, as `netrc` files hold them.

use std::fmt;
use std::path::Path;

use super::error::FetchError;
use crate::sys::files;

/// The entries of a `netrc` file. Never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Netrc(Vec<Entry>);

#[derive(Clone, Default, PartialEq, Eq)]
struct Entry {
    /// `None` for `default`.
    machine: Option<String>,
    login: String,
    password: String,
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Netrc({} entries)", self.0.len())
    }
}

impl Netrc {
    /// Reads the file at `path`; without one, there are no entries.
    pub(super) fn load(path: &Path) -> Result<Self, FetchError> {
        let Some(bytes) = files::read_if_exists(path)? else {
            return Ok(Self::default());
        };
        Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|line| FetchError::Netrc {
            file: path.to_owned(),
            line,
        })
    }

    /// `Err` holds the line on which something else stands than a netrc file has.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut tokens = Tokens::new(text);
        while let Some((line, keyword)) = tokens.keyword() {
            let mut value = || tokens.next().map(|(_, value)| value).ok_or(line);
            match (keyword.as_str(), entries.last_mut()) {
                ("machine", _) => entries.push(Entry {
                    machine: Some(value()?.to_ascii_lowercase()),
                    ..Entry::default()
                }),
                ("default", _) => entries.push(Entry::default()),
                ("login" | "user", Some(entry)) => entry.login = value()?,
                ("password", Some(entry)) => entry.password = value()?,
                ("account", Some(_)) => drop(value()?),
                ("macdef", _) => tokens.skip_macro(),
                _ => return Err(line),
            }
        }
        Ok(Self(entries))
    }

    /// Name and password for a host: those of the first entry for it, or else of `default`.
    pub(super) fn find(&self, host: &str) -> Option<(&str, &str)> {
        let host = host.to_ascii_lowercase();
        let is = |entry: &&Entry| entry.machine.as_ref().is_none_or(|machine| *machine == host);
        let entry = self.0.iter().find(is)?;
        Some((&entry.login, &entry.password))
    }
}

/// Words with the line that they stand on. `"…"` is one word; `\` takes what follows as it is.
struct Tokens<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    fn next(&mut self) -> Option<(usize, String)> {
        let start = self.rest.find(|c: char| !c.is_whitespace())?;
        self.advance(start);
        let line = self.line;
        Some((line, self.word()))
    }

    /// The next word that is no comment: from a `#` to the end of the line. A value can start with `#`.
    fn keyword(&mut self) -> Option<(usize, String)> {
        loop {
            let start = self.rest.find(|c: char| !c.is_whitespace())?;
            self.advance(start);
            if !self.rest.starts_with('#') {
                return self.next();
            }
            self.advance(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
    }

    fn word(&mut self) -> String {
        let quoted = self.rest.starts_with('"');
        let mut word = String::new();
        let mut chars = self.rest.char_indices().skip(usize::from(quoted));
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if quoted => {
                    end = at + 1;
                    break;
                }
                c if !quoted && c.is_whitespace() => {
                    end = at;
                    break;
                }
                '\\' => word.extend(chars.next().map(|(_, c)| c)),
                c => word.push(c),
            }
        }
        self.advance(end);
        word
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        let end = self.rest.find("\n\n").map_or(self.rest.len(), |at| at + 1);
        self.advance(end);
    }

    fn advance(&mut self, count: usize) {
        let (passed, rest) = self.rest.split_at(count);
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_host() {
        let text = "# mine\nmachine Index.Example login me password \"a b\\\"c\"\n\
                    macdef init\ncd /x\nmachine no\n\nmachine two\n login you\n account x password #p\n\
                    default login guest password g\nmachine late login no password no\n";
        let netrc = Netrc::parse(text).unwrap();
        assert_eq!(netrc.find("index.example"), Some(("me", "a b\"c")));
        assert_eq!(netrc.find("TWO"), Some(("you", "#p")));
        assert_eq!(Netrc::parse("machine a login b password c").unwrap().find("b"), None);
    }

    #[test]
    fn what_comes_after_default_is_not_reached() {
        let netrc = Netrc::parse("default login guest password g machine late login no password no").unwrap();
        assert_eq!(netrc.find("late"), Some(("guest", "g")));
        assert!(!format!("{netrc:?}").contains("guest"));
    }

    #[test]
    fn errors_name_the_line() {
        for (text, line) in [("machine", 1), ("\nlogin x", 2), ("machine a\nlogin b\npasswort c", 3)] {
            assert_eq!(Netrc::parse(text).unwrap_err(), line, "{text}");
        }
    }
}
