//! The comparisons of IAM's condition operators on plain texts, once more.
//!
//! Source: "IAM JSON policy elements: Condition operators", IAM User Guide.

use std::net::IpAddr;

/// `*` and `?` against a text.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // One row of the table of prefixes at a time.
    let mut row: Vec<bool> = (0..=text.len()).map(|n| n == 0).collect();
    for c in pattern {
        let mut next = vec![row[0] && c == '*'];
        for n in 1..=text.len() {
            next.push(match c {
                '*' => next[n - 1] || row[n],
                '?' => row[n - 1],
                c => row[n - 1] && text[n - 1] == c,
            });
        }
        row = next;
    }
    row[text.len()]
}

/// The six parts of ARNs, each by itself.
pub(super) fn arn(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (patterns, texts): (Vec<&str>, Vec<&str>) = (pattern.splitn(6, ':').collect(), text.splitn(6, ':').collect());
    patterns.len() == texts.len() && patterns.iter().zip(texts).all(|(pattern, text)| glob(pattern, text))
}

pub(super) fn inside(range: &str, address: &str) -> bool {
    let (base, length) = range.split_once('/').unwrap_or((range, ""));
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let length: u32 = length.parse().unwrap_or(32);
            length == 0 || (base.to_bits() ^ address.to_bits()) >> (32 - length) == 0
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let length: u32 = length.parse().unwrap_or(128);
            length == 0 || (base.to_bits() ^ address.to_bits()) >> (128 - length) == 0
        }
        _ => false,
    }
}

/// The last address before a range, its first, its last, and the first after it.
pub(super) fn edges(range: &str) -> Vec<String> {
    let (base, length) = range.split_once('/').unwrap_or((range, ""));
    match base.parse::<IpAddr>() {
        Ok(IpAddr::V4(base)) => {
            let size = 1_u64 << (32 - length.parse::<u32>().unwrap_or(32));
            let first = u64::from(base.to_bits()) / size * size;
            let all = [first.checked_sub(1), Some(first), Some(first + size - 1), Some(first + size)];
            all.into_iter()
                .flatten()
                .filter_map(|bits| Some(std::net::Ipv4Addr::from_bits(u32::try_from(bits).ok()?).to_string()))
                .collect()
        }
        Ok(IpAddr::V6(base)) => {
            let host = 128 - length.parse::<u32>().unwrap_or(128);
            let mask = if host == 128 { u128::MAX } else { (1_u128 << host) - 1 };
            let first = base.to_bits() & !mask;
            let last = first | mask;
            let all = [first.checked_sub(1), Some(first), Some(last), last.checked_add(1)];
            all.into_iter().flatten().map(|bits| std::net::Ipv6Addr::from_bits(bits).to_string()).collect()
        }
        Err(_) => Vec::new(),
    }
}

/// Whether one value of a request matches one value of a policy; the operator without quantifier, negation and `IfExists`.
pub(super) fn matches(operator: &str, listed: &str, value: &str) -> bool {
    let numbers = || Some((value.parse::<f64>().ok()?, listed.parse::<f64>().ok()?));
    let number = |holds: fn(f64, f64) -> bool| numbers().is_some_and(|(value, listed)| holds(value, listed));
    // Dates of one spelling are in the order of their texts; a day is its first second.
    let day = |text: &str| if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let date = |holds: fn(&String, &String) -> bool| holds(&day(value), &day(listed));
    match operator {
        "StringEquals" => listed == value,
        "StringEqualsIgnoreCase" => listed.eq_ignore_ascii_case(value),
        "StringLike" => glob(listed, value),
        "ArnEquals" | "ArnLike" => arn(listed, value),
        "Bool" => listed.eq_ignore_ascii_case(value) && (listed.eq_ignore_ascii_case("true") || listed.eq_ignore_ascii_case("false")),
        "IpAddress" => inside(listed, value),
        "NumericEquals" => number(|value, listed| value == listed),
        "NumericLessThan" => number(|value, listed| value < listed),
        "NumericLessThanEquals" => number(|value, listed| value <= listed),
        "NumericGreaterThan" => number(|value, listed| value > listed),
        "NumericGreaterThanEquals" => number(|value, listed| value >= listed),
        "DateLessThan" => date(|value, listed| value < listed),
        "DateLessThanEquals" => date(|value, listed| value <= listed),
        "DateGreaterThan" => date(|value, listed| value > listed),
        "DateGreaterThanEquals" => date(|value, listed| value >= listed),
        other => panic!("no rule for {other}"),
    }
}
