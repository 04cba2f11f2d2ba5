//! nginx takes the site that a template made, and serves the static files of the release.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::lab::{Lab, PACKAGE, cache};
use super::{Check, tools};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "nginx",
    about: "nginx -t takes the site made of a template, and nginx serves the release's static files",
    needs: &[
        tools::CURL,
        tools::GIT,
        tools::IP,
        tools::NGINX,
        tools::PYTHON_3_11,
        tools::Need::Root,
        tools::TAR,
        tools::ZSTD,
    ],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";

/// In a network of its own, where port 80 is nobody's.
const SERVE: &str = r#"set -e
ip link set lo up
nginx -t -c "$1/nginx.conf"
nginx -c "$1/nginx.conf"
trap 'kill "$(cat "$1/nginx.pid")"' EXIT
curl --silent --show-error --fail --retry 5 --retry-connrefused http://127.0.0.1/static/guestbook/style.css"#;

fn run(lab: &Lab<'_>) -> Result<()> {
    let (sh, site) = (lab.sh, lab.site("site")?);
    let prefix = lab.dir.join("srv").join(PACKAGE);
    let fixed = ["--format", "bundle", "--target", "debian12", "--version", VERSION];
    let build = lab.pydeploy().arg("build").args(fixed).arg("--prefix").arg(&prefix);
    let out = lab.dir.join("out");
    let built = read(
        build
            .arg("--output")
            .arg(out)
            .arg("--cache")
            .arg(cache())
            .arg(&site.dir),
    )?;
    let bundle = built.trim_end();
    sh.create_dir(&prefix)?;
    read(cmd!(sh, "tar --zstd -xf {bundle} -C {prefix}"))?;
    sh.write_file(lab.dir.join("nginx.conf"), configuration(&lab.dir, &prefix))?;
    let dir = &lab.dir;
    let served = read(cmd!(sh, "unshare --net sh -c {SERVE} serve {dir}"))?;
    let style = prefix.join("static/guestbook/style.css");
    let expected = sh.read_file(&style).with_context(|| style.display().to_string())?;
    ensure!(served.trim_end() == expected.trim_end(), "nginx served:\n{served}");
    Ok(())
}

/// What Debian's own says, as far as it concerns a site; run by root's own user, who may read the lab's folders.
fn configuration(dir: &Path, prefix: &Path) -> String {
    let (dir, site) = (dir.display(), prefix.join("etc/nginx/sites-available").join(PACKAGE));
    format!(
        "user root;\npid {dir}/nginx.pid;\nerror_log {dir}/error.log;\nevents {{}}\nhttp {{\n\
         include /etc/nginx/mime.types;\naccess_log off;\ninclude {};\n}}\n",
        site.display()
    )
}
