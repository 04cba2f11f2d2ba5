//! What Python's packaging specifications define: names, markers, tags, wheels; and the targets a release is for.

mod bytecode;
mod elf;
mod environment;
#[cfg(feature = "artifact")]
mod libraries;
mod marker;
mod misfit;
mod name;
mod probe;
mod requirement;
mod specifier;
mod tags;
mod target;
mod target_file;
mod wheel;
mod wheel_filename;

pub use bytecode::{CompileError, Compiler, ModuleSource};
pub(crate) use elf::Elf;
pub use elf::ElfError;
#[cfg(test)]
pub(crate) use elf::testing as elf_testing;
#[cfg(feature = "artifact")]
pub(crate) use elf::{MAGIC as ELF_MAGIC, glibc as glibc_version};
pub use environment::Environment;
pub(crate) use environment::Part;
#[cfg(feature = "artifact")]
pub(crate) use libraries::PROGRAM as LIBRARIES_PROGRAM;
#[cfg(feature = "artifact")]
pub use libraries::{LibrariesError, Library, LibraryProblem, check_libraries};
pub use marker::{Marker, MarkerEnvironment, MarkerError};
pub use name::{DistributionName, DistributionNameError};
pub use probe::{Probe, ProbeError, probe};
pub use requirement::{Requirement, RequirementError, Wanted};
pub use tags::{Tag, Tags};
pub use target::{Arch, Target, UnknownTarget};
pub use target_file::TargetFileError;
#[cfg(test)]
pub(crate) use wheel::testing;
#[cfg(feature = "artifact")]
pub(crate) use wheel::{
    Archive, CompiledMembers, Member, RecordRow, Section, is_installed_record, record_rows, record_text,
};
pub use wheel::{
    Contradiction, EntryPointProblem, Installed, InstalledContent, MemberProblem, Metadata, RecordProblem, Scheme,
    Wheel, WheelError, WheelProblem,
};
pub(crate) use wheel::{MemberBuffer, python_satisfies};
pub use wheel_filename::{WheelFilename, WheelFilenameError};
