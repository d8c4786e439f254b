//! Sets of requests as products: for each dimension, which of its points.
//!
//! In: how many points each dimension has. Out: [`Cube`]s, all dimensions in one row of words, so that two are
//! intersected in one pass; before them a bit for each dimension of which the cube has every point, since most cubes
//! narrow few. Never: a union; whoever has several cubes keeps them apart.

/// The bits of the points of a dimension.
pub(super) type Words = [u64];

/// Where each dimension lies in the row.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    places: Vec<(usize, usize)>,
    full: Vec<u64>,
    /// So many words come before the points.
    head: usize,
}

impl Layout {
    pub(super) fn new(sizes: impl IntoIterator<Item = usize>) -> Self {
        let sizes: Vec<usize> = sizes.into_iter().collect();
        let mut layout = Self { head: sizes.len().div_ceil(64), ..Self::default() };
        layout.full.resize(layout.head, 0);
        for (dim, size) in sizes.into_iter().enumerate() {
            if size > 0 {
                insert(&mut layout.full, dim);
            }
            let start = layout.full.len();
            layout.full.extend(std::iter::repeat_n(u64::MAX, size / 64));
            if !size.is_multiple_of(64) {
                layout.full.push((1 << (size % 64)) - 1);
            }
            layout.places.push((start, layout.full.len()));
        }
        layout
    }

    pub(super) fn dims(&self) -> usize {
        self.places.len()
    }

    /// Every request.
    pub(super) fn full(&self) -> Cube {
        Cube(self.full.clone())
    }

    fn range(&self, dim: usize) -> std::ops::Range<usize> {
        self.places.get(dim).map_or(0..0, |(start, end)| *start..*end)
    }

    /// An empty set of the points of a dimension.
    pub(super) fn none(&self, dim: usize) -> Vec<u64> {
        vec![0; self.range(dim).len()]
    }
}

/// A product of sets of points.
#[derive(Clone, Debug)]
pub(super) struct Cube(Vec<u64>);

impl Cube {
    /// The points of a dimension that are in it.
    pub(super) fn dim(&self, layout: &Layout, dim: usize) -> &Words {
        self.0.get(layout.range(dim)).unwrap_or_default()
    }

    /// The dimensions of which it may not have every point.
    pub(super) fn narrow(&self, layout: &Layout) -> impl Iterator<Item = usize> {
        let dims = layout.dims();
        let of_word = move |(at, word): (usize, &u64)| {
            let mut left = !*word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        };
        self.0.iter().take(layout.head).enumerate().flat_map(of_word).take_while(move |dim| *dim < dims)
    }

    fn dim_mut(&mut self, layout: &Layout, dim: usize) -> &mut Words {
        if let Some(word) = self.0.get_mut(dim / 64) {
            *word &= !(1 << (dim % 64));
        }
        self.0.get_mut(layout.range(dim)).unwrap_or_default()
    }

    pub(super) fn and(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= other);
    }

    /// Keeps the points of a dimension that are among `points`.
    pub(super) fn keep(&mut self, layout: &Layout, dim: usize, points: &Words) {
        self.dim_mut(layout, dim).iter_mut().zip(points).for_each(|(word, points)| *word &= points);
    }

    /// Drops the points of a dimension that are among `points`.
    pub(super) fn drop(&mut self, layout: &Layout, dim: usize, points: &Words) {
        self.dim_mut(layout, dim).iter_mut().zip(points).for_each(|(word, points)| *word &= !points);
    }

    /// Keeps the points of a dimension for which `keep` says so.
    pub(super) fn retain(&mut self, layout: &Layout, dim: usize, keep: impl Fn(usize) -> bool) {
        for (at, word) in self.dim_mut(layout, dim).iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                if !keep(at * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// Whether some dimension has no point left.
    pub(super) fn is_empty(&self, layout: &Layout) -> bool {
        self.narrow(layout).any(|dim| self.dim(layout, dim).iter().all(|word| *word == 0))
    }

    /// Whether a request is in both, as far as each dimension by itself can tell; neither is empty.
    pub(super) fn meets(&self, other: &Self, layout: &Layout) -> bool {
        other.narrow(layout).all(|dim| meet(self.dim(layout, dim), other.dim(layout, dim)))
    }

    /// Whether both have the same points.
    pub(super) fn same(&self, other: &Self, layout: &Layout) -> bool {
        self.0.get(layout.head..) == other.0.get(layout.head..)
    }
}

/// Whether two sets have a point in common.
pub(super) fn meet(a: &Words, b: &Words) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

/// Whether the first set lies in the second.
pub(super) fn within(a: &Words, b: &Words) -> bool {
    a.iter().zip(b).all(|(a, b)| a & !b == 0)
}

/// Adds a point.
pub(super) fn insert(set: &mut Words, point: usize) {
    if let Some(word) = set.get_mut(point / 64) {
        *word |= 1 << (point % 64);
    }
}

/// Whether a point is in the set.
pub(super) fn contains(set: &Words, point: usize) -> bool {
    set.get(point / 64).is_some_and(|word| word & (1 << (point % 64)) != 0)
}

/// The points of a set, in order.
pub(super) fn points(set: &Words) -> impl Iterator<Item = usize> {
    set.iter().enumerate().flat_map(|(at, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(at * 64 + bit)
        })
    })
}
