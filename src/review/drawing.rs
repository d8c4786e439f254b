//! The picture of the paths on paper: boxes, lines and words with their places, for the template that spells them as SVG.
//!
//! In: a [`Picture`]. Out: a [`Drawing`], the same for the same picture. Never: a word that the table beside the picture
//! lacks, or the width of a font, which only a reader's machine knows: lines are cut by their number of letters.

use serde::Serialize;

use super::matrix::Decided;
use super::picture::{From, Path, Picture, Place, Purpose};

/// What the template needs.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    width: usize,
    height: usize,
    heads: Vec<Text>,
    boxes: Vec<Shape>,
    lines: Vec<Line>,
    links: Vec<Link>,
}

/// Words at a place.
#[derive(Debug, Serialize)]
struct Text {
    x: usize,
    y: usize,
    words: String,
}

/// A box with words in it.
#[derive(Debug, Serialize)]
struct Shape {
    class: &'static str,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    /// The kind of what it is, in small letters above its name.
    kind: Option<Text>,
    texts: Vec<Text>,
}

/// A path.
#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    x1: usize,
    x2: usize,
    y: usize,
    /// What stands at its end, as a path of SVG: an arrow, or the cross at which it is stopped.
    end: String,
    label: Text,
}

/// A line to what belongs to a place.
#[derive(Debug, Serialize)]
struct Link {
    x1: usize,
    y1: usize,
    x2: usize,
    y2: usize,
}

/// The places of the columns, from left to right, in units of the picture.
const FROM: (usize, usize) = (0, 236);
const THROUGH: (usize, usize) = (560, 136);
const TO: (usize, usize) = (736, 168);
const BESIDE: (usize, usize) = (950, 230);
const HEAD: usize = 34;
const ROW: usize = 38;
const LETTER: usize = 7;
const LINE: usize = 17;
const GAP: usize = 16;

impl Drawing {
    /// Gives everything its place.
    pub(super) fn new(picture: &Picture) -> Self {
        let head = |(x, _): (usize, usize), words: &str| Text { x, y: 14, words: words.to_owned() };
        let mut drawing = Self {
            width: BESIDE.0 + BESIDE.1 + 1,
            height: 0,
            heads: vec![head(FROM, "From"), head((FROM.1 + 14, 0), "What is decided"), head(TO, "To"), head(BESIDE, "Beside it")],
            boxes: Vec::new(),
            lines: Vec::new(),
            links: Vec::new(),
        };
        if picture.paths.iter().any(|path| !path.through.is_empty()) {
            drawing.heads.push(head(THROUGH, "Through"));
        }
        let mut y = HEAD;
        for place in &picture.places {
            let paths: Vec<&Path> = picture.paths.iter().filter(|path| path.to == place.id).collect();
            y = drawing.place(place, &paths, y) + 2 * GAP;
        }
        drawing.height = y.saturating_sub(GAP);
        drawing
    }

    /// A place with its paths and what belongs to it, from that height on; gives back where it ends.
    fn place(&mut self, place: &Place, paths: &[&Path], top: usize) -> usize {
        let mut y = top;
        for group in paths.chunk_by(|a, b| a.from == b.from && a.kind == b.kind) {
            y = self.start(group, y) + GAP;
        }
        let paths_end = if paths.is_empty() { top } else { y - GAP };
        let beside_end = self.beside(place, top);
        let class = if place.id == "account" { "account" } else { "bucket" };
        let name = wrapped(&place.name, TO.1 / LETTER - 5, 4);
        let least = top + 2 * GAP + LINE * (name.len() + 1);
        let end = paths_end.max(beside_end).max(least);
        self.boxes.push(shape(class, TO, top, end - top, Some(&place.id), &name));
        end
    }

    /// Places that paths begin at, with the paths.
    fn start(&mut self, paths: &[&Path], top: usize) -> usize {
        let Some(first) = paths.first() else { return top };
        let mut names: Vec<String> = first.from.iter().take(4).flat_map(|name| wrapped(name, FROM.1 / LETTER - 3, 2)).collect();
        if first.from.len() > 4 {
            names.push(format!("and {} more", first.from.len() - 4));
        }
        let height = (paths.len() * ROW + 6).max(LINE * (names.len() + 1) + GAP);
        let slack = (height - paths.len() * ROW) / 2;
        self.boxes.push(shape("from", FROM, top, height, Some(first.kind.words()), &names));
        let mut at = 0;
        for same in paths.chunk_by(|a, b| a.through == b.through) {
            let y = top + slack + at * ROW;
            at += same.len();
            if let Some(point) = same.first().filter(|path| !path.through.is_empty()) {
                let mut names: Vec<String> =
                    point.through.iter().take(2).flat_map(|name| wrapped(name, THROUGH.1 / LETTER - 2, 1)).collect();
                if point.through.len() > 2 {
                    names.push(format!("and {} more", point.through.len() - 2));
                }
                let height = same.len() * ROW - 6;
                let fit = if height < LINE * (names.len() + 1) { names.drain(..1.min(names.len())).collect() } else { names };
                self.boxes.push(shape("point", THROUGH, y + 3, height, None, &fit));
            }
            for (row, path) in same.iter().enumerate() {
                self.line(path, y + row * ROW + ROW - 12);
            }
        }
        top + height
    }

    fn line(&mut self, path: &Path, y: usize) {
        let stop = if path.through.is_empty() { TO.0 } else { THROUGH.0 };
        let x1 = FROM.0 + FROM.1;
        let stopped = path.decision == Decided::Denied;
        let filled = matches!(path.decision, Decided::Allowed | Decided::WithMfa);
        let x2 = if stopped { stop - 30 } else { TO.0 - 3 };
        let room = (stop - x1 - 20) / LETTER;
        let end = match stopped {
            true => format!("M {} {} L {} {} M {} {} L {} {}", x2 - 6, y - 6, x2 + 6, y + 6, x2 - 6, y + 6, x2 + 6, y - 6),
            false => format!("M {} {} L {x2} {y} L {} {}{}", x2 - 9, y - 5, x2 - 9, y + 5, if filled { " Z" } else { "" }),
        };
        self.lines.push(Line {
            class: super::html::class(path.decision),
            x1,
            x2,
            y,
            end,
            label: Text { x: x1 + 14, y: y - 7, words: cut(&label(path), room) },
        });
    }

    /// What belongs to a place; gives back where it ends.
    fn beside(&mut self, place: &Place, top: usize) -> usize {
        let mut y = top;
        for one in &place.beside {
            let mut texts = wrapped(&one.what, BESIDE.1 / LETTER - 3, 2);
            let does = wrapped(&one.does, BESIDE.1 / LETTER - 3, 2);
            let height = LINE * (texts.len() + does.len()) + 12;
            texts.extend(does);
            let middle = y + height / 2;
            self.links.push(Link { x1: TO.0 + TO.1, y1: middle, x2: BESIDE.0, y2: middle });
            self.boxes.push(shape("beside", BESIDE, y, height, None, &texts));
            y += height + 8;
        }
        y.saturating_sub(8).max(top)
    }
}

fn shape(class: &'static str, (x, width): (usize, usize), y: usize, height: usize, kind: Option<&str>, texts: &[String]) -> Shape {
    let lines = texts.len() + usize::from(kind.is_some());
    let first = y + height.saturating_sub(lines * LINE) / 2 + 13;
    let offset = usize::from(kind.is_some());
    Shape {
        class,
        x,
        y,
        width,
        height,
        kind: kind.map(|kind| Text { x: x + 12, y: first, words: kind.to_owned() }),
        texts: texts
            .iter()
            .enumerate()
            .map(|(at, words)| Text { x: x + 12, y: first + (at + offset) * LINE, words: words.clone() })
            .collect(),
    }
}

/// A path in a line of words.
pub(super) fn label(path: &Path) -> String {
    let sign = path.decision.sign();
    let may = if path.may.is_empty() { String::new() } else { format!(" {}", few(&path.may, 4)) };
    let with = match path.with.as_slice() {
        [] => String::new(),
        all if path.kind == From::Partner || path.kind == From::Outsider => format!(" from {}", few(all, 2)),
        all => format!(": {}", few(all, 2)),
    };
    match (path.decision, path.purpose) {
        (Decided::Denied, purpose) if path.with.is_empty() => format!("{sign} {}: stopped, {}", purpose.word(), few(&path.by, 1)),
        (Decided::Denied, purpose) => format!("{sign} {}: stopped, {} (for {})", purpose.word(), few(&path.by, 1), few(&path.with, 2)),
        (Decided::Open, purpose) => format!("{sign} {}: {}", purpose.word(), few(&path.by, 1)),
        (Decided::IfOwnPoliciesAllow | Decided::IfOwnPoliciesAllowWithMfa, purpose) => {
            // Where it is so for whoever is not named, names say nothing.
            let named = !path.with.is_empty() && !path.with.iter().any(|who| who.starts_with("any "));
            let whose = if named { format!("{}'s", few(&path.with, 2)) } else { "the caller's".to_owned() };
            format!("{sign} {}: where {whose} own policies allow it", purpose.word())
        }
        (_, Purpose::Delivery) => format!("{sign} {}", path.with.join(", ")),
        (_, purpose) if path.may.is_empty() => format!("{sign} {}: everything{with}", purpose.word()),
        (_, purpose) => format!("{sign} {}:{may}{with}", purpose.word()),
    }
}

/// The first of them, and how many there are beyond.
fn few(all: &[String], most: usize) -> String {
    match all.len().checked_sub(most) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all.iter().take(most).cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// Text that has no more letters than that.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end_matches([' ', ',', ':']))
}

/// Text in lines of no more than so many letters, broken where a word ends or else anywhere.
fn wrapped(text: &str, most: usize, lines: usize) -> Vec<String> {
    let mut all: Vec<String> = vec![String::new()];
    let breaks = |c: char| matches!(c, ' ' | '-' | '/' | ':' | '.');
    for word in text.split_inclusive(breaks) {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let Some(last) = all.last_mut() else { break };
            let room = most.saturating_sub(last.chars().count());
            let length = rest.iter().collect::<String>().trim_end().chars().count();
            if length <= room {
                last.extend(rest.drain(..));
            } else if last.is_empty() {
                last.extend(rest.drain(..most.max(1).min(rest.len())));
            } else {
                all.push(String::new());
            }
        }
    }
    let mut all: Vec<String> = all.into_iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    if all.len() > lines {
        let rest = all.split_off(lines.saturating_sub(1)).join(" ");
        all.push(cut(&format!("{rest}…"), most));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_within_their_lines() {
        assert_eq!(wrapped("arn:aws:iam::111122223333:role/Analyst", 20, 3), ["arn:aws:iam::", "111122223333:role/", "Analyst"]);
        assert_eq!(wrapped("aaaaaaaaaaaaaaaaaaaaaaaaa", 10, 2), ["aaaaaaaaaa", "aaaaaaaaa…"]);
        assert_eq!(wrapped("two words", 20, 2), ["two words"]);
        assert!(wrapped("ä b c d e f g h i j k l m n o p q", 4, 2).iter().all(|line| line.chars().count() <= 4));
        assert_eq!(cut("one, two", 6), "one…");
        assert_eq!(few(&["a".to_owned(), "b".to_owned(), "c".to_owned()], 1), "a and 2 more");
    }
}
