//! From a release to a `.deb`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek as _, Write};
use std::path::{Path, PathBuf};

use super::ar::ArWriter;
use super::package::Package;
use super::packaging::Packaging;
use super::same::Same;
use super::tarball::TarWriter;
use super::{Deb, DebError, data, seal};
use crate::Timestamp;
use crate::artifact::pieces::{Archive, Codec, Recipe};
use crate::artifact::{PieceCache, Stopped, WriteError};
use crate::digest::Sha256;
use crate::release::Release;
use crate::sys::files;

/// What a package needs besides the release.
#[derive(Clone, Copy, Debug)]
pub struct DebOptions<'a> {
    /// What the project says about its package.
    pub packaging: Packaging<'a>,
    /// Where compressed pieces are kept for the next package, if they are. It does not change the package.
    pub pieces: Option<&'a PieceCache>,
}

/// A package that has been written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrittenDeb {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Files, folders and links inside.
    pub entries: usize,
}

/// Writes `NAME_VERSION_ARCH.deb` into the folder `dir`: deb(5), format 2.0, the same bytes for the same input.
///
/// No member comes from a directory listing or a clock, nothing is run, and nobody need be root. The file appears under
/// its name when it is complete.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::deb::{self, Deb, DebOptions, Packaging};
///
/// let at = Timestamp::from_compact("20161009151015").ok_or("no date")?;
/// let changelog = b"site (1.0) development; urgency=medium\n";
/// let options = DebOptions {
///     packaging: Packaging::new(at, "Ada Example <ada@example.org>", changelog),
///     pieces: None,
/// };
/// let written = deb::write(&release, &options, &dir.path().join("out"))?;
/// assert!(written.path.ends_with("site_1.0_all.deb"));
/// assert_eq!(Deb::open(&written.path)?.sha256(), written.sha256);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the release cannot be laid out, a wheel contradicts its RECORD, a file changes while it is read, or the disk is
/// full. Nothing is left under the final name then.
pub fn write(release: &Release, options: &DebOptions<'_>, dir: &Path) -> Result<WrittenDeb, WriteError> {
    write_into(release, options, dir).map_err(|stopped| stopped.at("write a package into", dir))
}

fn write_into(release: &Release, options: &DebOptions<'_>, dir: &Path) -> Result<WrittenDeb, Stopped> {
    let package = Package::plan(release, &options.packaging)?;
    let (at, codec) = (options.packaging.at, data::codec(&release.target));
    files::create_dir_all(dir)?;
    let recipe = Recipe {
        at,
        codec,
        md5sums: true,
        cache: options.pieces,
        scratch: dir,
    };
    let archive = Archive::build(&package.tree, &recipe)?;
    let seal = seal::line(&data_member(codec), archive.digest()?);
    let control = control_archive(&package, &md5sums(&archive, &package.conffiles), &seal, at)?;
    let path = dir.join(file_name(release, &package));
    let staged = files::stage_file(dir)?;
    assemble(staged.as_file(), at, codec, &control, &archive)?;
    let (size, sha256) = verify(staged.as_file(), &path, codec, &archive)?;
    files::commit_file(staged, &path, 0o644)?;
    Ok(WrittenDeb {
        path,
        size,
        sha256,
        entries: package.tree.len(),
    })
}

/// The text of `md5sums`: every regular file but the conffiles.
fn md5sums(archive: &Archive, conffiles: &BTreeSet<String>) -> String {
    let sums = archive.md5sums().into_iter();
    sums.filter(|(path, _)| !conffiles.contains(&format!("/{path}")))
        .map(|(path, sum)| format!("{sum}  {path}\n"))
        .collect()
}

/// Reads what was written. Size and digest of the package are those of what was read.
fn verify(mut file: &File, path: &Path, codec: Codec, archive: &Archive) -> Result<(u64, Sha256), Stopped> {
    file.rewind()?;
    if codec.is_read_back() {
        return verify_packed(file, path, archive);
    }
    let deb = verify_content(file, path, archive)?;
    Ok((deb.size(), deb.sha256()))
}

/// Compares the data archive with the pieces that it was made of, each of which was found to decode to what went in.
fn verify_packed(file: &File, path: &Path, archive: &Archive) -> Result<(u64, Sha256), Stopped> {
    let mut same = Same::to(archive.reader());
    let read = Deb::read_packed(file, path, &mut same).map_err(damaged)?;
    match same.finish()? {
        true => Ok(read),
        false => Err(unlike("the data archive".to_owned()).into()),
    }
}

/// Reads the package as any other would, and compares what it installs with what went in, byte for byte.
fn verify_content(file: &File, path: &Path, archive: &Archive) -> Result<Deb, WriteError> {
    let mut comparison = archive.comparison();
    let deb = Deb::read_to(file, path, &mut comparison).map_err(damaged)?;
    comparison.finish().map_err(|error| unlike(error.piece))?;
    Ok(deb)
}

fn damaged(error: DebError) -> WriteError {
    WriteError::Damaged(Box::new(error))
}

fn unlike(piece: String) -> WriteError {
    WriteError::Unlike { piece }
}

/// The canonical name, without the epoch.
fn file_name(release: &Release, package: &Package) -> String {
    let version = release.version.without_epoch();
    let control = &package.control["control"].0;
    let arch = control
        .lines()
        .find_map(|line| line.strip_prefix("Architecture: "))
        .unwrap_or("all");
    format!("{}_{version}_{arch}.deb", release.project.name)
}

fn control_archive(package: &Package, sums: &str, seal: &str, at: Timestamp) -> io::Result<Vec<u8>> {
    let mut files = package.control.clone();
    files.insert("md5sums", (sums.to_owned(), 0o644));
    files.entry("triggers").or_insert((String::new(), 0o644)).0 += seal;
    let mut tar = TarWriter::new(data::control_writer()?, at)?;
    for (name, (text, mode)) in &files {
        tar.file(name, *mode, text.as_bytes())?;
    }
    tar.finish()?.finish()
}

fn data_member(codec: Codec) -> String {
    format!("data.tar.{}", data::extension(codec))
}

fn assemble(file: &File, at: Timestamp, codec: Codec, control: &[u8], archive: &Archive) -> io::Result<()> {
    let mut ar = ArWriter::new(io::BufWriter::with_capacity(1 << 18, file))?;
    ar.append_bytes("debian-binary", at, b"2.0\n")?;
    ar.append_bytes("control.tar.xz", at, control)?;
    ar.append(&data_member(codec), at, archive.len(), &mut archive.reader())?;
    ar.finish().flush()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;
    use crate::artifact::testing::{at, demo, release};
    use crate::release::Layout;

    #[test]
    fn no_flipped_bit_of_the_data_archive_goes_unnoticed() {
        let dir = tempfile::tempdir().unwrap();
        let release = release(dir.path(), "1.0", &[demo()]);
        let tree = release
            .tree(&Layout::package(&release.project.name, &release.target))
            .unwrap();
        let package = Package::plan(&release, &Packaging::new(at(), "A <a@example.org>", b"")).unwrap();
        let control = control_archive(&package, "", "", at()).unwrap();
        let codec = Codec::Xz(1);
        let recipe = Recipe {
            at: at(),
            codec,
            md5sums: true,
            cache: None,
            scratch: dir.path(),
        };
        let archive = Archive::build(&tree, &recipe).unwrap();
        let file = tempfile::tempfile().unwrap();
        assemble(&file, at(), codec, &control, &archive).unwrap();
        let verify = || verify(&file, Path::new("a.deb"), codec, &archive);
        let whole = verify().unwrap();
        let length = file.metadata().unwrap().len();
        let padding = archive.len() % 2;
        for place in (length - padding - archive.len()..length - padding).step_by(3) {
            let mut byte = [0];
            file.read_exact_at(&mut byte, place).unwrap();
            file.write_all_at(&[byte[0] ^ 4], place).unwrap();
            assert!(verify().is_err(), "byte {place}");
            file.write_all_at(&byte, place).unwrap();
        }
        assert_eq!(verify().unwrap(), whole);
        file.set_len(length - padding - 1).unwrap();
        assert!(verify().is_err(), "cut");
    }
}
