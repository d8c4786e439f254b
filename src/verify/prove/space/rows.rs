//! The larger dimensions: access points, times, encryption, resources and callers.
//!
//! In: what a [`Builder`] gathered. Out: dimensions, with what stands behind each point. Never: a sample that is not
//! marked as one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::super::CallerKind;
use super::super::super::condition::Test;
use super::super::super::context::Values;
use super::super::super::principal::{One, Who};
use super::super::super::request::Arn;
use super::super::callers::callers;
use super::super::cube::{contains, insert, points};
use super::super::language::{ANY, Language, Tok, arn_steps, is, literal, only};
use super::super::search::Link;
use super::super::sessions::{self, State};
use super::super::values::{self, Classes, classes, counts};
use super::super::variables::{Fill, fill_arn, keys_of_arn};
use super::build::{ALL, Builder, CALLER_KEYS, POINT_KEYS, SESSION_KEYS, SSE_KEYS, STATE_KEYS, TIME_KEYS, one, widened};
use super::{Actor, CALLER, Dim, Group, STATE, Setting, mask, supporting};
use crate::policy::{Action, Element, Key};

impl Builder<'_> {
    pub(super) fn point(&mut self) -> (Dim, Vec<Option<(String, bool)>>) {
        let keys = self.having(&POINT_KEYS);
        let mut dim = Dim::new(&keys);
        let mut semantics = vec![None];
        dim.push(keys.iter().map(|_| None).collect::<Vec<_>>(), ALL);
        let tagged = self.keys.iter().any(|key| matches!(key, Key::AccessPointTag(_)));
        if keys.is_empty() && !tagged && self.setting.points.is_empty() {
            return (dim.done(), semantics);
        }
        let Setting { partition, account, .. } = self.setting;
        let mut patterns: Vec<Vec<Tok>> = self.on(&Key::DataAccessPointArn).into_iter().flat_map(values::patterns).collect();
        let inside = Tok::Any { need: 0, bar: is::COLON };
        let account_of = |text: &[Tok]| {
            [literal(&format!("arn:{partition}:s3:")), vec![inside, Tok::Char(':')], text.to_vec(), literal(":accesspoint/"), vec![ANY]]
                .concat()
        };
        patterns.push(account_of(&literal(account)));
        for test in self.on(&Key::DataAccessPointAccount) {
            patterns.extend(values::patterns(test).iter().map(|text| account_of(text)));
        }
        patterns.extend(self.setting.points.iter().map(|(arn, _)| literal(arn)));
        let mut exact: Vec<String> = patterns.iter().filter_map(|pattern| only(pattern)).collect();
        exact.sort();
        exact.dedup();
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
        // A Multi-Region Access Point has no region in its ARN, and a name that AWS makes up ("Multi-Region Access Point
        // restrictions and limitations", Amazon S3 User Guide).
        let everywhere = [regional(&[]), literal(".mrap")].concat();
        let prefix = format!("arn:{partition}:s3:");
        let mut arns: Vec<String> = exact.iter().filter(|arn| arn.contains(":accesspoint/")).cloned().collect();
        match Language::new(&wild, &[form, everywhere]).texts(&prefix, |arn| exact.iter().any(|own| own == arn), exact.len(), 0) {
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
            // The origin of a known point is known.
            let declared = self.setting.points.iter().find(|(own, _)| *own == arn).map(|(_, vpc)| *vpc);
            for vpc in [false, true].into_iter().filter(|vpc| declared.is_none_or(|own| own == *vpc)) {
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

    pub(super) fn time(&mut self) -> Option<Dim> {
        let keys = self.having(&TIME_KEYS);
        if keys.is_empty() {
            return None;
        }
        let tests: Vec<&Test> = self.tests.iter().map(AsRef::as_ref).filter(|test: &&Test| TIME_KEYS.contains(&test.key)).collect();
        let found = classes(&Key::CurrentTime, &tests, &[]);
        let mut dim = Dim::new(&keys);
        dim.columns.iter_mut().for_each(|column| column.sample = found.sample);
        for value in found.values {
            dim.push(keys.iter().map(|_| Some(value.clone())).collect::<Vec<_>>(), ALL);
        }
        self.samples.extend(found.sample);
        Some(dim.done())
    }

    pub(super) fn sse(&mut self) -> Option<Dim> {
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

    pub(super) fn resource(&mut self, contexts: &[Group]) -> (Dim, Vec<Arn>) {
        let bucket = &self.setting.bucket;
        let prefix = format!("{bucket}/");
        let (mut exact, mut wild): (Vec<String>, Vec<Vec<Tok>>) = (Vec::new(), Vec::new());
        for statement in self.statements {
            let Some(Element::Is(all) | Element::Not(all)) = &statement.resources else { continue };
            for pattern in all {
                let mut steps: Vec<Vec<Tok>> = Vec::new();
                if keys_of_arn(pattern).is_empty() {
                    steps.extend(arn_steps(pattern));
                } else {
                    let filled = contexts.iter().map(|(context, _)| Fill::From(context)).chain([Fill::Anything]);
                    steps.extend(filled.filter_map(|fill| fill_arn(pattern, fill)).filter_map(|pattern| arn_steps(&pattern)));
                }
                let inside: Vec<Vec<Tok>> = steps.iter().flat_map(|steps| self.behind_points(steps, &prefix)).collect();
                for steps in steps.into_iter().chain(inside) {
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
        (dim.done(), texts.into_iter().map(Arn::new).collect())
    }

    /// The pattern of objects through known access points, as one of the objects themselves.
    fn behind_points(&self, steps: &[Tok], prefix: &str) -> Vec<Vec<Tok>> {
        let inside = self.setting.points.iter().map(|(arn, _)| literal(&format!("{arn}/object/")));
        inside.filter_map(|head| Some([literal(prefix), steps.strip_prefix(head.as_slice())?.to_vec()].concat())).collect()
    }

    pub(super) fn caller(&mut self) -> (Dim, Vec<Actor>) {
        let tests: Vec<&Test> = self.tests.iter().map(AsRef::as_ref).collect();
        let Setting { account, partition, grantees, .. } = self.setting;
        let found = callers(self.statements.iter().copied(), &tests, account, partition, grantees);
        let keys = self.having(&CALLER_KEYS);
        let mut dim = Dim::new(&keys);
        let ids = self.user_ids();
        let mut actors = Vec::new();
        for caller in found.all {
            for id in if caller.kind() == CallerKind::Service { &[None] } else { ids.values.as_slice() } {
                dim.push(keys.iter().map(|key| sessions::value(key, &caller, id.as_ref())), ALL);
                let user_id = match id {
                    Some(Values::One(id)) => Some(id.as_ref().into()),
                    _ => None,
                };
                actors.push(Actor { caller: caller.clone(), user_id });
            }
        }
        self.samples.extend(found.sample);
        let about_names =
            [Key::PrincipalArn, Key::PrincipalAccount, Key::UserName, Key::PrincipalServiceName, Key::PrincipalServiceNamesList];
        for column in &mut dim.columns {
            column.sample = match &column.key {
                key if about_names.contains(key) => found.sample,
                Key::UserId => ids.sample,
                _ => None,
            };
        }
        // Operators that do not read names read these keys' values as they are, of the callers that there are.
        let odd = |test: &&Cow<'_, Test>| about_names.contains(&test.key) && values::patterns(test).is_empty() && !values::is_null(test);
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

    /// The states that callers can be in, and which callers can be in which.
    pub(super) fn state(&mut self, actors: &[Actor]) -> (Dim, Vec<State>, Option<Link>) {
        let keys = self.having(&STATE_KEYS);
        let mut dim = Dim::new(&keys);
        let session: Vec<(Key, Classes)> =
            self.having(&SESSION_KEYS).into_iter().map(|key| (key.clone(), self.classes(&key, &[]))).collect();
        let ages = (self.has(&Key::MultiFactorAuthAge) || self.has(&Key::MultiFactorAuthPresent))
            .then(|| counts(&self.on(&Key::MultiFactorAuthAge), &[]));
        for column in &mut dim.columns {
            column.sample = session.iter().find(|(own, _)| *own == column.key).and_then(|(_, classes)| classes.sample);
        }
        let mut states = Vec::new();
        for state in sessions::states(ages.as_deref()) {
            for row in sessions::rows(&session, state.temporary) {
                dim.push(keys.iter().map(|key| sessions::state_value(key, &state, &session, &row)), ALL);
                states.push(state);
            }
        }
        let mut groups: Vec<(CallerKind, Vec<u64>, Vec<u64>)> = Vec::new();
        for (at, actor) in actors.iter().enumerate() {
            let kind = actor.caller.kind();
            let place = groups.iter().position(|(own, ..)| *own == kind).unwrap_or_else(|| {
                let mut able = vec![0; states.len().div_ceil(64)];
                let fits = |state: &State| sessions::fits(kind, state, !keys.is_empty());
                states.iter().enumerate().filter(|(_, state)| fits(state)).for_each(|(at, _)| insert(&mut able, at));
                groups.push((kind, vec![0; actors.len().div_ceil(64)], able));
                groups.len() - 1
            });
            if let Some((_, members, _)) = groups.get_mut(place) {
                insert(members, at);
            }
        }
        let groups = by_states(groups);
        (dim.done(), states, Some(Link { on: CALLER, dim: STATE, groups }))
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

/// Each state once, with all callers who can be in it.
fn by_states(kinds: Vec<(CallerKind, Vec<u64>, Vec<u64>)>) -> Vec<(Vec<u64>, Vec<u64>)> {
    let mut groups: Vec<(Vec<u64>, Vec<u64>)> = Vec::new();
    for state in kinds.iter().flat_map(|(.., able)| points(able)).collect::<BTreeSet<_>>() {
        let mut who: Vec<u64> = Vec::new();
        let mut only = kinds.first().map(|(.., able)| vec![0; able.len()]).unwrap_or_default();
        insert(&mut only, state);
        for (_, members, _) in kinds.iter().filter(|(.., able)| contains(able, state)) {
            who.resize(members.len(), 0);
            who.iter_mut().zip(members).for_each(|(word, members)| *word |= members);
        }
        match groups.iter_mut().find(|(own, _)| *own == who) {
            Some((_, states)) => insert(states, state),
            None => groups.push((who, only)),
        }
    }
    groups
}

struct UserIds {
    values: Vec<Option<Values>>,
    sample: Option<&'static str>,
}
