//! Which package of which distribution has which library.
//!
//! From the `symbols` and `shlibs` files that the packages of each distribution bring for dpkg-shlibdeps(1): the
//! libraries that every manylinux wheel may use ([PEP 599], [PEP 600]), and those that wheels are often linked to which
//! are built on the machine itself. `cargo xtask test --real depends` compares it with what dpkg-shlibdeps says, and a
//! test with dpkg's database, where that is Debian 12's.
//!
//! [PEP 599]: https://peps.python.org/pep-0599/
//! [PEP 600]: https://peps.python.org/pep-0600/

use self::Names::{Everywhere, In, Renamed};
use super::symbols::Numbering::{self, Free, Gcc, Glibc, Libstdcxx, Openssl, Zlib};

/// How the distributions call the package of a library.
#[derive(Clone, Copy, Debug)]
pub(super) enum Names {
    /// The same in all of them.
    Everywhere(&'static str),
    /// With `t64` at its end since the change to 64-bit times (Debian 13, Ubuntu 24.04).
    Renamed(&'static str),
    /// Only in these, separated by blanks.
    In(&'static [(&'static str, &'static str)]),
}

/// Soname, package, and how the versions of its symbols are to be read.
pub(super) type Row = (&'static str, Names, Numbering);

pub(super) const LIBRARIES: &[Row] = &[
    // The C library.
    ("ld-linux-x86-64.so.2", Everywhere("libc6"), Glibc),
    ("ld-linux-aarch64.so.1", Everywhere("libc6"), Glibc),
    ("libanl.so.1", Everywhere("libc6"), Glibc),
    ("libc.so.6", Everywhere("libc6"), Glibc),
    ("libdl.so.2", Everywhere("libc6"), Glibc),
    ("libm.so.6", Everywhere("libc6"), Glibc),
    ("libmvec.so.1", Everywhere("libc6"), Glibc),
    ("libnsl.so.1", Everywhere("libc6"), Glibc),
    ("libpthread.so.0", Everywhere("libc6"), Glibc),
    ("libresolv.so.2", Everywhere("libc6"), Glibc),
    ("librt.so.1", Everywhere("libc6"), Glibc),
    ("libutil.so.1", Everywhere("libc6"), Glibc),
    // What compilers add.
    ("libgcc_s.so.1", Everywhere("libgcc-s1"), Gcc),
    ("libstdc++.so.6", Everywhere("libstdc++6"), Libstdcxx),
    ("libatomic.so.1", Everywhere("libatomic1"), Free),
    ("libgfortran.so.5", Everywhere("libgfortran5"), Free),
    ("libgomp.so.1", Everywhere("libgomp1"), Free),
    ("libquadmath.so.0", Everywhere("libquadmath0"), Free),
    // What else every manylinux wheel may use.
    ("libz.so.1", Everywhere("zlib1g"), Zlib),
    ("libexpat.so.1", Everywhere("libexpat1"), Free),
    ("libGL.so.1", Everywhere("libgl1"), Free),
    ("libICE.so.6", Everywhere("libice6"), Free),
    ("libSM.so.6", Everywhere("libsm6"), Free),
    ("libX11.so.6", Everywhere("libx11-6"), Free),
    ("libXext.so.6", Everywhere("libxext6"), Free),
    ("libXrender.so.1", Everywhere("libxrender1"), Free),
    ("libglib-2.0.so.0", Renamed("libglib2.0-0"), Free),
    ("libgobject-2.0.so.0", Renamed("libglib2.0-0"), Free),
    ("libgthread-2.0.so.0", Renamed("libglib2.0-0"), Free),
    // What is found in wheels that were built locally.
    ("libcrypto.so.1.1", In(&[("debian11", "libssl1.1")]), Openssl),
    (
        "libcrypto.so.3",
        In(&[
            ("debian12 ubuntu22.04", "libssl3"),
            ("debian13 ubuntu24.04 ubuntu26.04", "libssl3t64"),
        ]),
        Openssl,
    ),
    ("libssl.so.1.1", In(&[("debian11", "libssl1.1")]), Openssl),
    (
        "libssl.so.3",
        In(&[
            ("debian12 ubuntu22.04", "libssl3"),
            ("debian13 ubuntu24.04 ubuntu26.04", "libssl3t64"),
        ]),
        Openssl,
    ),
    ("libbz2.so.1.0", Everywhere("libbz2-1.0"), Free),
    ("libcap.so.2", Everywhere("libcap2"), Free),
    ("libcom_err.so.2", Everywhere("libcom-err2"), Free),
    ("libcrypt.so.1", Everywhere("libcrypt1"), Free),
    ("libcurl.so.4", Renamed("libcurl4"), Free),
    ("libev.so.4", Renamed("libev4"), Free),
    ("libexslt.so.0", Everywhere("libxslt1.1"), Free),
    ("libffi.so.7", In(&[("debian11 ubuntu22.04", "libffi7")]), Free),
    (
        "libffi.so.8",
        In(&[("debian12 debian13 ubuntu22.04 ubuntu24.04 ubuntu26.04", "libffi8")]),
        Free,
    ),
    ("libfreetype.so.6", Everywhere("libfreetype6"), Free),
    ("libgio-2.0.so.0", Renamed("libglib2.0-0"), Free),
    ("libgmodule-2.0.so.0", Renamed("libglib2.0-0"), Free),
    ("libgmp.so.10", Everywhere("libgmp10"), Free),
    ("libgssapi_krb5.so.2", Everywhere("libgssapi-krb5-2"), Free),
    ("libjansson.so.4", Everywhere("libjansson4"), Free),
    (
        "libjpeg.so.62",
        In(&[("debian11 debian12 debian13", "libjpeg62-turbo")]),
        Free,
    ),
    (
        "libjpeg.so.8",
        In(&[("ubuntu22.04 ubuntu24.04 ubuntu26.04", "libjpeg-turbo8")]),
        Free,
    ),
    ("libkrb5.so.3", Everywhere("libkrb5-3"), Free),
    ("liblber-2.4.so.2", In(&[("debian11", "libldap-2.4-2")]), Free),
    (
        "liblber-2.5.so.0",
        In(&[("debian12 ubuntu22.04", "libldap-2.5-0")]),
        Free,
    ),
    (
        "liblber.so.2",
        In(&[("debian13 ubuntu24.04 ubuntu26.04", "libldap2")]),
        Free,
    ),
    ("liblcms2.so.2", Everywhere("liblcms2-2"), Free),
    ("libldap-2.4.so.2", In(&[("debian11", "libldap-2.4-2")]), Free),
    ("libldap_r-2.4.so.2", In(&[("debian11", "libldap-2.4-2")]), Free),
    (
        "libldap-2.5.so.0",
        In(&[("debian12 ubuntu22.04", "libldap-2.5-0")]),
        Free,
    ),
    (
        "libldap.so.2",
        In(&[("debian13 ubuntu24.04 ubuntu26.04", "libldap2")]),
        Free,
    ),
    ("liblz4.so.1", Everywhere("liblz4-1"), Free),
    ("liblzma.so.5", Everywhere("liblzma5"), Free),
    ("libmagic.so.1", Renamed("libmagic1"), Free),
    ("libmariadb.so.3", Everywhere("libmariadb3"), Free),
    ("libmemcached.so.11", Renamed("libmemcached11"), Free),
    ("libncursesw.so.6", Everywhere("libncursesw6"), Free),
    ("libopenjp2.so.7", Everywhere("libopenjp2-7"), Free),
    ("libpam.so.0", Everywhere("libpam0g"), Free),
    (
        "libpcre.so.3",
        In(&[("debian11 debian12 ubuntu22.04 ubuntu24.04", "libpcre3")]),
        Free,
    ),
    ("libpcre2-8.so.0", Everywhere("libpcre2-8-0"), Free),
    ("libpng16.so.16", Renamed("libpng16-16"), Free),
    ("libpq.so.5", Everywhere("libpq5"), Free),
    ("libpython3.9.so.1.0", In(&[("debian11", "libpython3.9")]), Free),
    ("libpython3.10.so.1.0", In(&[("ubuntu22.04", "libpython3.10")]), Free),
    ("libpython3.11.so.1.0", In(&[("debian12", "libpython3.11")]), Free),
    ("libpython3.12.so.1.0", In(&[("ubuntu24.04", "libpython3.12t64")]), Free),
    ("libpython3.13.so.1.0", In(&[("debian13", "libpython3.13")]), Free),
    ("libpython3.14.so.1.0", In(&[("ubuntu26.04", "libpython3.14")]), Free),
    ("libreadline.so.8", Renamed("libreadline8"), Free),
    ("libsasl2.so.2", Everywhere("libsasl2-2"), Free),
    ("libsodium.so.23", Everywhere("libsodium23"), Free),
    ("libsqlite3.so.0", Everywhere("libsqlite3-0"), Free),
    ("libsystemd.so.0", Everywhere("libsystemd0"), Free),
    ("libtiff.so.5", In(&[("debian11 ubuntu22.04", "libtiff5")]), Free),
    (
        "libtiff.so.6",
        In(&[("debian12 debian13 ubuntu24.04 ubuntu26.04", "libtiff6")]),
        Free,
    ),
    ("libtinfo.so.6", Everywhere("libtinfo6"), Free),
    ("libtirpc.so.3", Renamed("libtirpc3"), Free),
    ("libuuid.so.1", Everywhere("libuuid1"), Free),
    ("libwebp.so.6", In(&[("debian11", "libwebp6")]), Free),
    (
        "libwebp.so.7",
        In(&[("debian12 debian13 ubuntu22.04 ubuntu24.04 ubuntu26.04", "libwebp7")]),
        Free,
    ),
    ("libxcb.so.1", Everywhere("libxcb1"), Free),
    (
        "libxml2.so.2",
        In(&[("debian11 debian12 debian13 ubuntu22.04 ubuntu24.04", "libxml2")]),
        Free,
    ),
    ("libxml2.so.16", In(&[("ubuntu26.04", "libxml2-16")]), Free),
    ("libxslt.so.1", Everywhere("libxslt1.1"), Free),
    ("libyaml-0.so.2", Everywhere("libyaml-0-2"), Free),
    ("libzmq.so.5", Everywhere("libzmq5"), Free),
    ("libzstd.so.1", Everywhere("libzstd1"), Free),
];

/// The distributions that the table is about, with the versions of what they have at least: the packages of the
/// compiler's libraries, zlib and OpenSSL. Their C library is part of the target.
pub(super) const DISTRIBUTIONS: [(&str, &str, &str, &str); 6] = [
    ("debian11", "10.2", "1:1.2.11", "1.1.1w"),
    ("debian12", "12.2.0", "1:1.2.13", "3.0.9"),
    ("debian13", "14.2.0", "1:1.3", "3.5.0"),
    ("ubuntu22.04", "12", "1:1.2.11", "3.0.2"),
    ("ubuntu24.04", "14", "1:1.3", "3.0.13"),
    ("ubuntu26.04", "16", "1:1.3", "3.5.0"),
];

/// Those whose packages were not renamed.
const BEFORE_RENAMING: [&str; 3] = ["debian11", "debian12", "ubuntu22.04"];

/// The row of a library.
pub(super) fn find(soname: &str) -> Option<&'static Row> {
    LIBRARIES.iter().find(|row| row.0 == soname)
}

impl Names {
    /// What `distribution` calls the package; nothing when it has none. On a distribution that is not in the table,
    /// either name will do.
    pub(super) fn on(self, distribution: &str) -> Vec<String> {
        let known = DISTRIBUTIONS.iter().any(|row| row.0 == distribution);
        match self {
            Everywhere(name) => vec![name.to_owned()],
            Renamed(name) if !known => vec![format!("{name}t64"), name.to_owned()],
            Renamed(name) if BEFORE_RENAMING.contains(&distribution) => vec![name.to_owned()],
            Renamed(name) => vec![format!("{name}t64")],
            In(names) => {
                let has = |(distributions, _): &&(&str, &str)| distributions.split(' ').any(|one| one == distribution);
                names
                    .iter()
                    .find(has)
                    .map(|(_, name)| (*name).to_owned())
                    .into_iter()
                    .collect()
            }
        }
    }
}
