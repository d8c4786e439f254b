//! Every request, as points in a few dimensions: what is done, to what, by whom, over which connection, with which keys.
//!
//! In: the statements of all policies and questions, and the bucket. Out: dimensions with finitely many points each, so
//! that any request behaves like some combination of them, and the [`Scene`]s that say which combinations there are:
//! which keys a request carries by who calls and from where, as `model` has it. Never: a combination left out that a
//! request could have; some that none has may be there where two keys hang together.

use super::super::condition::Test;
use super::super::context::{Context, Values};
use super::super::model::{self, Facts};
use super::super::principal::{One, Who};
use super::super::statement::Compiled;
use super::super::{Caller, CallerKind};
use super::callers::callers;
use super::cube::{Cube, Layout, insert};
use super::language::{ANY, Language, Tok, arn_steps, is, literal, only};
use super::search::Link;
use super::values::{Classes, classes, counts};
use super::variables::{Fill, fill_arn, fill_test, keys_of_arn, keys_of_test};
use crate::policy::{Action, Actions, Key};

/// The action that nobody knows yet.
pub(super) const FUTURE: usize = 191;
pub(super) const FUTURE_NAME: &str = "s3:FutureAction";

pub(super) const RESOURCE: usize = 1;
pub(super) const CALLER: usize = 2;
pub(super) const TRANSPORT: usize = 3;
pub(super) const SIGN: usize = 4;
pub(super) const POINT: usize = 5;

/// A set of actions, the future one too.
pub(super) type Mask = [u64; 3];

/// The actions, and the future one if asked.
pub(super) fn mask(actions: Actions, future: bool) -> Mask {
    let mut words = actions.words();
    if future {
        insert(&mut words, FUTURE);
    }
    words
}

fn supporting(key: &Key) -> Mask {
    mask(Actions::supporting(key), true)
}

fn lacking(key: &Key) -> Mask {
    mask(Actions::supporting(key).complement(), false)
}

/// One key in a dimension: its values at each point.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) key: Key,
    pub(super) values: Vec<Option<Values>>,
    /// Why the values do not stand for all, where they do not.
    pub(super) sample: Option<&'static str>,
}

/// A dimension.
#[derive(Clone, Debug, Default)]
pub(super) struct Dim {
    pub(super) len: usize,
    pub(super) columns: Vec<Column>,
    /// For each point, the actions that can have it; empty where every action has every point.
    masks: Vec<Mask>,
}

/// A caller in some state.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) caller: Caller,
    pub(super) user_id: Option<Box<str>>,
    pub(super) temporary: bool,
    pub(super) mfa: Option<u64>,
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    None,
    Header,
    Query,
    Post,
}

/// A signature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub(super) form: Form,
    /// Signature version 2.
    pub(super) old: bool,
    pub(super) age: Option<u64>,
}

/// The way that a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Internet,
    Endpoint,
    Forwarded,
    Inside,
}

/// Who makes it, as far as the presence of keys goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Anybody with credentials but the owner's root user.
    Signed,
    Owner,
    Anonymous,
    Service,
}

/// A kind of situation, and the requests in it.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) side: Side,
    pub(super) way: Way,
    pub(super) through_point: bool,
    pub(super) base: Cube,
}

/// The bucket that it is all about.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Such as `arn:aws:s3:::acme`.
    pub(super) bucket: String,
    pub(super) account: String,
    pub(super) partition: String,
}

/// The dimensions and the scenes.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) setting: Setting,
    pub(super) layout: Layout,
    pub(super) links: Vec<Link>,
    pub(super) preferred: Vec<usize>,
    pub(super) dims: Vec<Dim>,
    pub(super) scenes: Vec<Scene>,
    pub(super) resources: Vec<String>,
    pub(super) actors: Vec<Actor>,
    /// The version of TLS at each point; `None` for plain HTTP. Services do not say.
    pub(super) transports: Vec<Option<&'static str>>,
    pub(super) signs: Vec<Sign>,
    /// The access point at each point, and whether its origin is a VPC.
    pub(super) points: Vec<Option<(String, bool)>>,
    /// Why some dimension does not stand for all requests, where one does not.
    pub(super) samples: Vec<&'static str>,
    /// Whether the resources do not stand for all.
    pub(super) vague_resources: bool,
    /// What the variables of patterns are, for each group of callers; none where there are too many groups, or where
    /// some variable is not about callers.
    pub(super) contexts: Option<Vec<(Context, Vec<u64>)>>,
}

/// The keys of the dimensions that hold several.
const TRANSPORT_KEYS: [Key; 2] = [Key::SecureTransport, Key::TlsVersion];
const SIGN_KEYS: [Key; 4] = [Key::AuthType, Key::SignatureVersion, Key::SignatureAge, Key::XAmzContentSha256];
const POINT_KEYS: [Key; 3] = [Key::DataAccessPointArn, Key::DataAccessPointAccount, Key::AccessPointNetworkOrigin];
const TIME_KEYS: [Key; 2] = [Key::CurrentTime, Key::EpochTime];
const SSE_KEYS: [Key; 3] =
    [Key::XAmzServerSideEncryption, Key::XAmzServerSideEncryptionAwsKmsKeyId, Key::XAmzServerSideEncryptionCustomerAlgorithm];
const SESSION_KEYS: [Key; 3] = [Key::TokenIssueTime, Key::SourceIdentity, Key::FederatedProvider];
const CALLER_KEYS: [Key; 13] = [
    Key::PrincipalArn,
    Key::PrincipalAccount,
    Key::PrincipalType,
    Key::UserName,
    Key::UserId,
    Key::PrincipalIsAWSService,
    Key::PrincipalServiceName,
    Key::PrincipalServiceNamesList,
    Key::MultiFactorAuthPresent,
    Key::MultiFactorAuthAge,
    Key::TokenIssueTime,
    Key::SourceIdentity,
    Key::FederatedProvider,
];

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
struct Builder<'s> {
    setting: &'s Setting,
    statements: &'s [&'s Compiled],
    tests: Vec<Test>,
    keys: Vec<Key>,
    /// Keys that patterns take values from.
    variables: Vec<Key>,
    samples: Vec<&'static str>,
    vague_resources: bool,
}

impl Space {
    pub(super) fn new(setting: Setting, statements: &[&Compiled]) -> Self {
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
        let (resource, resources) = builder.resource(&caller);
        let (transport, transports) = builder.transport();
        let (sign, signs) = builder.sign();
        let (point, points) = builder.point();
        let action = Dim { len: 192, ..Dim::default() };
        let mut dims = vec![action, resource, caller, transport, sign, point];
        dims.extend(builder.time());
        dims.extend(builder.sse());
        let taken: Vec<Key> = dims.iter().flat_map(|dim| &dim.columns).map(|column| column.key.clone()).collect();
        let rest: Vec<Key> = builder.keys.iter().filter(|key| !taken.iter().any(|taken| taken.same(key))).cloned().collect();
        for key in rest {
            let dim = builder.single(key);
            dims.push(dim);
        }
        let layout = Layout::new(dims.iter().map(|dim| dim.len));
        let links = dims.iter().enumerate().filter_map(|(at, dim)| link(at, dim, &layout)).collect();
        let preferred = PREFERRED.iter().filter_map(|name| Action::parse(name)).map(Action::index).collect();
        let contexts = dims.get(CALLER).and_then(|caller| contexts(caller, &builder.variables));
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

    /// The place of a key.
    pub(super) fn place(&self, key: &Key) -> Option<(usize, &Column)> {
        self.dims.iter().enumerate().find_map(|(at, dim)| Some((at, dim.columns.iter().find(|column| column.key.same(key))?)))
    }

    fn scenes(&self) -> Vec<Scene> {
        use {Side::*, Way::*};
        let pairs = [
            (Signed, Internet),
            (Signed, Endpoint),
            (Signed, Forwarded),
            (Owner, Internet),
            (Owner, Endpoint),
            (Owner, Forwarded),
            (Anonymous, Internet),
            (Anonymous, Endpoint),
            (Service, Inside),
        ];
        let mut scenes: Vec<Scene> = pairs.into_iter().map(|(side, way)| self.scene(side, way, false)).collect();
        if self.points.len() > 1 {
            scenes.extend(pairs.into_iter().filter(|(side, _)| *side != Anonymous).map(|(side, way)| self.scene(side, way, true)));
        }
        scenes.retain(|scene| !scene.base.is_empty(&self.layout));
        scenes
    }

    fn scene(&self, side: Side, way: Way, through_point: bool) -> Scene {
        let layout = &self.layout;
        let mut base = layout.full();
        let reached = |action: &Action| action.kinds().bucket() || action.kinds().object();
        let mut actions = mask(Action::all().filter(reached).collect(), true);
        if side == Side::Owner {
            // The owner's root user gets at the bucket policy, whatever it says.
            let repairs: Actions = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
                .iter()
                .filter_map(|name| Action::parse(name))
                .collect();
            actions.iter_mut().zip(repairs.words()).for_each(|(word, repairs)| *word &= !repairs);
        }
        base.keep(layout, super::search::ACTION, &actions);
        let side_of = |actor: &Actor| match actor.caller.kind() {
            CallerKind::Anonymous => Side::Anonymous,
            CallerKind::Service => Side::Service,
            CallerKind::Root if actor.caller.account() == Some(&self.setting.account) => Side::Owner,
            _ => Side::Signed,
        };
        base.retain(layout, CALLER, |at| self.actors.get(at).is_some_and(|actor| side_of(actor) == side));
        let value =
            |dim: usize, column: usize, at: usize| self.dims.get(dim).and_then(|dim| dim.columns.get(column)?.values.get(at)?.as_ref());
        // The points of services are those behind the others; see `transport` and `sign`.
        let services = self.transports.len().saturating_sub(2);
        base.retain(layout, TRANSPORT, |at| match side {
            Side::Service => at >= services,
            _ => at < services && !(through_point && self.transports.get(at) == Some(&None)),
        });
        base.retain(layout, SIGN, |at| {
            self.signs.get(at).is_some_and(|sign| match side {
                Side::Anonymous | Side::Service => sign.form == Form::None,
                Side::Signed | Side::Owner => sign.form != Form::None && !(through_point && sign.old),
            })
        });
        base.retain(layout, POINT, |at| match self.points.get(at) {
            Some(Some((_, vpc))) => through_point && (!vpc || way == Way::Endpoint),
            _ => !through_point,
        });
        let (certain, possible) = facts(side, way, through_point);
        for (at, dim) in self.dims.iter().enumerate().skip(POINT + 1) {
            for (column, Column { key, .. }) in dim.columns.iter().enumerate() {
                base.retain(layout, at, |point| match value(at, column, point) {
                    Some(value) => may_be_present(key, certain, possible) && fits(key, value, way),
                    None => !must_be_present(key, certain, side, way),
                });
            }
        }
        Scene { side, way, through_point, base }
    }
}

fn facts(side: Side, way: Way, through_point: bool) -> (Facts, Facts) {
    let certain = [
        (side != Side::Anonymous, Facts::SIGNED),
        (side == Side::Service, Facts::SERVICE),
        (way == Way::Endpoint, Facts::ENDPOINT),
        (way == Way::Forwarded, Facts::FORWARDED),
        (through_point, Facts::POINT.and(Facts::TLS)),
    ];
    let certain = certain.into_iter().filter(|(holds, _)| *holds).fold(Facts::NONE, |all, (_, fact)| all.and(fact));
    let people = Facts::USER.and(Facts::TEMPORARY).and(Facts::MFA).and(Facts::ROLE).and(Facts::ORGANIZED).and(Facts::PRESIGNED);
    let possible = match side {
        Side::Anonymous => certain.and(Facts::TLS),
        Side::Service => certain.and(Facts::SOURCE),
        Side::Signed | Side::Owner => certain.and(people).and(Facts::TLS),
    };
    (certain, possible)
}

fn may_be_present(key: &Key, certain: Facts, possible: Facts) -> bool {
    model::row_of_key(key).is_none_or(|row| possible.has(row.needs) && !certain.has_any(row.bars))
}

/// Keys that no request lacks which can have them at all.
fn must_be_present(key: &Key, certain: Facts, side: Side, way: Way) -> bool {
    match key {
        // A forwarded call may have the caller's address or none that counts.
        Key::SourceIp => way == Way::Internet,
        Key::SourceVpc | Key::SourceVpce => way == Way::Endpoint,
        Key::ViaAWSService => certain.has(Facts::SIGNED),
        Key::ResourceAccount | Key::CurrentTime | Key::EpochTime => true,
        Key::PrincipalIsAWSService => side != Side::Anonymous,
        _ => false,
    }
}

fn fits(key: &Key, value: &Values, way: Way) -> bool {
    match (key, value) {
        (Key::ViaAWSService, Values::One(value)) => value.eq_ignore_ascii_case("true") == (way == Way::Forwarded),
        _ => true,
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
    Some(Link { dim: at, groups })
}

const ALL: Mask = [u64::MAX; 3];

impl Dim {
    fn push(&mut self, row: impl IntoIterator<Item = Option<Values>>, mask: Mask) {
        self.columns.iter_mut().zip(row).for_each(|(column, value)| column.values.push(value));
        self.masks.push(mask);
        self.len += 1;
    }

    fn new(keys: &[Key]) -> Self {
        let columns = keys.iter().map(|key| Column { key: key.clone(), values: Vec::new(), sample: None }).collect();
        Self { len: 0, columns, masks: Vec::new() }
    }

    fn done(mut self) -> Self {
        if self.masks.iter().all(|mask| *mask == ALL) {
            self.masks.clear();
        }
        self
    }
}

fn one(text: &str) -> Option<Values> {
    Some(Values::One(text.into()))
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
            if let Some(crate::policy::Element::Is(all) | crate::policy::Element::Not(all)) = &statement.resources {
                all.iter().flat_map(keys_of_arn).for_each(|key| put(&mut self.variables, &key));
            }
            for test in &statement.tests {
                put(&mut self.keys, &test.key);
                let variables = keys_of_test(test);
                if variables.is_empty() {
                    self.tests.push(test.clone());
                } else {
                    variables.iter().for_each(|key| put(&mut self.variables, key));
                    self.tests.extend([fill_test(test, Fill::Drop), fill_test(test, Fill::Anything)]);
                }
            }
        }
        let variables = self.variables.clone();
        variables.iter().for_each(|key| put(&mut self.keys, key));
    }

    fn has(&self, key: &Key) -> bool {
        self.keys.iter().any(|own| own.same(key))
    }

    fn having(&self, keys: &[Key]) -> Vec<Key> {
        keys.iter().filter(|key| self.has(key)).cloned().collect()
    }

    fn on(&self, key: &Key) -> Vec<&Test> {
        self.tests.iter().filter(|test| test.key.same(key)).collect()
    }

    fn classes(&mut self, key: &Key, more: &[Vec<Tok>]) -> Classes {
        let found = classes(key, &self.on(key), more);
        self.samples.extend(found.sample);
        found
    }

    /// A key by itself.
    fn single(&mut self, key: Key) -> Dim {
        let found = match &key {
            Key::ResourceAccount | Key::S3ResourceAccount => {
                Classes { values: vec![Values::One(self.setting.account.as_str().into())], sample: None }
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

    fn point(&mut self) -> (Dim, Vec<Option<(String, bool)>>) {
        let keys = self.having(&POINT_KEYS);
        let mut dim = Dim::new(&keys);
        let mut semantics = vec![None];
        dim.push(keys.iter().map(|_| None).collect::<Vec<_>>(), ALL);
        let tagged = self.keys.iter().any(|key| matches!(key, Key::AccessPointTag(_)));
        if keys.is_empty() && !tagged {
            return (dim.done(), semantics);
        }
        let Setting { partition, account, .. } = self.setting;
        let mut patterns: Vec<Vec<Tok>> = self.on(&Key::DataAccessPointArn).into_iter().flat_map(super::values::patterns).collect();
        let inside = Tok::Any { need: 0, bar: is::COLON };
        let account_of = |text: &[Tok]| {
            [literal(&format!("arn:{partition}:s3:")), vec![inside, Tok::Char(':')], text.to_vec(), literal(":accesspoint/"), vec![ANY]]
                .concat()
        };
        patterns.push(account_of(&literal(account)));
        for test in self.on(&Key::DataAccessPointAccount) {
            patterns.extend(super::values::patterns(test).iter().map(|text| account_of(text)));
        }
        let exact: Vec<String> = patterns.iter().filter_map(|pattern| only(pattern)).collect();
        let wild: Vec<Vec<Tok>> = patterns.into_iter().filter(|pattern| only(pattern).is_none()).collect();
        let name = [Tok::One { need: is::NAME, bar: 0 }, Tok::Any { need: is::NAME, bar: 0 }];
        let digits = vec![Tok::One { need: is::DIGIT, bar: 0 }; 12];
        let regional = |region: &[Tok]| {
            [
                literal(&format!("arn:{partition}:s3:")),
                region.to_vec(),
                vec![Tok::Char(':')],
                digits.clone(),
                literal(":accesspoint/"),
                name.to_vec(),
            ]
            .concat()
        };
        let form = regional(&[Tok::One { need: is::NAME, bar: 0 }, Tok::Any { need: is::NAME, bar: 0 }]);
        let prefix = format!("arn:{partition}:s3:");
        let mut arns: Vec<String> = exact.iter().filter(|arn| arn.contains(":accesspoint/")).cloned().collect();
        match Language::new(&wild, &[form]).texts(&prefix, |arn| exact.iter().any(|own| own == arn), exact.len(), 0) {
            Ok(found) => arns.extend(found.into_iter().map(|(_, arn)| arn)),
            Err(_) => {
                self.samples.push("patterns of access points with more combinations than are looked at");
                dim.columns
                    .iter_mut()
                    .for_each(|column| column.sample = Some("patterns of access points with more combinations than are looked at"));
            }
        }
        let able = supporting(&Key::DataAccessPointArn);
        for arn in arns {
            for vpc in [false, true] {
                let row = keys.iter().map(|key| match key {
                    Key::DataAccessPointArn => one(&arn),
                    Key::DataAccessPointAccount => one(arn.split(':').nth(4).unwrap_or_default()),
                    _ => one(if vpc { "VPC" } else { "Internet" }),
                });
                dim.push(row.collect::<Vec<_>>(), able);
                semantics.push(Some((arn.clone(), vpc)));
            }
        }
        (dim.done(), semantics)
    }

    fn time(&mut self) -> Option<Dim> {
        let keys = self.having(&TIME_KEYS);
        if keys.is_empty() {
            return None;
        }
        let tests: Vec<&Test> = self.tests.iter().filter(|test| TIME_KEYS.contains(&test.key)).collect();
        let found = classes(&Key::CurrentTime, &tests, &[]);
        let mut dim = Dim::new(&keys);
        dim.columns.iter_mut().for_each(|column| column.sample = found.sample);
        for value in found.values {
            dim.push(keys.iter().map(|_| Some(value.clone())).collect::<Vec<_>>(), ALL);
        }
        self.samples.extend(found.sample);
        Some(dim.done())
    }

    fn sse(&mut self) -> Option<Dim> {
        let keys = self.having(&SSE_KEYS);
        if keys.is_empty() {
            return None;
        }
        let words = ["AES256", "aws:kms", "aws:kms:dsse"].map(literal);
        let mut dim = Dim::new(&keys);
        let mut of = |key: &Key, more: &[Vec<Tok>]| -> (Vec<Option<Values>>, Option<&'static str>) {
            if !keys.contains(key) {
                return (vec![None], None);
            }
            let found = self.classes(key, more);
            (std::iter::once(None).chain(found.values.into_iter().map(Some)).collect(), found.sample)
        };
        let [algorithm, key, brought] = &SSE_KEYS;
        let found = [of(algorithm, &words), of(key, &[]), of(brought, &[])];
        for column in &mut dim.columns {
            column.sample = SSE_KEYS.iter().position(|key| *key == column.key).and_then(|at| found.get(at)?.1);
        }
        let [(algorithms, _), (key_ids, _), (customers, _)] = found;
        let kms = |value: &Option<Values>| matches!(value, Some(Values::One(text)) if text.starts_with("aws:kms"));
        for a in &algorithms {
            for k in &key_ids {
                for c in &customers {
                    // A key id goes with KMS, and a key of the caller's own with neither.
                    let odd = (k.is_some() && keys.contains(algorithm) && !kms(a)) || (c.is_some() && (a.is_some() || k.is_some()));
                    if odd {
                        continue;
                    }
                    let mut mask = ALL;
                    for (value, key) in [(a, algorithm), (k, key), (c, brought)] {
                        if value.is_some() {
                            mask.iter_mut().zip(widened(supporting(key))).for_each(|(word, able)| *word &= able);
                        }
                    }
                    let row = [(a, algorithm), (k, key), (c, brought)]
                        .into_iter()
                        .filter(|(_, key)| keys.contains(key))
                        .map(|(value, _)| value.clone());
                    dim.push(row.collect::<Vec<_>>(), mask);
                }
            }
        }
        Some(dim.done())
    }

    fn resource(&mut self, caller: &Dim) -> (Dim, Vec<String>) {
        let bucket = &self.setting.bucket;
        let prefix = format!("{bucket}/");
        let contexts = contexts(caller, &self.variables).unwrap_or_default();
        let (mut exact, mut wild): (Vec<String>, Vec<Vec<Tok>>) = (Vec::new(), Vec::new());
        for statement in self.statements {
            let Some(crate::policy::Element::Is(all) | crate::policy::Element::Not(all)) = &statement.resources else { continue };
            for pattern in all {
                let mut steps: Vec<Vec<Tok>> = Vec::new();
                if keys_of_arn(pattern).is_empty() {
                    steps.extend(arn_steps(pattern));
                } else {
                    let filled = contexts.iter().map(|(context, _)| Fill::From(context)).chain([Fill::Anything]);
                    steps.extend(filled.filter_map(|fill| fill_arn(pattern, fill)).filter_map(|pattern| arn_steps(&pattern)));
                }
                for steps in steps {
                    match only(&steps) {
                        Some(text) => exact.push(text),
                        None if !wild.contains(&steps) => wild.push(steps),
                        None => {}
                    }
                }
            }
        }
        exact.retain(|text| text.len() > prefix.len() && text.starts_with(&prefix));
        exact.sort();
        exact.dedup();
        let whole = [literal(&prefix), vec![Tok::One { need: 0, bar: 0 }, ANY]].concat();
        let mut dim = Dim::default();
        let kinds = |has: fn(&Action) -> bool| mask(Action::all().filter(has).collect(), true);
        let objects = kinds(|action| action.kinds().object());
        dim.push([], kinds(|action| action.kinds().bucket()));
        let mut texts = vec![bucket.clone()];
        match Language::new(&wild, &[whole]).texts(&prefix, |text| exact.iter().any(|own| own == text), exact.len(), 0) {
            Ok(found) => texts.extend(found.into_iter().map(|(_, text)| text)),
            Err(_) => {
                self.samples.push("patterns of resources with more combinations than are looked at");
                self.vague_resources = true;
                texts.push(format!("{prefix}x"));
            }
        }
        texts.extend(exact);
        for _ in texts.iter().skip(1) {
            dim.push([], objects);
        }
        (dim.done(), texts)
    }

    fn caller(&mut self) -> (Dim, Vec<Actor>) {
        let tests: Vec<&Test> = self.tests.iter().collect();
        let Setting { account, partition, .. } = self.setting;
        let found = callers(self.statements.iter().copied(), &tests, account, partition);
        let keys = self.having(&CALLER_KEYS);
        let mut dim = Dim::new(&keys);
        let ids = self.user_ids();
        let session: Vec<(Key, Classes)> =
            self.having(&SESSION_KEYS).into_iter().map(|key| (key.clone(), self.classes(&key, &[]))).collect();
        let ages = if self.has(&Key::MultiFactorAuthAge) || self.has(&Key::MultiFactorAuthPresent) {
            Some(counts(&self.on(&Key::MultiFactorAuthAge), &[]))
        } else {
            None
        };
        let mut actors = Vec::new();
        for caller in &found.all {
            for state in super::sessions::states(caller, ages.as_deref(), !session.is_empty()) {
                for id in if caller.kind() == CallerKind::Service { &[None] } else { ids.values.as_slice() } {
                    for tokens in super::sessions::rows(&session, state.temporary) {
                        let row = keys.iter().map(|key| super::sessions::value(key, caller, &state, id.as_ref(), &session, &tokens));
                        dim.push(row.collect::<Vec<_>>(), ALL);
                        let user_id = match id {
                            Some(Values::One(id)) => Some(id.clone()),
                            _ => None,
                        };
                        actors.push(Actor { caller: caller.clone(), user_id, temporary: state.temporary, mfa: state.mfa });
                    }
                }
            }
        }
        self.samples.extend(found.sample);
        let about_names =
            [Key::PrincipalArn, Key::PrincipalAccount, Key::UserName, Key::PrincipalServiceName, Key::PrincipalServiceNamesList];
        for column in &mut dim.columns {
            column.sample = match &column.key {
                key if about_names.contains(key) => found.sample,
                Key::UserId => ids.sample,
                key => session.iter().find(|(own, _)| own == key).and_then(|(_, classes)| classes.sample),
            };
        }
        // Operators that do not read names read these keys' values as they are, of the callers that there are.
        let odd =
            |test: &&Test| about_names.contains(&test.key) && super::values::patterns(test).is_empty() && !super::values::is_null(test);
        if let Some(test) = self.tests.iter().find(odd) {
            let key = test.key.clone();
            self.samples.push("an operator for numbers on a key that holds names");
            dim.columns
                .iter_mut()
                .filter(|column| column.key == key)
                .for_each(|column| column.sample = Some("an operator for numbers on a key that holds names"));
        }
        (dim.done(), actors)
    }

    /// The values of `aws:userid`, `None` for absent.
    fn user_ids(&mut self) -> UserIds {
        if !self.has(&Key::UserId) {
            return UserIds { values: vec![None], sample: None };
        }
        let mut more = Vec::new();
        for statement in self.statements {
            if let Some(Who::Of(all) | Who::Not(all)) = &statement.who {
                for one in all {
                    if let One::Id(id) = one {
                        more.extend([literal(id), [literal(id), vec![Tok::Char(':'), ANY]].concat()]);
                    }
                }
            }
        }
        let found = self.classes(&Key::UserId, &more);
        UserIds { values: std::iter::once(None).chain(found.values.into_iter().map(Some)).collect(), sample: found.sample }
    }
}

struct UserIds {
    values: Vec<Option<Values>>,
    sample: Option<&'static str>,
}

/// What variables are, for each group of callers to whom they are the same.
fn contexts(caller: &Dim, variables: &[Key]) -> Option<Vec<(Context, Vec<u64>)>> {
    const MOST: usize = 64;
    let columns: Vec<&Column> =
        variables.iter().map(|key| caller.columns.iter().find(|column| column.key.same(key))).collect::<Option<_>>()?;
    let mut groups: Vec<(Vec<Option<&Values>>, Vec<u64>)> = Vec::new();
    for point in 0..caller.len {
        let row: Vec<Option<&Values>> = columns.iter().map(|column| column.values.get(point).and_then(Option::as_ref)).collect();
        let at = match groups.iter().position(|(own, _)| *own == row) {
            Some(at) => at,
            None if groups.len() >= MOST => return None,
            None => {
                groups.push((row, vec![0; caller.len.div_ceil(64)]));
                groups.len() - 1
            }
        };
        if let Some((_, members)) = groups.get_mut(at) {
            insert(members, point);
        }
    }
    let filled = |(row, members): (Vec<Option<&Values>>, Vec<u64>)| {
        let mut context = Context::default();
        for (column, value) in columns.iter().zip(row) {
            if let Some(Values::One(value)) = value {
                context.set(column.key.clone(), value.clone());
            }
        }
        (context, members)
    };
    Some(groups.into_iter().map(filled).collect())
}

/// Global keys are carried by requests for any action.
fn widened(mask: Mask) -> Mask {
    if mask == super::space::mask(Actions::everything(), true) { ALL } else { mask }
}
