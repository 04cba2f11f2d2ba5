//! Why a wheel does not run on a target.

use super::{Tags, Target, WheelFilename};

impl WheelFilename {
    /// Why no tag of the wheel fits `target`, as the end of a sentence about it; `None` when one fits.
    ///
    /// ```
    /// use pydeploy::python::WheelFilename;
    ///
    /// let target = "debian12".parse()?;
    /// let misfit = |file: &str| file.parse::<WheelFilename>().map(|file| file.misfit(&target).unwrap_or_default());
    /// assert_eq!(misfit("a-1-cp311-cp311-musllinux_1_2_x86_64.whl")?, "it is for musl, not for the GNU C library");
    /// assert_eq!(misfit("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl")?, "it is for the free-threaded Python 3.13");
    /// assert_eq!(misfit("a-1-cp311-cp311-manylinux_2_38_x86_64.whl")?, "it needs glibc 2.38, there is 2.36");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn misfit(&self, target: &Target) -> Option<String> {
        let accepted = Tags::of(target);
        if self.rank(&accepted).is_some() {
            return None;
        }
        let known = accepted.iter();
        let other = self
            .tags()
            .find(|tag| known.iter().all(|known| known.platform != tag.platform));
        let reason = match other {
            Some(tag) => of_platform(&tag.platform, target),
            None => self
                .tags()
                .next()
                .and_then(|tag| of_python(&tag.python, &tag.abi, target)),
        };
        Some(reason.unwrap_or_else(|| "none of its tags is one of the target's".to_owned()))
    }
}

fn of_platform(platform: &str, target: &Target) -> Option<String> {
    let machine = target.arch().machine();
    let system = |name: &str| Some(format!("it is for {name}"));
    match platform.split('_').next()? {
        "win" | "win32" => system("Windows"),
        "macosx" => system("macOS"),
        "ios" => system("iOS"),
        "android" => system("Android"),
        "musllinux" => system("musl, not for the GNU C library"),
        _ if !platform.ends_with(machine) => Some(format!("it is for `{platform}`, not for {machine}")),
        "manylinux" => {
            let ((major, minor), mut numbers) = (target.glibc(), platform.split('_').skip(1));
            let needed = format!("{}.{}", numbers.next()?, numbers.next()?);
            Some(format!("it needs glibc {needed}, there is {major}.{minor}"))
        }
        _ => None,
    }
}

fn of_python(python: &str, abi: &str, target: &Target) -> Option<String> {
    let version = |digits: &str| {
        let (major, minor) = digits.split_at_checked(1)?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match is_number(major) && is_number(minor) {
            true => Some(format!("{major}.{minor}")),
            false => Some(major.to_owned()).filter(|major| is_number(major) && minor.is_empty()),
        }
    };
    if let Some(free) = abi.strip_prefix("cp").and_then(|abi| abi.strip_suffix('t')) {
        return Some(format!("it is for the free-threaded Python {}", version(free)?));
    }
    if python.starts_with("pp") || python.starts_with("graalpy") {
        return Some("it is for another implementation than CPython".to_owned());
    }
    let number = python.strip_prefix("cp").or_else(|| python.strip_prefix("py"))?;
    let wanted = version(number)?;
    if wanted == target.python_minor() {
        return Some(format!("it is for `{abi}`, which is another build of Python {wanted}"));
    }
    Some(format!("it is for Python {wanted}, there is {}", target.python_minor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_that_of_the_part_that_does_not_fit() {
        let target = "debian12".parse().unwrap();
        for (tags, expect) in [
            ("py3-none-any", None),
            ("cp311-abi3-manylinux1_x86_64", None),
            ("cp311-cp311-win_amd64", Some("it is for Windows")),
            ("cp311-cp311-win32", Some("it is for Windows")),
            ("cp311-cp311-macosx_11_0_arm64", Some("it is for macOS")),
            (
                "cp311-cp311-musllinux_1_1_x86_64",
                Some("it is for musl, not for the GNU C library"),
            ),
            (
                "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64",
                Some("it is for `manylinux_2_17_aarch64`, not for x86_64"),
            ),
            (
                "cp311-cp311-linux_armv7l",
                Some("it is for `linux_armv7l`, not for x86_64"),
            ),
            (
                "cp310-cp310-manylinux_2_40_x86_64",
                Some("it needs glibc 2.40, there is 2.36"),
            ),
            (
                "cp310-cp310-manylinux_2_17_x86_64",
                Some("it is for Python 3.10, there is 3.11"),
            ),
            (
                "cp312-abi3-manylinux_2_17_x86_64",
                Some("it is for Python 3.12, there is 3.11"),
            ),
            (
                "cp313-cp313t-manylinux_2_17_x86_64",
                Some("it is for the free-threaded Python 3.13"),
            ),
            ("py2-none-any", Some("it is for Python 2, there is 3.11")),
            ("py312-none-any", Some("it is for Python 3.12, there is 3.11")),
            (
                "pp311-pypy311_pp73-manylinux_2_17_x86_64",
                Some("it is for another implementation than CPython"),
            ),
            (
                "cp311-cp311d-linux_x86_64",
                Some("it is for `cp311d`, which is another build of Python 3.11"),
            ),
            ("x-y-any", Some("none of its tags is one of the target's")),
        ] {
            let file: WheelFilename = format!("a-1-{tags}.whl").parse().unwrap();
            assert_eq!(file.misfit(&target).as_deref(), expect, "{tags}");
        }
    }
}
