use std::io::Write as _;

use zstd::zstd_safe::CParameter;

use super::super::testing::Random;
use super::*;
use crate::need;

/// A piece with its run somewhere in the first 512 bytes, or shorter than that.
fn piece(random: &mut Random) -> Vec<u8> {
    let length = random.length();
    let content = random.content(length);
    let before = random.below(HEAD - RUN + 1);
    let begin = random.content(before);
    match content.len() {
        0..HEAD if random.below(2) == 0 => content,
        _ => [begin.as_slice(), &[0; RUN], &content].concat(),
    }
}

#[test]
fn thousands_of_spliced_pieces_decode_to_what_went_in() {
    let mut random = Random(1);
    for _ in 0..1500 {
        let pieces: Vec<_> = (0..random.below(9)).map(|_| piece(&mut random)).collect();
        let level = [1, 2, 3, 5, 7, 9, 12, 15, 19, -3];
        let compressed: Vec<_> = pieces
            .iter()
            .map(|piece| Piece::compress(piece, level[random.below(10)]).unwrap())
            .collect();
        assert_eq!(decode(&splice(&compressed)).unwrap(), pieces.concat());
    }
}

fn decode(frame: &[u8]) -> io::Result<Vec<u8>> {
    let mut decoder = zstd::Decoder::with_buffer(frame)?.single_frame();
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut decoder, &mut bytes)?;
    assert!(decoder.finish().is_empty(), "dpkg would not see what is left");
    Ok(bytes)
}

/// A piece whose rest was compressed with parameters of the caller's.
fn piece_with(content: &[u8], level: i32, parameters: &[CParameter]) -> Piece {
    let mut encoder = zstd::Encoder::new(Blocks::new(Vec::new()), level).unwrap();
    for &parameter in parameters {
        encoder.set_parameter(parameter).unwrap();
    }
    encoder.write_all(content).unwrap();
    let (rest, window) = encoder.finish().unwrap().finish().unwrap();
    Piece {
        blocks: [reset(), rest].concat(),
        window,
        size: (RUN + content.len()) as u64,
    }
}

#[test]
fn windows_of_every_size_and_long_matches_are_kept() {
    let mut random = Random(2);
    for log in 10..=27 {
        let contents: Vec<_> = (0..4)
            .map(|_| {
                let length = random.below(300_000);
                let once = random.content(length);
                [once.as_slice(), &random.content(1000), &once].concat()
            })
            .collect();
        let pieces: Vec<_> = contents
            .iter()
            .enumerate()
            .map(|(at, content)| {
                let long = CParameter::EnableLongDistanceMatching(at % 2 == 0);
                let window = CParameter::WindowLog(if at == 2 { 10 } else { log });
                let more = [long, window, CParameter::ChecksumFlag(at == 3)];
                piece_with(content, [1, 5, 19, 3][at], &more)
            })
            .collect();
        let wanted: Vec<u8> = contents
            .iter()
            .flat_map(|c| [&[0; RUN], c.as_slice()].concat())
            .collect();
        assert_eq!(decode(&splice(&pieces)).unwrap(), wanted, "window of 2^{log}");
    }
}

/// Every strategy of the compressor makes other blocks: the repeat offsets of `btultra` are not those of `fast`.
#[test]
fn thousands_of_pieces_of_random_levels_windows_and_strategies_are_kept() {
    use zstd::zstd_safe::Strategy::*;

    const STRATEGIES: [zstd::zstd_safe::Strategy; 9] = [
        ZSTD_fast,
        ZSTD_dfast,
        ZSTD_greedy,
        ZSTD_lazy,
        ZSTD_lazy2,
        ZSTD_btlazy2,
        ZSTD_btopt,
        ZSTD_btultra,
        ZSTD_btultra2,
    ];
    let all = need::everything();
    let mut random = Random(5);
    for round in 0..if all { 2000 } else { 150 } {
        let contents: Vec<_> = (0..=random.below(5))
            .map(|_| {
                let length = random.length() / 8;
                random.content(length)
            })
            .collect();
        let pieces: Vec<_> = contents
            .iter()
            .map(|content| {
                let parameters = [
                    CParameter::WindowLog(10 + random.below(12) as u32),
                    CParameter::Strategy(STRATEGIES[random.below(9)]),
                    CParameter::MinMatch(3 + random.below(5) as u32),
                    CParameter::ContentSizeFlag(random.below(2) == 0),
                    CParameter::ChecksumFlag(random.below(2) == 0),
                ];
                piece_with(content, 1 + random.below(19) as i32, &parameters)
            })
            .collect();
        let wanted: Vec<u8> = contents
            .iter()
            .flat_map(|content| [&[0; RUN], content.as_slice()].concat())
            .collect();
        assert_eq!(decode(&splice(&pieces)).unwrap(), wanted, "round {round}");
    }
}

#[test]
fn pieces_put_together_without_setting_the_distances_back_go_wrong() {
    let mut random = Random(3);
    let mut wrong = 0;
    for _ in 0..200 {
        let contents = [random.content(5000), random.content(5000)];
        let [one, mut two] = [0, 1].map(|at| piece_with(&contents[at], 3, &[]));
        two.blocks.drain(..reset().len());
        two.size -= RUN as u64;
        let wanted = [&[0; RUN], contents[0].as_slice(), &contents[1]].concat();
        wrong += usize::from(decode(&splice(&[one, two])).ok() != Some(wanted));
    }
    assert!(wrong > 20, "{wrong} of 200: the test above would prove nothing");
}

#[test]
fn a_window_is_named_as_closely_as_the_format_can() {
    for window in (0..200_000)
        .step_by(97)
        .chain([1 << 20, (1 << 20) + 1, LARGEST_WINDOW - 1, LARGEST_WINDOW])
    {
        let descriptor = window_descriptor(window);
        let base = 1_u64 << (10 + (descriptor >> 3));
        let named = base + base / 8 * u64::from(descriptor & 7);
        assert!(
            named >= window && (named < 1025 || named * 8 <= window * 9 + 8),
            "{window}: {named}"
        );
    }
}

#[test]
fn a_piece_without_a_run_is_refused_and_a_short_one_is_not_compressed() {
    let error = Piece::compress(&[1; 600], 3).unwrap_err();
    assert_eq!(error.to_string(), "a piece needs 44 zero bytes among its first 512");
    let short = Piece::compress(&[1; 100], 3).unwrap();
    assert_eq!((short.window, short.blocks.len()), (0, 103));
}

fn take_apart(frame: &[u8]) -> Result<(Vec<u8>, u64), FrameError> {
    let mut blocks = Blocks::new(Vec::new());
    match blocks.write_all(frame) {
        Ok(()) => blocks.finish(),
        Err(error) => Err(error.downcast().expect("the reason")),
    }
}

fn problem(frame: &[u8]) -> FrameProblem {
    take_apart(frame).expect_err("refused").problem
}

#[test]
fn frames_that_cannot_be_spliced_are_refused() {
    let good = zstd::encode_all(&b"hello hello hello hello hello"[..], 3).unwrap();
    take_apart(&good).unwrap();
    assert_eq!(problem(b"PK\x03\x04"), FrameProblem::NotAFrame);
    assert_eq!(problem(&[good.as_slice(), b"x"].concat()), FrameProblem::Trailing);
    assert_eq!(problem(&[good.as_slice(), &good].concat()), FrameProblem::Trailing);
    for cut in 0..good.len() {
        assert_eq!(problem(&good[..cut]), FrameProblem::Cut, "at {cut}");
    }
    let with = |descriptor: u8| [&MAGIC[..], &[descriptor, 0, 1, 0, 0]].concat();
    take_apart(&with(0)).unwrap();
    assert_eq!(problem(&with(1)), FrameProblem::Dictionary);
    assert_eq!(problem(&with(8)), FrameProblem::Reserved);
    let window = [&MAGIC[..], &[0, 18 << 3, 1, 0, 0]].concat();
    assert_eq!(problem(&window), FrameProblem::Window { window: 1 << 28 });
    let block = |header: [u8; 3], body: &[u8]| [&MAGIC[..], &[0, 0], &header, body].concat();
    assert_eq!(problem(&block([7, 0, 0], &[])), FrameProblem::Reserved);
    assert_eq!(problem(&block([1, 0, 0x20], &[])), FrameProblem::Block);
    // No sequences, literals with the table of a block that is not there.
    assert_eq!(
        problem(&block([5 | 4 << 3, 0, 0], &[3, 0, 0, 0])),
        FrameProblem::Dependent
    );
    // One sequence, its distances with the table of a block that is not there.
    assert_eq!(
        problem(&block([5 | 5 << 3, 0, 0], &[0, 1, 0b01_11_01_00, 0, 1])),
        FrameProblem::Dependent
    );
    assert_eq!(problem(&block([5 | 1 << 3, 0, 0], &[0xF8])), FrameProblem::Block);
}

#[test]
fn any_bytes_are_taken_apart_or_refused() {
    let mut random = Random(4);
    let text = random.content(20_000);
    let good = zstd::encode_all(text.as_slice(), 5).unwrap();
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..random.below(4) + 1 {
            let end = [32, bytes.len()][random.below(2)];
            let at = random.below(end);
            bytes[at] = random.next() as u8;
        }
        bytes.truncate(random.below(bytes.len() * 2));
        drop(take_apart(&bytes));
    }
}
