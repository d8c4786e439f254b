//! The search: a request that is in one cube and in none of others.
//!
//! In: a cube, cubes to avoid, and which points go with which actions. Out: the points of a request, the first in a
//! fixed order, or that there is none. A cube is avoided in one of its dimensions at least: where only one is left the
//! search has no choice, elsewhere it tries each. Never: an answer after its budget is spent.

use super::cube::{Cube, Layout, contains, meet, points, within};

/// The dimension of the actions; the points of others hang on it.
pub(super) const ACTION: usize = 0;

/// Points of a dimension that only some points of an earlier one go with. Links make a tree: no dimension hangs on two.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The earlier one.
    pub(super) on: usize,
    pub(super) dim: usize,
    /// Points of the earlier one, each set with those of the other that go with it.
    pub(super) groups: Vec<(Vec<u64>, Vec<u64>)>,
}

/// How much a search may still do, in words that it compares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(pub(super) u64);

/// The budget was spent before there was an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent;

/// Where is searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) layout: &'a Layout,
    pub(super) links: &'a [Link],
    /// The actions in the order in which they make a good example.
    pub(super) preferred: &'a [usize],
}

impl Field<'_> {
    /// A request in `start` and in none of `avoid`: its point in each dimension.
    pub(super) fn find(&self, start: &Cube, avoid: &[&Cube], budget: &mut Budget) -> Result<Option<Vec<usize>>, Spent> {
        if start.is_empty(self.layout) {
            return Ok(None);
        }
        let near = avoid.iter().copied().filter(|cube| start.meets(cube, self.layout)).collect();
        self.solve(start.clone(), near, budget)
    }

    fn solve(&self, mut cube: Cube, mut avoid: Vec<&Cube>, budget: &mut Budget) -> Result<Option<Vec<usize>>, Spent> {
        let layout = self.layout;
        let (place, ways) = loop {
            if !self.settle(&mut cube) {
                return Ok(None);
            }
            let mut forced = false;
            let mut best: Option<(usize, Vec<usize>)> = None;
            let mut kept = Vec::with_capacity(avoid.len());
            let mut open = Vec::new();
            let mut cost = 50;
            for other in avoid {
                let mut escaped = false;
                open.clear();
                cost += 4;
                for dim in other.narrow(layout) {
                    let (own, its) = (cube.dim(layout, dim), other.dim(layout, dim));
                    cost += 4 + own.len() as u64;
                    if !meet(own, its) {
                        escaped = true;
                        break;
                    }
                    if !within(own, its) {
                        open.push(dim);
                    }
                }
                match open.as_slice() {
                    _ if escaped => {}
                    [] => return Ok(None),
                    [only] => {
                        cube.drop(layout, *only, other.dim(layout, *only));
                        forced = true;
                    }
                    _ => {
                        if best.as_ref().is_none_or(|(_, fewest)| open.len() < fewest.len()) {
                            best = Some((kept.len(), open.clone()));
                        }
                        kept.push(other);
                    }
                }
            }
            avoid = kept;
            budget.0 = budget.0.checked_sub(cost).ok_or(Spent)?;
            if !forced {
                match best {
                    Some(best) => break best,
                    None => return Ok(self.pick(&cube)),
                }
            }
        };
        let other = avoid.remove(place);
        for dim in ways {
            let mut child = cube.clone();
            child.drop(layout, dim, other.dim(layout, dim));
            if let Some(found) = self.solve(child, avoid.clone(), budget)? {
                return Ok(Some(found));
            }
            // Whatever escapes in a later dimension does not escape in this one.
            cube.keep(layout, dim, other.dim(layout, dim));
        }
        Ok(None)
    }

    /// Drops the points that go with none of another dimension; `false` if nothing is left. Links make a tree, so that
    /// every point that stays is part of a request.
    fn settle(&self, cube: &mut Cube) -> bool {
        let mut able = Vec::new();
        loop {
            let mut changed = false;
            for link in self.links {
                let (own, others) = (cube.dim(self.layout, link.dim), cube.dim(self.layout, link.on));
                able.clear();
                able.resize(others.len(), 0);
                let mut stale = Vec::new();
                for (mask, members) in &link.groups {
                    if !meet(own, members) {
                        continue;
                    }
                    if meet(mask, others) {
                        able.iter_mut().zip(mask).for_each(|(able, mask)| *able |= mask);
                    } else {
                        stale.push(members);
                    }
                }
                if !within(others, &able) {
                    cube.keep(self.layout, link.on, &able);
                    changed = true;
                }
                for members in stale {
                    cube.drop(self.layout, link.dim, members);
                    changed = true;
                }
            }
            if cube.is_empty(self.layout) {
                return false;
            }
            if !changed {
                return true;
            }
        }
    }

    /// The first request of a cube.
    fn pick(&self, cube: &Cube) -> Option<Vec<usize>> {
        let actions = cube.dim(self.layout, ACTION);
        let action = self.preferred.iter().copied().find(|action| contains(actions, *action)).or_else(|| points(actions).next())?;
        let mut found = vec![action];
        for dim in 1..self.layout.dims() {
            let link = self.links.iter().find(|link| link.dim == dim);
            let on = link.and_then(|link| found.get(link.on).copied());
            let goes = |point: &usize| match (link, on) {
                (Some(link), Some(on)) => link.groups.iter().any(|(mask, members)| contains(members, *point) && contains(mask, on)),
                _ => true,
            };
            found.push(points(cube.dim(self.layout, dim)).find(goes)?);
        }
        Some(found)
    }
}
