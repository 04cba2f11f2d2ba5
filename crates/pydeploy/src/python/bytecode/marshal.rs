//! Code objects as the interpreter marshals them, written again so that their bytes say nothing but their value.
//!
//! What `marshal.dumps` writes also depends on what else the process holds: an object that something refers to is marked
//! as one that may be meant again, equal constants are written once or twice, and the members of a set are sorted by what
//! they are written as, marks included. Of 6,675 modules that CPython 3.11 compiled in two orders, two had other bytes.
//! Here, whatever has the same value is written once and meant again, the first of them is marked and nothing else is.
//!
//! The format has no specification but its source, `Python/marshal.c`.

use std::collections::HashMap;

/// What marks an object that is meant again later.
const FLAG: u8 = 0x80;
/// Objects in objects: the parser gives up on blocks and parentheses long before.
const DEEPEST: usize = 500;

/// What a code object consists of, which changes between versions: numbers of four bytes, objects, the number of the
/// first line, objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    numbers: usize,
    objects: usize,
    last: usize,
}

impl Layout {
    /// Of CPython with this minor version, when it is known.
    pub(super) fn of(minor: (u16, u16)) -> Option<Self> {
        let (numbers, objects, last) = match minor {
            (3, 8..=10) => (6, 8, 1),
            (3, 11..=14) => (5, 8, 2),
            _ => return None,
        };
        Some(Self { numbers, objects, last })
    }

    /// The same value in the one form that it has; `None` when the bytes are not one object and nothing else.
    pub(super) fn canonical(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader {
            layout: self,
            rest: bytes,
            marked: Vec::new(),
            nodes: Vec::new(),
            known: HashMap::new(),
        };
        let root = reader.object(0)?;
        reader.rest.is_empty().then_some(())?;
        let mut writer = Writer::new(&reader.nodes, root);
        writer.object(root);
        Some(writer.out)
    }
}

/// An object: its type and what follows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node<'b> {
    kind: u8,
    parts: Vec<Part<'b>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part<'b> {
    Bytes(&'b [u8]),
    /// The number of another object.
    Object(usize),
}

struct Reader<'b> {
    layout: Layout,
    rest: &'b [u8],
    /// What can be meant again, in the order of the marks; `None` while it is being read.
    marked: Vec<Option<usize>>,
    nodes: Vec<Node<'b>>,
    /// Objects by value; code is always one of its own.
    known: HashMap<Node<'b>, usize>,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    fn number(&self) -> Option<i32> {
        Some(i32::from_le_bytes(self.rest.get(..4)?.try_into().ok()?))
    }

    fn object(&mut self, depth: usize) -> Option<usize> {
        let byte = *self.take(1)?.first()?;
        let kind = byte & !FLAG;
        if kind == b'r' {
            let number = usize::try_from(self.number()?).ok()?;
            self.take(4)?;
            return *self.marked.get(number)?;
        }
        let place = (byte & FLAG != 0).then_some(self.marked.len());
        self.marked.extend(place.map(|_| None));
        let parts = self.parts(kind, depth)?;
        let object = self.add(Node {
            kind: as_one_for_all(kind, &parts),
            parts,
        });
        if let Some(place) = place {
            self.marked[place] = Some(object);
        }
        Some(object)
    }

    fn parts(&mut self, kind: u8, depth: usize) -> Option<Vec<Part<'b>>> {
        (depth < DEEPEST).then_some(())?;
        let bytes = |bytes| vec![Part::Bytes(bytes)];
        Some(match kind {
            b'0' | b'N' | b'F' | b'T' | b'S' | b'.' => Vec::new(),
            b'i' => bytes(self.take(4)?),
            b'g' => bytes(self.take(8)?),
            b'y' => bytes(self.take(16)?),
            b'l' => {
                let digits = usize::try_from(self.number()?.unsigned_abs()).ok()?;
                bytes(self.take(4 + 2 * digits)?)
            }
            b's' | b't' | b'u' | b'a' | b'A' => {
                let length = usize::try_from(self.number()?).ok()?;
                bytes(self.take(length.checked_add(4)?)?)
            }
            b'z' | b'Z' => {
                let length = usize::from(*self.rest.first()?);
                bytes(self.take(1 + length)?)
            }
            b')' => {
                let head = self.take(1)?;
                self.sequence(head, usize::from(head[0]), depth)?
            }
            b'(' | b'>' => {
                let count = usize::try_from(self.number()?).ok()?;
                let head = self.take(4)?;
                let mut parts = self.sequence(head, count, depth)?;
                if kind == b'>' {
                    self.sort(&mut parts[1..]);
                }
                parts
            }
            b':' => self.objects(3, depth)?,
            b'c' => self.code(depth)?,
            _ => return None,
        })
    }

    fn sequence(&mut self, head: &'b [u8], count: usize, depth: usize) -> Option<Vec<Part<'b>>> {
        let mut parts = vec![Part::Bytes(head)];
        parts.extend(self.objects(count, depth)?);
        Some(parts)
    }

    fn objects(&mut self, count: usize, depth: usize) -> Option<Vec<Part<'b>>> {
        (0..count).map(|_| self.object(depth + 1).map(Part::Object)).collect()
    }

    fn code(&mut self, depth: usize) -> Option<Vec<Part<'b>>> {
        let Layout { numbers, objects, last } = self.layout;
        let mut parts = vec![Part::Bytes(self.take(4 * numbers)?)];
        parts.extend(self.objects(objects, depth)?);
        parts.push(Part::Bytes(self.take(4)?));
        parts.extend(self.objects(last, depth)?);
        Some(parts)
    }

    /// Orders the members of a set by what each is as a value.
    fn sort(&self, members: &mut [Part<'b>]) {
        members.sort_by_cached_key(|member| match member {
            Part::Object(object) => {
                let mut value = Vec::new();
                spell_out(&self.nodes, *object, &mut value);
                value
            }
            Part::Bytes(bytes) => bytes.to_vec(),
        });
    }

    fn add(&mut self, node: Node<'b>) -> usize {
        let number = self.nodes.len();
        if node.kind != b'c' {
            if let Some(known) = self.known.get(&node) {
                return *known;
            }
            self.known.insert(node.clone(), number);
        }
        self.nodes.push(node);
        number
    }
}

/// The type of a text of no character, or of one below U+0100: the process has each of these once, so that whether one
/// is interned depends on what others have done with it.
fn as_one_for_all(kind: u8, parts: &[Part<'_>]) -> u8 {
    match (kind, parts) {
        (b'Z', [Part::Bytes([0 | 1, ..])]) => b'z',
        (b't', [Part::Bytes([2, 0, 0, 0, 0xC2 | 0xC3, _])]) => b'u',
        _ => kind,
    }
}

struct Writer<'n, 'b> {
    nodes: &'n [Node<'b>],
    /// How often each object is written or meant.
    uses: Vec<u32>,
    /// The number by which it is meant, when it has been written.
    written: Vec<Option<u32>>,
    next: u32,
    out: Vec<u8>,
}

impl<'n, 'b> Writer<'n, 'b> {
    fn new(nodes: &'n [Node<'b>], root: usize) -> Self {
        let mut uses = vec![0; nodes.len()];
        count(nodes, root, &mut uses);
        Self {
            nodes,
            uses,
            written: vec![None; nodes.len()],
            next: 0,
            out: Vec::new(),
        }
    }

    fn object(&mut self, number: usize) {
        if let Some(earlier) = self.written[number] {
            self.out.push(b'r');
            self.out.extend(earlier.to_le_bytes());
            return;
        }
        let nodes = self.nodes;
        let node = &nodes[number];
        let again = self.uses[number] > 1 && can_be_marked(node.kind);
        if again {
            self.written[number] = Some(self.next);
            self.next += 1;
        }
        self.out.push(if again { node.kind | FLAG } else { node.kind });
        for part in &node.parts {
            match part {
                Part::Bytes(bytes) => self.out.extend_from_slice(bytes),
                Part::Object(object) => self.object(*object),
            }
        }
    }
}

/// The object with everything in it, nothing being meant again.
fn spell_out(nodes: &[Node<'_>], number: usize, out: &mut Vec<u8>) {
    out.push(nodes[number].kind);
    for part in &nodes[number].parts {
        match part {
            Part::Bytes(bytes) => out.extend_from_slice(bytes),
            Part::Object(object) => spell_out(nodes, *object, out),
        }
    }
}

/// Counts what a writer that begins with `root` comes across: what is in an object only the first time.
fn count(nodes: &[Node<'_>], root: usize, uses: &mut [u32]) {
    uses[root] += 1;
    if uses[root] > 1 && can_be_marked(nodes[root].kind) {
        return;
    }
    for part in &nodes[root].parts {
        if let Part::Object(object) = part {
            count(nodes, *object, uses);
        }
    }
}

/// The singletons are shorter than what would mean them.
fn can_be_marked(kind: u8) -> bool {
    !matches!(kind, b'0' | b'N' | b'F' | b'T' | b'S' | b'.')
}
