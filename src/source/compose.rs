//! A profile and the files beneath it, as one source and one tree.
//!
//! In: a profile's own text, and a workspace that reads each base once for all profiles of a run. Out: a source whose
//! bytes are those of every file, one after the other, so that each value keeps the place where it is written. Never: a
//! look at what the sections mean.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::merge::{self, Layer};
use super::parameters::{self, By, Filled, Given, Resolved};
use super::texts::Texts;
use super::{Kind, Node, ReadError, Source, Tree};
use crate::diag::{Code, Finding, Path as DiagPath, Place};
use crate::path;

/// The number of files on top of each other over which a profile is refused.
const MAX_BASES_DEEP: usize = 8;

/// The number of files that a profile can consist of.
const MAX_FILES: usize = 32;

/// Whether there may be something to do beyond parsing the text.
pub(super) fn wanted(text: &str) -> bool {
    ["extends", "locked", "parameters", "${param."].iter().any(|word| text.contains(word))
}

/// A file that was read and parsed once.
#[derive(Debug)]
struct Loaded {
    source: Source,
    tree: Option<Tree>,
    findings: Vec<Finding>,
}

/// Why a base is not there.
type Missing = String;

type Slot = Arc<OnceLock<Result<Arc<Loaded>, Missing>>>;

/// What the profiles of a run share: what was read of them, the bases, and the values of parameters.
#[derive(Debug, Default)]
pub struct Workspace {
    texts: Texts,
    bases: Mutex<HashMap<PathBuf, Slot>>,
    set: Vec<(String, String)>,
    values: Option<Arc<Loaded>>,
}

impl Workspace {
    /// A workspace with values from the command line, and a file of values that was read.
    pub fn new(set: Vec<(String, String)>, values: Option<Source>) -> Self {
        let values = values.map(|source| Arc::new(load(source)));
        Self { texts: Texts::default(), bases: Mutex::default(), set, values }
    }

    /// Reads a file, or standard input for `-`, and nothing beneath it; what the run has read before as it was then.
    pub fn read(&self, path: &Path) -> Result<Source, ReadError> {
        if let Some(text) = self.texts.get(path) {
            return Ok(Source::new(path.display().to_string(), text));
        }
        let source = Source::read_alone(path)?;
        self.texts.keep(path, &source.text);
        Ok(source)
    }

    pub(super) fn has_values(&self) -> bool {
        !self.set.is_empty() || self.values.is_some()
    }

    fn base(&self, path: &Path) -> Result<Arc<Loaded>, Missing> {
        let slot = {
            let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(bases.entry(path.to_owned()).or_default())
        };
        // A base is a file; standard input is the profile's.
        let file = if path.as_os_str() == "-" { Path::new("./-") } else { path };
        let read = || match Source::read_alone(file) {
            Ok(source) => Ok(Arc::new(load(source))),
            Err(ReadError::Refused(refused)) => {
                Ok(Arc::new(Loaded { source: refused.source, tree: None, findings: vec![refused.finding] }))
            }
            Err(ReadError::Unreadable { error, .. }) => Err(error.to_string()),
        };
        slot.get_or_init(read).clone()
    }
}

fn load(source: Source) -> Loaded {
    let (tree, findings) = source.parse();
    Loaded { source, tree, findings }
}

/// The values that a file locks, and what they are there.
#[derive(Debug)]
pub struct LockedBase {
    /// The file with all beneath it, merged.
    pub tree: Tree,
    /// The pointers, and where each is written.
    pub pointers: Vec<(String, Range<usize>)>,
}

/// What is known of a profile that was merged.
#[derive(Debug)]
pub struct Composed {
    tree: Option<Tree>,
    findings: Vec<Finding>,
    parts: Vec<Part>,
    filled: Filled,
    /// What is locked, the lowest file first.
    pub locks: Vec<LockedBase>,
    /// The parameters that have a value.
    pub parameters: Vec<Resolved>,
}

#[derive(Debug)]
struct Part {
    start: usize,
    source: Source,
}

impl Composed {
    pub(super) fn parse(&self) -> (Option<Tree>, Vec<Finding>) {
        (self.tree.clone(), self.findings.clone())
    }

    pub(super) fn part(&self, byte: usize) -> Option<(&Source, usize)> {
        let index = self.parts.partition_point(|part| part.start <= byte).checked_sub(1)?;
        self.parts.get(index).map(|part| (&part.source, byte - part.start))
    }

    pub(super) fn peek<const N: usize>(&self, wanted: [&[&str]; N]) -> Option<[String; N]> {
        let tree = self.tree.as_ref()?;
        let found = wanted.map(|keys| tree.get(keys).filter(|node| node.is_scalar()).map(|node| node.text().to_owned()));
        found.iter().all(Option::is_some).then(|| found.map(Option::unwrap_or_default))
    }

    /// The names of the parameters in the value that begins at a byte.
    pub fn parameters_at(&self, byte: usize) -> &[String] {
        self.filled.get(&byte).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A file of the profile.
struct File {
    /// As it is told apart from others; none for a text without a file.
    path: Option<PathBuf>,
    loaded: Arc<Loaded>,
    start: usize,
    bases: Vec<usize>,
}

struct Composer<'w> {
    workspace: &'w Workspace,
    files: Vec<File>,
    findings: Vec<Finding>,
    length: usize,
}

/// Merges a profile with what it extends. `from` is its path and the directory that it names bases from.
pub(super) fn compose(source: Source, from: Option<(&Path, &Path)>, workspace: &Workspace) -> Source {
    let name = source.name.clone();
    let mut composer = Composer { workspace, files: Vec::new(), findings: Vec::new(), length: 0 };
    let path = from.map(|(path, _)| clean(path));
    composer.add(path, Arc::new(load(source)));
    composer.follow(0, from.map(|(_, dir)| dir), &mut Vec::new());
    let (composed, whole) = composer.finish();
    let mut source = Source::new(name, whole);
    source.composed = Some(Arc::new(composed));
    source
}

impl Composer<'_> {
    fn add(&mut self, path: Option<PathBuf>, loaded: Arc<Loaded>) -> usize {
        let start = self.length;
        // A byte between the files, so that the end of one is not the beginning of the next.
        self.length += loaded.source.text.len() + 1;
        self.findings.extend(loaded.findings.iter().map(|finding| shifted(finding, start)));
        self.files.push(File { path, loaded, start, bases: Vec::new() });
        self.files.len() - 1
    }

    /// Reads what a file extends. `chain` holds the files above it, and where each names the next.
    fn follow(&mut self, file: usize, dir: Option<&Path>, chain: &mut Vec<(usize, Range<usize>)>) {
        let Some((loaded, start)) = self.files.get(file).map(|of| (Arc::clone(&of.loaded), of.start)) else { return };
        let named = loaded.tree.iter().filter_map(|tree| tree.get(&["extends"])).filter(|node| node.kind() == Kind::List);
        for node in named.flat_map(Node::children).filter(|node| node.kind() == Kind::Text) {
            let place = node.span().start + start..node.span().end + start;
            if let Some(base) = self.base(file, node.text(), &place, dir, chain)
                && let Some(of) = self.files.get_mut(file)
            {
                of.bases.push(base);
            }
        }
    }

    fn base(
        &mut self,
        file: usize,
        named: &str,
        place: &Range<usize>,
        dir: Option<&Path>,
        chain: &mut Vec<(usize, Range<usize>)>,
    ) -> Option<usize> {
        let at = || Place::Bytes(place.clone());
        let Some(dir) = dir else {
            let finding = Finding::new(Code::BaseUnreadable, at(), format!("`{named}` cannot be found for a text that is no file"));
            self.findings.push(finding.help("give the profile as a file"));
            return None;
        };
        if named.contains("${") {
            let finding = Finding::new(Code::InterpolatedText, at(), format!("`{named}` looks like an interpolation"));
            self.findings.push(finding.help("name the file itself: parameters have no values yet where files are named"));
            return None;
        }
        let path = clean(&dir.join(named));
        let known = self.files.iter().position(|of| of.path.as_ref() == Some(&path));
        if let Some(known) = known {
            let above = (known == file).then(|| place.clone());
            let link = above.or_else(|| chain.iter().find(|(of, _)| *of == known).map(|(_, link)| link.clone()));
            let Some(link) = link else { return Some(known) };
            let finding = Finding::new(Code::ExtendsCycle, at(), format!("`{named}` extends itself, by way of this file"));
            let finding = if link == *place { finding } else { finding.also(Place::Bytes(link), "it comes here from there") };
            self.findings.push(finding.help("remove one of the two: a base knows nothing of what extends it"));
            return None;
        }
        let first = chain.first().map_or_else(|| place.clone(), |(_, link)| link.clone());
        let limits = [
            (chain.len() + 1 > MAX_BASES_DEEP, format!("on more than {MAX_BASES_DEEP} others")),
            (self.files.len() >= MAX_FILES, format!("on {MAX_FILES} files or more")),
        ];
        if let Some((_, many)) = limits.into_iter().find(|(over, _)| *over) {
            let finding = Finding::new(Code::ExtendsTooDeep, at(), format!("the profile stands {many}"));
            let finding = if first == *place { finding } else { finding.also(Place::Bytes(first), "from here") };
            self.findings.push(finding.help("merge some of them: what holds for a bucket should be found in a few places"));
            return None;
        }
        let loaded = match self.workspace.base(&path) {
            Ok(loaded) => loaded,
            Err(error) => {
                let finding = Finding::new(Code::BaseUnreadable, at(), format!("`{}` cannot be read: {error}", path.display()));
                self.findings.push(finding.help("name a file, relative to the one that extends it"));
                return None;
            }
        };
        let base = self.add(Some(path.clone()), loaded);
        chain.push((file, place.clone()));
        self.follow(base, Some(path.parent().unwrap_or(Path::new(""))), chain);
        chain.pop();
        Some(base)
    }

    /// A file and all beneath it, the lowest first, each once.
    fn beneath(&self, file: usize, order: &mut Vec<usize>) {
        let Some(of) = self.files.get(file) else { return };
        of.bases.iter().filter(|base| **base != file).for_each(|base| self.beneath(*base, order));
        if !order.contains(&file) {
            order.push(file);
        }
    }

    fn merged(&self, file: usize, whole: &Arc<str>) -> (Tree, Vec<Finding>) {
        let mut order = Vec::new();
        self.beneath(file, &mut order);
        let layers = order.iter().filter_map(|index| self.files.get(*index));
        let layers: Vec<Layer<'_>> = layers.filter_map(|of| Some(Layer { tree: of.loaded.tree.as_ref()?, start: of.start })).collect();
        merge::merge(&layers, whole)
    }

    fn finish(mut self) -> (Composed, Arc<str>) {
        let values_start = self.length;
        let mut parts: Vec<Part> = self.files.iter().map(|of| Part { start: of.start, source: of.loaded.source.clone() }).collect();
        let values = self.workspace.values.clone();
        parts.extend(values.iter().map(|of| Part { start: values_start, source: of.source.clone() }));
        let texts: Vec<&str> = parts.iter().map(|part| part.source.text()).collect();
        let whole: Arc<str> = texts.join("\n").into();
        let given = self.given(values.as_deref(), values_start);
        let mut composed =
            Composed { tree: None, findings: Vec::new(), parts, filled: Filled::new(), locks: Vec::new(), parameters: Vec::new() };
        if self.files.iter().all(|of| of.loaded.tree.is_some()) {
            let (mut tree, found) = self.merged(0, &whole);
            self.findings.extend(found);
            composed.parameters = parameters::resolve(&tree, &given);
            let (filled, found) = parameters::fill(&mut tree, &composed.parameters);
            self.findings.extend(found);
            let own = self.files.first().map_or(0, |of| of.loaded.source.text.len());
            self.findings.extend(parameters::check(&tree, &given, &composed.parameters, &filled, own));
            composed.locks =
                (0..self.files.len()).rev().filter_map(|file| self.locks(file, &whole, &given, &composed.parameters)).collect();
            (composed.tree, composed.filled) = (Some(tree), filled);
        }
        composed.findings = self.findings;
        (composed, whole)
    }

    /// The values that the run brings; the command line goes before the file.
    fn given(&mut self, values: Option<&Loaded>, start: usize) -> Vec<Given> {
        let set = self.workspace.set.iter().rev().map(|(name, value)| Given { name: name.clone(), value: value.clone(), by: By::Set });
        let mut given: Vec<Given> = set.collect();
        let Some(values) = values else { return given };
        // A file without values gives none.
        let wrong = values.findings.iter().filter(|finding| finding.code != Code::EmptyProfile);
        self.findings.extend(wrong.map(|finding| shifted(finding, start)));
        for node in values.tree.iter().filter_map(Tree::root).flat_map(Node::children) {
            let span = node.span().start + start..node.span().end + start;
            if matches!(node.kind(), Kind::List | Kind::Map | Kind::Null) {
                let message = format!("`{}` takes a single value", node.key().unwrap_or_default());
                self.findings
                    .push(Finding::new(Code::WrongType, Place::Bytes(span), message).help("write one line for each: `NAME: VALUE`"));
                continue;
            }
            let name = node.key().unwrap_or_default().to_owned();
            given.push(Given { name, value: node.text().to_owned(), by: By::File(span) });
        }
        given
    }

    /// What a file locks. A value that comes from a parameter is locked together with what the parameter may be.
    fn locks(&self, file: usize, whole: &Arc<str>, given: &[Given], all: &[Resolved]) -> Option<LockedBase> {
        let of = self.files.get(file)?;
        let list = of.loaded.tree.as_ref()?.get(&["locked"])?;
        let items = list.children().filter(|node| node.kind() == Kind::Text);
        let mut pointers: Vec<(String, Range<usize>)> =
            items.map(|node| (node.text().to_owned(), node.span().start + of.start..node.span().end + of.start)).collect();
        let (mut tree, _) = self.merged(file, whole);
        let mut values = parameters::resolve(&tree, given);
        let open = all.iter().filter(|one| !values.iter().any(|own| own.name == one.name)).cloned();
        let open: Vec<Resolved> = open.collect();
        values.extend(open);
        let (filled, _) = parameters::fill(&mut tree, &values);
        for (pointer, place) in pointers.clone() {
            for name in parameters::used_below(&tree, &filled, &DiagPath::from_pointer(&pointer)) {
                pointers.push((path!["parameters", name].to_string(), place.clone()));
            }
        }
        Some(LockedBase { tree, pointers })
    }
}

fn shifted(finding: &Finding, by: usize) -> Finding {
    let mut finding = finding.clone();
    let places = std::iter::once(&mut finding.place).chain(finding.related.iter_mut().map(|related| &mut related.place));
    for place in places {
        match place {
            Place::Bytes(range) => *range = range.start + by..range.end + by,
            // The file as a whole is the one that was read, not the one that extends it.
            Place::File if by > 0 => *place = Place::Bytes(by..by),
            _ => {}
        }
    }
    finding
}

/// A path as it is told apart and shown: `a/../b` is `b`.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) => drop(cleaned.pop()),
            other => cleaned.push(other),
        }
    }
    cleaned
}
