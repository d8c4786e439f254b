//! The values of a condition key, one for each way in which the tests on it can come out together.
//!
//! In: a key and every test on it. Out: values such that whatever a request may hold behaves like one of them. Never: a
//! claim to that where it does not hold: values of keys whose tests do not fit together are marked as a sample.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::condition::{Listed, Test};
use super::super::context::Values;
use super::language::{Language, Tok, arn_steps, is, literal, only, steps};
use crate::policy::{Cidr, Instant, Key, KeyType, Number};

/// Values of a key.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    pub(super) values: Vec<Values>,
    /// Why the values are only a sample, where they are.
    pub(super) sample: Option<&'static str>,
}

/// What a text of a key looks like, as a pattern (`*`, `?`, `#` for a digit), and texts that make good examples.
fn form(key: &Key) -> (&'static str, &'static [&'static str]) {
    match key {
        Key::SourceVpc | Key::Ec2InstanceSourceVpc => ("vpc-*", &["vpc-0fedcba9876543210"]),
        Key::SourceVpce => ("vpce-*", &["vpce-0fedcba9876543210"]),
        Key::SourceAccount | Key::VpceAccount | Key::SourceOwner => ("############", &["444455556666", "777788889999"]),
        Key::PrincipalOrgID | Key::VpceOrgID | Key::SourceOrgID | Key::ResourceOrgID => ("o-*", &["o-exampleorgid"]),
        Key::SourceArn => ("arn:*:*:*:*:*", &["arn:aws:s3:::amzn-s3-demo-bucket"]),
        Key::XAmzServerSideEncryption => ("", &["AES256", "aws:kms", "aws:kms:dsse"]),
        Key::XAmzServerSideEncryptionAwsKmsKeyId => ("", &["arn:aws:kms:eu-west-1:444455556666:key/0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f"]),
        Key::XAmzServerSideEncryptionCustomerAlgorithm => ("", &["AES256"]),
        Key::XAmzAcl => ("", &["private", "public-read", "bucket-owner-full-control"]),
        Key::CalledVia | Key::CalledViaFirst | Key::CalledViaLast => ("*.amazonaws.com", &["athena.amazonaws.com"]),
        Key::XAmzContentSha256 => ("", &["UNSIGNED-PAYLOAD"]),
        Key::XAmzStorageClass => ("", &["STANDARD"]),
        _ => ("", &[]),
    }
}

fn form_steps(form: &str) -> Vec<Vec<Tok>> {
    let step = |c: char| match c {
        '*' => super::language::ANY,
        '?' => Tok::One { need: 0, bar: 0 },
        '#' => Tok::One { need: is::DIGIT, bar: 0 },
        c => Tok::Char(c),
    };
    if form.is_empty() { Vec::new() } else { vec![form.chars().map(step).collect()] }
}

/// What the values of a key are compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Nothing,
    Text,
    Number,
    Date,
    Address,
}

/// The values of `key`, given all `tests` on it and further patterns that texts are told apart by.
pub(super) fn classes(key: &Key, tests: &[&Test], more: &[Vec<Tok>]) -> Classes {
    let mut read = if more.is_empty() { Read::Nothing } else { Read::Text };
    let mut mixed = false;
    for test in tests {
        let own = match &test.listed {
            Listed::Text(_) | Listed::Folded(_) | Listed::Arn(_) | Listed::Bool(_) | Listed::Binary(_) => Read::Text,
            Listed::Number(_) => Read::Number,
            Listed::Date(_) => Read::Date,
            Listed::Ip(_) => Read::Address,
            Listed::Null(_) => continue,
        };
        mixed |= read != Read::Nothing && read != own;
        read = own;
    }
    let kind = key.key_type();
    let truths = || vec!["true".to_owned(), "false".to_owned()];
    let plain = |texts: Vec<String>| (texts, None);
    let (texts, sample) = match (read, kind) {
        _ if kind == Some(KeyType::Bool) => plain(truths()),
        _ if mixed => (listed(tests), Some("operators of different kinds on one key")),
        (Read::Text, Some(KeyType::Numeric | KeyType::Date | KeyType::Ip)) => {
            (listed(tests), Some("an operator for texts on a key that holds none"))
        }
        (Read::Text, _) => texts(key, tests, more),
        (Read::Number, _) => plain(numbers(key, tests)),
        (Read::Date, _) => plain(dates(tests, kind == Some(KeyType::Date))),
        (Read::Address, _) => plain(addresses(tests, kind == Some(KeyType::Ip))),
        (Read::Nothing, Some(KeyType::Numeric)) => plain(vec!["1".into()]),
        (Read::Nothing, Some(KeyType::Date)) => plain(vec!["2026-01-01T00:00:00Z".into()]),
        (Read::Nothing, Some(KeyType::Ip)) => plain(vec!["192.0.2.1".into()]),
        (Read::Nothing, _) => plain(vec![form(key).1.first().copied().unwrap_or("x").to_owned()]),
    };
    sets(key, texts, sample)
}

/// Sets of values, for the keys that hold sets.
fn sets(key: &Key, texts: Vec<String>, sample: Option<&'static str>) -> Classes {
    const MOST: usize = 6;
    let one = |text: &String| Values::One(text.clone().into());
    if !key.is_multivalued() && !matches!(key, Key::Other(_)) {
        return Classes { values: texts.iter().map(one).collect(), sample };
    }
    // A key that nobody knows may hold one value or several.
    let mut values: Vec<Values> = if key.is_multivalued() { Vec::new() } else { texts.iter().map(one).collect() };
    let many = |chosen: Vec<&String>| Values::Many(chosen.into_iter().map(|text| text.as_str().into()).collect());
    if texts.len() > MOST {
        values.extend(texts.iter().map(|text| many(vec![text])).chain([many(texts.iter().collect())]));
        return Classes { values, sample: Some("a key that holds sets, with more kinds of members than are combined") };
    }
    let members = |mask: usize| texts.iter().enumerate().filter(move |(i, _)| mask & (1 << i) != 0).map(|(_, text)| text).collect();
    let mut masks: Vec<usize> = (1..1_usize << texts.len()).collect();
    masks.sort_by_key(|mask| mask.count_ones());
    values.extend(masks.into_iter().map(|mask| many(members(mask))));
    Classes { values, sample }
}

/// The listed values themselves, for keys whose classes are not known.
fn listed(tests: &[&Test]) -> Vec<String> {
    let mut all: Vec<String> = vec!["1".into(), "x".into()];
    for test in tests {
        match &test.listed {
            Listed::Number(numbers) => all.extend(numbers.iter().map(ToString::to_string)),
            Listed::Date(dates) => all.extend(dates.iter().map(ToString::to_string)),
            Listed::Ip(ranges) => all.extend(ranges.iter().map(|range| address(range.is_v6(), range.bounds().0))),
            _ => all.extend(patterns(test).iter().filter_map(|steps| only(steps))),
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Whether a test asks for presence only.
pub(super) const fn is_null(test: &Test) -> bool {
    matches!(test.listed, Listed::Null(_))
}

/// The patterns of a test, as steps.
pub(super) fn patterns(test: &Test) -> Vec<Vec<Tok>> {
    match &test.listed {
        Listed::Text(all) => all.iter().map(|pattern| steps(pattern, false, 0)).collect(),
        Listed::Folded(all) => all.iter().map(|pattern| steps(pattern, true, 0)).collect(),
        Listed::Arn(all) => all.iter().filter_map(arn_steps).collect(),
        Listed::Bool(all) => {
            let truths = ["true", "false"].map(|truth| truth.chars().map(Tok::Fold).collect());
            all.iter().map(|pattern| steps(pattern, true, 0)).chain(truths).collect()
        }
        Listed::Binary(all) => all.iter().map(|bytes| literal(bytes)).collect(),
        Listed::Number(_) | Listed::Date(_) | Listed::Ip(_) | Listed::Null(_) => Vec::new(),
    }
}

fn texts(key: &Key, tests: &[&Test], more: &[Vec<Tok>]) -> (Vec<String>, Option<&'static str>) {
    let binary = tests.iter().filter(|test| matches!(test.listed, Listed::Binary(_))).count();
    let (form, examples) = form(key);
    let (mut exact, mut wild): (Vec<String>, Vec<Vec<Tok>>) = (Vec::new(), Vec::new());
    for pattern in tests.iter().flat_map(|test| patterns(test)).chain(more.iter().cloned()) {
        match only(&pattern) {
            Some(text) => exact.push(text),
            None => wild.push(pattern),
        }
    }
    let seen: std::collections::HashSet<&String> = exact.iter().collect();
    let language = Language::new(&wild, &form_steps(form));
    let found = match language.texts("", |text| seen.contains(&text.to_owned()), seen.len(), 0) {
        Ok(found) => found,
        Err(_) => return (listed(tests), Some("patterns with more combinations than are looked at")),
    };
    // What people know makes a better example than the shortest text.
    let mut others: Vec<(Vec<u64>, String, bool)> = found.into_iter().map(|(class, text)| (class, text, false)).collect();
    for example in examples.iter().filter(|example| !seen.contains(&(**example).to_owned())) {
        let class = language.class_of(example);
        if let Some((_, text, better)) = others.iter_mut().find(|(own, _, better)| Some(own) == class.as_ref() && !better) {
            *text = (*example).to_owned();
            *better = true;
        }
    }
    let mut distinct: Vec<String> = Vec::new();
    let mut once = std::collections::HashSet::new();
    distinct.extend(exact.iter().filter(|text| once.insert(text.as_str())).cloned());
    distinct.extend(others.into_iter().map(|(_, text, _)| text));
    // Other spellings of the same bytes are one class only while nothing else looks at the text.
    let sample = (binary > 0 && binary < tests.len()).then_some("bytes that are compared as text too");
    (distinct, sample)
}

/// Points and gaps: each bound, something between two of them, something beyond either end. Whole steps where there is
/// room for one.
fn spread(mut bounds: Vec<i128>, step: i128) -> Vec<i128> {
    bounds.sort_unstable();
    bounds.dedup();
    let before = |bound: i128| (bound - 1).div_euclid(step) * step;
    let after = |bound: i128| (bound.div_euclid(step) + 1) * step;
    let mut all: Vec<i128> = bounds.first().map(|first| before(*first)).into_iter().collect();
    for (at, bound) in bounds.iter().enumerate() {
        all.push(*bound);
        match bounds.get(at + 1) {
            Some(next) if after(*bound) < *next => all.push(after(*bound)),
            Some(next) if next - bound > 1 => all.push(bound + (next - bound) / 2),
            Some(_) => {}
            None => all.push(after(*bound)),
        }
    }
    all
}

const ONE: i128 = 10_i128.pow(18);

fn numbers(key: &Key, tests: &[&Test]) -> Vec<String> {
    let bounds = tests.iter().flat_map(|test| match &test.listed {
        Listed::Number(all) => all.iter().map(|number| number.scaled()).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let mut all: Vec<String> = spread(bounds.collect(), ONE).into_iter().map(|n| Number::from_scaled(n).to_string()).collect();
    if key.key_type() != Some(KeyType::Numeric) || all.is_empty() {
        all.push(if all.is_empty() { "1" } else { "x" }.to_owned());
    }
    all
}

/// Whole numbers from 0, one for each way in which they lie to the bounds of the tests and to `more`.
pub(super) fn counts(tests: &[&Test], more: &[u64]) -> Vec<u64> {
    let bounds = tests.iter().flat_map(|test| match &test.listed {
        Listed::Number(all) => all.iter().map(|number| number.scaled()).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let bounds: Vec<i128> = bounds.chain(more.iter().map(|n| i128::from(*n) * ONE)).collect();
    let all = spread(bounds, ONE);
    let mut all: Vec<u64> = all.into_iter().filter(|n| n % ONE == 0).filter_map(|n| u64::try_from(n / ONE).ok()).collect();
    if all.is_empty() {
        all.push(60);
    }
    all
}

fn dates(tests: &[&Test], pure: bool) -> Vec<String> {
    let bounds = tests.iter().flat_map(|test| match &test.listed {
        Listed::Date(all) => all.iter().map(|date| i128::from(date.micros())).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let all = spread(bounds.collect(), 1_000_000).into_iter().filter_map(|micros| i64::try_from(micros).ok());
    let mut all: Vec<String> = all.map(|micros| Instant::from_micros(micros).to_string()).collect();
    if all.is_empty() {
        all.push("2026-01-01T00:00:00Z".to_owned());
    }
    if !pure {
        all.push("x".to_owned());
    }
    all
}

fn address(v6: bool, bits: u128) -> String {
    match u32::try_from(bits) {
        Ok(bits) if !v6 => IpAddr::V4(Ipv4Addr::from_bits(bits)).to_string(),
        _ => IpAddr::V6(Ipv6Addr::from_bits(bits)).to_string(),
    }
}

/// Addresses of documentation and of the world, which make better examples than the ends of a range.
const KNOWN: [&str; 6] = ["192.0.2.1", "198.51.100.1", "203.0.113.1", "8.8.8.8", "2001:db8::1", "2001:4860:4860::8888"];

fn addresses(tests: &[&Test], pure: bool) -> Vec<String> {
    let ranges: Vec<Cidr> = tests
        .iter()
        .flat_map(|test| match &test.listed {
            Listed::Ip(all) => all.to_vec(),
            _ => Vec::new(),
        })
        .collect();
    let mut all: Vec<String> = Vec::new();
    for v6 in [false, true] {
        let last = if v6 { u128::MAX } else { u128::from(u32::MAX) };
        let mut cuts: Vec<u128> = vec![0];
        for range in ranges.iter().filter(|range| range.is_v6() == v6) {
            let (from, to) = range.bounds();
            cuts.push(from);
            cuts.extend(to.checked_add(1).filter(|after| *after <= last));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut better: Vec<(usize, String)> = Vec::new();
        for known in KNOWN {
            let bits = match known.parse() {
                Ok(IpAddr::V4(v4)) if !v6 => u128::from(v4.to_bits()),
                Ok(IpAddr::V6(v6_address)) if v6 => v6_address.to_bits(),
                _ => continue,
            };
            let at = cuts.partition_point(|cut| *cut <= bits).saturating_sub(1);
            if !better.iter().any(|(place, _)| *place == at) {
                better.push((at, known.to_owned()));
            }
        }
        let named: Vec<usize> = better.iter().map(|(at, _)| *at).collect();
        all.extend(better.into_iter().map(|(_, text)| text));
        let rest = cuts.iter().enumerate().filter(|(at, _)| !named.contains(at));
        all.extend(rest.map(|(at, cut)| {
            let end = cuts.get(at + 1).map_or(last, |next| next - 1);
            address(v6, if end - cut >= 2 { cut + 1 } else { *cut })
        }));
    }
    if !pure {
        all.push("x".to_owned());
    }
    all
}
