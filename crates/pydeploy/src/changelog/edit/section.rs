//! `  [ Name ]` above the changes of one author.

use super::editor::{Changes, Editor};
use crate::changelog::lines;
use crate::changelog::{Author, decode};

/// Who wrote what stands in the entry.
pub(super) struct Written {
    /// The last author that a line names.
    named: Option<String>,
    /// The maintainer, as the bytes of the file and as text.
    maintainer: Option<(Vec<u8>, String)>,
    /// Where the first change begins.
    first: Option<usize>,
}

impl Written {
    pub(super) fn new(editor: &Editor, changes: &Changes<'_>) -> Self {
        let end = changes.end.unwrap_or(0);
        let lines = editor.lines().take_while(|(range, _)| range.end <= end);
        let named = lines.filter_map(|(_, line)| name(line)).last();
        let maintainer = changes.trailer.as_ref().map(|(_, trailer)| trailer.name);
        Self {
            named: named.map(|name| decode(name).into_owned()),
            maintainer: maintainer.map(|name| (name.to_owned(), decode(name).into_owned())),
            first: changes.first,
        }
    }

    /// Whether the last changes are somebody else's.
    pub(super) fn by_other(&self, author: &Author) -> bool {
        let maintainer = self.maintainer.as_ref().map(|(_, name)| name.as_str());
        let last = self.named.as_deref().or(maintainer);
        last.is_some_and(|last| last != author.as_str())
    }

    /// Puts the maintainer's name above the changes that nobody's name stands above.
    pub(super) fn name_maintainer(&self, editor: &mut Editor) {
        if let (None, Some((name, _)), Some(first)) = (&self.named, &self.maintainer, self.first) {
            let line = [b"  [ ", name.as_slice(), b" ]", editor.newline.as_bytes()].concat();
            editor.replace(first..first, &line);
        }
    }
}

/// `Name` of the line `  [ Name ]`.
fn name(line: &[u8]) -> Option<&[u8]> {
    let line = lines::trim_end(line);
    line.strip_prefix(b"  [ ")?.strip_suffix(b" ]").map(<[u8]>::trim_ascii)
}
