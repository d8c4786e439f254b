//! The tokens of HCL, as far as the rules of layout tell them apart.
//!
//! In: HCL. Out: the kind and the place of each token. Never: a failure; what is not HCL is some token all the same.

/// What the rules of spacing tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No token: left of the first one of a line.
    #[default]
    Nothing,
    Newline,
    /// `#` or `//` to the end of the line.
    Comment,
    Ident,
    /// The identifier `in`, a keyword inside `for`.
    In,
    Number,
    /// A whole string, of which every template is a reference and needs no layout.
    Quoted,
    OpenQuote,
    /// Text within quotes.
    Literal,
    CloseQuote,
    /// `${` or `%{` within quotes.
    OpenTemplate,
    CloseTemplate,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    /// `]` or `)`
    Close,
    OpenParen,
    Comma,
    Dot,
    Ellipsis,
    Namespace,
    Equal,
    Minus,
    Bang,
    /// After any of these a minus is a sign.
    Operator,
    Other,
}

/// Splits HCL into tokens, without the blanks between them.
pub(crate) struct Scanner<'t> {
    text: &'t [u8],
    pub(crate) start: usize,
    pub(crate) at: usize,
    quoted: bool,
    /// For each `${` that is open, how many braces are open within it.
    templates: Vec<usize>,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self { text, start: 0, at: 0, quoted: false, templates: Vec::new() }
    }

    /// Kind and length of the next token within quotes.
    fn within_quotes(&mut self, rest: &[u8]) -> (Kind, usize) {
        match rest {
            [b'"', ..] => {
                self.quoted = false;
                (Kind::CloseQuote, 1)
            }
            [b'$' | b'%', b'{', tail @ ..] => {
                self.quoted = false;
                self.templates.push(0);
                (Kind::OpenTemplate, 2 + usize::from(tail.first() == Some(&b'~')))
            }
            _ => {
                let len = literal(rest);
                // A newline cannot stand in a string. As its end it does the least harm.
                self.quoted = !matches!(rest.get(len), None | Some(b'\n'));
                (Kind::Literal, len)
            }
        }
    }

    /// Kind and length of the next token outside quotes; `None` at the end.
    fn outside_quotes(&mut self, rest: &[u8]) -> Option<(Kind, usize)> {
        use Kind::*;
        let (first, tail) = rest.split_first()?;
        let next = tail.first().copied();
        Some(match first {
            b'\n' => (Newline, 1),
            b'"' => match quoted(tail) {
                Some(len) => (Quoted, len + 2),
                None => {
                    self.quoted = true;
                    (OpenQuote, 1)
                }
            },
            b'i' if next == Some(b'n') && !tail.get(1).is_some_and(|b| is(*b, IDENT)) => (In, 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => (Ident, reference(rest)),
            b'0'..=b'9' => (Number, number(rest)),
            b'=' if next == Some(b'>') => (Other, 2),
            b'=' | b'!' | b'<' | b'>' if next == Some(b'=') => (Operator, 2),
            b'=' => (Equal, 1),
            b'{' => {
                if let Some(open) = self.templates.last_mut() {
                    *open += 1;
                }
                (OpenBrace, 1)
            }
            b'~' if next == Some(b'}') && self.templates.last() == Some(&0) => (self.close_brace(), 2),
            b'}' => (self.close_brace(), 1),
            b'[' => (OpenBracket, 1),
            b']' | b')' => (Close, 1),
            b'(' => (OpenParen, 1),
            b',' => (Comma, 1),
            b'.' if tail.starts_with(b"..") => (Ellipsis, 3),
            b'.' => (Dot, 1),
            b':' if next == Some(b':') => (Namespace, 2),
            b'#' => (Comment, until(rest, BREAK)),
            b'/' if next == Some(b'/') => (Comment, until(rest, BREAK)),
            b'/' if next == Some(b'*') => (Other, tail.windows(2).skip(1).position(|two| two == b"*/").map_or(rest.len(), |end| end + 4)),
            b'&' | b'|' if next == Some(*first) => (Operator, 2),
            b'!' => (Bang, 1),
            b'-' => (Minus, 1),
            b'+' | b'*' | b'/' | b'%' | b'<' | b'>' | b'?' | b':' => (Operator, 1),
            _ => (Other, 1),
        })
    }

    /// The kind of the next token, which `start` and `at` then enclose; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Kind> {
        let mut rest = self.text.get(self.at..)?;
        let (kind, len) = if self.quoted {
            self.within_quotes(rest)
        } else {
            self.at += rest.iter().position(|b| !is(*b, BLANK)).unwrap_or(rest.len());
            rest = self.text.get(self.at..)?;
            self.outside_quotes(rest)?
        };
        self.start = self.at;
        self.at += len;
        Some(kind)
    }

    /// What is left of the text, where a line begins outside of strings.
    pub(super) fn line(&self) -> Option<&'t [u8]> {
        (!self.quoted && self.templates.is_empty()).then(|| self.text.get(self.at..)).flatten()
    }

    /// Leaves out a line that is so long.
    pub(super) fn skip_line(&mut self, len: usize) {
        self.at += len + 1;
    }

    fn close_brace(&mut self) -> Kind {
        match self.templates.last_mut() {
            Some(0) => {
                self.templates.pop();
                self.quoted = true;
                return Kind::CloseTemplate;
            }
            Some(open) => *open -= 1,
            None => {}
        }
        Kind::CloseBrace
    }
}

/// The length of the text up to a quote, a template or the end of the line.
fn literal(text: &[u8]) -> usize {
    let mut len = 0;
    loop {
        len += until(text.get(len..).unwrap_or_default(), SPECIAL);
        len += match text.get(len..).unwrap_or_default() {
            [] | [b'"' | b'\n', ..] | [b'$' | b'%', b'{', ..] => return len,
            [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
            [b'\\', next, ..] if *next != b'\n' => 2,
            _ => 1,
        };
    }
}

/// The length of the text up to the closing quote, if every template in it is a reference.
pub(super) fn quoted(text: &[u8]) -> Option<usize> {
    let mut len = 0;
    loop {
        len += literal(text.get(len..)?);
        match text.get(len..)? {
            [b'"', ..] => return Some(len),
            [b'$', b'{', inner @ ..] if inner.first().is_some_and(|first| is(*first, START)) => {
                let end = reference(inner);
                if inner.get(end) != Some(&b'}') {
                    return None;
                }
                len += end + 3;
            }
            _ => return None,
        }
    }
}

/// The length of an identifier, or of several with dots between them.
pub(super) fn reference(text: &[u8]) -> usize {
    let mut len = 0;
    loop {
        len += text.get(len..).and_then(|rest| rest.iter().position(|b| !is(*b, IDENT))).unwrap_or(text.len() - len);
        match text.get(len..) {
            Some([b'.', first, ..]) if is(*first, START) => len += 1,
            _ => return len,
        }
    }
}

/// The length of a number: `1`, `1.5`, `1e-5`, but of `1...` the first digit only.
fn number(text: &[u8]) -> usize {
    let (mut len, mut at) = (1, 1);
    loop {
        at += match text.get(at..).unwrap_or_default() {
            [b'0'..=b'9', ..] => 1,
            [b'e' | b'E', b'0'..=b'9', ..] => 2,
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => 3,
            [b'.', ..] => {
                at += 1;
                continue;
            }
            _ => return len,
        };
        len = at;
    }
}

/// Begins an identifier.
pub(super) const START: u8 = 1;
/// Goes on in an identifier.
const IDENT: u8 = 2;
/// Means something within quotes.
const SPECIAL: u8 = 4;
/// Stands between tokens of a line.
pub(super) const BLANK: u8 = 8;
/// Ends a line.
pub(super) const BREAK: u8 = 16;

/// What each byte can be.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut rest: &mut [u8] = &mut classes;
    let mut byte = 0;
    while let Some((class, tail)) = rest.split_first_mut() {
        *class = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => START | IDENT,
            b'0'..=b'9' | b'-' => IDENT,
            b'"' | b'$' | b'%' | b'\\' => SPECIAL,
            b'\n' => SPECIAL | BREAK,
            b' ' | b'\t' | b'\r' => BLANK,
            _ => 0,
        };
        rest = tail;
        byte = byte.wrapping_add(1);
    }
    classes
};

/// The length of the text up to a byte of the class, or to its end. Eight bytes are looked at together.
pub(super) fn until(text: &[u8], class: u8) -> usize {
    let none = |bytes: &&[u8]| bytes.iter().fold(0, |all, byte| all | CLASSES.get(usize::from(*byte)).unwrap_or(&0)) & class == 0;
    let plain = 8 * text.chunks_exact(8).take_while(none).count();
    let rest = text.get(plain..).unwrap_or_default();
    plain + rest.iter().position(|b| is(*b, class)).unwrap_or(rest.len())
}

pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}
