use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::archive::{Archive, Recipe};
use super::partition::{Part, partition};
use super::{Codec, PieceCache};
use crate::Timestamp;
use crate::artifact::Stopped;
use crate::artifact::splice::testing::Random;
use crate::digest::Sha256;
use crate::python::{Scheme, Wheel, testing::WheelBuilder};
use crate::release::{Entry, Kind, Owner, ReleaseTree, generated, of_wheel};

const CODECS: [Codec; 2] = [Codec::Zstd(9), Codec::Xz(1)];

fn time(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A wheel of a few files.
fn wheel(dir: &Path, name: &str, seed: u64) -> Arc<Wheel> {
    let mut random = Random(seed);
    let mut builder = WheelBuilder::named(name, "1.0");
    for file in 0..5 {
        let length = random.length();
        builder = builder.file(format!("shared/{name}/file{file}.py"), random.content(length));
    }
    Arc::new(Wheel::open(&builder.write(dir)).unwrap())
}

fn insert_wheel(tree: &mut ReleaseTree, wheel: &Arc<Wheel>) {
    let scheme = Scheme {
        venv: "/opt/site/venv".to_owned(),
        python_minor: "3.11".to_owned(),
    };
    for installed in wheel.install(&scheme).unwrap() {
        let path = format!("opt/site/venv/{}", installed.path);
        tree.insert(path.parse().unwrap(), of_wheel(wheel, installed)).unwrap();
    }
}

/// Three wheels, an application of one file, a link and a generated file.
fn tree(dir: &Path, application: &str) -> ReleaseTree {
    let mut tree = ReleaseTree::new();
    for (seed, name) in ["alpha", "beta", "gamma"].into_iter().enumerate() {
        insert_wheel(&mut tree, &wheel(dir, name, seed as u64));
    }
    let mut application = generated(application, true);
    application.owner = Owner::Application;
    let long = format!("opt/site/app/{}/{}.py", "d".repeat(90), "n".repeat(120));
    tree.insert(long.parse().unwrap(), application).unwrap();
    let kind = Kind::Symlink {
        target: format!("../{}", "x".repeat(130)),
    };
    let owner = Owner::Generated;
    tree.insert("opt/site/link".parse().unwrap(), Entry { kind, owner })
        .unwrap();
    tree.insert("opt/site/manifest.json".parse().unwrap(), generated("{}", false))
        .unwrap();
    tree
}

struct Bench {
    dir: tempfile::TempDir,
    cache: PieceCache,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = PieceCache::at(dir.path().join("cache"));
        Self { dir, cache }
    }

    fn try_build(&self, tree: &ReleaseTree, codec: Codec, cached: bool, threads: usize) -> Result<Archive, Stopped> {
        let recipe = Recipe {
            at: time(1_700_000_000),
            codec,
            md5sums: true,
            cache: cached.then_some(&self.cache),
            scratch: self.dir.path(),
        };
        Archive::on_threads(threads, tree, &recipe)
    }

    fn build(&self, tree: &ReleaseTree, codec: Codec, cached: bool, threads: usize) -> Vec<u8> {
        bytes(&self.try_build(tree, codec, cached, threads).unwrap())
    }

    fn kept(&self) -> Vec<std::path::PathBuf> {
        let files = walkdir::WalkDir::new(self.cache.dir()).sort_by_file_name();
        // There is no folder before the first piece is kept.
        let files = files.into_iter().filter_map(Result::ok);
        files
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.into_path())
            .collect()
    }
}

fn bytes(archive: &Archive) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.reader().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, archive.len());
    bytes
}

fn decode(codec: Codec, bytes: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    match codec {
        Codec::Zstd(_) => zstd::Decoder::new(bytes).unwrap().single_frame().read_to_end(&mut tar),
        Codec::Xz(_) => lzma_rust2::XzReader::new(bytes, false).read_to_end(&mut tar),
    }
    .unwrap();
    tar
}

#[test]
fn neither_the_cache_nor_the_number_of_threads_changes_a_byte() {
    for codec in CODECS {
        let bench = Bench::new();
        let tree = tree(bench.dir.path(), "print(1)\n");
        let alone = bench.build(&tree, codec, false, 1);
        for threads in [2, 3, 16] {
            assert_eq!(bench.build(&tree, codec, false, threads), alone);
        }
        assert_eq!(bench.kept().len(), 0);
        assert_eq!(bench.build(&tree, codec, true, 2), alone, "cold");
        assert_eq!(bench.kept().len(), 5, "folders, three wheels, the application");
        assert_eq!(bench.build(&tree, codec, true, 2), alone, "warm");
        assert_eq!(bench.kept().len(), 5);
    }
}

#[test]
fn the_archive_is_the_tree_and_folders_come_before_what_is_in_them() {
    for codec in CODECS {
        let bench = Bench::new();
        let tree = tree(bench.dir.path(), "print(1)\n");
        let archive = bench.try_build(&tree, codec, true, 2).unwrap();
        let tar = decode(codec, &bytes(&archive));
        let mut seen = std::collections::BTreeSet::from(["./".to_owned()]);
        let mut archive = tar::Archive::new(tar.as_slice());
        for member in archive.entries().unwrap().skip(1) {
            let mut member = member.unwrap();
            let path = String::from_utf8(member.path_bytes().into_owned()).unwrap();
            let inside = path.trim_end_matches('/').rsplit_once('/').unwrap().0;
            assert!(seen.contains(&format!("{inside}/")), "{path}");
            let entry = tree.get(path.trim_end_matches('/').trim_start_matches("./")).unwrap();
            if let Kind::File { sha256, .. } = entry.kind {
                let mut content = Vec::new();
                member.read_to_end(&mut content).unwrap();
                assert_eq!(Sha256::of(&content), sha256, "{path}");
            }
            assert!(seen.insert(path));
        }
        assert_eq!(seen.len(), tree.len() + 1);
    }
}

#[test]
fn a_changed_line_of_the_application_leaves_every_wheel_as_it_is() {
    let bench = Bench::new();
    let key = |tree: &ReleaseTree, at| {
        let plans = partition(tree, time(at));
        let keys = plans.iter().filter(|plan| matches!(plan.part, Part::Wheel(_)));
        keys.map(|plan| plan.key(Codec::Zstd(9), true).unwrap())
            .collect::<Vec<_>>()
    };
    let one = tree(bench.dir.path(), "1");
    let before = key(&one, 1_700_000_000);
    bench.build(&one, Codec::Zstd(9), true, 1);
    let two = tree(bench.dir.path(), "2");
    assert_eq!(before, key(&two, 1_800_000_000));
    bench.build(&two, Codec::Zstd(9), true, 1);
    assert_eq!(bench.kept().len(), 6, "one more application");
}

#[test]
fn the_time_of_a_wheel_follows_its_content_and_never_the_commit() {
    let bench = Bench::new();
    let of = |seed, at| {
        let mut tree = ReleaseTree::new();
        insert_wheel(&mut tree, &wheel(bench.dir.path(), "alpha", seed));
        let plans = partition(&tree, time(at));
        plans
            .iter()
            .find(|plan| plan.part == Part::Wheel("alpha-1.0-py3-none-any.whl"))
            .unwrap()
            .at
            .as_second()
    };
    let first = of(1, 1_700_000_000);
    assert_eq!(first, of(1, 1_800_000_000));
    assert_ne!(first, of(2, 1_700_000_000));
    // The builder's wheels are of 1980; lintian wants no file from before 1976, ftpmaster none from before 1984.
    assert!((946_684_800..946_684_800 + 86_400).contains(&first));
    assert_eq!(of(1, 5), 5, "nothing is younger than the release");
}

#[test]
fn a_damaged_piece_is_made_again() {
    let bench = Bench::new();
    let tree = tree(bench.dir.path(), "print(1)\n");
    let good = bench.build(&tree, Codec::Zstd(9), true, 1);
    let mut random = Random(5);
    for file in bench.kept() {
        let whole = fs::read(&file).unwrap();
        let changed = |at: usize| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            bytes
        };
        let mut wrong = vec![
            Vec::new(),
            whole[..35.min(whole.len())].to_vec(),
            [whole.as_slice(), b"x"].concat(),
        ];
        wrong.extend((0..6).map(|_| changed(random.below(whole.len()))));
        wrong.extend((0..6).map(|_| whole[..random.below(whole.len())].to_vec()));
        wrong.extend((1..=36).step_by(5).map(|back| changed(whole.len() - back)));
        for wrong in wrong {
            fs::write(&file, wrong).unwrap();
            assert_eq!(bench.build(&tree, Codec::Zstd(9), true, 1), good);
            assert_eq!(fs::read(&file).unwrap(), whole);
        }
    }
}

#[test]
fn what_was_not_used_for_longest_is_removed_and_files_in_the_making_stay() {
    let bench = Bench::new();
    let tree = tree(bench.dir.path(), "print(1)\n");
    bench.build(&tree, Codec::Zstd(9), true, 1);
    let kept = bench.kept();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let set_old = |path: &Path| {
        fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(old)
            .unwrap()
    };
    let (fresh, abandoned) = (bench.cache.dir().join(".staged-a"), bench.cache.dir().join(".staged-b"));
    fs::write(&fresh, "x").unwrap();
    fs::write(&abandoned, "x").unwrap();
    set_old(&abandoned);
    set_old(&kept[2]);
    let sum: u64 = kept.iter().map(|file| file.metadata().unwrap().len()).sum();
    bench.cache.clone().limited_to(sum - 1).prune().unwrap();
    let left = bench.kept();
    assert!(!left.contains(&kept[2]) && !left.contains(&abandoned) && left.contains(&fresh));
    assert_eq!(left.len(), kept.len());
    bench.cache.clone().limited_to(0).prune().unwrap();
    assert_eq!(bench.kept(), [fresh]);
}

#[test]
fn many_builds_at_once_share_a_folder() {
    let bench = Bench::new();
    let tree = tree(bench.dir.path(), "print(1)\n");
    let good = bench.build(&tree, Codec::Zstd(3), false, 1);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..5 {
                    assert_eq!(bench.build(&tree, Codec::Zstd(3), true, 2), good);
                    bench.cache.clone().limited_to(20_000).prune().unwrap();
                }
            });
        }
    });
}

#[test]
fn another_stream_than_the_one_that_went_in_is_noticed() {
    use std::io::Write as _;

    let bench = Bench::new();
    let tree = tree(bench.dir.path(), "print(1)\n");
    let archive = bench.try_build(&tree, Codec::Zstd(3), false, 1).unwrap();
    let tar = decode(Codec::Zstd(3), &bytes(&archive));
    let compare = |tar: &[u8]| {
        let mut comparison = archive.comparison();
        tar.chunks(777).for_each(|chunk| comparison.write_all(chunk).unwrap());
        comparison.finish().map_err(|error| error.piece)
    };
    compare(&tar).unwrap();
    let changed = |at: usize| {
        let mut tar = tar.clone();
        tar[at] ^= 1;
        compare(&tar).unwrap_err()
    };
    assert_eq!(changed(0), "the folders");
    assert_eq!(changed(tar.len() - 1), "the end");
    assert_eq!(compare(&tar[..tar.len() - 1]).unwrap_err(), "the end");
    assert_eq!(compare(&[tar.as_slice(), b"x"].concat()).unwrap_err(), "nothing");
    assert_eq!(compare(b"").unwrap_err(), "the folders");
}
