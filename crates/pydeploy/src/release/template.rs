//! Configuration files with places to fill in: `{{static}}`.

use std::collections::BTreeMap;
use std::fmt;

/// What ends the name of a file that is a template; the file that it makes is called like it without that.
pub(super) const SUFFIX: &str = ".template";

/// Something that a template can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    Name,
    Prefix,
    App,
    Static,
    Venv,
    Etc,
    Listen,
}

impl Variable {
    const ALL: [(&'static str, Self); 7] = [
        ("name", Self::Name),
        ("prefix", Self::Prefix),
        ("app", Self::App),
        ("static", Self::Static),
        ("venv", Self::Venv),
        ("etc", Self::Etc),
        ("listen", Self::Listen),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, variable)| *variable)
    }
}

/// Text with variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Each a text and what follows it.
    parts: Vec<(String, Option<Variable>)>,
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
    Unknown(String),
    Open,
    NotUtf8,
}

impl fmt::Display for TemplateProblem {
    /// `3:17: there is no variable `port``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        match &self.kind {
            Kind::Unknown(name) => write!(f, "there is no variable `{name}`"),
            Kind::NotUtf8 => f.write_str("what follows is not UTF-8"),
            Kind::Open => f.write_str("`{{` has no `}}` in its line"),
        }
    }
}

impl TemplateProblem {
    /// What can be asked for.
    #[must_use]
    pub fn hint(&self) -> String {
        let names: Vec<_> = Variable::ALL.iter().map(|(name, _)| *name).collect();
        format!("a template can have {}", names.join(", "))
    }
}

impl Template {
    pub(super) fn parse_bytes(bytes: &[u8]) -> Result<Self, TemplateProblem> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            problem(&valid, valid.len(), Kind::NotUtf8)
        })?;
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, TemplateProblem> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            let at = text.len() - rest.len() + before.len();
            let problem = |kind| problem(text, at, kind);
            let line = after.lines().next().unwrap_or_default();
            let Some((name, _)) = line.split_once("}}") else {
                return Err(problem(Kind::Open));
            };
            let variable =
                Variable::named(name.trim()).ok_or_else(|| problem(Kind::Unknown(name.trim().to_owned())))?;
            parts.push((before.to_owned(), Some(variable)));
            rest = &after[name.len() + 2..];
        }
        parts.push((rest.to_owned(), None));
        Ok(Self { parts })
    }

    pub(super) fn fill(&self, values: &BTreeMap<Variable, String>) -> String {
        let value = |variable: &Option<Variable>| variable.and_then(|v| values.get(&v)).map_or("", String::as_str);
        self.parts.iter().fold(String::new(), |text, (before, variable)| {
            text + before + value(variable)
        })
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
        let values = Variable::ALL.map(|(name, variable)| (variable, format!("<{name}>")));
        let template = Template::parse(text).map_err(|problem| problem.to_string())?;
        Ok(template.fill(&BTreeMap::from(values)))
    }

    #[test]
    fn variables_are_filled_in_and_everything_else_stays() {
        assert_eq!(check(""), Ok(String::new()));
        assert_eq!(check("{{app}}{{ static }}"), Ok("<app><static>".into()));
        let nginx = "location /s/ { alias {{static}}/; }\n# ä } {\nset $x ${uri};\n";
        assert_eq!(check(nginx), Ok(nginx.replace("{{static}}", "<static>")));
        assert_eq!(
            check("{{name}} {{prefix}} {{venv}} {{etc}} {{listen}}").unwrap(),
            "<name> <prefix> <venv> <etc> <listen>"
        );
    }

    #[test]
    fn what_cannot_be_filled_in_is_named_with_its_place() {
        assert_eq!(check("a\nä {{ port }}"), Err("2:3: there is no variable `port`".into()));
        assert_eq!(check("{{}}"), Err("1:1: there is no variable ``".into()));
        assert_eq!(check("{{ app\n}}"), Err("1:1: `{{` has no `}}` in its line".into()));
        let latin = Template::parse_bytes(b"# caf\xe9 {{app}}\n").unwrap_err();
        assert_eq!(latin.to_string(), "1:6: what follows is not UTF-8");
        assert_eq!(check("x {{"), Err("1:3: `{{` has no `}}` in its line".into()));
    }
}
