//! The actions of S3: names, access levels, kinds of resource, condition keys; and sets of them.
//!
//! In: an action's name or pattern, as a policy or a request spells it. Out: an [`Action`], or the set of all
//! [`Actions`] that a pattern covers, a suggestion for a misspelt one. Never: actions of other services.
//!
//! Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference.

use std::cmp::Ordering;
use std::sync::LazyLock;

use super::Key;
use crate::diag::did_you_mean;

mod table;

use table::{BUCKET, GROUPS, OBJECT, OTHER, POINT, POINT_OBJECT, ROWS};

/// What an action does, in the words of the Service Authorization Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Reads contents or configuration.
    Read,
    /// Changes or deletes.
    Write,
    /// Lists.
    List,
    /// Tags.
    Tagging,
    /// Changes who may do what.
    Permissions,
}

/// The kinds of resource that an action is authorised against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

impl Kinds {
    /// Whether a bucket ARN is one of them.
    pub const fn bucket(self) -> bool {
        self.0 & BUCKET != 0
    }

    /// Whether an object ARN is one of them.
    pub const fn object(self) -> bool {
        self.0 & OBJECT != 0
    }

    /// Whether an access point's own ARN, or that of an object through one, is one of them.
    pub const fn access_point(self) -> bool {
        self.0 & (POINT | POINT_OBJECT) != 0
    }

    /// Whether there are others: jobs, grants, lenses and so on.
    pub const fn other(self) -> bool {
        self.0 & OTHER != 0
    }

    /// Whether only `Resource: "*"` can match, so that no bucket policy ever does.
    pub const fn none(self) -> bool {
        self.0 == 0
    }
}

/// An action of S3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action(u8);

const FALLBACK: table::Row = ("", Level::Read, 0, 0);

impl Action {
    /// Every action, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..u8::try_from(ROWS.len()).unwrap_or(u8::MAX)).map(Self)
    }

    fn row(self) -> &'static table::Row {
        ROWS.get(usize::from(self.0)).unwrap_or(&FALLBACK)
    }

    /// The action of that name, such as `s3:GetObject`, whatever its case.
    pub fn parse(text: &str) -> Option<Self> {
        let name = after_service(text)?;
        let at = ROWS.binary_search_by(|row| compare(row.0, name)).ok()?;
        u8::try_from(at).ok().map(Self)
    }

    /// The name without `s3:`.
    pub fn short_name(self) -> &'static str {
        self.row().0
    }

    /// The name as AWS spells it.
    pub fn name(self) -> String {
        format!("s3:{}", self.short_name())
    }

    /// What it does.
    pub fn level(self) -> Level {
        self.row().1
    }

    /// What it is done to.
    pub fn kinds(self) -> Kinds {
        Kinds(self.row().2)
    }

    /// Whether a request for this action can carry the key. Global keys (`aws:…`) can always, tags of resources
    /// and requests where the action or its kind of resource lists them.
    pub fn supports(self, key: &Key) -> bool {
        let kinds = self.row().2;
        match key {
            Key::DataAccessPointAccount | Key::DataAccessPointArn | Key::AccessPointNetworkOrigin if self.kinds().access_point() => true,
            Key::AccessPointTag(_) if self.kinds().access_point() => true,
            Key::BucketTag(_) => kinds & (BUCKET | OBJECT | POINT_OBJECT) != 0,
            Key::ResourceTag(_) if kinds & (BUCKET | OBJECT | POINT | POINT_OBJECT) != 0 => true,
            key => {
                let groups = match key.slot() {
                    Some(slot) => plain_groups().get(slot).copied().unwrap_or(0),
                    None => groups_of(&key.name()),
                };
                groups == GLOBAL || self.row().3 & groups != 0
            }
        }
    }

    /// The action that a misspelt name most likely means.
    pub fn suggest(text: &str) -> Option<String> {
        let name = after_service(text).unwrap_or(text);
        did_you_mean(name, ROWS.iter().map(|row| row.0)).map(|found| format!("s3:{found}"))
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// In place of groups: a key that every action knows.
const GLOBAL: u64 = u64::MAX;

/// The group of a key by name, as the bit that actions hold; none for a key that no action lists.
fn groups_of(name: &str) -> u64 {
    let listed = |known: &&str| match known.ends_with('/') {
        true => name.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(known)),
        false => known.eq_ignore_ascii_case(name),
    };
    match GROUPS.iter().position(|group| group.iter().any(listed)) {
        Some(group) => 1 << group,
        None if name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:")) => GLOBAL,
        None => 0,
    }
}

/// The same for every plain key, by slot.
fn plain_groups() -> &'static [u64] {
    static TABLE: LazyLock<Vec<u64>> = LazyLock::new(|| Key::PLAIN.iter().map(|key| groups_of(&key.name())).collect());
    &TABLE
}

fn after_service(text: &str) -> Option<&str> {
    let (service, name) = text.split_at_checked(3)?;
    service.eq_ignore_ascii_case("s3:").then_some(name)
}

fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().map(|c| c.to_ascii_lowercase()).cmp(b.bytes().map(|c| c.to_ascii_lowercase()))
}

/// Whether an action's name matches a pattern of the `Action` element: `*` and `?`, case ignored, nothing trimmed.
pub fn action_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    let mut retry = None;
    while let Some(c) = name.get(n) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(x) if *x == b'?' || x.eq_ignore_ascii_case(c) => (p, n) = (p + 1, n + 1),
            _ => {
                let Some((after, from)) = retry else { return false };
                retry = Some((after, from + 1));
                (p, n) = (after, from + 1);
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

/// A set of actions of S3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Actions([u64; 3]);

impl Actions {
    /// Every action of the table.
    pub const fn everything() -> Self {
        Self([u64::MAX, u64::MAX, (1 << (ROWS.len() - 128)) - 1])
    }

    /// The actions that a pattern such as `s3:Get*` covers.
    pub fn matching(pattern: &str) -> Self {
        if pattern == "*" || pattern.eq_ignore_ascii_case("s3:*") {
            return Self::everything();
        }
        if !pattern.contains(['*', '?']) {
            return Action::parse(pattern).into_iter().collect();
        }
        match after_service(pattern) {
            Some(short) if short.find(['*', '?']) == Some(short.len() - 1) && short.ends_with('*') => {
                let prefix = short.get(..short.len() - 1).unwrap_or_default();
                let cut = |row: &table::Row| row.0.get(..prefix.len()).unwrap_or(row.0);
                let from = ROWS.partition_point(|row| compare(cut(row), prefix) == Ordering::Less);
                Action::all().skip(from).take_while(|action| compare(cut(action.row()), prefix) == Ordering::Equal).collect()
            }
            Some(short) => Action::all().filter(|action| action_matches(short, action.short_name())).collect(),
            // Of another service, whatever follows.
            None if pattern.find(['*', '?']).is_some_and(|at| at >= "s3:".len()) => Self::default(),
            None => Action::all().filter(|action| action_matches(pattern, &action.name())).collect(),
        }
    }

    /// Whether the action is one of them.
    pub fn contains(&self, action: Action) -> bool {
        self.0.get(action.index() / 64).is_some_and(|word| word & (1 << (action.index() % 64)) != 0)
    }

    /// Adds an action.
    pub fn insert(&mut self, action: Action) {
        if let Some(word) = self.0.get_mut(action.index() / 64) {
            *word |= 1 << (action.index() % 64);
        }
    }

    /// Those of either set.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        self
    }

    /// Those of both sets.
    #[must_use]
    pub fn intersection(mut self, other: Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word &= more;
        }
        self
    }

    /// All but these.
    #[must_use]
    pub fn complement(self) -> Self {
        let mut rest = Self::everything();
        for (word, taken) in rest.0.iter_mut().zip(self.0) {
            *word &= !taken;
        }
        rest
    }

    /// The actions whose requests can carry the key; see [`Action::supports`].
    pub fn supporting(key: &Key) -> Self {
        // Names of tags are looked up by text, which is the same for every action.
        let groups = key.slot().is_none().then(|| groups_of(&key.name()));
        let has = |action: &Action| match groups {
            Some(groups) if !matches!(key, Key::AccessPointTag(_) | Key::BucketTag(_) | Key::ResourceTag(_)) => {
                groups == GLOBAL || action.row().3 & groups != 0
            }
            _ => action.supports(key),
        };
        Action::all().filter(has).collect()
    }

    /// The set as bits, by the place of each action in the table.
    pub(crate) const fn words(self) -> [u64; 3] {
        self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 3]
    }

    /// Them, sorted by name.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::all().filter(move |action| self.contains(*action))
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<T: IntoIterator<Item = Action>>(actions: T) -> Self {
        let mut set = Self::default();
        for action in actions {
            set.insert(action);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_complete_and_found_in_any_case() {
        assert_eq!(ROWS.len(), 180);
        assert!(ROWS.is_sorted_by(|a, b| compare(a.0, b.0) == Ordering::Less));
        for action in Action::all() {
            assert_eq!(Action::parse(&action.name().to_ascii_uppercase()), Some(action));
            assert_eq!(Actions::matching(&action.name()).iter().collect::<Vec<_>>(), [action]);
        }
        for group in GROUPS.iter().copied().flatten() {
            assert!(!matches!(Key::parse(&format!("{group}{}", if group.ends_with('/') { "x" } else { "" })), Key::Other(_)), "{group}");
        }
        for not_an_action in ["s3:HeadObject", "s3:GetObject ", "kms:Decrypt", "GetObject", "s3:"] {
            assert_eq!(Action::parse(not_an_action), None);
        }
    }

    #[test]
    fn patterns_cover_sets() {
        assert_eq!(Actions::everything(), Action::all().collect());
        assert_eq!(Actions::matching("*"), Actions::matching("s3:*"));
        assert_eq!(Actions::matching("?3:*"), Actions::everything());
        assert_eq!(Actions::matching("S3:getobject").iter().count(), 1);
        assert!(Actions::matching("s3:Get *").is_empty());
        assert!(Actions::matching("kms:*").is_empty() && Actions::matching("s3-object-lambda:Get*").is_empty());
        for pattern in ["*:GetObject*", "s?:GetObject*"] {
            assert_eq!(Actions::matching(pattern), Actions::matching("s3:GetObject*"), "{pattern}");
        }
        let versions = Actions::matching("s3:*ObjectVersion");
        assert_eq!(versions.iter().map(Action::short_name).collect::<Vec<_>>(), ["DeleteObjectVersion", "GetObjectVersion"]);
        for prefix in ["s3:", "s3:g", "s3:Get", "s3:GetObject", "s3:GetObjectVersionz", "s3:Z", "s3:PutObjectA"] {
            let slow: Actions = Action::all().filter(|action| action_matches(&format!("{prefix}*"), &action.name())).collect();
            assert_eq!(Actions::matching(&format!("{prefix}*")), slow, "{prefix}");
        }
        assert_eq!(versions.complement().iter().count(), 178);
        assert!(versions.intersection(versions.complement()).is_empty());
    }

    #[test]
    fn suggestions_and_keys() {
        assert_eq!(Action::suggest("s3:GetObjct").as_deref(), Some("s3:GetObject"));
        assert_eq!(Action::suggest("s3:Frobnicate"), None);
        let supports = |action: &str, key: &str| Action::parse(action).unwrap().supports(&Key::parse(key));
        assert!(supports("s3:GetObject", "s3:ExistingObjectTag/team"));
        assert!(!supports("s3:PutObject", "s3:ExistingObjectTag/team"));
        assert!(!supports("s3:ListBucket", "s3:ExistingObjectTag/team"));
        assert!(supports("s3:ListBucket", "s3:prefix") && !supports("s3:GetObject", "s3:prefix"));
        assert!(supports("s3:GetObject", "aws:SourceIp") && supports("s3:GetObject", "s3:DataAccessPointArn"));
        assert!(!supports("s3:CreateBucket", "s3:DataAccessPointArn"));
        assert!(!supports("s3:GetObject", "s3:nonsense"));
    }

    #[test]
    fn fifteen_actions_fit_no_bucket_policy() {
        assert_eq!(Action::all().filter(|action| action.kinds().none()).count(), 15);
    }
}
