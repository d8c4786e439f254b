//! Values of conditions as what they mean: numbers, points in time, networks, bytes.
//!
//! In: a value's text, from a policy or a request. Out: something that compares exactly, or nothing where the text
//! is no such value. Never: floating point, an allocation, the local time zone.
//!
//! Source: "IAM JSON policy elements: Condition operators", IAM User Guide.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A decimal number, exact to 18 places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i128);

impl Number {
    /// Reads an integer or a decimal: `5`, `-1.50`. No exponents.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        let places = places.trim_end_matches('0');
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if digits.is_empty() || digits == "." || !plain(whole) || !plain(places) || places.len() > 18 {
            return None;
        }
        let number = |s: &str| if s.is_empty() { Some(0) } else { s.parse::<i128>().ok() };
        let scale = |n: usize| 10_i128.checked_pow(u32::try_from(n).ok()?);
        let value = number(whole)?.checked_mul(scale(18)?)?.checked_add(number(places)?.checked_mul(scale(18 - places.len())?)?)?;
        Some(Self(if negative { -value } else { value }))
    }
}

impl Number {
    /// The number as a count of 10⁻¹⁸.
    pub(crate) const fn scaled(self) -> i128 {
        self.0
    }

    /// The number that is so many 10⁻¹⁸.
    pub(crate) const fn from_scaled(scaled: i128) -> Self {
        Self(scaled)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, places) = (self.0.unsigned_abs() / 10_u128.pow(18), self.0.unsigned_abs() % 10_u128.pow(18));
        let sign = if self.0 < 0 { "-" } else { "" };
        match format!("{places:018}").trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            places => write!(f, "{sign}{whole}.{places}"),
        }
    }
}

/// A point in time, in microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// Reads one of the W3C profiles of ISO 8601, or seconds since 1970 ("epoch"). Four digits alone are a year;
    /// a time without a zone is UTC (assumed).
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 4 && text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            let Number(scaled) = Number::parse(text)?;
            return i64::try_from(scaled / 10_i128.pow(12)).ok().map(Self);
        }
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let (month, day) = (parts.next().map_or(Some(1), |m| digits(m, 2))?, parts.next().map_or(Some(1), |d| digits(d, 2))?);
        if parts.next().is_some() || (time.is_some() && date.len() != 10) || !(1..=12).contains(&month) {
            return None;
        }
        if !(1..=days_of(year, month)).contains(&day) {
            return None;
        }
        let micros = time.map_or(Some(0), micros_of_day)?;
        Some(Self(days_since_1970(year, month, day) * 86_400_000_000 + micros))
    }
}

impl Instant {
    /// Microseconds since 1970.
    pub(crate) const fn micros(self) -> i64 {
        self.0
    }

    /// So many microseconds after 1970.
    pub(crate) const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
}

impl fmt::Display for Instant {
    /// After Howard Hinnant's "chrono-compatible low-level date algorithms".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, micros) = (self.0.div_euclid(86_400_000_000), self.0.rem_euclid(86_400_000_000));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if fraction > 0 { write!(f, ".{fraction:06}Z") } else { write!(f, "Z") }
    }
}

fn digits(text: &str, len: usize) -> Option<i64> {
    (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// After Howard Hinnant's "chrono-compatible low-level date algorithms".
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// `hh:mm[:ss[.s]]` with an optional zone, in microseconds; east of Greenwich is earlier.
fn micros_of_day(text: &str) -> Option<i64> {
    let (clock, east) = match text.find(['Z', 'z', '+', '-']) {
        None => (text, 0),
        Some(at) => {
            let (clock, zone) = text.split_at_checked(at)?;
            let (sign, offset) = zone.split_at_checked(1)?;
            if sign.eq_ignore_ascii_case("z") {
                (clock, if offset.is_empty() { 0 } else { return None })
            } else {
                let (hours, minutes) = offset.split_once(':').or_else(|| offset.split_at_checked(2))?;
                let (hours, minutes) = (digits(hours, 2)?, if minutes.is_empty() { 0 } else { digits(minutes, 2)? });
                if hours > 23 || minutes > 59 {
                    return None;
                }
                (clock, (hours * 60 + minutes) * if sign == "-" { -1 } else { 1 })
            }
        }
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map(|s| digits(s, 2));
    let seconds = match (seconds, fraction) {
        (Some(seconds), _) => seconds?,
        (None, None) => 0,
        (None, Some(_)) => return None,
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(places) if places.is_empty() || !places.bytes().all(|b| b.is_ascii_digit()) => return None,
        Some(places) => (0..6).fold(0, |sum, i| sum * 10 + i64::from(places.as_bytes().get(i).map_or(0, |b| b - b'0'))),
    };
    Some(((hours * 60 + minutes - east) * 60 + seconds) * 1_000_000 + micros)
}

/// A range of addresses. An address without a length is itself alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    v6: bool,
    base: u128,
    length: u8,
    host_bits: bool,
}

const fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, v4.to_bits() as u128),
        IpAddr::V6(v6) => (true, v6.to_bits()),
    }
}

impl Cidr {
    /// Reads `203.0.113.0/24`, `2001:db8::/32` or a single address. Bits beyond the length are dropped (assumed).
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let (v6, whole) = bits(address.parse().ok()?);
        let width = if v6 { 128 } else { 32 };
        let length = match length {
            None => width,
            Some(n) if n.bytes().all(|b| b.is_ascii_digit()) => n.parse().ok().filter(|n| *n <= width)?,
            Some(_) => return None,
        };
        let base = whole.checked_shr(u32::from(width - length)).unwrap_or(0).checked_shl(u32::from(width - length)).unwrap_or(0);
        Some(Self { v6, base, length, host_bits: base != whole })
    }

    /// Whether the address lies in it; one of the other family never does.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (v6, address) = bits(address);
        let width = if v6 { 128_u8 } else { 32 };
        v6 == self.v6 && (address ^ self.base).checked_shr(u32::from(width - self.length)).unwrap_or(0) == 0
    }

    /// Whether every address of the other lies in it.
    pub const fn covers(&self, other: &Self) -> bool {
        let ((first, last), (from, to)) = (self.bounds(), other.bounds());
        self.v6 == other.v6 && first <= from && to <= last
    }

    /// Whether it is a range of IPv6.
    pub const fn is_v6(&self) -> bool {
        self.v6
    }

    /// The number of bits that are fixed.
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// The first and the last address, as numbers.
    pub const fn bounds(&self) -> (u128, u128) {
        let free = (if self.v6 { 128 } else { 32 }) - self.length as u32;
        let mask = if free == 128 { u128::MAX } else { (1 << free) - 1 };
        (self.base, self.base | mask)
    }

    /// Whether the text had bits beyond its length.
    pub const fn has_host_bits(&self) -> bool {
        self.host_bits
    }
}

/// The range without bits beyond its length, as policies write it.
impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v4 = u32::try_from(self.base).ok().filter(|_| !self.v6).map(Ipv4Addr::from_bits);
        let address = v4.map_or_else(|| IpAddr::from(Ipv6Addr::from_bits(self.base)), IpAddr::from);
        write!(f, "{address}/{}", self.length)
    }
}

/// Whether both texts are base64 of the same bytes; `None` where one is not base64.
pub fn same_bytes(a: &str, b: &str) -> Option<bool> {
    let (mut a, mut b) = (Base64::new(a)?, Base64::new(b)?);
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Some(true),
            (x, y) if x == y => {}
            _ => return Some(false),
        }
    }
}

/// The bytes of a base64 text that has been checked.
struct Base64<'a> {
    text: std::slice::Iter<'a, u8>,
    buffer: u32,
    held: u32,
}

impl<'a> Base64<'a> {
    fn new(text: &'a str) -> Option<Self> {
        let bare = text.trim_end_matches('=');
        let ok = text.len().is_multiple_of(4) && text.len() - bare.len() <= 2 && bare.bytes().all(|c| sextet(c).is_some());
        ok.then(|| Self { text: bare.as_bytes().iter(), buffer: 0, held: 0 })
    }
}

const fn sextet(c: u8) -> Option<u32> {
    Some(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

impl Iterator for Base64<'_> {
    type Item = u8;
    fn next(&mut self) -> Option<u8> {
        while self.held < 8 {
            self.buffer = (self.buffer << 6) | sextet(*self.text.next()?)?;
            self.held += 6;
        }
        self.held -= 8;
        let byte = self.buffer >> self.held;
        self.buffer &= (1 << self.held) - 1;
        u8::try_from(byte).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_decimals() {
        let n = |s| Number::parse(s);
        assert_eq!(n("1.2"), n("1.20"));
        assert_eq!(n("+5"), n("5.0"));
        assert!(n("-0.5") < n("0") && n("1.2") < n("1.3") && n("9") < n("10"));
        assert!(n("9007199254740993") > n("9007199254740992"));
        for bad in ["", ".", "-", "1e3", "0x1", " 1", "1 ", "1.2.3", "NaN", "inf", "1,5", "--1", "1_000"] {
            assert_eq!(n(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_read_iso_and_epoch() {
        let t = |s| Instant::parse(s).map(|t| t.0);
        assert_eq!(t("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(t("1970"), t("1970-01-01"));
        assert_eq!(t("2027-01"), t("2027-01-01T00:00Z"));
        assert_eq!(t("1609459200"), t("2021-01-01T00:00:00Z"));
        assert_eq!(t("2021-01-01T01:30:00+01:30"), t("2021-01-01T00:00:00Z"));
        assert_eq!(t("2020-12-31T19:00:00-0500"), t("2021-01-01T00:00:00.000Z"));
        assert_eq!(t("2021-01-01t00:00:00.25z"), t("1609459200.25"));
        assert_eq!(t("1969-12-31T23:59:59Z"), Some(-1_000_000));
        for bad in ["", "x", "2021-13-01", "2021-02-29", "2021-01-01T24:00Z", "2021-01-01T00Z", "2021-01T00:00Z", "21-01-01", "-5"] {
            assert_eq!(t(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_and_instants_read_as_they_print() {
        for text in ["0", "1.2", "-3.05", "900000"] {
            assert_eq!(Number::parse(text).unwrap().to_string(), text);
        }
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "1969-12-31T00:00:00.250000Z", "2027-01-01T01:02:03Z"] {
            assert_eq!(Instant::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn networks_never_cross_families() {
        let net = |s: &str| Cidr::parse(s).unwrap();
        let holds = |s: &str, ip: &str| net(s).contains(ip.parse().unwrap());
        assert!(holds("203.0.113.0/24", "203.0.113.255") && !holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "2001:db8::1") && holds("::/0", "2001:db8::1"));
        assert!(!holds("::/0", "8.8.8.8") && !holds("1.2.3.4", "1.2.3.5") && holds("2001:DB8:0::1", "2001:db8::1"));
        assert!(net("10.0.0.1/8").has_host_bits() && !net("10.0.0.0/8").has_host_bits());
        assert_eq!(net("10.0.0.1/8").bounds(), net("10.0.0.0/8").bounds());
        assert_eq!(net("::/0").bounds(), (0, u128::MAX));
        assert!(net("10.0.0.0/8").covers(&net("10.1.0.0/16")) && !net("10.1.0.0/16").covers(&net("10.0.0.0/8")));
        assert!(!net("::/0").covers(&net("10.0.0.0/8")) && net("10.0.0.1").covers(&net("10.0.0.1/32")));
        assert_eq!(net("203.0.113.66/24").to_string(), "203.0.113.0/24");
        assert_eq!(net("2001:DB8:0::1/48").to_string(), "2001:db8::/48");
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/+8", "10.0.0.0/", "a"] {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn bytes_are_compared_decoded() {
        assert_eq!(same_bytes("QmluYXJ5", "QmluYXJ5"), Some(true));
        // The last bits of a padded group do not belong to the bytes.
        assert_eq!(same_bytes("QQ==", "QR=="), Some(true));
        assert_eq!(same_bytes("QUI=", "QUE="), Some(false));
        assert_eq!(same_bytes("QUI", "QUE="), None);
        assert_eq!(same_bytes("Q$I=", "QUE="), None);
    }
}
