//! The reference of the command line, made from its definition.

use clap::CommandFactory as _;

use crate::args::{Args, Reference};
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn print(form: Reference, output: &mut Output) -> Result<(), CliError> {
    match form {
        Reference::Markdown => output.data(&markdown()),
        Reference::Man => output.data(&man()?),
    }
}

pub(crate) fn completions(shell: clap_complete::Shell, output: &mut Output) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "pydeploy", &mut script);
    output.data(&String::from_utf8_lossy(&script))
}

fn man() -> Result<String, CliError> {
    let mut page = b".\\\" Made by `cargo xtask generate`; do not edit.\n".to_vec();
    // The same page on every machine: options are not wrapped to a terminal's width.
    clap_mangen::Man::new(Args::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn markdown() -> String {
    let mut text = "<!-- Made by `cargo xtask generate`; do not edit. -->\n\n# Command line\n".to_owned();
    let mut command = Args::command().term_width(100);
    command.build();
    section(&mut text, &mut command, "pydeploy");
    text
}

fn section(text: &mut String, command: &mut clap::Command, name: &str) {
    let help = command.render_long_help().to_string();
    let lines: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{lines}```\n"));
    for sub in command
        .get_subcommands_mut()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        let name = format!("{name} {}", sub.get_name());
        section(text, sub, &name);
    }
}
