//! What a test needs and not every machine has.

/// Whether nothing may be skipped, and the longer variant of a test runs: with `PYDEPLOY_ORACLE=1`.
pub(crate) fn everything() -> bool {
    std::env::var_os("PYDEPLOY_ORACLE").is_some_and(|value| value == "1")
}

/// Says what is missing, and answers with nothing where that is allowed.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skip<T: Default>(missing: &str) -> T {
    assert!(!everything(), "PYDEPLOY_ORACLE=1, and this is missing: {missing}");
    eprintln!("skipped, missing: {missing}");
    T::default()
}
