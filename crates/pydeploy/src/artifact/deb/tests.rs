use std::path::Path;

use tar::EntryType;

use super::testing::{append, assemble, control, control_tar, gzip, xz, zstd};
use super::{Deb, DebError, DebFileKind};

type Compress = fn(&[u8]) -> Vec<u8>;
const COMPRESSIONS: [(&str, Compress); 3] = [(".gz", gzip), (".xz", xz), (".zst", zstd)];

fn read(bytes: &[u8]) -> Result<Deb, DebError> {
    Deb::read(bytes, Path::new("a.deb"))
}

fn data(members: &[(EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, EntryType::Directory, "./", b"");
    for (kind, name, content) in members {
        append(&mut tar, *kind, name, content);
    }
    tar.into_inner().unwrap()
}

fn deb_of(control: &str, data: &[u8]) -> Vec<u8> {
    assemble(&[
        ("debian-binary", b"2.0\n"),
        ("control.tar", &control_tar(control)),
        ("data.tar", data),
    ])
}

/// The message for a package with this control file.
#[track_caller]
fn control_error(control: &str) -> String {
    read(&deb_of(control, &data(&[]))).unwrap_err().to_string()
}

/// The message for a package that installs this.
#[track_caller]
fn data_error(members: &[(EntryType, &str, &[u8])]) -> String {
    let bytes = deb_of(&control("site", "1.0", "all"), &data(members));
    read(&bytes).unwrap_err().to_string()
}

#[test]
fn fields_files_size_and_digest_are_read() {
    let data = data(&[
        (EntryType::Directory, "./opt/", b""),
        (EntryType::Regular, "./opt/a", b"abc"),
        (EntryType::Symlink, "./opt/b", b"/etc/b"),
        (EntryType::Link, "./opt/c", b"./opt/a"),
    ]);
    let bytes = deb_of(&control("site", "1:1.0~rc1-2", "amd64"), &data);
    let deb = read(&bytes).unwrap();
    assert_eq!(deb.package().as_str(), "site");
    assert_eq!(deb.version().as_str(), "1:1.0~rc1-2");
    assert_eq!(deb.architecture().as_str(), "amd64");
    assert_eq!(deb.control().get("Maintainer"), Some("A <a@example.org>"));
    assert_eq!(
        (deb.size(), deb.sha256()),
        (bytes.len() as u64, crate::digest::Sha256::of(&bytes))
    );
    let listing: Vec<_> = deb
        .files()
        .iter()
        .map(|f| format!("{:o} {} {}", f.mode, f.size, f.path))
        .collect();
    assert_eq!(listing, ["755 0 opt", "644 3 opt/a", "644 0 opt/b", "644 0 opt/c"]);
    assert!(matches!(&deb.files()[3].kind, DebFileKind::HardLink { target } if target.as_str() == "opt/a"));
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed() {
    let control = control_tar(&control("site", "1.0", "all"));
    let data = data(&[(EntryType::Regular, "./a", b"hello hello hello hello")]);
    for (suffix, compress) in COMPRESSIONS {
        let (control_name, data_name) = (format!("control.tar{suffix}"), format!("data.tar{suffix}"));
        let (control, data) = (compress(&control), compress(&data));
        let bytes = assemble(&[
            ("debian-binary", b"2.0\n"),
            (&control_name, &control),
            (&data_name, &data),
        ]);
        let good = read(&bytes).unwrap();
        for end in 0..bytes.len() {
            read(&bytes[..end]).expect_err("cut");
        }
        for cut in 1..data.len() {
            let short = &data[..data.len() - cut];
            let bytes = assemble(&[
                ("debian-binary", b"2.0\n"),
                (&control_name, &control),
                (&data_name, short),
            ]);
            read(&bytes).expect_err("cut inside");
        }
        // The headers of gzip (time, system) and of ar (time, owner) hold what nothing depends on.
        let free = if suffix == ".gz" { 10 } else { 0 };
        for at in 8 + 60 + 4 + 60 + free..8 + 60 + 4 + 60 + control.len() {
            for bit in 0..8 {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << bit;
                // Deflate may say the same in two ways, and zstd has a bit without meaning.
                let same = read(&bytes).is_ok_and(|deb| suffix != ".xz" && deb.control() == good.control());
                assert!(same || read(&bytes).is_err(), "{suffix}: bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn a_second_stream_or_anything_else_after_the_end_is_refused() {
    let control = control_tar(&control("site", "1.0", "all"));
    let data = data(&[]);
    for (suffix, compress) in COMPRESSIONS {
        for tail in [compress(&data), compress(b""), b"x".to_vec(), vec![0; 512]] {
            let twice = [compress(&data), tail].concat();
            let name = format!("data.tar{suffix}");
            let bytes = assemble(&[("debian-binary", b"2.0\n"), ("control.tar", &control), (&name, &twice)]);
            let error = read(&bytes).unwrap_err();
            assert!(matches!(error, DebError::TrailingData { .. }), "{suffix}: {error}");
        }
    }
    let garbage = [data.clone(), vec![b'x'; 512]].concat();
    read(&deb_of("", &garbage)).unwrap_err();
    read(&deb_of("", &data[..data.len() - 1024])).unwrap_err();
}

#[test]
fn members_stand_in_the_order_that_dpkg_wants() {
    let control = control_tar(&control("site", "1.0", "all"));
    let (binary, control, data) = (
        ("debian-binary", &b"2.0\n"[..]),
        ("control.tar", &control[..]),
        data(&[]),
    );
    let data = ("data.tar", &data[..]);
    read(&assemble(&[
        binary,
        ("_a", b"x"),
        control,
        ("_b", b""),
        data,
        ("_gpgorigin", b"x"),
    ]))
    .unwrap();
    for members in [
        &[control, data][..],
        &[binary, data, control],
        &[binary, control],
        &[binary, ("x", b""), control, data],
        &[binary, control, data, ("x", b"")],
        &[("debian-binary", b"3.0\n"), control, data],
        &[binary, control, ("data.tar.bz2", b"")],
        &[],
    ] {
        let error = read(&assemble(members)).unwrap_err();
        assert!(matches!(error, DebError::Layout { .. }), "{error}");
    }
}

#[test]
fn a_control_file_is_one_paragraph_with_strict_fields() {
    for (control, says) in [
        (control("Site_A", "1.0", "all"), "no usable Package"),
        (control("../../evil", "1.0", "all"), "no usable Package"),
        (control("site", "1.0_2", "all"), "no usable Version"),
        (control("site", "../1", "all"), "no usable Version"),
        (control("site", "1.0", "any"), "no usable Architecture"),
        (control("site", "1.0", "../x"), "no usable Architecture"),
        (
            "Package: site\n".to_owned(),
            "no usable Version: there is no such field",
        ),
        ("Package: a\nPackage: b\n".to_owned(), "cannot be used"),
        ("Package: a\n\nPackage: b\n".to_owned(), "cannot be used"),
    ] {
        let message = control_error(&control);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn members_that_would_escape_or_collide_are_refused() {
    let file = EntryType::Regular;
    for (members, says) in [
        (&[(file, "/etc/passwd", &b""[..])][..], "absolute"),
        (&[(file, "./../a", b"")], "`..`"),
        (&[(file, "opt/../../a", b"")], "`..`"),
        (&[(file, "./a", b""), (file, "a", b"")], "twice"),
        (&[(EntryType::Directory, "./", b"")], "twice"),
        (&[(EntryType::Char, "./null", b"")], "device"),
        (&[(EntryType::Fifo, "./pipe", b"")], "device"),
        (
            &[(EntryType::Symlink, "./a", b"/etc"), (file, "./a/passwd", b"")],
            "below something",
        ),
        (
            &[(file, "./a/b", b""), (EntryType::Symlink, "./a", b"/etc")],
            "lies below it",
        ),
        (&[(EntryType::Link, "./a", b"./b")], "hard link to nothing"),
        (&[(EntryType::Link, "./a", b"/etc/shadow")], "absolute"),
        (&[(EntryType::XHeader, "./x", b"12 path=abc\n")], "pax"),
        (
            &[(EntryType::GNULongName, "././@LongLink", b"abc\0")],
            "nothing follows",
        ),
    ] {
        let message = data_error(members);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn long_names_are_read() {
    let long = format!("./{}/b", "a".repeat(200));
    let mut members = vec![(EntryType::GNULongName, "././@LongLink", long.as_bytes())];
    members.push((EntryType::Regular, "./cut", b"x"));
    let deb = read(&deb_of(&control("site", "1.0", "all"), &data(&members))).unwrap();
    assert_eq!(format!("./{}", deb.files()[0].path), long);
}
