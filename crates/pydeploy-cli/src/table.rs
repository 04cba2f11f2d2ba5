//! Rows of words as aligned lines.

use pydeploy::event::Bytes;

/// Which side of its column a word stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A line for each row, two spaces between columns, none at the end.
pub(crate) fn table<const N: usize>(sides: [Side; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    rows.iter().map(|row| line(sides, widths, row)).collect()
}

fn line<const N: usize>(sides: [Side; N], widths: [usize; N], row: &[String; N]) -> String {
    let cells = row
        .iter()
        .zip(widths)
        .zip(sides)
        .map(|((word, width), side)| match side {
            Side::Left => format!("{word:<width$}"),
            Side::Right => format!("{word:>width$}"),
        });
    let line = cells.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

/// A difference in bytes for people: `+1.2 MB`, `-3 B`.
pub(crate) fn signed_size(bytes: i64) -> String {
    let sign = if bytes < 0 { '-' } else { '+' };
    format!("{sign}{}", Bytes(bytes.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_word() {
        let rows = [["é", "1", "x"], ["word", "1000", ""]].map(|row| row.map(str::to_owned));
        let sides = [Side::Left, Side::Right, Side::Left];
        assert_eq!(table(sides, &rows), "é        1  x\nword  1000\n");
    }
}
