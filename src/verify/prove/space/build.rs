//! The dimensions of a space: what policies mention decides which there are.
//!
//! In: statements and the bucket. Out: a [`Space`]. Never: a point for what nothing looks at; such a thing has one value.

use std::borrow::Cow;

use super::super::super::condition::Test;
use super::super::super::context::{Context, Values};
use super::super::super::principal::{One, Who};
use super::super::super::statement::Compiled;
use super::super::cube::{Layout, insert};
use super::super::language::Tok;
use super::super::search::{ACTION, Link};
use super::super::values::{Classes, classes, counts};
use super::super::variables::{Fill, fill_test, keys_of_arn, keys_of_test};
use super::{CALLER, Column, Dim, Form, Group, Mask, STATE, Setting, Sign, Space, lacking, supporting};
use crate::policy::{Action, Actions, Element, Key};

/// The keys of the dimensions that hold several.
const TRANSPORT_KEYS: [Key; 2] = [Key::SecureTransport, Key::TlsVersion];
const SIGN_KEYS: [Key; 4] = [Key::AuthType, Key::SignatureVersion, Key::SignatureAge, Key::XAmzContentSha256];
pub(super) const POINT_KEYS: [Key; 3] = [Key::DataAccessPointArn, Key::DataAccessPointAccount, Key::AccessPointNetworkOrigin];
pub(super) const TIME_KEYS: [Key; 2] = [Key::CurrentTime, Key::EpochTime];
pub(super) const SSE_KEYS: [Key; 3] =
    [Key::XAmzServerSideEncryption, Key::XAmzServerSideEncryptionAwsKmsKeyId, Key::XAmzServerSideEncryptionCustomerAlgorithm];
pub(super) const SESSION_KEYS: [Key; 3] = [Key::TokenIssueTime, Key::SourceIdentity, Key::FederatedProvider];
pub(super) const CALLER_KEYS: [Key; 8] = [
    Key::PrincipalArn,
    Key::PrincipalAccount,
    Key::PrincipalType,
    Key::UserName,
    Key::UserId,
    Key::PrincipalIsAWSService,
    Key::PrincipalServiceName,
    Key::PrincipalServiceNamesList,
];
pub(super) const STATE_KEYS: [Key; 5] =
    [Key::MultiFactorAuthPresent, Key::MultiFactorAuthAge, Key::TokenIssueTime, Key::SourceIdentity, Key::FederatedProvider];

/// Actions that make good examples.
const PREFERRED: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "s3:DeleteObject",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteObjectVersion",
    "s3:PutLifecycleConfiguration",
];

/// While it is built.
pub(super) struct Builder<'s> {
    pub(super) setting: &'s Setting,
    pub(super) statements: &'s [&'s Compiled],
    pub(super) tests: Vec<Cow<'s, Test>>,
    pub(super) keys: Vec<Key>,
    /// Keys that patterns take values from.
    pub(super) variables: Vec<Key>,
    pub(super) samples: Vec<&'static str>,
    pub(super) vague_resources: bool,
}

impl Space {
    pub(in super::super) fn new(setting: Setting, statements: &[&Compiled]) -> Self {
        let mut builder = Builder {
            setting: &setting,
            statements,
            tests: Vec::new(),
            keys: Vec::new(),
            variables: Vec::new(),
            samples: Vec::new(),
            vague_resources: false,
        };
        builder.gather();
        let (caller, actors) = builder.caller();
        let (state, states, bound) = builder.state(&actors);
        let contexts = contexts(&[(CALLER, &caller), (STATE, &state)], &builder.variables);
        let (resource, resources) = builder.resource(contexts.as_deref().unwrap_or_default());
        let (transport, transports) = builder.transport();
        let (sign, signs) = builder.sign();
        let (point, points) = builder.point();
        let action = Dim { len: 192, ..Dim::default() };
        let mut dims = vec![action, resource, caller, transport, sign, point, state];
        dims.extend(builder.time());
        dims.extend(builder.sse());
        let taken: Vec<Key> = dims.iter().flat_map(|dim| &dim.columns).map(|column| column.key.clone()).collect();
        let rest: Vec<Key> = builder.keys.iter().filter(|key| !taken.iter().any(|taken| taken.same(key))).cloned().collect();
        for key in rest {
            let dim = builder.single(key);
            dims.push(dim);
        }
        let layout = Layout::new(dims.iter().map(|dim| dim.len));
        let mut links: Vec<Link> = dims.iter().enumerate().filter_map(|(at, dim)| link(at, dim, &layout)).collect();
        links.extend(bound);
        let preferred = PREFERRED.iter().filter_map(|name| Action::parse(name)).map(Action::index).collect();
        let Builder { mut samples, vague_resources, .. } = builder;
        samples.sort_unstable();
        samples.dedup();
        let mut space = Self {
            setting,
            layout,
            links,
            preferred,
            dims,
            scenes: Vec::new(),
            resources,
            actors,
            states,
            transports,
            signs,
            points,
            samples,
            vague_resources,
            contexts,
        };
        space.scenes = space.scenes();
        space
    }
}

fn link(at: usize, dim: &Dim, layout: &Layout) -> Option<Link> {
    if dim.masks.is_empty() {
        return None;
    }
    let mut groups: Vec<(Mask, Vec<u64>)> = Vec::new();
    for (point, mask) in dim.masks.iter().enumerate() {
        let group = match groups.iter().position(|(own, _)| own == mask) {
            Some(group) => group,
            None => {
                groups.push((*mask, layout.none(at)));
                groups.len() - 1
            }
        };
        if let Some((_, members)) = groups.get_mut(group) {
            insert(members, point);
        }
    }
    let groups = groups.into_iter().map(|(mask, members)| (mask.to_vec(), members)).collect();
    Some(Link { on: ACTION, dim: at, groups })
}

pub(super) const ALL: Mask = [u64::MAX; 3];

impl Dim {
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = Option<Values>>, mask: Mask) {
        self.columns.iter_mut().zip(row).for_each(|(column, value)| column.values.push(value));
        self.masks.push(mask);
        self.len += 1;
    }

    pub(super) fn new(keys: &[Key]) -> Self {
        let columns = keys.iter().map(|key| Column { key: key.clone(), values: Vec::new(), sample: None }).collect();
        Self { len: 0, columns, masks: Vec::new() }
    }

    pub(super) fn done(mut self) -> Self {
        if self.masks.iter().all(|mask| *mask == ALL) {
            self.masks.clear();
        }
        self
    }
}

pub(super) fn one(text: &str) -> Option<Values> {
    Some(Values::One(text.to_owned().into()))
}

impl Builder<'_> {
    fn gather(&mut self) {
        fn put(keys: &mut Vec<Key>, key: &Key) {
            if !keys.iter().any(|own| own.same(key)) {
                keys.push(key.clone());
            }
        }
        for statement in self.statements {
            if let Some(Who::Of(all) | Who::Not(all)) = &statement.who
                && all.iter().any(|one| matches!(one, One::Id(_)))
            {
                put(&mut self.keys, &Key::UserId);
            }
            if let Some(Element::Is(all) | Element::Not(all)) = &statement.resources {
                all.iter().flat_map(keys_of_arn).for_each(|key| put(&mut self.variables, &key));
            }
            for test in &statement.tests {
                put(&mut self.keys, &test.key);
                let variables = keys_of_test(test);
                if variables.is_empty() {
                    self.tests.push(Cow::Borrowed(test));
                } else {
                    variables.iter().for_each(|key| put(&mut self.variables, key));
                    self.tests.extend([Fill::Drop, Fill::Anything].map(|fill| Cow::Owned(fill_test(test, fill))));
                }
            }
        }
        let variables = self.variables.clone();
        variables.iter().for_each(|key| put(&mut self.keys, key));
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.keys.iter().any(|own| own.same(key))
    }

    pub(super) fn having(&self, keys: &[Key]) -> Vec<Key> {
        keys.iter().filter(|key| self.has(key)).cloned().collect()
    }

    pub(super) fn on(&self, key: &Key) -> Vec<&Test> {
        self.tests.iter().map(AsRef::as_ref).filter(|test: &&Test| test.key.same(key)).collect()
    }

    pub(super) fn classes(&mut self, key: &Key, more: &[Vec<Tok>]) -> Classes {
        let found = classes(key, &self.on(key), more);
        self.samples.extend(found.sample);
        found
    }

    /// A key by itself.
    fn single(&mut self, key: Key) -> Dim {
        let found = match &key {
            Key::ResourceAccount | Key::S3ResourceAccount => {
                Classes { values: vec![Values::One(self.setting.account.clone().into())], sample: None }
            }
            key => self.classes(key, &[]),
        };
        let mut dim = Dim::new(std::slice::from_ref(&key));
        let global = matches!(key, Key::Other(_));
        let mask = if global { ALL } else { widened(supporting(&key)) };
        dim.columns.iter_mut().for_each(|column| column.sample = found.sample);
        // The plainest request lacks the key.
        dim.push([None], if key == Key::S3ResourceAccount { widened(lacking(&key)) } else { ALL });
        for value in found.values {
            dim.push([Some(value)], mask);
        }
        dim.done()
    }

    fn transport(&self) -> (Dim, Vec<Option<&'static str>>) {
        let keys = self.having(&TRANSPORT_KEYS);
        let mut dim = Dim::new(&keys);
        let mut semantics = Vec::new();
        let versions = self.has(&Key::TlsVersion);
        let (able, unable) = (supporting(&Key::TlsVersion), lacking(&Key::TlsVersion));
        let row = |secure: Option<&str>, version: Option<&str>| {
            keys.iter()
                .map(|key| if *key == Key::SecureTransport { secure.and_then(one) } else { version.and_then(one) })
                .collect::<Vec<_>>()
        };
        for tls in if versions { ["1.3", "1.2", "1.1", "1.0"].as_slice() } else { &["1.3"] } {
            semantics.push(Some(*tls));
            dim.push(row(Some("true"), Some(tls)), if versions { able } else { ALL });
            if versions {
                semantics.push(Some(*tls));
                dim.push(row(Some("true"), None), unable);
            }
        }
        if !keys.is_empty() {
            semantics.push(None);
            dim.push(row(Some("false"), None), ALL);
        }
        // Of services: nothing, or, as another page has it, that they use TLS.
        semantics.push(Some("1.3"));
        dim.push(row(None, None), ALL);
        semantics.push(Some("1.3"));
        dim.push(row(Some("true"), Some("1.3")), if versions { able } else { ALL });
        (dim.done(), semantics)
    }

    fn sign(&mut self) -> (Dim, Vec<Sign>) {
        let keys = self.having(&SIGN_KEYS);
        let mut dim = Dim::new(&keys);
        let mut semantics = Vec::new();
        let hashes = if self.has(&Key::XAmzContentSha256) {
            self.classes(&Key::XAmzContentSha256, &[])
        } else {
            Classes { values: Vec::new(), sample: None }
        };
        if let Some(column) = dim.columns.iter_mut().find(|column| column.key == Key::XAmzContentSha256) {
            column.sample = hashes.sample;
        }
        let (able, unable) = (supporting(&Key::AuthType), lacking(&Key::AuthType));
        let mut put = |sign: Sign, named: bool, hash: Option<&Values>, mask: Mask| {
            let row = keys.iter().map(|key| match (key, sign.form) {
                (Key::XAmzContentSha256, _) => hash.cloned(),
                _ if !named => None,
                (_, Form::None) => None,
                (Key::AuthType, Form::Header) => one("REST-HEADER"),
                (Key::AuthType, Form::Query) => one("REST-QUERY-STRING"),
                (Key::AuthType, Form::Post) => one("POST"),
                (Key::SignatureVersion, _) => one(if sign.old { "AWS" } else { "AWS4-HMAC-SHA256" }),
                _ => sign.age.map(|age| Values::One(age.to_string().into())),
            });
            dim.push(row.collect::<Vec<_>>(), mask);
            semantics.push(sign);
        };
        let header = Sign { form: Form::Header, old: false, age: None };
        if keys.is_empty() {
            put(header, true, None, ALL);
        } else {
            let ages = counts(&self.on(&Key::SignatureAge), &[]);
            let hashes: Vec<Option<&Values>> = std::iter::once(None).chain(hashes.values.iter().map(Some)).collect();
            for hash in &hashes {
                let hashed = hash.map_or(ALL, |_| widened(supporting(&Key::XAmzContentSha256)));
                let both = std::array::from_fn(|i| able.get(i).copied().unwrap_or(0) & hashed.get(i).copied().unwrap_or(0));
                put(header, true, *hash, both);
                let neither = std::array::from_fn(|i| unable.get(i).copied().unwrap_or(0) & hashed.get(i).copied().unwrap_or(0));
                put(header, false, *hash, neither);
                // One page gives requests that are signed in a header an age too; S3 takes them for 15 minutes.
                for age in ages.iter().filter(|age| **age <= 900_000) {
                    put(Sign { age: Some(*age), ..header }, true, *hash, both);
                }
                put(Sign { old: true, age: Some(0), ..header }, true, *hash, both);
            }
            for form in [Form::Query, Form::Post] {
                // A POST form hashes nothing, a presigned URL neither.
                for age in ages.iter().filter(|age| **age <= 604_800_000) {
                    put(Sign { form, old: false, age: Some(*age) }, true, None, able);
                }
                put(Sign { form, old: true, age: Some(0) }, true, None, able);
            }
        }
        put(Sign { form: Form::None, old: false, age: None }, true, None, ALL);
        (dim.done(), semantics)
    }
}

/// What variables are, for each group of points of some dimensions at which they are the same; none where some variable
/// is in another dimension, or where there are too many groups.
pub(super) fn contexts(dims: &[(usize, &Dim)], variables: &[Key]) -> Option<Vec<Group>> {
    const MOST: usize = 64;
    let has = |dim: &Dim, key: &Key| dim.columns.iter().any(|column| column.key.same(key));
    if !variables.iter().all(|key| dims.iter().any(|(_, dim)| has(dim, key))) {
        return None;
    }
    let mut all: Vec<Group> = vec![(Context::default(), Vec::new())];
    for (place, dim) in dims {
        let columns: Vec<&Column> = dim.columns.iter().filter(|column| variables.iter().any(|key| column.key.same(key))).collect();
        if columns.is_empty() {
            continue;
        }
        let mut groups: Vec<(Vec<Option<&Values>>, Vec<u64>)> = Vec::new();
        for point in 0..dim.len {
            let row: Vec<Option<&Values>> = columns.iter().map(|column| column.values.get(point).and_then(Option::as_ref)).collect();
            let at = match groups.iter().position(|(own, _)| *own == row) {
                Some(at) => at,
                None if groups.len() * all.len() >= MOST => return None,
                None => {
                    groups.push((row, vec![0; dim.len.div_ceil(64)]));
                    groups.len() - 1
                }
            };
            if let Some((_, members)) = groups.get_mut(at) {
                insert(members, point);
            }
        }
        let filled = |(context, places): &Group| {
            let with = |(row, members): &(Vec<Option<&Values>>, Vec<u64>)| {
                let mut context = context.clone();
                for (column, value) in columns.iter().zip(row) {
                    if let Some(Values::One(value)) = value {
                        context.set(column.key.clone(), value.clone());
                    }
                }
                (context, places.iter().cloned().chain([(*place, members.clone())]).collect())
            };
            groups.iter().map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(filled).collect();
    }
    Some(all)
}

/// Global keys are carried by requests for any action.
pub(super) fn widened(mask: Mask) -> Mask {
    if mask == super::mask(Actions::everything(), true) { ALL } else { mask }
}
