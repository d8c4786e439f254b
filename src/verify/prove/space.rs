//! Every request, as points in a few dimensions: what is done, to what, by whom, over which connection, with which keys.
//!
//! In: the statements of all policies and questions, and the bucket. Out: dimensions with finitely many points each, so
//! that any request behaves like some combination of them, and the [`Scene`]s that say which combinations there are:
//! which keys a request carries by who calls and from where, as `model` has it. Never: a combination left out that a
//! request could have; some that none has may be there where two keys hang together.

use super::super::context::{Context, Values};
use super::super::model::{self, Facts};
use super::super::principal::One;
use super::super::request::Arn;
use super::super::{Caller, CallerKind};
use super::cube::{Cube, Layout, insert};
use super::search::{Field, Link};
use super::sessions::State;
use crate::policy::{Action, Actions, Key};

mod build;
mod rows;

/// The action that nobody knows yet.
pub(super) const FUTURE: usize = 191;
pub(super) const FUTURE_NAME: &str = "s3:FutureAction";

pub(super) const RESOURCE: usize = 1;
pub(super) const CALLER: usize = 2;
pub(super) const TRANSPORT: usize = 3;
pub(super) const SIGN: usize = 4;
pub(super) const POINT: usize = 5;
pub(super) const STATE: usize = 6;

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

/// A caller.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    pub(super) caller: Caller,
    pub(super) user_id: Option<Box<str>>,
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
    /// Whom access control lists name.
    pub(super) grantees: Vec<One>,
    /// The ARNs of the known access points, and whether their origin is a VPC.
    pub(super) points: Vec<(String, bool)>,
}

/// Requests for which variables have the same values, and their points in some dimensions.
pub(super) type Group = (Context, Vec<(usize, Vec<u64>)>);

/// The dimensions and the scenes.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) setting: Setting,
    pub(super) layout: Layout,
    pub(super) links: Vec<Link>,
    pub(super) preferred: Vec<usize>,
    pub(super) dims: Vec<Dim>,
    pub(super) scenes: Vec<Scene>,
    pub(super) resources: Vec<Arn>,
    pub(super) actors: Vec<Actor>,
    pub(super) states: Vec<State>,
    /// The version of TLS at each point; `None` for plain HTTP. Services do not say.
    pub(super) transports: Vec<Option<&'static str>>,
    pub(super) signs: Vec<Sign>,
    /// The access point at each point, and whether its origin is a VPC.
    pub(super) points: Vec<Option<(String, bool)>>,
    /// Why some dimension does not stand for all requests, where one does not.
    pub(super) samples: Vec<&'static str>,
    /// Whether the resources do not stand for all.
    pub(super) vague_resources: bool,
    /// What the variables of patterns are, for each group of callers and their states; none where there are too many
    /// groups, or where some variable is not about callers.
    pub(super) contexts: Option<Vec<Group>>,
}

impl Space {
    /// Where is searched.
    pub(super) fn field(&self) -> Field<'_> {
        Field { layout: &self.layout, links: &self.links, preferred: &self.preferred }
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
        for (at, dim) in self.dims.iter().enumerate().skip(STATE + 1) {
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
