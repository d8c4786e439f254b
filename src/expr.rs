//! Values that the template language has to spell: text with references in it, and trees of such text.
//!
//! A bucket ARN inside a policy is partly text and partly a reference, which CloudFormation spells
//! `${AWS::Partition}` and Terraform `${data.aws_partition.current.partition}`, while `${aws:username}` is
//! text that both must escape. As strings the three collide; as [`Part`]s they cannot.
//!
//! In: text from a profile and references from the plan. Never: the spelling of any target.

use std::borrow::Cow;
use std::fmt;

/// How the profile language writes the value of a deploy-time parameter, up to its name; `}` is the end. No other text of
/// a profile holds it: where a parameter cannot stand, it is refused.
pub const REFERENCE: &str = "${param.";

/// How the profile language writes what the deployment knows of itself. Only names of buckets hold it.
pub const OF_DEPLOYMENT: [(&str, Pseudo); 2] = [("${aws.account}", Pseudo::AccountId), ("${aws.region}", Pseudo::Region)];

/// Bytes that nearly every ARN fits into.
const ROOM: usize = 96;

/// Whether a text of a profile holds something that only the deployment knows.
pub fn is_open(text: &str) -> bool {
    // Few texts hold a dollar sign, and without an early end many bytes are looked at together.
    if !text.bytes().fold(false, |found, byte| found | (byte == b'$')) {
        return false;
    }
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (_, found) = rest.split_at(at);
        if found.starts_with(REFERENCE) || OF_DEPLOYMENT.iter().any(|(word, _)| found.starts_with(word)) {
            return true;
        }
        rest = found.strip_prefix('$').unwrap_or_default();
    }
    false
}

/// What comes first of what only the deployment knows: the text before it, what it is, and the text behind it.
fn first_open(text: &str) -> Option<(&str, Part, &str)> {
    let parameter = text.split_once(REFERENCE).and_then(|(before, behind)| {
        let (name, after) = behind.split_once('}')?;
        Some((before, Part::Parameter(LogicalId::derived("", name)), after))
    });
    let pseudos = OF_DEPLOYMENT.iter().filter_map(|(word, pseudo)| {
        let (before, after) = text.split_once(word)?;
        Some((before, Part::Pseudo(*pseudo), after))
    });
    parameter.into_iter().chain(pseudos).min_by_key(|(before, ..)| before.len())
}

/// The name of a resource within a plan: PascalCase, as a CloudFormation logical id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogicalId(Cow<'static, str>);

impl LogicalId {
    /// A name that stands in the code.
    pub const fn fixed(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A name made from a word of the code and words of a profile: `AccessPoint`, `partner-inbox` →
    /// `AccessPointPartnerInbox`. Everything but ASCII letters and digits separates words.
    pub fn derived(kind: &str, words: &str) -> Self {
        let mut name = kind.to_owned();
        for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut letters = word.chars();
            name.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            name.extend(letters);
        }
        Self(Cow::Owned(name))
    }

    /// A name that somebody else gave.
    pub fn named(name: impl Into<String>) -> Self {
        Self(Cow::Owned(name.into()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `LogBucket` → `log_bucket`.
    pub fn snake_case(&self) -> String {
        let mut name = String::with_capacity(self.0.len() + 4);
        for c in self.0.chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }
}

impl fmt::Display for LogicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What only the deployment knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pseudo {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    Partition,
    /// The region of the stack or of the provider.
    Region,
    /// The account of the stack or of the provider.
    AccountId,
    /// The DNS suffix of the partition.
    UrlSuffix,
}

/// What of a resource is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// What identifies it to other resources: a bucket's name, a key's id.
    Id,
    /// Its ARN.
    Arn,
    /// The name under which S3 takes an access point for a bucket.
    Alias,
    /// The ARN of the streams of a log group, which ends in `:*`.
    Streams,
}

/// A piece of an [`Expr`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Literal text; always escaped.
    Text(Cow<'static, str>),
    /// A value of the deployment.
    Pseudo(Pseudo),
    /// A deploy-time parameter of the profile.
    Parameter(LogicalId),
    /// An attribute of another resource of the plan.
    Reference(LogicalId, Attribute),
}

/// Text with references in it: the concatenation of its parts, with neighbouring texts joined.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expr(Vec<Part>);

impl Expr {
    /// Text of a profile, in which `${param.NAME}` is a deploy-time parameter, and `${aws.account}` and `${aws.region}` are the
    /// deployment's own.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        if matches!(text, Cow::Borrowed(_)) || !is_open(&text) {
            return Self(vec![Part::Text(text)]);
        }
        let mut all = Self::default();
        let mut rest: &str = &text;
        while let Some((before, part, after)) = first_open(rest) {
            all.push(Part::Text(before.to_owned().into()));
            all.push(part);
            rest = after;
        }
        all.push(Part::Text(rest.to_owned().into()));
        all
    }

    /// Text that somebody else wrote, in which nothing has a meaning.
    pub fn verbatim(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// A reference to a resource.
    pub fn reference(id: LogicalId, attribute: Attribute) -> Self {
        Self(vec![Part::Reference(id, attribute)])
    }

    /// A deploy-time parameter.
    pub fn parameter(id: LogicalId) -> Self {
        Self(vec![Part::Parameter(id)])
    }

    /// `arn:PARTITION:service:region:account:resource`, in the partition of the deployment.
    pub fn arn(service: &'static str, region: impl Into<Self>, account: impl Into<Self>, resource: impl Into<Self>) -> Self {
        let mut arn = Self(Vec::with_capacity(4));
        let mut begin = String::with_capacity(ROOM);
        begin.extend([":", service, ":"]);
        arn.0.extend([Part::Text("arn:".into()), Part::Pseudo(Pseudo::Partition), Part::Text(begin.into())]);
        for (end, piece) in [(":", region.into()), (":", account.into()), ("", resource.into())] {
            piece.0.into_iter().for_each(|part| arn.push(part));
            arn.push(Part::Text(end.into()));
        }
        arn
    }

    /// The text as the profile language writes it, if it refers to nothing but deploy-time parameters.
    pub fn written(&self) -> Option<Cow<'_, str>> {
        let plain = |part: &Part| matches!(part, Part::Text(_) | Part::Parameter(_));
        self.0.iter().all(plain).then(|| {
            self.resolve(|part| match part {
                Part::Parameter(id) => Cow::Owned(format!("{REFERENCE}{id}}}")),
                _ => Cow::Borrowed(""),
            })
        })
    }

    /// The deploy-time parameters in it.
    pub fn parameters(&self) -> impl Iterator<Item = &LogicalId> {
        self.0.iter().filter_map(|part| if let Part::Parameter(id) = part { Some(id) } else { None })
    }

    /// The parts; empty for the empty text.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text, if there is nothing but text.
    pub fn as_text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with every reference replaced by what `value` says.
    pub fn resolve<'a>(&'a self, mut value: impl FnMut(&'a Part) -> Cow<'a, str>) -> Cow<'a, str> {
        match self.0.as_slice() {
            [] => Cow::Borrowed(""),
            [Part::Text(text)] => Cow::Borrowed(text),
            [part] => value(part),
            parts => {
                let mut all = String::with_capacity(ROOM);
                for part in parts {
                    match part {
                        Part::Text(text) => all.push_str(text),
                        part => all.push_str(&value(part)),
                    }
                }
                Cow::Owned(all)
            }
        }
    }

    fn push(&mut self, part: Part) {
        if let Part::Text(text) = &part {
            if text.is_empty() {
                return;
            }
            if let Some(Part::Text(last)) = self.0.last_mut() {
                last.to_mut().push_str(text);
                return;
            }
        }
        self.0.push(part);
    }
}

impl<T: Into<Expr>> std::ops::Add<T> for Expr {
    type Output = Self;
    fn add(mut self, more: T) -> Self {
        for part in more.into().0 {
            self.push(part);
        }
        self
    }
}

impl From<&'static str> for Expr {
    fn from(text: &'static str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Part> for Expr {
    fn from(part: Part) -> Self {
        Self(vec![part])
    }
}

impl From<Pseudo> for Expr {
    fn from(pseudo: Pseudo) -> Self {
        Self(vec![Part::Pseudo(pseudo)])
    }
}

/// Prints references in braces, for messages and tests only.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Pseudo(pseudo) => write!(f, "{{{pseudo:?}}}")?,
                Part::Parameter(id) => write!(f, "{{{id}}}")?,
                Part::Reference(id, attribute) => write!(f, "{{{id}.{attribute:?}}}")?,
            }
        }
        Ok(())
    }
}

/// A tree of values that a target prints in its own notation; it borrows from what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text without references, quoted and escaped by the target.
    Word(Cow<'a, str>),
    /// Text, quoted and escaped by the target.
    Text(Cow<'a, Expr>),
    /// A list.
    List(Vec<Literal<'a>>),
    /// An object. Its keys come from the code or from a checked newtype, never raw from a profile:
    /// a key such as `Fn::Transform` would become a function of CloudFormation.
    Object {
        /// Printed above the object's first line where the notation has comments.
        comment: Option<Cow<'a, str>>,
        /// Keys and values, in the order in which they are printed.
        fields: Vec<(Cow<'a, str>, Literal<'a>)>,
    },
}

impl<'a> Literal<'a> {
    /// An object without a comment.
    pub fn object<K: Into<Cow<'a, str>>>(fields: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object { comment: None, fields: fields.into_iter().map(|(k, v)| (k.into(), v)).collect() }
    }

    /// Text of a profile, or of the code.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if is_open(&text) { Self::Text(Cow::Owned(Expr::text(text.into_owned()))) } else { Self::Word(text) }
    }

    /// A list of texts.
    pub fn texts(texts: &'a [Expr]) -> Self {
        Self::List(texts.iter().map(Self::from).collect())
    }
}

impl<'a> From<&'a Expr> for Literal<'a> {
    fn from(text: &'a Expr) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_texts_are_one_part() {
        let arn = Expr::arn("s3", "", "", "acme") + "/" + "*";
        assert_eq!(arn.parts().len(), 3);
        assert_eq!(arn.to_string(), "arn:{Partition}:s3:::acme/*");
        assert_eq!(arn.resolve(|_| "aws".into()), "arn:aws:s3:::acme/*");
        assert_eq!(Expr::text("a").as_text(), Some("a"));
        assert_eq!(Expr::default().as_text(), Some(""));
    }

    #[test]
    fn a_text_of_a_profile_holds_its_parameters_and_one_of_somebody_else_does_not() {
        let id = |name: &'static str| Part::Parameter(LogicalId::fixed(name));
        let arn = Expr::text("arn:aws:iam::${param.partner}:role/${param.role_name}".to_owned());
        let text = |text: &'static str| Part::Text(text.into());
        assert_eq!(arn.parts(), [text("arn:aws:iam::"), id("Partner"), text(":role/"), id("RoleName")]);
        assert_eq!(Expr::text("${param.x}".to_owned()).parts(), [id("X")]);
        assert_eq!(arn.parameters().count(), 2);
        assert_eq!(arn.written().as_deref(), Some("arn:aws:iam::${param.Partner}:role/${param.RoleName}"));
        assert_eq!(Expr::arn("s3", "", "", "a").written(), None);
        assert!(is_open("é $$ ${x} $${param.x}") && is_open("$${aws.region}") && !is_open("$ ${ param.x} $${aws:x}$"));
        for other in ["${aws:username}", "${param.x", "$param.x}", ""] {
            assert_eq!(Expr::text(other.to_owned()).parameters().count(), 0, "{other}");
        }
        assert_eq!(Expr::verbatim("${param.x}".to_owned()).as_text(), Some("${param.x}"));
    }

    #[test]
    fn a_text_of_a_profile_holds_what_the_deployment_knows_of_itself() {
        let name = Expr::text("acme-${aws.account}-${aws.region}".to_owned());
        let text = |text: &'static str| Part::Text(text.into());
        assert_eq!(name.parts(), [text("acme-"), Part::Pseudo(Pseudo::AccountId), text("-"), Part::Pseudo(Pseudo::Region)]);
        assert_eq!(Expr::text("${aws.region}${param.x}".to_owned()).parts().len(), 2);
        for other in ["${aws:username}", "${aws.partition}", "${aws.account", "aws.account}"] {
            assert_eq!(Expr::text(other.to_owned()).as_text(), Some(other));
        }
        assert_eq!(Expr::verbatim("${aws.account}".to_owned()).as_text(), Some("${aws.account}"));
    }

    #[test]
    fn a_derived_logical_id_is_pascal_case_and_alphanumeric() {
        assert_eq!(LogicalId::derived("AccessPoint", "partner-inbox").as_str(), "AccessPointPartnerInbox");
        assert_eq!(LogicalId::derived("Key", "\"}${x").as_str(), "KeyX");
    }
}
