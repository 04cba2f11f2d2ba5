//! Marshalled objects by hand; `tests/oracle/bytecode.rs` asks real interpreters.

use super::marshal::Layout;

const LAYOUT: (u16, u16) = (3, 11);

#[track_caller]
fn check(bytes: &[u8], expected: &[u8]) {
    let canonical = Layout::of(LAYOUT).unwrap().canonical(bytes).unwrap();
    assert_eq!(
        canonical.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    assert_eq!(
        Layout::of(LAYOUT).unwrap().canonical(&canonical).unwrap(),
        canonical,
        "the canonical form is one"
    );
}

#[test]
fn a_mark_that_nothing_needs_goes() {
    check(b"\xa9\x02\xfa\x02ab\xda\x02cd", b")\x02z\x02abZ\x02cd");
}

#[test]
fn what_is_equal_is_written_once() {
    check(b")\x02z\x01az\x01a", b")\x02\xfa\x01ar\0\0\0\0");
    // Interned is not the same as not interned, and a number is not the same as another of its value.
    check(b")\x02z\x02abZ\x02ab", b")\x02z\x02abZ\x02ab");
    check(
        b")\x03i\x01\0\0\0Tg\0\0\0\0\0\0\xf0?",
        b")\x03i\x01\0\0\0Tg\0\0\0\0\0\0\xf0?",
    );
    check(b")\x03NNN", b")\x03NNN");
}

#[test]
fn a_text_of_one_character_is_never_interned() {
    check(b")\x02z\x01aZ\x01a", b")\x02\xfa\x01ar\0\0\0\0");
    check(b"Z\0", b"z\0");
    check(b"t\x02\0\0\0\xc3\xa9", b"u\x02\0\0\0\xc3\xa9");
    check(b"t\x02\0\0\0\xd0\x90", b"t\x02\0\0\0\xd0\x90");
}

#[test]
fn marks_are_numbered_anew() {
    check(
        b"\xa9\x04\xfa\x01a\xfa\x01br\x02\0\0\0z\x01b",
        b")\x04z\x01a\xfa\x01br\0\0\0\0r\0\0\0\0",
    );
    // A tuple is marked before what is in it.
    check(b")\x02\xa9\x01\xfa\x01ar\0\0\0\0", b")\x02\xa9\x01z\x01ar\0\0\0\0");
}

#[test]
fn members_of_a_set_are_in_the_order_of_their_values() {
    let set = b">\x02\0\0\0z\x01az\x01b";
    check(set, set);
    check(b">\x02\0\0\0\xfa\x01bz\x01a", set);
    check(
        b")\x02\xfa\x01b>\x02\0\0\0r\0\0\0\0z\x01a",
        b")\x02\xfa\x01b>\x02\0\0\0z\x01ar\0\0\0\0",
    );
}

#[test]
fn what_is_not_one_object_is_refused() {
    let layout = Layout::of(LAYOUT).unwrap();
    let whole = b"\xa9\x02\xfa\x01ar\x01\0\0\0";
    assert!(layout.canonical(whole).is_some());
    for end in 0..whole.len() {
        assert_eq!(layout.canonical(&whole[..end]), None, "cut at {end}");
    }
    for odd in [
        b"NN".as_slice(),
        b"r\0\0\0\0",
        b"\xa9\x01r\0\0\0\0",
        b"(\xff\xff\xff\xff",
        b"s\xff\xff\xff\x7f",
        b"?",
        b"l\0\0\0\x80",
    ] {
        assert_eq!(layout.canonical(odd), None, "{}", odd.escape_ascii());
    }
    let deep = [b")\x01".repeat(100_000), b"N".to_vec()].concat();
    assert_eq!(layout.canonical(&deep), None);
}

#[test]
fn only_known_versions_have_a_layout() {
    assert_eq!(Layout::of((3, 7)), None);
    assert_eq!(Layout::of((3, 15)), None);
    assert_ne!(Layout::of((3, 10)), Layout::of((3, 11)));
}
