//! Which module of the library may use which: the table is here and in docs/architecture.md.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::step::read;

/// A module uses lower layers, itself, and of its own layer only what is named here.
const LAYERS: [&[(&str, &[&str])]; 7] = [
    &[
        ("exit", &[]),
        ("timestamp", &[]),
        ("version", &["timestamp"]),
        // In tests only.
        ("need", &[]),
    ],
    &[
        ("deb822", &[]),
        ("changelog", &[]),
        ("digest", &[]),
        ("event", &[]),
        ("sys", &[]),
    ],
    &[("vcs", &[]), ("python", &[]), ("config", &["python"])],
    &[("wheelhouse", &[])],
    &[("release", &[])],
    &[("artifact", &[])],
    &[("repository", &[]), ("deploy", &[])],
];

const SOURCES: &str = "crates/pydeploy/src";

pub(crate) fn run(sh: &Shell) -> Result<()> {
    let reexports = reexports(&sh.read_file(format!("{SOURCES}/lib.rs"))?);
    let mut offences = Vec::new();
    for file in read(cmd!(
        sh,
        "find {SOURCES} -name *.rs -not -name tests.rs -not -path */tests/*"
    ))?
    .lines()
    {
        let inside = file.trim_start_matches(SOURCES).trim_start_matches('/');
        if inside != "lib.rs" {
            offences.extend(offences_of(inside, &sh.read_file(file)?, &reexports));
        }
    }
    offences.sort();
    if !offences.is_empty() {
        bail!("{}", offences.join("\n"));
    }
    Ok(())
}

/// `FILE:LINE: …` for each reference that the table does not allow.
fn offences_of(file: &str, text: &str, reexports: &BTreeMap<String, String>) -> Vec<String> {
    let path = module_path(file);
    let own = &path[0];
    let code = without_tests(text);
    let mut offences = Vec::new();
    for (line, name) in references(&code, path.len()) {
        let used = reexports.get(&name).unwrap_or(&name);
        if let Some(reason) = refusal(own, used) {
            offences.push(format!("{SOURCES}/{file}:{line}: {reason}"));
        }
    }
    offences
}

/// Why `own` may not use `used`.
fn refusal(own: &str, used: &str) -> Option<String> {
    let Some((own_layer, named)) = place(own) else {
        return Some(format!("`{own}` has no layer: add it to the table"));
    };
    let Some((layer, _)) = place(used) else {
        return Some(format!("`{used}` has no layer: add it to the table"));
    };
    let allowed = used == own || layer < own_layer || named.contains(&used);
    (!allowed).then(|| format!("`{own}` (layer {own_layer}) uses `{used}` (layer {layer})"))
}

fn place(module: &str) -> Option<(usize, &'static [&'static str])> {
    let mut places = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, modules)| modules.iter().map(move |m| (layer, m)));
    places
        .find(|(_, (name, _))| *name == module)
        .map(|(layer, (_, named))| (layer, *named))
}

/// `a/b.rs` and `a/b/mod.rs` are both `a::b`.
fn module_path(file: &str) -> Vec<String> {
    let path = Path::new(file).with_extension("");
    let mut names: Vec<String> = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.pop_if(|last| last == "mod");
    names
}

/// What the crate's root offers under a second name: `pub use sys::files::FileError;`.
fn reexports(lib: &str) -> BTreeMap<String, String> {
    let uses = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub use ")?.strip_suffix(';'));
    let names = uses.filter_map(|path| Some((path.rsplit_once("::")?.1, path.split_once("::")?.0)));
    names
        .map(|(name, module)| (name.to_owned(), module.to_owned()))
        .collect()
}

/// The text with its comments and its `#[cfg(test)]` items blanked, line by line.
fn without_tests(text: &str) -> String {
    let mut out = String::new();
    let mut skipped = Skipped::No;
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default();
        skipped = skipped.after(code);
        if skipped == Skipped::No {
            out.push_str(code);
        }
        out.push('\n');
        if skipped == Skipped::Last {
            skipped = Skipped::No;
        }
    }
    out
}

/// Where in an item for tests a line stands.
#[derive(Clone, Copy, PartialEq)]
enum Skipped {
    No,
    /// Its attributes and the lines before its first brace.
    Head,
    /// Open braces.
    Body(i32),
    Last,
}

impl Skipped {
    fn after(self, code: &str) -> Self {
        let depth = match self {
            Self::No | Self::Last if code.trim() == "#[cfg(test)]" => return Self::Head,
            Self::No | Self::Last => return Self::No,
            Self::Head => 0,
            Self::Body(depth) => depth,
        };
        let braces = |brace| code.matches(brace).count() as i32;
        let (opened, depth) = (braces('{') > 0, depth + braces('{') - braces('}'));
        match self {
            Self::Head if !opened && code.trim_end().ends_with(';') => Self::Last,
            Self::Head if !opened => Self::Head,
            _ if depth <= 0 => Self::Last,
            _ => Self::Body(depth),
        }
    }
}

/// The names that code in a module `depth` levels below the root takes from the root, with their lines.
fn references(code: &str, depth: usize) -> Vec<(usize, String)> {
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", &climb] {
        for (at, _) in code.match_indices(root) {
            let line = code[..at].matches('\n').count() + 1;
            if !code[..at].ends_with(|c: char| c.is_alphanumeric() || "$:_".contains(c)) {
                found.extend(names(&code[at + root.len()..]).into_iter().map(|name| (line, name)));
            }
        }
    }
    found
}

/// The first name of a path, or of each path in a group.
fn names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        return first_name(path).into_iter().collect();
    };
    let mut depth = 0;
    let mut names = vec![first_name(group.trim_start())];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(first_name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names.into_iter().flatten().collect()
}

fn first_name(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty() && name != "super" && name != "self").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, code: &str, expected: &[&str]) {
        let reexports = reexports("pub use sys::files::FileError;\n");
        let found = offences_of(file, code, &reexports);
        let short: Vec<&str> = found.iter().map(|line| line.trim_start_matches(SOURCES)).collect();
        assert_eq!(short, expected);
    }

    #[test]
    fn lower_layers_and_the_module_itself_are_allowed() {
        check(
            "release/tree.rs",
            "use crate::digest::Sha256;\nuse crate::release::id;\nuse crate::FileError;",
            &[],
        );
    }

    #[test]
    fn deploy_never_sees_the_repository() {
        let expected = ["/deploy/plan.rs:2: `deploy` (layer 6) uses `repository` (layer 6)"];
        check("deploy/plan.rs", "\nuse crate::repository::pool;", &expected);
        check(
            "deploy/plan.rs",
            "\nuse crate::{release::{Id, tree}, repository};",
            &expected,
        );
        check(
            "deploy/plan.rs",
            "\nfn a(b: super::super::repository::Pool) {}",
            &expected,
        );
    }

    #[test]
    fn comments_and_tests_may_name_anything() {
        check("digest.rs", "/// See [`crate::deploy`].\nfn a() {}", &[]);
        check(
            "digest.rs",
            "#[cfg(test)]\nmod tests {\n  fn a() { crate::deploy::b() }\n}\nfn c() {}",
            &[],
        );
        check("digest.rs", "#[cfg(test)]\nuse crate::deploy;\n", &[]);
    }

    #[test]
    fn what_follows_a_test_item_is_read() {
        let code = "#[cfg(test)]\nuse crate::deploy;\nuse crate::sys;\n";
        check(
            "digest.rs",
            code,
            &["/digest.rs:3: `digest` (layer 1) uses `sys` (layer 1)"],
        );
    }

    #[test]
    fn a_new_module_needs_a_layer() {
        check(
            "cloud.rs",
            "use crate::sys;",
            &["/cloud.rs:1: `cloud` has no layer: add it to the table"],
        );
    }
}
