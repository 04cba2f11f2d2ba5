//! Any bytes as control paragraphs: what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pydeploy::deb822::{self, Paragraph};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(paragraphs) = deb822::parse(bytes) {
        paragraphs.iter().for_each(comes_back);
        let written: Vec<String> = paragraphs.iter().map(Paragraph::to_string).collect();
        assert_eq!(deb822::parse(written.join("\n").as_bytes()).as_ref(), Ok(&paragraphs));
    }
    if let Some((name, value)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\0')) {
        pushed(name, value);
    }
});

fn pushed(name: &str, value: &str) {
    let mut paragraph = Paragraph::new();
    if paragraph.push(name, value).is_ok() {
        assert!(paragraph.get(&name.to_ascii_uppercase()).is_some());
        comes_back(&paragraph);
    }
}

fn comes_back(paragraph: &Paragraph) {
    let written = paragraph.to_bytes();
    assert_eq!(deb822::parse_one(&written).as_ref(), Ok(paragraph));
}
