//! The report as one HTML document that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! In: a [`Review`]. Out: markup that XML readers take too. Every value is escaped by the engine; the template knows no
//! way around that. Never: a decision on what is shown, which the value makes.

use std::sync::OnceLock;

use serde::Serialize;
use tera::{Context, Tera};

use super::{Cell, Decided, Matrix, Part, Review};

const TEMPLATE: &str = include_str!("../../templates/report/report.html");

/// The name ends in a suffix for which the engine escapes.
const NAME: &str = "report.html";

/// A decision as the legend shows it.
#[derive(Serialize)]
struct Sign {
    class: &'static str,
    sign: &'static str,
    short: &'static str,
    words: &'static str,
}

/// A table with its cells as they are shown.
#[derive(Serialize)]
struct Table<'r> {
    access_point: Option<&'r str>,
    groups: &'r [super::matrix::Group],
    rows: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    caller: &'r str,
    networks: &'r [String],
    cells: Vec<Vec<Shown>>,
}

/// A part of a cell.
#[derive(Serialize)]
struct Shown {
    class: &'static str,
    sign: &'static str,
    short: &'static str,
    about: String,
    /// All of what it is about, where `about` leaves some out.
    all: String,
}

/// Spells a review.
pub fn render(review: &Review) -> Result<String, String> {
    static ENGINE: OnceLock<Result<Tera, String>> = OnceLock::new();
    let build = || {
        let mut tera = Tera::new();
        tera.autoescape_on([".html"]);
        tera.add_raw_template(NAME, TEMPLATE).map_err(|error| error.to_string())?;
        Ok(tera)
    };
    let tera = ENGINE.get_or_init(build).as_ref().map_err(Clone::clone)?;
    let mut context = Context::new();
    context.insert("review", review);
    context.insert("decisions", &Decided::ALL.map(sign));
    context.insert("tables", &review.access.iter().map(table).collect::<Vec<_>>());
    tera.render(NAME, &context).map_err(|error| error.to_string())
}

const fn class(decided: Decided) -> &'static str {
    match decided {
        Decided::Allowed | Decided::WithMfa => "yes",
        Decided::IfOwnPoliciesAllow | Decided::IfOwnPoliciesAllowWithMfa => "own",
        Decided::Open => "open",
        Decided::Denied => "no",
    }
}

fn sign(decided: Decided) -> Sign {
    Sign { class: class(decided), sign: decided.sign(), short: decided.short(), words: decided.words() }
}

fn table(matrix: &Matrix) -> Table<'_> {
    Table {
        access_point: matrix.access_point.as_deref(),
        groups: &matrix.groups,
        rows: matrix
            .rows
            .iter()
            .map(|one| Row { caller: &one.caller, networks: &one.networks, cells: one.cells.iter().map(cell).collect() })
            .collect(),
    }
}

fn cell(cell: &Cell) -> Vec<Shown> {
    let part = |part: &Part| {
        let (about, all) = (part.about(), part.of.join(", "));
        let decided = part.decision;
        Shown {
            class: class(decided),
            sign: decided.sign(),
            short: decided.short(),
            all: if about == all { String::new() } else { all },
            about,
        }
    };
    cell.parts.iter().map(part).collect()
}
