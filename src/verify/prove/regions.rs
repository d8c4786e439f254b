//! Sets of requests that are cut smaller and smaller.
//!
//! In: cubes, each with those that it is without, as [`super::access::Access::ways`] visits them. Out: [`Regions`], of which
//! parts are taken and searched, so that what is far from a part is compared once and not for every part of it. Never: a
//! request more or fewer than there were.

use super::cube::{Cube, Layout, Words, meet};
use super::search::{Budget, Field, Spent};

/// A union of cubes, each without some others.
#[derive(Clone, Debug, Default)]
pub(super) struct Regions<'a>(Vec<(Cube, Vec<&'a Cube>)>);

impl<'a> Regions<'a> {
    /// Adds a cube without those of `avoid`.
    pub(super) fn add(&mut self, layout: &Layout, cube: Cube, avoid: &[&'a Cube]) {
        if !cube.is_empty(layout) {
            let near = avoid.iter().copied().filter(|other| cube.meets(other, layout)).collect();
            self.0.push((cube, near));
        }
    }

    /// Those of its requests that have one of some points in a dimension.
    pub(super) fn part(&self, layout: &Layout, dim: usize, points: &Words) -> Self {
        let near = |(cube, avoid): &(Cube, Vec<&'a Cube>)| {
            if !meet(cube.dim(layout, dim), points) {
                return None;
            }
            let mut cube = cube.clone();
            cube.keep(layout, dim, points);
            let own = cube.dim(layout, dim);
            let avoid = avoid.iter().copied().filter(|other| meet(own, other.dim(layout, dim))).collect();
            Some((cube, avoid))
        };
        Self(self.0.iter().filter_map(near).collect())
    }

    /// A request: its point in each dimension.
    pub(super) fn first(&self, field: &Field<'_>, budget: &mut Budget) -> Result<Option<Vec<usize>>, Spent> {
        for (cube, avoid) in &self.0 {
            if let Some(found) = field.find(cube, avoid, budget)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
