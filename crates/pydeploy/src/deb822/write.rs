//! Fields to text, and what can be a field.

use std::fmt::{self, Write as _};

use super::{Field, InvalidField};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Duplicate,
    EmptyName,
    Name(char),
    Value(char),
}

impl InvalidField {
    pub(super) fn new(name: &str, fault: Fault) -> Self {
        let name = name.into();
        Self { name, fault }
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.fault {
            Fault::Duplicate => write!(f, "field `{name}` is there already"),
            Fault::EmptyName => f.write_str("field without a name"),
            Fault::Name(found) => write!(f, "unexpected character {found:?} in the name of field `{name}`"),
            Fault::Value(found) => write!(f, "unexpected character {found:?} in the value of field `{name}`"),
        }
    }
}

impl std::error::Error for InvalidField {}

/// A field whose value is in the form that reading it back would give.
pub(super) fn field(name: &str, value: &str) -> Result<Field, InvalidField> {
    check_name(name).map_err(|fault| InvalidField::new(name, fault))?;
    let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
    if let Some(found) = value.chars().find(control) {
        return Err(InvalidField::new(name, Fault::Value(found)));
    }
    Ok(Field {
        name: name.into(),
        value: tidy(value),
    })
}

pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let first = name.chars().next().ok_or(Fault::EmptyName)?;
    if matches!(first, '#' | '-') {
        return Err(Fault::Name(first));
    }
    let mut others = name.chars().filter(|c| !c.is_ascii_graphic() || *c == ':');
    others.next().map_or(Ok(()), |found| Err(Fault::Name(found)))
}

fn tidy(value: &str) -> String {
    let mut lines = value.trim_ascii_end().split('\n');
    let mut tidy = lines.next().unwrap_or_default().trim_ascii().to_owned();
    for line in lines.map(str::trim_ascii_end) {
        tidy.push('\n');
        // A lone dot is how an empty line is written.
        tidy.push_str(if line == "." { "" } else { line });
    }
    tidy.truncate(tidy.trim_end_matches('\n').len());
    tidy
}

pub(super) fn write(f: &mut fmt::Formatter<'_>, field: &Field) -> fmt::Result {
    let mut lines = field.value.split('\n');
    let first = lines.next().unwrap_or_default();
    write!(f, "{}:{}{first}", field.name, if first.is_empty() { "" } else { " " })?;
    for line in lines {
        write!(f, "\n {}", if line.is_empty() { "." } else { line })?;
    }
    f.write_char('\n')
}
