//! Parameters that the deployment gives: where they can stand, and what they can be there.
//!
//! In: the merged tree, in which `${param.NAME}` still stands for them. Out: findings, and for each parameter the pattern that
//! the targets check and a value to prove with. Every text in which a parameter stands is a pattern itself: whatever it can
//! become has to be good in its place. Never: a value; nobody knows it before the deployment.

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::language::{Language, peculiar, quoted};
use super::parameter::{Deployed, ParameterType};
use crate::diag::{Code, Finding, Place, Step};
use crate::expr::{LogicalId, REFERENCE};
use crate::path;
use crate::source::{Kind, Node, Tree};

/// What a value can be made of: no wildcard, no variable of IAM, no function or dynamic reference of a target, one line.
const PLAIN: &str = r##"[ !"#%&'()+,\-./0-9:;<=>@A-Z\[\\\]^_`a-z|~]*"##;

/// Names of variables that Terraform keeps for itself ("Input variables", Terraform language documentation).
const RESERVED: &[&str] = &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

const NAME: &str = "[A-Za-z0-9+=,.@_-]";
const REGION: &str = "[a-z]{2,4}(-[a-z]+)+-[1-9][0-9]?";
const PARTITION: &str = "aws[a-z-]*";

/// A place in a profile that the outputs can fill in.
#[derive(Debug)]
struct Slot {
    /// What has to stand there, in words.
    what: &'static str,
    pattern: String,
}

fn slot(what: &'static str, pattern: impl Into<String>) -> Slot {
    Slot { what, pattern: pattern.into() }
}

/// Blocks of addresses, none of them so wide that S3 calls a policy public that is confined to it ("The meaning of
/// “public”", Amazon S3 User Guide: at least /8 for IPv4, /32 for IPv6).
fn cidr() -> String {
    let byte = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    let h = "[0-9A-Fa-f]{1,4}";
    let six = format!(
        "(({h}:){{7}}{h}|({h}:){{1,7}}:|({h}:){{1,6}}:{h}|({h}:){{1,5}}(:{h}){{1,2}}|({h}:){{1,4}}(:{h}){{1,3}}|({h}:){{1,3}}(:{h}){{1,4}}|({h}:){{1,2}}(:{h}){{1,5}}|{h}:(:{h}){{1,6}})"
    );
    format!(r"{byte}(\.{byte}){{3}}(/([89]|[12][0-9]|3[0-2]))?|{six}(/(3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-8]))?")
}

fn arn_of(service: &str, rest: &str) -> String {
    format!("arn:{PARTITION}:{service}:{REGION}:[0-9]{{12}}:{rest}")
}

impl Slot {
    /// What can stand at a place, if a parameter can.
    fn at(steps: &[&str]) -> Option<Self> {
        match steps {
            ["owner"] | ["bucket", "tags", _] => Some(slot("the value of a tag", "[A-Za-z0-9 _.:/=+@-]{0,256}")),
            ["encryption", "key"] | ["bucket", "replication", "replica_key"] => {
                Some(slot("the ARN of a KMS key", arn_of("kms", "key/[A-Za-z0-9-]{1,128}")))
            }
            ["bucket", "replication", "to_account"] => Some(Self::account()),
            ["bucket", "replication", "to_bucket"] | ["logging", "server_access", "to"] => {
                Some(slot("the name of a bucket", "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"))
            }
            ["monitoring", "alerts", "to", _, "sns"] => Some(slot("the ARN of an SNS topic", arn_of("sns", "[A-Za-z0-9_-]{1,256}"))),
            ["monitoring", "alerts", "to", _, "lambda"] => {
                Some(slot("the ARN of a Lambda function", arn_of("lambda", "function:[A-Za-z0-9_-]{1,64}")))
            }
            ["access_points", "points", _, "vpc"] => Some(Self::vpc()),
            ["access_points", "points", _, "cidrs", _] => Some(slot("a block of addresses", cidr())),
            ["network", "allow" | "deny", rest @ ..] | ["presigned_urls", rest @ ..] => Self::network(rest),
            ["network", "except", "principals", _, rest @ ..]
            | ["encryption", "key_admins", _, rest @ ..]
            | ["mfa", "except", _, rest @ ..]
            | ["bucket", "protect_versions", "except", _, rest @ ..] => Self::identity(rest),
            // An ARN could be of another account, whose principals repair nothing here.
            ["network", "break_glass" | "deployer", _, rest @ ("role" | "user")] => Self::identity(&[rest]),
            ["grants" | "denies", _, rest @ ..] | ["access_points", "points", _, "grants", _, rest @ ..] => Self::of_grant(rest),
            _ => None,
        }
    }

    fn account() -> Self {
        slot("the id of an account", "[0-9]{12}")
    }

    fn vpc() -> Self {
        slot("the id of a VPC", "vpc-([0-9a-f]{8}|[0-9a-f]{17})")
    }

    fn network(steps: &[&str]) -> Option<Self> {
        match steps {
            ["cidrs", _] => Some(slot("a block of addresses", cidr())),
            ["vpcs", _] => Some(Self::vpc()),
            ["vpc_endpoints", _] => Some(slot("the id of a VPC endpoint", "vpce-([0-9a-f]{8}|[0-9a-f]{17})")),
            _ => None,
        }
    }

    fn identity(steps: &[&str]) -> Option<Self> {
        match steps {
            ["role"] => Some(slot("the name of a role", format!("{NAME}{{1,64}}"))),
            ["user"] => Some(slot("the name of a user", format!("{NAME}{{1,64}}"))),
            ["arn"] => {
                let resource = format!("(role|user)/({NAME}{{1,64}}/){{0,4}}{NAME}{{1,64}}");
                Some(slot("the ARN of a role or user", format!("arn:{PARTITION}:iam::[0-9]{{12}}:{resource}")))
            }
            _ => None,
        }
    }

    fn of_grant(steps: &[&str]) -> Option<Self> {
        match steps {
            ["to", _, "account"] | ["when", "source_account"] => Some(Self::account()),
            ["to", _, "organization"] | ["when", "organization"] => Some(slot("the id of an organization", "o-[a-z0-9]{10,32}")),
            ["to", _, rest @ ..] => Self::identity(rest),
            ["when", "source_arn"] => {
                let pattern = format!("arn:{PARTITION}:[a-z0-9-]+:[a-z0-9-]*:([0-9]{{12}})?:[A-Za-z0-9+=,.@_/:*?-]+");
                Some(slot("the ARN of a resource", pattern))
            }
            ["when", "object_tags" | "principal_tags", _] => Some(slot("the value of a tag", "[ -~]{0,256}")),
            ["when", rest @ ..] => Self::network(rest),
            _ => None,
        }
    }
}

/// The pattern of everything that a type takes.
fn of_type(kind: ParameterType) -> String {
    match kind {
        ParameterType::String => "[A-Za-z0-9 _.:/=+,@-]{0,256}".to_owned(),
        ParameterType::Integer => "-?[0-9]{1,18}".to_owned(),
        ParameterType::Cidr => cidr(),
        ParameterType::Arn => {
            format!("arn:{PARTITION}:[a-z0-9-]+:[a-z0-9-]*:([0-9]{{12}})?:[A-Za-z0-9+=,.@_/:-]{{1,512}}")
        }
        ParameterType::Account => "[0-9]{12}".to_owned(),
        ParameterType::Region => REGION.to_owned(),
    }
}

impl ParameterType {
    /// The type that takes just what a pattern takes, where one is narrower than text.
    pub fn of_pattern(pattern: &str) -> Option<Self> {
        [Self::Cidr, Self::Account, Self::Region, Self::Integer].into_iter().find(|kind| of_type(*kind) == pattern)
    }
}

/// A parameter that the deployment gives, as it is declared.
struct Declared<'t> {
    node: Node<'t>,
    kind: ParameterType,
    allowed: Vec<&'t str>,
    pattern: Option<&'t str>,
    default: Option<&'t str>,
}

/// A text of the profile that holds parameters.
struct Use<'t> {
    node: Node<'t>,
    names: Vec<&'t str>,
    slot: Option<Slot>,
}

impl<'t> Declared<'t> {
    fn of(node: Node<'t>) -> Option<(&'t str, Self)> {
        if node.get("at").is_none_or(|at| at.text() != "deploy") {
            return None;
        }
        let list = node.get("allowed").filter(|list| list.kind() == Kind::List);
        let declared = Self {
            node,
            kind: serde_json::from_value(node.get("type")?.to_value()).ok()?,
            allowed: list.into_iter().flat_map(Node::children).map(Node::text).collect(),
            pattern: node.get("pattern").map(Node::text),
            default: node.get("default").map(Node::text),
        };
        Some((node.key()?, declared))
    }

    /// The pattern of what it takes: the listed values, its own pattern, what its one kind of place asks for, or its type's.
    fn pattern(&self, name: &str, uses: &[Use<'_>]) -> String {
        if !self.allowed.is_empty() {
            return self.allowed.iter().map(|value| quoted(value)).collect::<Vec<_>>().join("|");
        }
        if let Some(pattern) = self.pattern {
            return pattern.to_owned();
        }
        let alone = format!("{REFERENCE}{name}}}");
        let mut places = uses.iter().filter(|of| of.names.contains(&name));
        let first = places.next().filter(|of| of.node.text() == alone).and_then(|of| of.slot.as_ref());
        let same = |of: &Use<'_>| of.node.text() == alone && of.slot.as_ref().map(|slot| slot.what) == first.map(|slot| slot.what);
        let narrower = matches!(self.kind, ParameterType::String | ParameterType::Arn);
        match first.filter(|slot| narrower && places.all(same) && Language::of(&slot.pattern).is_some_and(|own| is_plain(&own))) {
            Some(slot) => slot.pattern.clone(),
            None => of_type(self.kind),
        }
    }
}

fn is_plain(language: &Language) -> bool {
    Language::of(PLAIN).is_some_and(|plain| language.beyond(&plain).is_none())
}

/// Every text that holds parameters.
fn uses(tree: &Tree) -> Vec<Use<'_>> {
    let holds = |node: &Node<'_>| node.kind() == Kind::Text && node.text().contains(REFERENCE);
    let read = |node| {
        let path = Node::path(node);
        let steps: Vec<String> = path
            .steps()
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.to_string(),
                Step::Index(at) => at.to_string(),
            })
            .collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let names = Node::text(node).split(REFERENCE).skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        Use { node, names, slot: Slot::at(&steps).filter(|_| barred(node, &steps).is_none()) }
    };
    let inside = |node: &Node<'_>| !matches!(top(*node), Some("extends" | "locked" | "parameters"));
    tree.nodes().filter(holds).filter(inside).map(read).collect()
}

/// The section that a value is in.
fn top(node: Node<'_>) -> Option<&str> {
    let mut node = node;
    while let Some(parent) = node.parent() {
        if parent.parent().is_none() {
            return node.key();
        }
        node = parent;
    }
    None
}

/// Why a parameter cannot stand where others of its kind can.
fn barred(node: Node<'_>, steps: &[&str]) -> Option<&'static str> {
    let [.., "to", _, "role" | "user" | "arn"] = steps else { return None };
    let rule = node.parent().and_then(Node::parent).and_then(Node::parent)?;
    let says = |key: &str, word: &str| rule.get(key).is_some_and(|node| node.text() == word);
    if says("via", "iam") {
        return Some("a policy of IAM is attached to somebody who is known when the profile is rendered");
    }
    let account = node.text().split(':').nth(4);
    (says("match", "arn") && account.is_none()).then_some("with `match: arn` the account is named apart from the ARN")
}

/// Why a parameter cannot stand at a place.
fn why(node: Node<'_>) -> &'static str {
    let path = node.path().to_string();
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    if let Some(why) = barred(node, &steps) {
        return why;
    }
    match steps.as_slice() {
        ["name", ..] => "stacks, modules and directories are named after it",
        ["bucket", "name"] => {
            "the names of companions, of keys and of roles are made of it; `${aws.account}` and `${aws.region}` can stand there"
        }
        ["bucket", "account" | "region"] | ["account" | "region"] => {
            "what is rendered depends on it; without it the template takes those that it is deployed to"
        }
        [.., "prefixes", _] | ["logging", .., "prefix"] => "prefixes are compared with each other when the profile is rendered",
        ["grants" | "denies", _, "name"] | ["access_points", "points", _, "name"] | ["access_points", "points", _, "grants", _, "name"] => {
            "statements are named after it"
        }
        ["network", "break_glass" | "deployer", ..] => "it must be somebody of the bucket's own account: name a role or user",
        ["tests" | "guarantees", ..] => "it is decided when the profile is rendered",
        ["description", ..] => "no template refers to parameters in its description",
        _ => "what it says decides what is rendered",
    }
}

/// What is wrong with parameters that the deployment gives.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let declared: BTreeMap<&str, Declared<'_>> =
        tree.get(&["parameters"]).into_iter().flat_map(Node::children).filter_map(Declared::of).collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let uses = uses(tree);
    let mut findings: Vec<Finding> = uses.iter().filter(|of| of.slot.is_none()).map(out_of_place).collect();
    let mut taken: BTreeMap<LogicalId, &str> = BTreeMap::new();
    for (name, one) in &declared {
        let at = Place::Key(path!["parameters", (*name).to_owned()]);
        let id = LogicalId::derived("", name);
        let snake = id.snake_case();
        if RESERVED.contains(&snake.as_str()) {
            let message = format!("Terraform keeps the variable `{snake}` for itself");
            findings.push(Finding::new(Code::ParameterNameTaken, at.clone(), message).help("give the parameter another name"));
        }
        if let Some(other) = taken.insert(id.clone(), name) {
            let message = format!("`{name}` and `{other}` are both `{id}` in a template");
            let finding = Finding::new(Code::ParameterNameTaken, at.clone(), message);
            findings
                .push(finding.also(Place::Key(path!["parameters", other.to_owned()]), "the other").help("give one of them another name"));
        }
        findings.extend(own(name, one, &uses));
    }
    if findings.is_empty() {
        let languages: BTreeMap<&str, String> = declared.iter().map(|(name, one)| (*name, one.pattern(name, &uses))).collect();
        findings.extend(uses.iter().filter_map(|of| unfit(of, &languages)));
    }
    findings
}

fn out_of_place(of: &Use<'_>) -> Finding {
    let name = of.names.first().copied().unwrap_or_default();
    let path = of.node.path();
    let message = format!("no output can refer to the deploy-time parameter `{name}` here: {}", why(of.node));
    Finding::new(Code::ParameterOutOfPlace, path, message)
        .also(path!["parameters", name.to_owned(), "at"], "its value is known at the deployment only")
        .help(format!("write the value, or declare `{name}` with `at: render`"))
}

/// What is wrong with the declaration by itself.
fn own(name: &str, one: &Declared<'_>, uses: &[Use<'_>]) -> Option<Finding> {
    let place = |key: &str| {
        let written = one.node.get(key).map_or(one.node, |node| node);
        Place::Value(written.path())
    };
    let open = |place: Place, message: String| Some(Finding::new(Code::ParameterOpen, place, message));
    let pattern = one.pattern(name, uses);
    let key = match (one.allowed.is_empty(), one.pattern) {
        (false, _) => "allowed",
        (true, Some(_)) => "pattern",
        (true, None) => "type",
    };
    if let Some(what) = one.pattern.and_then(peculiar) {
        let message = format!("not every target reads {what} in the pattern of `{name}` alike");
        return open(place("pattern"), message)
            .map(|found| found.help("use characters, classes such as `[a-z0-9-]`, `\\d`, `\\w`, groups, `|`, `*`, `+`, `?` and `{2,8}`"));
    }
    let too_large = || open(place("pattern"), format!("the pattern of `{name}` is too large")).map(|found| found.help("use a shorter one"));
    let (Some(own), Some(plain), Some(of_type)) = (Language::of(&pattern), Language::of(PLAIN), Language::of(&of_type(one.kind))) else {
        return too_large();
    };
    if let Some(value) = own.beyond(&plain) {
        let message = format!("the parameter `{name}` could be `{}`, which a policy or template might interpret", value.escape_debug());
        return open(place(key), message).map(|found| found.help("use a pattern of what is meant, such as `[A-Za-z0-9 _.:/=+@-]{1,64}`"));
    }
    if one.kind != ParameterType::String
        && let Some(value) = own.beyond(&of_type)
    {
        let message = format!("the parameter `{name}` could be `{value}`, which its type does not take");
        return open(place(key), message).map(|found| found.also(place("type"), "its type").help("narrow the pattern, or leave it out"));
    }
    let listed = one.pattern.filter(|_| !one.allowed.is_empty()).and_then(Language::of);
    if let Some(value) = listed.and_then(|pattern| one.allowed.iter().find(|value| !pattern.takes(value)).copied()) {
        let message = format!("the pattern of `{name}` does not take `{value}`, which is listed");
        return Some(
            Finding::new(Code::ParameterUnfit, place("allowed"), message)
                .also(place("pattern"), "its pattern")
                .help("leave one of them out"),
        );
    }
    let default = one.default.filter(|value| !own.takes(value))?;
    let message = format!("the parameter `{name}` cannot be `{default}`");
    Some(
        Finding::new(Code::ParameterUnfit, place("default"), message).also(place(key), "declared here").help("use a default that it takes"),
    )
}

/// A text that could become what cannot stand in its place.
fn unfit(of: &Use<'_>, languages: &BTreeMap<&str, String>) -> Option<Finding> {
    let slot = of.slot.as_ref()?;
    let mut pattern = String::new();
    for (at, piece) in of.node.text().split(REFERENCE).enumerate() {
        let (name, rest) = if at == 0 { ("", piece) } else { piece.split_once('}')? };
        pattern.push_str(&languages.get(name).map(|language| format!("(?:{language})")).unwrap_or_default());
        pattern.push_str(&quoted(rest));
    }
    let value = Language::of(&pattern)?.beyond(&Language::of(&slot.pattern)?)?;
    let name = of.names.first().copied().unwrap_or_default();
    let message = format!("with the deploy-time parameter `{name}` this could be `{value}`, which is not {}", slot.what);
    let finding = Finding::new(Code::ParameterOpen, of.node.path(), message);
    Some(
        finding
            .also(path!["parameters", name.to_owned()], "the parameter")
            .help(format!("give `{name}` a pattern that takes nothing else, or the `type` of what stands here")),
    )
}

/// For each parameter that the deployment gives and that stands somewhere: what it can be.
pub(super) fn settle(tree: &Tree) -> BTreeMap<String, Deployed> {
    let uses = uses(tree);
    let declared = tree.get(&["parameters"]).into_iter().flat_map(Node::children).filter_map(Declared::of);
    let mut blocks: Vec<String> = Vec::new();
    declared
        .filter(|(name, _)| uses.iter().any(|of| of.names.contains(name)))
        .map(|(name, one)| {
            let pattern = one.pattern(name, &uses);
            let example = match one.kind {
                // A block for benchmarks (RFC 2544), which is nobody's network.
                ParameterType::Cidr if one.allowed.is_empty() => {
                    let hash = sha2::Sha256::digest(name.as_bytes()).first().copied().unwrap_or_default();
                    let free =
                        (0..=u8::MAX).map(|by| format!("198.18.{}.0/24", hash.wrapping_add(by))).find(|block| !blocks.contains(block));
                    blocks.extend(free.clone());
                    free.unwrap_or_default()
                }
                _ => Language::of(&pattern).and_then(|language| language.word(name)).unwrap_or_default(),
            };
            let pattern =
                if one.allowed.is_empty() || one.pattern.is_some() { one.pattern.map(str::to_owned).or(Some(pattern)) } else { None };
            (name.to_owned(), Deployed { pattern, example })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{AccountId, BucketName, Invalid, KmsKeyId, Region, TagValue};
    use crate::protect::alerts::{FunctionArn, TopicChoice};
    use crate::protect::networks::{CidrBlock, VpcEndpointId, VpcId};
    use crate::protect::principal::{OrganizationId, PrincipalArn, RoleName};

    fn parses<T: std::str::FromStr<Err = Invalid>>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    /// A place of each kind, and whether a text may stand there by itself.
    type Place = (&'static str, fn(&str) -> bool);

    const PLACES: &[Place] = &[
        ("/owner", parses::<TagValue>),
        ("/bucket/tags/team", parses::<TagValue>),
        ("/encryption/key", parses::<KmsKeyId>),
        ("/bucket/replication/replica_key", parses::<KmsKeyId>),
        ("/bucket/replication/to_account", parses::<AccountId>),
        ("/bucket/replication/to_bucket", parses::<BucketName>),
        ("/logging/server_access/to", parses::<BucketName>),
        ("/monitoring/alerts/to/0/sns", parses::<TopicChoice>),
        ("/monitoring/alerts/to/0/lambda", parses::<FunctionArn>),
        ("/access_points/points/0/vpc", parses::<VpcId>),
        ("/access_points/points/0/cidrs/0", parses::<CidrBlock>),
        ("/network/allow/cidrs/0", parses::<CidrBlock>),
        ("/network/deny/vpcs/0", parses::<VpcId>),
        ("/presigned_urls/vpc_endpoints/0", parses::<VpcEndpointId>),
        ("/network/break_glass/0/role", parses::<RoleName>),
        ("/mfa/except/0/arn", parses::<PrincipalArn>),
        ("/grants/0/to/0/organization", parses::<OrganizationId>),
        ("/denies/0/when/source_account", parses::<AccountId>),
        ("/access_points/points/0/grants/0/to/0/arn", parses::<PrincipalArn>),
        ("/grants/0/when/source_arn", parses::<crate::protect::when::SourceArn>),
        ("/grants/0/when/object_tags/class", parses::<crate::protect::when::TagMatch>),
    ];

    #[test]
    fn whatever_a_place_takes_is_good_there_in_so_far_as_words_show_it() {
        for (place, good) in PLACES {
            let steps: Vec<&str> = place.split('/').skip(1).collect();
            let slot = Slot::at(&steps).unwrap();
            assert_eq!(peculiar(&slot.pattern), None, "{place}: {}", slot.pattern);
            let language = Language::of(&slot.pattern).unwrap();
            for seed in 0..200 {
                let word = language.word(&format!("{place}{seed}")).unwrap();
                // Names of regions and partitions that are none yet may be one.
                let known = word.split(':').nth(3).is_none_or(|region| region.is_empty() || parses::<Region>(region));
                assert!(good(&word) || !known || word.contains("-s3") || word.contains("xn--"), "{place}: {word}");
            }
        }
    }

    #[test]
    fn types_take_plain_values_only() {
        for kind in [
            ParameterType::String,
            ParameterType::Integer,
            ParameterType::Cidr,
            ParameterType::Arn,
            ParameterType::Account,
            ParameterType::Region,
        ] {
            let pattern = of_type(kind);
            assert_eq!(peculiar(&pattern), None, "{kind:?}");
            assert!(is_plain(&Language::of(&pattern).unwrap()), "{kind:?}");
        }
        for evil in ["*", "a?", "${aws:username}", "$", "{{resolve:ssm:x}}", "}", "a\nb", "é", "\u{7f}"] {
            assert!(!Language::of(PLAIN).unwrap().takes(evil), "{evil}");
        }
    }

    #[test]
    fn blocks_are_the_ones_that_are_not_public() {
        let blocks = Language::of(&cidr()).unwrap();
        for good in ["203.0.113.0/24", "10.0.0.0/8", "203.0.113.9", "2001:db8::/32", "2001:db8:1:2:3:4:5:6/128", "fe80::1/64"] {
            assert!(blocks.takes(good) && parses::<CidrBlock>(good), "{good}");
        }
        for bad in ["0.0.0.0/0", "0.0.0.0/1", "1.2.3.4/7", "::/0", "2001::/16", "256.1.1.1", "1.2.3", "x"] {
            assert!(!blocks.takes(bad), "{bad}");
        }
    }
}
