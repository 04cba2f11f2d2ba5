//! From text to a marker's tree, by recursive descent.

use pep440_rs::VersionSpecifier;

use super::{MarkerError, Operand, Operator, Tree, Variable};
use crate::python::DistributionName;

/// No real marker comes near; it keeps hostile ones off the stack.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str) -> Result<Tree, MarkerError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let tree = parser.any()?;
    parser.skip_space();
    match parser.rest() {
        "" => Ok(tree),
        _ => Err(parser.error(parser.at, "the marker should end here")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Tree, MarkerError> {
        let mut branches = vec![self.all()?];
        while self.take_word("or") {
            branches.push(self.all()?);
        }
        Ok(single_or(branches, Tree::Any))
    }

    fn all(&mut self) -> Result<Tree, MarkerError> {
        let mut branches = vec![self.atom()?];
        while self.take_word("and") {
            branches.push(self.atom()?);
        }
        Ok(single_or(branches, Tree::All))
    }

    fn atom(&mut self) -> Result<Tree, MarkerError> {
        if !self.take("(") {
            return self.comparison();
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(self.at, "parentheses are nested too deep"));
        }
        let tree = self.any()?;
        self.depth -= 1;
        match self.take(")") {
            true => Ok(tree),
            false => Err(self.error(self.at, "`)` is expected")),
        }
    }

    fn comparison(&mut self) -> Result<Tree, MarkerError> {
        let (left, left_at) = self.operand()?;
        let (operator, at) = self.operator()?;
        let (right, right_at) = self.operand()?;
        check(&left, operator, &right).map_err(|reason| self.error(at, reason))?;
        for (name, variable, at) in [(&left, &right, left_at), (&right, &left, right_at)] {
            check_name(name, variable).map_err(|reason| self.error(at, &reason))?;
        }
        Ok(Tree::Compare { left, operator, right })
    }

    fn operand(&mut self) -> Result<(Operand, usize), MarkerError> {
        self.skip_space();
        let at = self.at;
        if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return Ok((Operand::Literal(self.string(quote)?), at));
        }
        let word = self.word();
        if word.is_empty() {
            return Err(self.error(at, "a variable or a quoted string is expected"));
        }
        let variable = variable(word).ok_or_else(|| self.error(at, &format!("`{word}` is not a known variable")))?;
        self.at += word.len();
        Ok((Operand::Variable(variable), at))
    }

    fn string(&mut self, quote: char) -> Result<String, MarkerError> {
        let inner = &self.rest()[1..];
        let end = inner
            .find(quote)
            .ok_or_else(|| self.error(self.at, "the string does not end"))?;
        self.at += end + 2;
        Ok(inner[..end].to_owned())
    }

    fn operator(&mut self) -> Result<(Operator, usize), MarkerError> {
        self.skip_space();
        let at = self.at;
        // Longer ones first: `===` starts with `==`.
        const SYMBOLS: [(&str, Operator); 8] = [
            ("===", Operator::Identical),
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessEqual),
            (">=", Operator::GreaterEqual),
            ("~=", Operator::Compatible),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        if let Some((_, operator)) = SYMBOLS.into_iter().find(|(symbol, _)| self.take(symbol)) {
            return Ok((operator, at));
        }
        if self.take_word("in") {
            return Ok((Operator::In, at));
        }
        if !self.take_word("not") {
            return Err(self.error(at, "a comparison is expected"));
        }
        match self.take_word("in") {
            true => Ok((Operator::NotIn, at)),
            false => Err(self.error(self.at, "`in` is expected")),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        &rest[..end.unwrap_or(rest.len())]
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        self.at += if found { symbol.len() } else { 0 };
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let found = self.word() == word;
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn error(&self, at: usize, reason: &str) -> MarkerError {
        MarkerError {
            text: self.text.to_owned(),
            reason: reason.to_owned(),
            column: self.text[..at].chars().count() + 1,
        }
    }
}

fn single_or(mut branches: Vec<Tree>, join: fn(Vec<Tree>) -> Tree) -> Tree {
    if branches.len() == 1 {
        branches.remove(0)
    } else {
        join(branches)
    }
}

fn check(left: &Operand, operator: Operator, right: &Operand) -> Result<(), &'static str> {
    use Operand::{Literal, Variable as Name};
    use Variable::{DependencyGroups, Extra, Extras};
    match (left, right) {
        (Literal(_), Literal(_)) => Err("a variable is needed on one side"),
        (Literal(_), Name(Extras | DependencyGroups)) => match operator {
            Operator::In | Operator::NotIn => Ok(()),
            _ => Err("`extras` and `dependency_groups` take `in` and `not in`"),
        },
        (Name(Extras | DependencyGroups), _) | (_, Name(Extras | DependencyGroups)) => match operator {
            Operator::In | Operator::NotIn => Err("a quoted name is needed on the left"),
            _ => Err("`extras` and `dependency_groups` take `in` and `not in`"),
        },
        (Name(Extra), Literal(_)) | (Literal(_), Name(Extra)) => match operator {
            Operator::Equal | Operator::NotEqual => Ok(()),
            _ => Err("`extra` takes `==` and `!=`"),
        },
        (Name(Extra), _) | (_, Name(Extra)) => Err("`extra` is compared with a quoted name"),
        (Name(variable), _) | (_, Name(variable)) => match operator {
            Operator::Compatible if !variable.is_version() => Err("`~=` compares versions only"),
            Operator::Compatible if !is_compatible(right) => Err("`~=` needs a version of two parts or more"),
            _ => Ok(()),
        },
    }
}

/// Whether `~=` can stand before it.
fn is_compatible(right: &Operand) -> bool {
    match right {
        Operand::Literal(text) => format!("~={text}").parse::<VersionSpecifier>().is_ok(),
        Operand::Variable(variable) => variable.is_version(),
    }
}

/// What stands beside `extra`, `extras` and `dependency_groups` is a name.
fn check_name(operand: &Operand, beside: &Operand) -> Result<(), String> {
    use Variable::{DependencyGroups, Extra, Extras};
    match (operand, beside) {
        (Operand::Literal(text), Operand::Variable(Extra | Extras | DependencyGroups)) => text
            .parse::<DistributionName>()
            .map(drop)
            .map_err(|_| format!("`{text}` is not a name")),
        _ => Ok(()),
    }
}

impl Variable {
    /// Whether its value is a version, compared as PEP 440 says.
    pub(super) fn is_version(self) -> bool {
        matches!(
            self,
            Self::PythonVersion | Self::PythonFullVersion | Self::ImplementationVersion
        )
    }
}

/// Names with a dot and `python_implementation` are those of PEP 345, still seen in old metadata.
fn variable(word: &str) -> Option<Variable> {
    Some(match word {
        "os_name" | "os.name" => Variable::OsName,
        "sys_platform" | "sys.platform" => Variable::SysPlatform,
        "platform_machine" | "platform.machine" => Variable::PlatformMachine,
        "platform_python_implementation" | "platform.python_implementation" | "python_implementation" => {
            Variable::PlatformPythonImplementation
        }
        "platform_release" => Variable::PlatformRelease,
        "platform_system" => Variable::PlatformSystem,
        "platform_version" | "platform.version" => Variable::PlatformVersion,
        "python_version" => Variable::PythonVersion,
        "python_full_version" => Variable::PythonFullVersion,
        "implementation_name" => Variable::ImplementationName,
        "implementation_version" => Variable::ImplementationVersion,
        "extra" => Variable::Extra,
        "extras" => Variable::Extras,
        "dependency_groups" => Variable::DependencyGroups,
        _ => return None,
    })
}
