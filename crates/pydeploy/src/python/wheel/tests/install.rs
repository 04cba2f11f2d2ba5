//! Wheels that are installed on paper.

use super::*;

#[track_caller]
fn install_refusal(builder: &WheelBuilder) -> String {
    open(builder)
        .unwrap()
        .install(&scheme())
        .unwrap_err()
        .problem
        .to_string()
}

#[test]
fn everything_is_placed_where_pip_places_it() {
    let mut tool = Entry::new("demo/tool.sh", "#!/bin/sh\n");
    tool.mode = 0o100_755;
    let builder = WheelBuilder::new()
        .file("demo/", "")
        .file("demo/__init__.py", "")
        .file("demo/a,b.txt", "comma")
        .entry(tool)
        .file("demo-1.0.data/purelib/pure.py", "1")
        .file("demo-1.0.data/platlib/plat.py", "2")
        .file("demo-1.0.data/scripts/run", "#!python -u\r\nrun()\n")
        .file("demo-1.0.data/scripts/binary", b"\x7fELF\xff")
        .file("demo-1.0.data/data/share/demo/x", "3")
        .file("demo-1.0.data/headers/demo.h", "4")
        .file("demo-1.0.dist-info/INSTALLER", "other\n")
        .file("demo-1.0.dist-info/licenses/LICENSE", "5")
        .entry_points("[console_scripts]\ndemo = demo.cli : main [x]\n");
    let wheel = open(&builder).unwrap();
    let plan = wheel.install(&scheme()).unwrap();
    insta::assert_snapshot!(listing(&plan), @"
    rwx    5 member 7  bin/binary
    rwx  115 inline    bin/demo
    rwx   37 inline    bin/run
    rw-    1 member 9  include/site/python3.11/demo/demo.h
    rw-    9 inline    lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER
    rw-   46 member 13 lib/python3.11/site-packages/demo-1.0.dist-info/METADATA
    rw- 1167 inline    lib/python3.11/site-packages/demo-1.0.dist-info/RECORD
    rw-   59 member 14 lib/python3.11/site-packages/demo-1.0.dist-info/WHEEL
    rw-   45 member 12 lib/python3.11/site-packages/demo-1.0.dist-info/entry_points.txt
    rw-    1 member 11 lib/python3.11/site-packages/demo-1.0.dist-info/licenses/LICENSE
    rw-    0 member 1  lib/python3.11/site-packages/demo/__init__.py
    rw-    5 member 2  lib/python3.11/site-packages/demo/a,b.txt
    rwx   10 member 3  lib/python3.11/site-packages/demo/tool.sh
    rw-    1 member 5  lib/python3.11/site-packages/plat.py
    rw-    1 member 4  lib/python3.11/site-packages/pure.py
    rw-    1 member 8  share/demo/x
    ");
    let record = plan.iter().find(|file| file.path.ends_with("/RECORD")).unwrap();
    let InstalledContent::Inline(record) = &record.content else {
        panic!("the RECORD is made anew");
    };
    insta::assert_snapshot!(String::from_utf8_lossy(record), @r#"
    ../../../bin/binary,sha256=pzU4dF5Qpeux6edIwrZ9zhyj2nZyJTT3QgsKh7HIJa0,5
    ../../../bin/demo,sha256=8sPrks9NGZpHooVsK0-H1A8RT_bk2itD6BNJmU6HAqA,115
    ../../../bin/run,sha256=g1ulvjiJ4Iuty5rNAsK6Rp7awlaHleSirYTiaCgG6jA,37
    ../../../include/site/python3.11/demo/demo.h,sha256=SyJ3d9TdH8Ycb4hPSGQdArTRIdP9Moywi1Ux_Kzav4o,1
    ../../../share/demo/x,sha256=TgdAhWK-24tgzgXB3s_jrRa3IjCWfeAfZAt-Rym0n84,1
    demo-1.0.dist-info/INSTALLER,sha256=svdpIHe0Aen-5NBi5PjEP-O5Yijc0BzLz9fel6Sfucw,9
    demo-1.0.dist-info/METADATA,sha256=yQrTrWqot33aFt8P_BEz_nVR_9h9OTI50RGOWIAs2xE,46
    demo-1.0.dist-info/RECORD,,
    demo-1.0.dist-info/WHEEL,sha256=JCVX9z8V-js2aV5qmQR2E3fiCs-Yu3vPO91cCBmO1JM,59
    demo-1.0.dist-info/entry_points.txt,sha256=cIBX3oNaqG3qGCKbQGBkkZUJcQs2_aGbK7T2IWFy3IU,45
    demo-1.0.dist-info/licenses/LICENSE,sha256=7y0SfeN7lCuq0GFF5UsMYZofIjJ7LrvPvsePVWSv450,1
    demo/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0
    "demo/a,b.txt",sha256=82pOWGcFaRgVlTmb7sN-IsPbotjSq9GRuGYCoWwjKJw,5
    demo/tool.sh,sha256=qAdtPSjSHgIBKyDq99v3VAmmJ3E0Q5Al8oLjaOMwWr8,10
    plat.py,sha256=1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR-Q2jpmbuwTqzU,1
    pure.py,sha256=a4ayc_80_OGda4BO_1o_V0etpOqiLx1JwB5S3beHW0s,1
    "#);
}

fn listing(plan: &[Installed]) -> String {
    let line = |file: &Installed| {
        let mode = if file.executable { "rwx" } else { "rw-" };
        let from = match &file.content {
            InstalledContent::Member(number) => format!("member {number}"),
            InstalledContent::Inline(_) => "inline".to_owned(),
        };
        format!("{mode} {:>4} {from:<9} {}\n", file.size, file.path)
    };
    plan.iter().map(line).collect()
}

#[test]
fn installations_that_would_break_an_environment_are_refused() {
    let data = |path: &str| WheelBuilder::new().file(format!("demo-1.0.data/{path}"), "x");
    let point = |line: &str| WheelBuilder::new().entry_points(&format!("[console_scripts]\n{line}\n"));
    for (builder, expect) in [
        (
            data("lib/x"),
            "member `demo-1.0.data/lib/x`: `lib` is not a known scheme",
        ),
        (
            data("scripts"),
            "member `demo-1.0.data/scripts`: `scripts` is not a known scheme",
        ),
        (
            data("scripts/python3"),
            "it would install `bin/python3`, which is part of every environment",
        ),
        (
            data("data/bin/python"),
            "it would install `bin/python`, which is part of every environment",
        ),
        (
            data("data/pyvenv.cfg"),
            "it would install `pyvenv.cfg`, which is part of every environment",
        ),
        (
            data("purelib/a").file("a", "y"),
            "it would install `lib/python3.11/site-packages/a` twice",
        ),
        (
            data("purelib/a").file("a/b", "y"),
            "it would install `lib/python3.11/site-packages/a` as a file and as a folder",
        ),
        (
            data("data/bin").entry_points("[console_scripts]\nx = demo:main\n"),
            "it would install `bin`, which is part of every environment",
        ),
        (
            point("python = demo:main"),
            "entry point `python = demo:main`: its name is that of an interpreter",
        ),
        (
            point("../../x = demo:main"),
            "entry point `../../x = demo:main`: its name is not that of a file in `bin`",
        ),
        (
            point("x = demo:main();import os"),
            "entry point `x = demo:main();import os`: `main();import os` is not a dotted name",
        ),
    ] {
        assert_eq!(install_refusal(&builder), expect);
    }
}
