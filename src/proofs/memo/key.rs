//! A row of values as a key, in which names stand as numbers.
//!
//! In: [`Piece`]s. Out: bytes that two rows share only if they differ in names alone, as `memo` has it; none where a name
//! could matter by itself. Never: two rows with one key of which a pattern matches a name in one and not in the other.

use std::borrow::Cow;
use std::ops::Range;

use crate::policy::Cidr;

/// A value that proofs hang on.
#[derive(Clone, Debug)]
pub(in super::super) enum Piece<'a> {
    /// A number, a choice, a length.
    Mark(u64),
    /// A text that holds no names: an action, an operator, a value that is no text.
    Word(Cow<'a, str>),
    /// A text or pattern in which names may stand.
    Text(Cow<'a, str>),
    /// A range of addresses.
    Block(Cidr),
}

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bucket,
    /// Known by its looks: an account, a UUID, a VPC, an endpoint.
    Id,
}

/// A part of a pattern between signs that no name holds.
#[derive(Clone, Copy, Debug)]
enum Part<'t> {
    /// Signs between words.
    Between(&'t str),
    /// A whole word.
    Word(&'t str),
    /// A word that is a wildcard, or partly.
    Wild(&'t str),
}

/// The bytes that words are made of, wildcards among them.
const WORDED: [bool; 256] = {
    let mut worded = [false; 256];
    let mut rest: &mut [bool] = &mut worded;
    let mut byte: u8 = 0;
    while let Some((this, tail)) = rest.split_first_mut() {
        *this = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*' | 0x80..);
        rest = tail;
        byte = byte.wrapping_add(1);
    }
    worded
};

/// The parts of a text, each with its place.
fn parts(text: &str) -> impl Iterator<Item = (usize, Part<'_>)> {
    let worded = |byte: &u8| WORDED.get(usize::from(*byte)).is_some_and(|worded| *worded);
    let mut at = 0;
    std::iter::from_fn(move || {
        let (start, rest) = (at, text.as_bytes().get(at..)?);
        let of_word = worded(rest.first()?);
        at += rest.iter().position(|byte| worded(byte) != of_word).unwrap_or(rest.len());
        let part = text.get(start..at)?;
        let part = match of_word {
            false => Part::Between(part),
            true if part.bytes().any(|byte| byte == b'*') => Part::Wild(part),
            true => Part::Word(part),
        };
        Some((start, part))
    })
}

/// Whether a word is a name by its looks.
fn is_id(word: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match word.len() {
        12 if word.bytes().all(|b| b.is_ascii_digit()) => true,
        36 => {
            let lengths = [8, 4, 4, 4, 12];
            word.split('-').map(str::len).eq(lengths) && word.split('-').all(hex)
        }
        _ => {
            let id = word.strip_prefix("vpc-").or_else(|| word.strip_prefix("vpce-"));
            id.is_some_and(|id| matches!(id.len(), 8 | 17) && hex(id))
        }
    }
}

/// The names of a row, in the order in which they first stand there.
struct Names<'t> {
    all: Vec<(Kind, &'t str)>,
    /// What comes before the name of a bucket.
    prefix: String,
}

impl<'t> Names<'t> {
    fn place(&self, word: &str) -> Option<(usize, Kind)> {
        self.all.iter().position(|(_, own)| *own == word).and_then(|at| Some((at, self.all.get(at)?.0)))
    }

    /// What kind of name a word at that place of a text is.
    fn kind(&self, text: &str, at: usize, word: &str) -> Option<Kind> {
        let behind = || text.as_bytes().get(at + word.len()).is_none_or(|byte| *byte == b'/');
        if at == self.prefix.len() && text.starts_with(&self.prefix) && behind() {
            return Some(Kind::Bucket);
        }
        is_id(word).then_some(Kind::Id)
    }

    /// Takes the names of a text in; `false` where one is of two kinds.
    fn gather(&mut self, text: &'t str) -> bool {
        parts(text).all(|(at, part)| {
            let Part::Word(word) = part else { return true };
            let Some(kind) = self.kind(text, at, word) else { return true };
            match self.place(word) {
                Some((_, own)) => own == kind,
                None => {
                    self.all.push((kind, word));
                    kind == Kind::Id || !is_id(word)
                }
            }
        })
    }

    /// Whether part of a wildcard's word lies in a name.
    fn touched(&self, wild: &str) -> bool {
        wild.split('*').filter(|piece| !piece.is_empty()).any(|piece| self.all.iter().any(|(_, name)| name.contains(piece)))
    }
}

// None of these bytes is part of a text.
const MARK: u8 = 0xf8;
const WORD: u8 = 0xf9;
const TEXT: u8 = 0xfa;
const BLOCK: u8 = 0xfb;
const NAME: u8 = 0xfc;
const END: u8 = 0xff;

/// So many texts are known again where they stand more than once.
const AGAIN: usize = 64;

/// The key of a row.
pub(in super::super) fn key(row: &[Piece<'_>], partition: &str) -> Option<Box<[u8]>> {
    let mut names = Names { all: Vec::with_capacity(8), prefix: format!("arn:{partition}:s3:::") };
    let mut bounds: [Vec<u128>; 2] = [vec![0], vec![0]];
    // Statements name the same things again and again: each of the first texts is read once. Long lists hold each thing once.
    let mut texts: Vec<(&str, Option<Range<usize>>)> = Vec::with_capacity(AGAIN);
    for piece in row {
        match piece {
            Piece::Text(text) => {
                if texts.iter().any(|(own, _)| own == text) {
                    continue;
                }
                // What takes one sign, and what takes a value of the request, could take part of a name.
                if text.contains(['?', '$']) || !names.gather(text) {
                    return None;
                }
                if texts.len() < AGAIN {
                    texts.push((text, None));
                }
            }
            Piece::Block(range) => {
                let ((from, to), [v4, v6]) = (range.bounds(), &mut bounds);
                if range.is_v6() { v6 } else { v4 }.extend([Some(from), behind(range, to)].into_iter().flatten());
            }
            Piece::Mark(_) | Piece::Word(_) => {}
        }
    }
    for bounds in &mut bounds {
        bounds.sort_unstable();
        bounds.dedup();
    }
    let mut key = Vec::with_capacity(row.len() * 24);
    for piece in row {
        match piece {
            Piece::Mark(mark) => {
                key.push(MARK);
                key.extend(mark.to_le_bytes());
            }
            Piece::Word(word) => {
                key.push(WORD);
                key.extend(word.as_bytes());
                key.push(END);
            }
            Piece::Text(text) => {
                let mut known = texts.iter_mut().find(|(own, _)| own == text).map(|(_, spelled)| spelled);
                if let Some(Some(place)) = &known {
                    key.extend_from_within(place.clone());
                    continue;
                }
                let start = key.len();
                key.push(TEXT);
                spell(text, &names, &mut key)?;
                key.push(END);
                if let Some(spelled) = &mut known {
                    **spelled = Some(start..key.len());
                }
            }
            Piece::Block(range) => {
                let ((from, to), [v4, v6]) = (range.bounds(), &bounds);
                let bounds = if range.is_v6() { v6 } else { v4 };
                let place = |bound: u128| bounds.partition_point(|own| *own < bound) as u64;
                key.extend([BLOCK, range.is_v6().into()]);
                key.extend(place(from).to_le_bytes());
                key.extend(behind(range, to).map_or(u64::MAX, place).to_le_bytes());
            }
        }
    }
    Some(key.into())
}

/// The first address behind a range, where there is one.
fn behind(range: &Cidr, to: u128) -> Option<u128> {
    let last = if range.is_v6() { u128::MAX } else { u128::from(u32::MAX) };
    to.checked_add(1).filter(|after| *after <= last)
}

/// A text with numbers for names; none where a name could be matched by chance.
fn spell(text: &str, names: &Names<'_>, key: &mut Vec<u8>) -> Option<()> {
    for (at, part) in parts(text) {
        match part {
            Part::Between(signs) => key.extend(signs.as_bytes()),
            Part::Wild(word) if names.touched(word) => return None,
            Part::Wild(word) => key.extend(word.as_bytes()),
            Part::Word(word) => match names.place(word) {
                // A word that is called like a bucket is another thing, which has its own meaning.
                Some((_, kind)) if names.kind(text, at, word) != Some(kind) => return None,
                Some((place, kind)) => key.extend([NAME, kind as u8, u8::try_from(place).ok()?]),
                None => key.extend(word.as_bytes()),
            },
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Option<Box<[u8]>> {
        let row: Vec<Piece<'_>> = texts.iter().map(|text| Piece::Text((*text).into())).collect();
        key(&row, "aws")
    }

    fn blocks(blocks: &[&str]) -> Box<[u8]> {
        let row: Vec<Piece<'_>> = blocks.iter().map(|text| Piece::Block(Cidr::parse(text).unwrap())).collect();
        key(&row, "aws").unwrap()
    }

    #[test]
    fn names_are_numbers() {
        let own = |bucket: &str, account: &str, key: &str, vpc: &str| {
            texts(&[
                &format!("arn:aws:s3:::{bucket}"),
                &format!("arn:aws:s3:::{bucket}/AWSLogs/{account}/*"),
                &format!("arn:aws:iam::{account}:role/Reader"),
                &format!("arn:aws:kms:eu-west-1:{account}:key/{key}"),
                vpc,
                account,
                "arn:aws:s3:::*",
            ])
            .unwrap()
        };
        let one = own("acme", "111122223333", "1234abcd-12ab-34cd-56ef-0123456789ab", "vpce-0a1b2c3d4e5f60718");
        assert_eq!(one, own("role.archive", "444455556666", "0234abcd-12ab-34cd-56ef-0123456789ab", "vpce-0a1b2c3d"));
        assert_ne!(one, own("acme", "111122223333", "1234abcd-12ab-34cd-56ef-0123456789ab", "vpce-x"));
    }

    #[test]
    fn who_is_who_and_what_is_a_word_count() {
        let same = |a: &[&str], b: &[&str]| texts(a).unwrap() == texts(b).unwrap();
        assert!(same(&["111122223333", "444455556666"], &["444455556666", "111122223333"]));
        assert!(!same(&["111122223333", "111122223333"], &["111122223333", "444455556666"]));
        assert!(!same(&["111122223333", "444455556666", "111122223333"], &["111122223333", "444455556666", "444455556666"]));
        // An account is no bucket, and what only begins like one is another word.
        assert!(!same(&["arn:aws:s3:::acme"], &["arn:aws:s3:::acme:x"]));
        assert!(!same(&["arn:aws:s3:::acme", "arn:aws:s3:::acme-x"], &["arn:aws:s3:::acme", "arn:aws:s3:::acme/x"]));
        assert!(!same(&["arn:aws:s3:::acme/a"], &["arn:aws:s3:::acme/b"]));
        assert!(!same(&["arn:aws-cn:s3:::acme"], &["arn:aws-cn:s3:::other"]));
        assert!(!same(&["1111222233334"], &["1111222233335"]) && !same(&["x-111122223333"], &["x-444455556666"]));
        // One text is not two, nor is a word a text.
        assert!(!same(&["a", "b"], &["a\u{ff}b"]));
        assert_ne!(key(&[Piece::Word("a".into())], "aws"), key(&[Piece::Text("a".into())], "aws"));
    }

    #[test]
    fn where_a_name_could_matter_there_is_no_key() {
        let bucket = "arn:aws:s3:::acme-logs";
        for (other, has) in [
            ("arn:aws:s3:::*", true),
            ("arn:aws:iam::*:role/Reader*", true),
            ("arn:aws:s3:::acme-*", false),
            ("*-logs", false),
            ("a*me-other", false),
            ("arn:aws:s3:::acme-logs*", false),
            ("arn:aws:s3:::acme-log?", false),
            ("arn:aws:s3:::${aws:username}/*", false),
            // The user of that name is somebody, and another bucket's objects are no bucket.
            ("arn:aws:iam::111122223333:user/acme-logs", false),
            ("*:s3:::acme-logs/*", false),
            ("arn:aws:s3:::acme-logs/acme-logs", false),
            // A bucket may be called like an account.
            ("arn:aws:s3:::111122223333", false),
            ("arn:aws:iam::1111*:root", true),
        ] {
            assert_eq!(texts(&[bucket, other]).is_some(), has, "{other}");
            assert_eq!(texts(&[other, bucket]).is_some(), has, "{other}");
        }
        assert_eq!(texts(&["arn:aws:iam::111122223333:root", "arn:aws:iam::1111*:root"]), None);
    }

    #[test]
    fn ranges_are_what_lies_between_their_bounds() {
        let same = |a: &[&str], b: &[&str]| blocks(a) == blocks(b);
        assert!(same(&["203.0.113.0/24"], &["198.51.100.4/30"]) && same(&["10.0.0.0/8", "10.1.0.0/16"], &["2.0.0.0/7", "2.4.0.0/30"]));
        // Nested, apart, equal, beside each other, with one end in common, the other way round, at the end of all, of the other family.
        let different: [&[&str]; 9] = [
            &["10.0.0.0/8", "10.1.0.0/16"],
            &["10.0.0.0/8", "12.0.0.0/8"],
            &["10.0.0.0/8", "10.0.0.0/8"],
            &["10.0.0.0/8", "11.0.0.0/8"],
            &["10.0.0.0/8", "10.0.0.0/16"],
            &["12.0.0.0/8", "10.0.0.0/8"],
            &["10.0.0.0/8", "255.0.0.0/8"],
            &["0.0.0.0/8", "12.0.0.0/8"],
            &["10.0.0.0/8", "2001:db8::/32"],
        ];
        for (at, one) in different.iter().enumerate() {
            assert!(different.iter().skip(at + 1).all(|other| !same(one, other)), "{one:?}");
        }
    }
}
