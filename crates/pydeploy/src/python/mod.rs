//! What Python's packaging specifications define: names, markers, tags, wheels; and the targets a release is for.

mod marker;
mod name;
mod requirement;
mod specifier;
mod tags;
mod target;
mod wheel;
mod wheel_filename;

pub use marker::{Marker, MarkerEnvironment, MarkerError};
pub use name::{DistributionName, DistributionNameError};
pub use requirement::{Requirement, RequirementError, Wanted};
pub use tags::{Tag, Tags};
pub use target::{Arch, Target, UnknownTarget};
pub(crate) use wheel::python_satisfies;
#[cfg(test)]
pub(crate) use wheel::testing;
pub use wheel::{
    EntryPointProblem, Installed, InstalledContent, MemberProblem, Metadata, RecordProblem, Scheme, Wheel, WheelError,
    WheelProblem,
};
pub use wheel_filename::{WheelFilename, WheelFilenameError};
