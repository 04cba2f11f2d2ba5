//! A marker's truth in an environment.

use std::collections::BTreeSet;

use pep440_rs::{Version, VersionSpecifier};

use super::{MarkerEnvironment, Operand, Operator, Tree, Variable};
use crate::python::DistributionName;
use crate::python::specifier::contains;

pub(super) fn evaluate(tree: &Tree, environment: &MarkerEnvironment) -> bool {
    match tree {
        Tree::All(branches) => branches.iter().all(|branch| evaluate(branch, environment)),
        Tree::Any(branches) => branches.iter().any(|branch| evaluate(branch, environment)),
        Tree::Compare { left, operator, right } => compare(left, *operator, right, environment),
    }
}

fn compare(left: &Operand, operator: Operator, right: &Operand, environment: &MarkerEnvironment) -> bool {
    use Operand::{Literal, Variable as Name};
    let wanted = !matches!(operator, Operator::NotIn | Operator::NotEqual);
    match (left, right) {
        (Literal(name), Name(Variable::Extras | Variable::Extra)) | (Name(Variable::Extra), Literal(name)) => {
            holds(&environment.extras, name) == wanted
        }
        (Literal(name), Name(Variable::DependencyGroups)) => holds(&environment.dependency_groups, name) == wanted,
        _ => {
            let is_version = [left, right]
                .iter()
                .any(|operand| matches!(operand, Name(variable) if variable.is_version()));
            let (left, right) = (value(left, environment), value(right, environment));
            let by_version = is_version.then(|| compare_versions(&left, operator, &right)).flatten();
            by_version.unwrap_or_else(|| compare_text(&left, operator, &right))
        }
    }
}

fn holds(set: &BTreeSet<DistributionName>, name: &str) -> bool {
    name.parse().is_ok_and(|name| set.contains(&name))
}

/// `None` when they are not versions, or the operator does not compare versions.
fn compare_versions(left: &str, operator: Operator, right: &str) -> Option<bool> {
    let version: Version = left.parse().ok()?;
    let specifier: VersionSpecifier = format!("{}{right}", symbol(operator)?).parse().ok()?;
    Some(contains(&specifier, &version))
}

fn symbol(operator: Operator) -> Option<&'static str> {
    match operator {
        Operator::Less => Some("<"),
        Operator::LessEqual => Some("<="),
        Operator::Equal => Some("=="),
        Operator::NotEqual => Some("!="),
        Operator::GreaterEqual => Some(">="),
        Operator::Greater => Some(">"),
        Operator::Compatible => Some("~="),
        Operator::Identical | Operator::In | Operator::NotIn => None,
    }
}

/// Text has no order: `<` and `>` never hold, `<=` and `>=` hold for equal text.
fn compare_text(left: &str, operator: Operator, right: &str) -> bool {
    match operator {
        Operator::Less | Operator::Greater | Operator::Compatible => false,
        Operator::LessEqual | Operator::Equal | Operator::GreaterEqual => left == right,
        Operator::NotEqual => left != right,
        Operator::Identical => left.eq_ignore_ascii_case(right),
        Operator::In => right.contains(left),
        Operator::NotIn => !right.contains(left),
    }
}

fn value(operand: &Operand, environment: &MarkerEnvironment) -> String {
    let variable = match operand {
        Operand::Literal(text) => return text.clone(),
        Operand::Variable(variable) => variable,
    };
    let (major, minor, micro) = environment.python;
    match variable {
        Variable::OsName => "posix".to_owned(),
        Variable::SysPlatform => "linux".to_owned(),
        Variable::PlatformSystem => "Linux".to_owned(),
        Variable::PlatformMachine => environment.machine.clone(),
        Variable::PlatformPythonImplementation => "CPython".to_owned(),
        Variable::ImplementationName => "cpython".to_owned(),
        Variable::PythonVersion => format!("{major}.{minor}"),
        Variable::PythonFullVersion | Variable::ImplementationVersion => format!("{major}.{minor}.{micro}"),
        // The running kernel's: no property of a target. The sets never come here.
        Variable::PlatformRelease
        | Variable::PlatformVersion
        | Variable::Extra
        | Variable::Extras
        | Variable::DependencyGroups => String::new(),
    }
}
