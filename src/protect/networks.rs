//! Networks in the profile's words, and the conditions by which policies tell them apart.
//!
//! In: addresses, VPCs and VPC endpoints. Out: conditions. Never: a statement; whether it allows or denies is not
//! known here.

use serde::{Deserialize, Serialize};

use crate::names::{Invalid, name};
use crate::policy::{Base, Cidr, Condition, Key};

name! {
    /// A block of IPv4 or IPv6 addresses, or a single one.
    CidrBlock, open, format "cidr", example "203.0.113.0/24"
}

impl CidrBlock {
    fn check(text: &str) -> Result<(), Invalid> {
        match Cidr::parse(text) {
            None => Err(Invalid::new(
                format!("`{text}` is not a block of addresses"),
                "write it as `203.0.113.0/24` or `2001:db8:1234::/48`, a single address with `/32` or `/128`",
            )),
            Some(cidr) if cidr.length() == 0 => {
                Err(Invalid::new(format!("`{text}` is every address"), "list the networks that are meant, or leave the list out"))
            }
            Some(_) => Ok(()),
        }
    }

    /// The block as numbers.
    pub fn cidr(&self) -> Option<Cidr> {
        Cidr::parse(self.as_str())
    }
}

name! {
    /// The id of a VPC.
    VpcId, open, format "vpc", example "vpc-0123456789abcdef0"
}

impl VpcId {
    fn check(text: &str) -> Result<(), Invalid> {
        resource_id(text, "vpc-", "a VPC", "vpc-0123456789abcdef0")
    }
}

name! {
    /// The id of a VPC endpoint.
    VpcEndpointId, open, format "vpc-endpoint", example "vpce-0a1b2c3d4e5f60718"
}

impl VpcEndpointId {
    fn check(text: &str) -> Result<(), Invalid> {
        resource_id(text, "vpce-", "a VPC endpoint", "vpce-0a1b2c3d4e5f60718")
    }
}

/// Ids of EC2 have eight or seventeen digits ("Resource IDs", Amazon EC2 User Guide).
fn resource_id(text: &str, prefix: &str, what: &str, example: &str) -> Result<(), Invalid> {
    let digits = |id: &str| matches!(id.len(), 8 | 17) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if text.strip_prefix(prefix).is_some_and(digits) {
        return Ok(());
    }
    Err(Invalid::new(format!("`{text}` is not the id of {what}"), format!("write it as `{example}`")))
}

/// Where requests come from: alternatives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
#[serde(deny_unknown_fields)]
pub struct Networks {
    /// Blocks of public addresses, IPv4 and IPv6.
    #[serde(default)]
    pub cidrs: Vec<CidrBlock>,
    /// VPCs, whose requests come through a VPC endpoint.
    #[serde(default)]
    pub vpcs: Vec<VpcId>,
    /// VPC endpoints.
    #[serde(default)]
    pub vpc_endpoints: Vec<VpcEndpointId>,
}

impl Networks {
    /// Whether none is named.
    pub const fn is_empty(&self) -> bool {
        self.cidrs.is_empty() && self.vpcs.is_empty() && self.vpc_endpoints.is_empty()
    }

    /// One condition for each kind of network that is named, each with the word for a Sid: a request from any of the
    /// networks meets at least one. In one statement they would be ANDed and never hold together.
    pub fn any_of(&self) -> Vec<(&'static str, Condition)> {
        let text = |text: &str| text.to_owned();
        let all = [
            ("Addresses", Base::IpAddress, Key::SourceIp, self.cidrs.iter().map(|one| text(one.as_str())).collect::<Vec<_>>()),
            ("Vpcs", Base::StringEquals, Key::SourceVpc, self.vpcs.iter().map(|one| text(one.as_str())).collect()),
            ("Endpoints", Base::StringEquals, Key::SourceVpce, self.vpc_endpoints.iter().map(|one| text(one.as_str())).collect()),
        ];
        let named = all.into_iter().filter(|(.., values)| !values.is_empty());
        named.map(|(word, base, key, values)| (word, Condition::new(base, key, values))).collect()
    }

    /// Conditions that hold together for exactly the requests from none of the networks: negated operators hold on
    /// absent keys, and a request carries an address or a VPC, never both.
    pub fn none_of(&self) -> Vec<Condition> {
        let negated = |condition: Condition| {
            let base = if condition.key == Key::SourceIp { Base::NotIpAddress } else { Base::StringNotEquals };
            Condition { operator: base.into(), ..condition }
        };
        self.any_of().into_iter().map(|(_, condition)| negated(condition)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_addresses_but_not_all_of_them() {
        for good in ["203.0.113.0/24", "203.0.113.9", "2001:db8::/32", "10.0.0.0/8", "203.0.113.66/24"] {
            assert!(CidrBlock::check(good).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0/0", "::/0", "203.0.113.0/33", "203.0.113/24", "", "203.0.113.0/", "example.com"] {
            assert!(CidrBlock::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_say_what_they_are_of() {
        assert!(VpcId::check("vpc-0123abcd").is_ok() && VpcEndpointId::check("vpce-0a1b2c3d4e5f60718").is_ok());
        for bad in ["vpc-", "vpce-0123abcd", "vpc-0123ABCD", "vpc-0123abc"] {
            assert!(VpcId::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn alternatives_are_apart_and_their_absence_together() {
        let networks = Networks {
            cidrs: vec!["203.0.113.0/24".parse().unwrap()],
            vpcs: Vec::new(),
            vpc_endpoints: vec!["vpce-0a1b2c3d".parse().unwrap()],
        };
        assert_eq!(networks.any_of().iter().map(|(word, _)| *word).collect::<Vec<_>>(), ["Addresses", "Endpoints"]);
        let none = networks.none_of();
        let operators: Vec<_> = none.iter().map(|condition| condition.operator.to_string()).collect();
        assert_eq!(operators, ["NotIpAddress", "StringNotEquals"]);
    }
}
