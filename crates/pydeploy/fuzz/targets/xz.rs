//! Any bytes for the reader: what holds for them is said where it is checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pydeploy::artifact::fuzzing::read_xz;

fuzz_target!(|bytes: &[u8]| read_xz(bytes));
