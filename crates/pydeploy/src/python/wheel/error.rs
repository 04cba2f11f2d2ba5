//! What can be wrong with a wheel.

use std::io;
use std::path::PathBuf;

use crate::digest::Sha256;
use crate::python::WheelFilenameError;

/// A wheel cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct WheelError {
    /// The wheel.
    pub file: PathBuf,
    /// What is wrong with it.
    pub problem: Box<WheelProblem>,
}

impl WheelError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &*self.problem {
            WheelProblem::Unreadable(_) => Some("check that the file is there and can be read".to_owned()),
            WheelProblem::Filename(_) => Some("a wheel keeps the name that it was published under".to_owned()),
            WheelProblem::NotAZip { .. } | WheelProblem::Damaged { .. } | WheelProblem::Digest { .. } => {
                Some("the file is damaged or incomplete; fetch it again".to_owned())
            }
            _ => Some("the wheel is refused whole; use another version of it, or build it again".to_owned()),
        }
    }
}

/// What is wrong with a wheel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WheelProblem {
    /// The system refused.
    #[error("the wheel cannot be read: {0}")]
    Unreadable(io::Error),
    /// The file is not called like a wheel.
    #[error(transparent)]
    Filename(#[from] WheelFilenameError),
    /// The file is not a zip archive.
    #[error("it is not a zip archive: {reason}")]
    NotAZip {
        /// What the reader said.
        reason: String,
    },
    /// The file is another than the one that was meant.
    #[error("it has sha256 {actual}, expected is {expected}")]
    Digest {
        /// What it was to have.
        expected: Sha256,
        /// What it has.
        actual: Sha256,
    },
    /// There are bytes before, between or after the members.
    #[error("it holds bytes that belong to no member, {place}")]
    StrayBytes {
        /// Where they are.
        place: String,
    },
    /// The archive unpacks to unreasonably much.
    #[error(
        "it unpacks to {unpacked} bytes from {size}, more than 100 times its size, of which member `{}` is the largest",
        largest.escape_debug()
    )]
    Bomb {
        /// The sum of the members' sizes.
        unpacked: u64,
        /// The size of the file.
        size: u64,
        /// The largest member.
        largest: String,
    },
    /// A member cannot be accepted.
    #[error("member `{}`: {problem}", member.escape_debug())]
    Member {
        /// Its name.
        member: String,
        /// Why.
        problem: MemberProblem,
    },
    /// A member's bytes are not those that were packed.
    #[error("member `{}` is damaged: {reason}", member.escape_debug())]
    Damaged {
        /// Its name.
        member: String,
        /// What does not fit.
        reason: &'static str,
    },
    /// A member contradicts the RECORD, or the RECORD the members.
    #[error("RECORD: `{}`: {problem}", path.escape_debug())]
    Record {
        /// The path in question.
        path: String,
        /// What does not fit.
        problem: RecordProblem,
    },
    /// There is not exactly one `.dist-info` folder.
    #[error("it has {count} `.dist-info` folders in place of one")]
    DistInfo {
        /// How many there are.
        count: usize,
    },
    /// A member that every wheel has is not there.
    #[error("`{member}` is missing")]
    Missing {
        /// Its name.
        member: String,
    },
    /// A member of the `.dist-info` folder is not of its form.
    #[error("`{member}`: {reason}")]
    Metadata {
        /// Its name.
        member: String,
        /// What is wrong.
        reason: String,
    },
    /// The metadata speak of another distribution than the file name.
    #[error("the file name says {field} {expected}, {place} says {found}")]
    Contradiction {
        /// `name` or `version`.
        field: &'static str,
        /// Where the other value stands.
        place: String,
        /// What the file name says.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The wheel is of a version that this reader does not know.
    #[error("its Wheel-Version is {found}, known is 1")]
    WheelVersion {
        /// What it says.
        found: String,
    },
    /// A folder below `.data` is not a scheme.
    #[error("member `{}`: `{}` is not a known scheme", member.escape_debug(), scheme.escape_debug())]
    UnknownScheme {
        /// The member.
        member: String,
        /// The folder's name.
        scheme: String,
    },
    /// An entry point would not make a safe launcher.
    #[error("entry point `{}`: {problem}", entry_point.escape_debug())]
    EntryPoint {
        /// The line in `entry_points.txt`.
        entry_point: String,
        /// Why.
        problem: EntryPointProblem,
    },
    /// The wheel would replace a part of the environment itself.
    #[error("it would install `{path}`, which is part of every environment")]
    Reserved {
        /// The path in the environment.
        path: String,
    },
    /// A file of the wheel has the path of a folder that another needs.
    #[error("it would install `{path}` as a file and as a folder")]
    FileInTheWay {
        /// The path in the environment.
        path: String,
    },
    /// Two files of the wheel have one path.
    #[error("it would install `{path}` twice")]
    Collision {
        /// The path in the environment.
        path: String,
    },
}

/// Why a member of a wheel cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemberProblem {
    /// The name is not UTF-8.
    #[error("its name is not UTF-8")]
    NotUtf8,
    /// The name is empty, or has an empty component.
    #[error("its name has an empty component")]
    Empty,
    /// The name starts with `/`.
    #[error("its name is absolute")]
    Absolute,
    /// The name has a `..` or `.` component.
    #[error("its name has a `.` or `..` component")]
    Climbs,
    /// The name holds a backslash.
    #[error("its name holds a backslash")]
    Backslash,
    /// The name starts with a drive letter.
    #[error("its name starts with a drive letter")]
    Drive,
    /// The name holds a newline or another control character.
    #[error("its name holds a control character")]
    Control,
    /// A component of the name is too long for dpkg, which unpacks `NAME` as `NAME.dpkg-new`, or the whole is for a path.
    #[error("its name has a component over 246 bytes, or is over 1024 bytes")]
    TooLong,
    /// It is a symbolic link.
    #[error("it is a symbolic link")]
    Symlink,
    /// It is neither file nor folder.
    #[error("it is neither a file nor a folder")]
    Special,
    /// It is a folder with content.
    #[error("it is a folder and has content")]
    FolderWithContent,
    /// There are two members of this name.
    #[error("it is there twice")]
    Duplicate,
    /// Another member's name differs in case only.
    #[error("its name differs from `{}` in case only", other.escape_debug())]
    CaseCollision {
        /// The other member.
        other: String,
    },
    /// Another member needs a folder of this name.
    #[error("it is a file and also the folder of `{}`", other.escape_debug())]
    FileAndFolder {
        /// The other member.
        other: String,
    },
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// It is compressed in a way that wheels are not.
    #[error("its compression method is {0}, known are 0 (stored) and 8 (deflate)")]
    Compression(u16),
    /// Its size is beyond what is accepted, or impossible.
    #[error("its size of {0} bytes is beyond what is accepted")]
    Size(u64),
    /// Its bytes are not all inside of the archive's member area, or also another member's.
    #[error("its bytes overlap with something else")]
    Overlap,
    /// The header before its bytes says something else than the archive's directory.
    #[error("its two headers contradict each other")]
    Headers,
}

/// How RECORD and members differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordProblem {
    /// The file is not CSV with three columns.
    #[error("line {0} is not a path, a hash and a size")]
    Syntax(usize),
    /// A member has no row.
    #[error("the member is not listed")]
    NotListed,
    /// A row has no member.
    #[error("there is no such member")]
    NoSuchMember,
    /// Two rows contradict each other.
    #[error("it is listed twice, differently")]
    Contradictory,
    /// A row has no hash.
    #[error("there is no hash")]
    NoHash,
    /// The hash is not a sha256.
    #[error("`{0}` is not a sha256")]
    NotSha256(String),
    /// The size is not the member's.
    #[error("the size is {listed}, the member has {found} bytes")]
    Size {
        /// What is listed.
        listed: String,
        /// What is there.
        found: u64,
    },
    /// The bytes have another digest.
    #[error("the sha256 is {expected}, the member has {actual}")]
    Hash {
        /// What is listed.
        expected: Sha256,
        /// What is there.
        actual: Sha256,
    },
}

/// Why an entry point cannot become a launcher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryPointProblem {
    /// The line is not `NAME = MODULE:FUNCTION`.
    #[error("it is not of the form `name = module:function`")]
    Syntax,
    /// The name is not that of a file.
    #[error("its name is not that of a file in `bin`")]
    Name,
    /// The name is that of an interpreter.
    #[error("its name is that of an interpreter")]
    Interpreter,
    /// The target holds something else than names and dots.
    #[error("`{}` is not a dotted name", target.escape_debug())]
    Target {
        /// The module or the function.
        target: String,
    },
}
