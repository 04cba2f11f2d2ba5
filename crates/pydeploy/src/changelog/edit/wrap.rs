//! Changes as lines.

use super::Contribution;
use crate::changelog::value::Item;

/// How long a line may be, without the four columns in front of it. `dch` lets a hyphen stand one column further out.
const WIDTH: usize = 68;

/// The lines of a contribution, each ended by `newline`.
pub(super) fn contribution(contribution: &Contribution, newline: &str) -> String {
    contribution.items.iter().map(|item| wrapped(item, newline)).collect()
}

pub(super) fn section(author: &str, newline: &str) -> String {
    format!("  [ {author} ]{newline}")
}

fn wrapped(item: &Item, newline: &str) -> String {
    let mut text = String::from("  * ");
    let mut column = 0;
    for (glue, piece) in pieces(item.as_str()) {
        let (before, length) = (glue.len(), piece.chars().count());
        if column > 0 && column + before + length > WIDTH {
            text += newline;
            text += "    ";
            column = 0;
        }
        if column > 0 {
            text += glue;
            column += before;
        }
        text += piece;
        column += length;
    }
    text + newline
}

/// What may stand on a line of its own, and the blank that otherwise stands before it.
fn pieces(text: &str) -> impl Iterator<Item = (&'static str, &str)> {
    text.split(' ').flat_map(|word| {
        // A part of a web address or an option is none.
        let whole = word.starts_with('-') || word.contains("://");
        let parts = word.split_inclusive(move |c| c == '-' && !whole);
        parts
            .enumerate()
            .map(|(at, part)| (if at == 0 { " " } else { "" }, part))
    })
}
