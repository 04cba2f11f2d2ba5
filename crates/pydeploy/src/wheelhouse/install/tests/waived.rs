//! What waivers let through.

use super::*;

fn waivers(package: &str, finding: Waivable) -> Waivers {
    let waiver = Waiver {
        findings: [finding].into(),
        version: None,
        reason: "known".to_owned(),
    };
    Waivers([(package.parse().unwrap(), waiver)].into())
}

impl Lab {
    /// Installs what the waivers let through; what they had to.
    fn waive(&self, wheels: &[WheelSource], waivers: &Waivers) -> Result<Vec<String>, InstallError> {
        let (target, place): (Target, _) = ("debian12".parse().unwrap(), self.path("venvs/v"));
        let environment = Environment::of(&target, place.to_str().unwrap());
        let plan = InstallPlan::waiving(&target, environment, wheels, waivers)?;
        install(&plan, &place, &InstallOptions::default())?;
        Ok(plan.waived().iter().map(ToString::to_string).collect())
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path("venvs/v/lib/python3.11/site-packages").join(below)).unwrap()
    }
}

#[test]
fn a_waived_record_is_written_right_and_told() {
    let lab = Lab::new();
    let wrong = WheelBuilder {
        record: Some("demo/__init__.py,sha256=AAAA,6\n".to_owned()),
        ..demo()
    };
    let wheels = [lab.wheel(&wrong)];
    lab.waive(&wheels, &waivers("demo", Waivable::Collision)).unwrap_err();
    assert_eq!(lab.names("venvs"), [""; 0]);
    let told = lab.waive(&wheels, &waivers("demo", Waivable::Record)).unwrap();
    let first = "waived record: demo-1.0-py3-none-any.whl: RECORD: `demo/__init__.py`: `sha256=AAAA` is not a sha256 \
                 (debian12): known";
    assert_eq!((told.len(), &*told[0]), (5, first));
    let record = lab.read("demo-1.0.dist-info/RECORD");
    let row = "demo/__init__.py,sha256=nia_NpkRxFwkPGhBR7I_yeHc_PJX0pmhxjIBam_NM_Q,6\n";
    assert!(record.contains(row), "{record}");
}

#[test]
fn a_waived_python_is_told() {
    let lab = Lab::new();
    let mut other = demo();
    other.metadata += "Requires-Python: <3\n";
    let told = lab.waive(&[lab.wheel(&other)], &waivers("demo", Waivable::RequiresPython));
    let expect = "waived requires-python: demo-1.0-py3-none-any.whl is for Python <3, not 3.11.2 (debian12): known";
    assert_eq!(told.unwrap(), [expect]);
}

#[test]
fn the_one_with_the_waiver_leaves_a_path_to_the_other() {
    for (waived, content) in [("one", "two"), ("two", "one")] {
        let lab = Lab::new();
        let wheel = |name: &str| {
            let wheel = WheelBuilder::named(name, "1.0").file("tests/__init__.py", name);
            lab.wheel(&wheel.file(if name == "one" { "flat" } else { "flat/module.py" }, name))
        };
        let told = lab.waive(&[wheel("one"), wheel("two")], &waivers(waived, Waivable::Collision));
        let told = told.unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].ends_with("both bring `lib/python3.11/site-packages/flat` (debian12): known"));
        assert_eq!(lab.read("tests/__init__.py"), content);
        assert_eq!(
            lab.path("venvs/v/lib/python3.11/site-packages/flat").is_dir(),
            waived == "one"
        );
        for (name, has) in [(waived, false), (content, true)] {
            let record = lab.read(&format!("{name}-1.0.dist-info/RECORD"));
            assert_eq!(record.contains("tests/__init__.py"), has, "{record}");
        }
    }
}
