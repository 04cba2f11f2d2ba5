//! What Python's packaging specifications define: names, markers, tags, wheels; and the targets a release is for.

mod target;

pub use target::{Arch, Target, UnknownTarget};

mod wheel;
pub use wheel::{Wheel, WheelError};
