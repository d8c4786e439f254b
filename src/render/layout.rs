//! The layout of Terraform code: what `terraform fmt` would make of it, and no stray blank lines.
//!
//! In: HCL as the templates leave it, right but for its white space. Out: the same tokens, indented, spaced
//! and with `=` and trailing comments aligned, by the rules of `hclwrite/format.go` in hashicorp/hcl.
//! Never: a change inside a string, or a failure; text that is not HCL comes out somehow. Unknown here, as
//! no template emits them: heredocs, and the spellings that `terraform fmt` modernises (`"${x}"` for `x`).

use std::ops::Range;

use plain::Plain;
use scan::{Kind, Scanner};

mod plain;
pub(super) mod scan;

/// Begins a line that stands for others: no text of HCL holds it.
const STAND_IN: u8 = 1;

/// How far lines are indented that are laid out already: as within a policy of a resource, where nearly all of them go.
pub(super) const LAID_AT: u32 = 4;

/// A line that stands for the lines of that number.
pub(super) fn stand_in(number: usize) -> String {
    format!("{}{number}", char::from(STAND_IN))
}

/// The text laid out as `terraform fmt` does, ending with one newline, or empty.
pub(crate) fn fmt(text: &str) -> String {
    fmt_with(text, &[])
}

/// The same, with lines that are laid out already in the places of their stand-ins.
pub(super) fn fmt_with(text: &str, laid: &[String]) -> String {
    laid_out(text.as_bytes(), laid, Plain::read)
}

/// The same, with what tells the lines that need not be taken token by token.
fn laid_out(text: &[u8], laid: &[String], plain: fn(&[u8]) -> Option<Plain>) -> String {
    let mut layout = Layout { text, laid, out: Vec::with_capacity(text.len() + text.len() / 4), ..Layout::default() };
    let mut scanner = Scanner::new(text);
    let mut is_new_line = true;
    loop {
        while is_new_line
            && let Some(line) = scanner.line()
            && let Some(plain) = plain(line)
        {
            layout.plain(&plain, line);
            scanner.skip_line(plain.blanks + plain.len);
        }
        let Some(kind) = scanner.next() else { break };
        layout.token(kind, scanner.start..scanner.at);
        is_new_line = kind == Kind::Newline;
    }
    layout.end_line();
    layout.end_run();
    String::from_utf8(layout.out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl Kind {
    /// By how much the token changes the number of open brackets.
    fn nesting(self) -> isize {
        match self {
            Self::OpenTemplate | Self::OpenBrace | Self::OpenBracket | Self::OpenParen => 1,
            Self::CloseTemplate | Self::CloseBrace | Self::Close => -1,
            _ => 0,
        }
    }

    fn is_ident(self) -> bool {
        matches!(self, Self::Ident | Self::In)
    }
}

/// Whether a space stands between two tokens; `before` is the token left of them. The order of the rules is
/// that of hashicorp/hcl, and matters.
fn spaced(before: Kind, left: Kind, right: Kind) -> bool {
    use Kind::*;
    match (left, right) {
        (Nothing, _) | (Ident | In, OpenParen | Namespace) | (Namespace, Ident | In) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (OpenQuote | Literal, _) | (_, Literal | CloseQuote) => false,
        (In, _) if before.is_ident() => true,
        (_, OpenBracket) if left.is_ident() || left == Number || left.nesting() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !matches!(before, Nothing | OpenParen | OpenBrace | OpenBracket | Equal | Comma | Minus | Bang | Operator),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) | (OpenTemplate, OpenBrace) | (CloseBrace, CloseTemplate) => true,
        (CloseTemplate, OpenTemplate) => false,
        _ => left.nesting() <= 0 && right.nesting() >= 0,
    }
}

/// How wide the text is: its characters, less those that join the one before. `terraform fmt` counts grapheme
/// clusters; the two differ only for scripts that no tag key and no name of AWS may hold.
pub(super) fn columns(text: &[u8]) -> usize {
    let joins = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    if text.is_ascii() { text.len() } else { String::from_utf8_lossy(text).chars().filter(|c| !joins(*c)).count() }
}

/// A line in three cells: what leads, what is assigned (from the first `=` on), and the trailing comment. The text of
/// the cells stands in one piece; a line says where each ends.
#[derive(Default)]
struct Line {
    lead_end: u32,
    assign_end: u32,
    end: u32,
    indent: u32,
    lead_columns: u32,
    assign_columns: u32,
    assign_gap: u32,
    comment_gap: u32,
    /// Whether the `=` lines up with its neighbours: not if the value goes on in other lines.
    aligned: bool,
}

impl Line {
    fn has_comment(&self) -> bool {
        self.end > self.assign_end
    }

    fn columns(&self) -> u32 {
        self.indent + self.lead_columns + self.assign_gap + self.assign_columns
    }
}

/// What is finished, the lines that may line up with the next one, and what is known of the one at hand.
#[derive(Default)]
struct Layout<'t> {
    text: &'t [u8],
    /// Lines that are laid out already, by the numbers of their stand-ins.
    laid: &'t [String],
    out: Vec<u8>,
    /// What of `text` comes next: tokens that are apart by what they should be.
    pending: Range<usize>,
    /// Lines that are not finished: the next one may line up with them.
    lines: Vec<Line>,
    /// The text of their cells and of the line at hand, one after the other.
    cells: Vec<u8>,
    /// For each line that opened more brackets than it closed, how many of them are open.
    opens: Vec<isize>,
    /// Blank lines stand between the line at hand and the last one, which ended with an open bracket or not.
    after_blank: bool,
    after_open: bool,
    first: Kind,
    before: Kind,
    left: Kind,
    nesting: isize,
    equal: Option<Equal>,
    /// Where the comment of the line at hand begins.
    code_end: Option<u32>,
}

/// The first `=` of a line.
#[derive(Clone, Copy)]
struct Equal {
    /// Where it stands in the cells.
    at: u32,
    gap: bool,
    nesting: isize,
}

impl<'t> Layout<'t> {
    fn token(&mut self, kind: Kind, mut token: Range<usize>) {
        if kind == Kind::Newline {
            return self.end_line();
        }
        if kind == Kind::Comment {
            let comment = self.text.get(token.clone()).unwrap_or_default();
            if !comment.last().is_some_and(u8::is_ascii_graphic) {
                token.end = token.start + std::str::from_utf8(comment).unwrap_or_default().trim_end().len();
            }
            if self.left != Kind::Nothing {
                self.flush();
                self.code_end = Some(self.end());
                self.pending = token;
                return;
            }
        }
        let gap = spaced(self.before, self.left, kind);
        let is_assignment = kind == Kind::Equal && self.left != Kind::Nothing && self.equal.is_none();
        if is_assignment {
            self.flush();
            self.equal = Some(Equal { at: self.end(), gap, nesting: self.nesting });
        }
        let is_right = match self.text.get(self.pending.end..token.start) {
            Some([]) => !gap,
            Some([b' ']) => gap,
            _ => false,
        };
        if is_right && !is_assignment {
            self.pending.end = token.end;
        } else {
            self.flush();
            if gap && !is_assignment {
                self.cells.push(b' ');
            }
            self.pending = token;
        }
        self.nesting += kind.nesting();
        if self.first == Kind::Nothing {
            self.first = kind;
        }
        (self.before, self.left) = (self.left, kind);
    }

    /// A whole line that is as it should be.
    fn plain(&mut self, plain: &Plain, line: &[u8]) {
        let code = line.get(plain.blanks..plain.blanks + plain.len).unwrap_or_default();
        match plain.key.filter(|_| plain.nesting == 0).and_then(|key| code.split_at_checked(key)) {
            Some((key, [b' ', value @ ..])) => {
                self.cells.extend_from_slice(key);
                self.equal = Some(Equal { at: self.end(), gap: true, nesting: 0 });
                self.cells.extend_from_slice(value);
                (self.first, self.left) = (plain.first, plain.last);
                self.end_line();
            }
            _ if plain.first == Kind::Nothing => self.after_blank = true,
            // It lines up with nothing.
            _ => {
                self.end_run();
                if self.begin_line(plain.first, plain.last) {
                    self.out.push(b'\n');
                }
                let indent = self.indent(plain.nesting);
                match self.stood_for(code) {
                    Some(lines) if indent == LAID_AT => self.out.extend_from_slice(lines.as_bytes()),
                    Some(lines) => {
                        for line in lines.lines() {
                            self.push_line(indent, line.as_bytes().get(LAID_AT as usize..).unwrap_or_default());
                        }
                    }
                    None => self.push_line(indent, code),
                }
            }
        }
    }

    /// The lines that a line stands for.
    fn stood_for(&self, code: &[u8]) -> Option<&'t str> {
        let number = code.strip_prefix(&[STAND_IN])?;
        self.laid.get(std::str::from_utf8(number).ok()?.parse::<usize>().ok()?).map(String::as_str)
    }

    fn push_line(&mut self, indent: u32, line: &[u8]) {
        push_blanks(&mut self.out, indent);
        self.out.extend_from_slice(line);
        self.out.push(b'\n');
    }

    /// Takes over what is pending.
    fn flush(&mut self) {
        self.cells.extend_from_slice(self.text.get(self.pending.clone()).unwrap_or_default());
        self.pending.start = self.pending.end;
    }

    fn end(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    fn columns(&self, start: u32, end: u32) -> u32 {
        u32::try_from(columns(self.cells.get(start as usize..end as usize).unwrap_or_default())).unwrap_or(u32::MAX)
    }

    fn end_line(&mut self) {
        self.flush();
        let first = std::mem::take(&mut self.first);
        let last = std::mem::take(&mut self.left);
        let nesting = std::mem::take(&mut self.nesting);
        self.before = Kind::Nothing;
        if first == Kind::Nothing {
            self.after_blank = true;
            return;
        }
        let start = self.lines.last().map_or(0, |line| line.end);
        let end = self.end();
        let assign_end = self.code_end.take().unwrap_or(end);
        let mut line = Line { lead_end: assign_end, assign_end, end, indent: self.indent(nesting), ..Line::default() };
        if let Some(equal) = self.equal.take() {
            line.lead_end = equal.at;
            line.assign_gap = u32::from(equal.gap);
            line.aligned = equal.nesting == nesting;
        }
        // Widths are asked for only where something lines up.
        if line.has_comment() {
            line.assign_columns = self.columns(line.lead_end, assign_end);
        }
        if line.aligned || line.has_comment() {
            line.lead_columns = self.columns(start, line.lead_end);
        }
        if self.begin_line(first, last) {
            self.lines.push(Line { lead_end: start, assign_end: start, end: start, ..Line::default() });
        }
        self.lines.push(line);
    }

    /// Takes note of a line that begins and ends so; whether a blank one is left before it.
    fn begin_line(&mut self, first: Kind, last: Kind) -> bool {
        let is_first = self.out.is_empty() && self.lines.is_empty();
        let after_open = std::mem::replace(&mut self.after_open, last.nesting() > 0);
        std::mem::take(&mut self.after_blank) && !after_open && first.nesting() >= 0 && !is_first
    }

    /// How far a line is indented that changes the number of open brackets by so much. A line that opens three
    /// brackets indents the next one once, until all three are closed.
    fn indent(&mut self, nesting: isize) -> u32 {
        let mut closed = -nesting;
        while closed > 0
            && let Some(open) = self.opens.last_mut()
        {
            if closed < *open {
                *open -= closed;
                break;
            }
            closed -= *open;
            self.opens.pop();
        }
        let indent = u32::try_from(2 * self.opens.len()).unwrap_or(u32::MAX);
        if nesting > 0 {
            self.opens.push(nesting);
        }
        indent
    }

    /// Finishes the lines that are not yet: none of them lines up with one that comes after.
    fn end_run(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        self.align();
        self.print();
        self.lines.clear();
        self.cells.clear();
    }

    fn align(&mut self) {
        for run in self.lines.chunk_by_mut(|a, b| a.aligned && b.aligned) {
            let widest = run.iter().map(|line| line.indent + line.lead_columns).max().unwrap_or(0);
            for line in run.iter_mut().filter(|line| line.aligned) {
                line.assign_gap = widest + 1 - line.indent - line.lead_columns;
            }
        }
        for run in self.lines.chunk_by_mut(|a, b| a.has_comment() && b.has_comment()) {
            let widest = run.iter().map(Line::columns).max().unwrap_or(0);
            for line in run.iter_mut().filter(|line| line.has_comment()) {
                line.comment_gap = widest + 1 - line.columns();
            }
        }
    }

    fn print(&mut self) {
        let mut start = 0;
        for line in &self.lines {
            for (gap, end) in [(line.indent, line.lead_end), (line.assign_gap, line.assign_end), (line.comment_gap, line.end)] {
                push_blanks(&mut self.out, gap);
                if end > start {
                    self.out.extend_from_slice(self.cells.get(start as usize..end as usize).unwrap_or_default());
                    start = end;
                }
            }
            self.out.push(b'\n');
        }
    }
}

fn push_blanks(out: &mut Vec<u8>, count: u32) {
    if count > 0 {
        out.resize(out.len() + count as usize, b' ');
    }
}

/// So many spaces.
pub(super) fn blanks(out: &mut String, count: usize) {
    const BLANKS: &str = "                                                                ";
    match BLANKS.get(..count) {
        Some(blanks) => out.push_str(blanks),
        None => out.extend(std::iter::repeat_n(' ', count)),
    }
}

#[cfg(test)]
mod tests {
    use super::{fmt, laid_out};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use std::process::Command;

    /// What comes in, and what goes out.
    const CASES: &[(&str, &str)] = &[
        ("", ""),
        ("\n \n\t\n", ""),
        ("a=1", "a = 1\n"),
        ("\n\na = 1\n\n\n\nb = 2\n\n", "a = 1\n\nb = 2\n"),
        // indentation follows the net count of brackets, so that `}, {` stays inside
        ("x \"y\" {\nz {\na = 1\n}\n}\n", "x \"y\" {\n  z {\n    a = 1\n  }\n}\n"),
        ("a = f([{\nb = 1\n}])\n", "a = f([{\n  b = 1\n}])\n"),
        ("a = [{\nb = 1\n}, {\nb = 2\n}]\n", "a = [{\n  b = 1\n  }, {\n  b = 2\n}]\n"),
        ("a = {\nb = [\n1,\n2] }\n", "a = {\n  b = [\n    1,\n2] }\n"),
        ("a = [[\n1\n], [\n2]]\n", "a = [[\n  1\n  ], [\n2]]\n"),
        // runs of `=`: ended by values of several lines, by blanks, blocks and comments
        ("a = 1\nlonger = 2\n", "a      = 1\nlonger = 2\n"),
        ("a = 1\ntags = {\nlonger = 2\nb = 3\n}\ncc = 4\nd = 5\n", "a = 1\ntags = {\n  longer = 2\n  b      = 3\n}\ncc = 4\nd  = 5\n"),
        ("a = 1\n\nlonger = 2\n", "a = 1\n\nlonger = 2\n"),
        ("a = 1\n# why\nlonger = 2\n", "a = 1\n# why\nlonger = 2\n"),
        ("x {\na = 1\ny {}\nlonger = 2\n}\n", "x {\n  a = 1\n  y {}\n  longer = 2\n}\n"),
        ("x {\na = {\"aws:x\"=\"y\",b=1}\nlonger = [1,2]\n}\n", "x {\n  a      = { \"aws:x\" = \"y\", b = 1 }\n  longer = [1, 2]\n}\n"),
        ("x = {\n\"größe\" = 1\n\"e\u{301}\" = 2\n}\n", "x = {\n  \"größe\" = 1\n  \"e\u{301}\"     = 2\n}\n"),
        // trailing comments are a second column
        ("a = 1 # one\nlonger = 22 # two\n", "a      = 1  # one\nlonger = 22 # two\n"),
        ("x { # one\na = 1    // two  \n}\n", "x {     # one\n  a = 1 // two\n}\n"),
        ("  # alone  \na = 1\n", "# alone\na = 1\n"),
        ("a = 1 # \"{[(\nb = 2\n", "a = 1 # \"{[(\nb = 2\n"),
        ("a = /* x = { */ 1\nbb=2 /* y */\n", "a  = /* x = { */ 1\nbb = 2 /* y */\n"),
        // spaces between tokens
        ("a = f( x ,y ... )\n", "a = f(x, y...)\n"),
        ("a = x . y [ 0 ] . z[ \"k\" ] [*]\n", "a = x.y[0].z[\"k\"][*]\n"),
        ("a = - 1\nb = x-1\nc = x - - 1\nd = [-1,- 1]\ne = ! x\n", "a = -1\nb = x-1\nc = x - -1\nd = [-1, -1]\ne = !x\n"),
        ("a = x==1?y:-z\nb = x>=1&&! y\n", "a = x == 1 ? y : -z\nb = x >= 1 && !y\n"),
        ("a = [for k,v in [x]:k if v]\nb = {for k in x:k=>v...}\n", "a = [for k, v in [x] : k if v]\nb = { for k in x : k => v... }\n"),
        ("a = provider :: aws :: f( 1.5,1e-5 )\n", "a = provider::aws::f(1.5, 1e-5)\n"),
        ("a = {}\nb = { }\nc = {x=1}\nd = [ ]\n", "a = {}\nb = {}\nc = { x = 1 }\nd = []\n"),
        // strings: templates are code, all else is untouched
        ("a = \"${ x . y }/*  ${ f( \"b\",1 ) }\"\n", "a = \"${x.y}/*  ${f(\"b\", 1)}\"\n"),
        ("a = \"${ {b=1}[\"b\"] } ${~ x ~}\"\n", "a = \"${ { b = 1 }[\"b\"]} ${~x~}\"\n"),
        ("a = \"%{if x}  b%{ else }%{ endif }\"\n", "a = \"%{if x}  b%{else}%{endif}\"\n"),
        ("a = \"$${ x  }%%{ y  } $$${ z  } $ % $\"\n", "a = \"$${ x  }%%{ y  } $$${ z  } $ % $\"\n"),
        ("a = \"\\\"}{[( = # \\\\\"\nbb = 1\n", "a  = \"\\\"}{[( = # \\\\\"\nbb = 1\n"),
        // what a template leaves where an `if` was false
        ("x {\n\n\na = 1\n\n\n\nb = [\n\n1,\n\n]\n\n}\n\n\n\ny {\n\n}\n", "x {\n  a = 1\n\n  b = [\n    1,\n  ]\n}\n\ny {\n}\n"),
        ("x { # why\n\na = 1\n}\n", "x { # why\n  a = 1\n}\n"),
        ("x {\n# why\n\na = 1\n\n# end\n}\n", "x {\n  # why\n\n  a = 1\n\n  # end\n}\n"),
    ];

    #[test]
    fn each_case_comes_out_as_stated_and_stays() {
        for (from, to) in CASES {
            assert_eq!(fmt(from), *to, "from {from:?}");
            assert_eq!(fmt(to), *to, "a second time");
        }
    }

    /// Pieces of strings, as a renderer escapes them.
    const TEXTS: &str = r#"a|Zz  |$${|%%{|$|%|{|}|[|(|=|#|//|/*|\"|\\|\n|é|日本|~|${x.y[0]}|${f("a", "}")}|<<EOT|{{ x }}"#;

    /// A file as a template may leave it, with strings that a profile may hold.
    fn hcl() -> impl Strategy<Value = String> {
        let text = prop::collection::vec(prop::sample::select(TEXTS.split('|').collect::<Vec<_>>()), 0..6)
            // A `$` that meets a `{` or another `$` would be no plain text.
            .prop_map(|parts| format!("\"-{}-\"", parts.join("-")));
        let scalar = prop_oneof![
            text,
            prop::sample::select(vec!["1", "-1", "true", "x.y.arn", "x . y[ 0 ]", "f( )", "a==b ? -1:c", "[for k in x:k]"])
                .prop_map(str::to_owned),
        ];
        let gap = prop::sample::select(vec!["", " ", "\n", "  \n\n\n"]);
        let comment = prop::sample::select(vec!["", "", "", " # why", "  //{"]);
        let value = scalar.prop_recursive(4, 24, 4, move |inner| {
            let item = (inner.clone(), comment.clone(), gap.clone());
            prop_oneof![
                prop::collection::vec((inner.clone(), gap.clone()), 0..4).prop_map(|items| {
                    format!("[{}]", items.iter().map(|(item, gap)| format!("{gap}{item} ,{gap}")).collect::<String>())
                }),
                prop::collection::vec(item, 0..4).prop_map(|items| {
                    let keys = ["bucket", "\"aws:x\"", "\"é\"", "in"];
                    let line = |(key, (value, comment, gap)): (&str, (String, &str, &str))| {
                        format!("   {key}={value}{comment}\n{}", gap.trim_matches(' '))
                    };
                    format!("{{\n{}}}", keys.into_iter().zip(items).map(line).collect::<String>())
                }),
                inner.prop_map(|inner| format!("jsonencode( {inner})")),
            ]
        });
        prop::collection::vec((prop::sample::select(vec!["", " # why", "\n\n"]), value), 0..8).prop_map(|attributes| {
            let body = attributes.iter().enumerate().map(|(i, (after, value))| {
                let name = "x".repeat(i % 5) + "a" + &i.to_string();
                if i % 3 == 2 { format!("b \"l\"  {{\n{name}={value}{after}\n}}\n") } else { format!("{name}  ={value}{after}\n") }
            });
            format!("resource \"t\" \"n\" {{\n{}\n}}\n", body.collect::<String>())
        })
    }

    proptest! {
        #[test]
        fn a_plain_line_is_what_its_tokens_make_of_it(text in prop_oneof![hcl(), hcl().prop_map(|text| fmt(&text)), "([a\"{}\\[\\]()=, ]{0,9}\n){0,9}"]) {
            prop_assert_eq!(fmt(&text), laid_out(text.as_bytes(), &[], |_| None));
        }

        #[test]
        fn nothing_but_white_space_changes(text in prop_oneof![hcl(), ".*", "[ \n\t{}\\[\\]()\"$%\\\\#=~/*a.é-]*"]) {
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(dense(&fmt(&text)), dense(&text));
        }

        #[test]
        fn the_meaning_stays_and_a_second_pass_changes_nothing(text in hcl()) {
            let once = fmt(&text);
            prop_assert_eq!(hcl::parse(&once).unwrap(), hcl::parse(&text).unwrap());
            prop_assert_eq!(fmt(&once), once);
        }
    }

    #[test]
    fn terraform_finds_nothing_to_change() {
        if Command::new("terraform").arg("version").output().is_err() {
            assert!(std::env::var_os("S3HARDEN_REQUIRE_TOOLS").is_none_or(|v| v != "1"), "terraform is not on PATH");
            eprintln!("SKIPPED: terraform is not on PATH, nothing compares the layout with its own");
            return;
        }
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let generated = (0..400).filter_map(|_| Some(hcl().new_tree(&mut runner).ok()?.current()));
        let dir = tempfile::tempdir().unwrap();
        for (n, text) in CASES.iter().map(|(from, _)| (*from).to_owned()).chain(generated).enumerate() {
            std::fs::write(dir.path().join(format!("{n}.tf")), fmt(&text)).unwrap();
        }
        let run = Command::new("terraform").args(["fmt", "-check", "-diff", "-no-color"]).current_dir(dir.path()).output().unwrap();
        let (changes, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{changes}{errors}");
    }
}
