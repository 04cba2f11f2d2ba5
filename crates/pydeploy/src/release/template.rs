//! Configuration files with places to fill in: `{{static}}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What ends the name of a file that is a template; the file that it makes is called like it without that.
pub(super) const SUFFIX: &str = ".template";

/// Text with variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Each a text and the variable that follows it.
    parts: Vec<(String, Option<String>)>,
}

/// A place that cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    line: usize,
    column: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Unknown { name: String, known: BTreeSet<String> },
    Open,
    NotUtf8,
}

impl fmt::Display for TemplateProblem {
    /// Such as “3:17: there is no variable `port`”.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match &self.kind {
            Kind::Unknown { name, .. } => write!(f, "there is no variable `{name}`"),
            Kind::NotUtf8 => f.write_str("what follows is not UTF-8"),
            Kind::Open => f.write_str("`{{` has no `}}` in its line"),
        }
    }
}

impl TemplateProblem {
    /// What can be asked for.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let Kind::Unknown { known, .. } = &self.kind else {
            return None;
        };
        let names: Vec<_> = known.iter().map(|name| format!("`{{{{{name}}}}}`")).collect();
        Some(format!("there are {}", names.join(", ")))
    }
}

impl Template {
    /// `known` are the names that can be asked for.
    pub(super) fn parse(bytes: &[u8], known: &BTreeSet<String>) -> Result<Self, TemplateProblem> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            problem(&valid, valid.len(), Kind::NotUtf8)
        })?;
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let at = text.len() - rest.len() + before.len();
            let line = after.lines().next().unwrap_or_default();
            let inside = line.split_once("}}").map(|(inside, _)| inside);
            let inside = inside.ok_or_else(|| problem(text, at, Kind::Open))?;
            let name = variable(inside, known).map_err(|kind| problem(text, at, kind))?;
            parts.push((before.to_owned(), Some(name)));
            rest = &after[inside.len() + 2..];
        }
        parts.push((rest.to_owned(), None));
        Ok(Self { parts })
    }

    pub(super) fn fill(&self, values: &BTreeMap<String, String>) -> String {
        let value = |name: &Option<String>| name.as_ref().and_then(|name| values.get(name));
        let part = |(before, name): &(String, Option<String>)| before.clone() + value(name).map_or("", String::as_str);
        self.parts.iter().map(part).collect()
    }
}

fn variable(inside: &str, known: &BTreeSet<String>) -> Result<String, Kind> {
    let name = inside.trim().to_owned();
    match known.contains(&name) {
        true => Ok(name),
        false => Err(Kind::Unknown {
            name,
            known: known.clone(),
        }),
    }
}

fn problem(text: &str, at: usize, kind: Kind) -> TemplateProblem {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    TemplateProblem {
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, String> {
        let values = ["app", "listen.api", "static"].map(|name| (name.to_owned(), format!("<{name}>")));
        let values = BTreeMap::from(values);
        let known = values.keys().cloned().collect();
        let template = Template::parse(text.as_bytes(), &known).map_err(|problem| problem.to_string())?;
        Ok(template.fill(&values))
    }

    #[test]
    fn variables_are_filled_in_and_everything_else_stays() {
        assert_eq!(check(""), Ok(String::new()));
        assert_eq!(check("{{app}}{{ static }}"), Ok("<app><static>".into()));
        let nginx = "location /s/ { alias {{static}}/; }\n# ä } {\nset $x ${uri};\n";
        assert_eq!(check(nginx), Ok(nginx.replace("{{static}}", "<static>")));
        assert_eq!(check("{{listen.api}}:\n"), Ok("<listen.api>:\n".into()));
    }

    #[test]
    fn what_cannot_be_filled_in_is_named_with_its_place() {
        assert_eq!(check("a\nä {{ port }}"), Err("2:3: there is no variable `port`".into()));
        assert_eq!(check("{{}}"), Err("1:1: there is no variable ``".into()));
        assert_eq!(check("{{ app\n}}"), Err("1:1: `{{` has no `}}` in its line".into()));
        let latin = Template::parse(b"# caf\xe9 {{app}}\n", &BTreeSet::new()).unwrap_err();
        assert_eq!(latin.to_string(), "1:6: what follows is not UTF-8");
        assert_eq!(check("x {{"), Err("1:3: `{{` has no `}}` in its line".into()));
    }
}
