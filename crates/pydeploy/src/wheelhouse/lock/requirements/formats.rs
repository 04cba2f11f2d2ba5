//! `--no-binary` and `--only-binary`: for some distributions or for all, the later one counts.

use std::collections::BTreeSet;

use super::super::Formats;
use crate::python::{DistributionName, DistributionNameError};

#[derive(Debug, Default)]
pub(super) struct FormatControl {
    source: Chosen,
    wheels: Chosen,
}

#[derive(Debug, Default)]
struct Chosen {
    all: bool,
    names: BTreeSet<DistributionName>,
}

impl FormatControl {
    pub(super) fn no_binary(&mut self, list: &str) -> Result<(), DistributionNameError> {
        apply(list, &mut self.source, &mut self.wheels)
    }

    pub(super) fn only_binary(&mut self, list: &str) -> Result<(), DistributionNameError> {
        apply(list, &mut self.wheels, &mut self.source)
    }

    pub(super) fn of(&self, name: &DistributionName) -> Formats {
        if self.wheels.names.contains(name) {
            Formats::Wheels
        } else if self.source.names.contains(name) {
            Formats::Source
        } else if self.wheels.all {
            Formats::Wheels
        } else if self.source.all {
            Formats::Source
        } else {
            Formats::Any
        }
    }
}

/// `:all:` forgets what was said before, `:none:` what was said for the same format.
fn apply(list: &str, chosen: &mut Chosen, other: &mut Chosen) -> Result<(), DistributionNameError> {
    for word in list.split(',').map(str::trim) {
        match word {
            ":all:" => {
                *other = Chosen::default();
                *chosen = Chosen {
                    all: true,
                    ..Chosen::default()
                };
            }
            ":none:" => *chosen = Chosen::default(),
            name => {
                let name = name.parse()?;
                other.names.remove(&name);
                chosen.names.insert(name);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_option_counts() {
        let name = |text: &str| text.parse::<DistributionName>().unwrap();
        let mut control = FormatControl::default();
        assert_eq!(control.of(&name("a")), Formats::Any);
        control.no_binary("A_b,c").unwrap();
        assert_eq!(control.of(&name("a-b")), Formats::Source);
        control.only_binary("c").unwrap();
        assert_eq!(control.of(&name("c")), Formats::Wheels);
        control.only_binary(":all:").unwrap();
        assert_eq!(control.of(&name("a-b")), Formats::Wheels);
        control.no_binary("d").unwrap();
        assert_eq!(control.of(&name("d")), Formats::Source);
        control.only_binary(":none:").unwrap();
        assert_eq!(
            (control.of(&name("a-b")), control.of(&name("d"))),
            (Formats::Any, Formats::Source)
        );
        assert!(control.no_binary("a b").is_err());
    }
}
