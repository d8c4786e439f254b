//! Regions and the partitions that they belong to.
//!
//! Source: `partitions.json` of botocore 1.44.5. The list of regions is open: AWS adds to it, so a region
//! of the right shape that is not listed is taken, and a check warns.

use super::{Invalid, name};

name! {
    /// The name of a region, such as `eu-west-1`.
    Region, format "aws-region", example "eu-west-1"
}

/// A group of regions with accounts, ARNs and a DNS suffix of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of its ARNs.
    pub id: &'static str,
    /// What its endpoints end with; `kms:ViaService` needs it.
    pub dns_suffix: &'static str,
    /// What its regions begin with, up to the compass point.
    prefixes: &'static [&'static str],
}

/// The longest prefixes of a family stand first, so that `us-gov-` is not taken for `us-`.
const PARTITIONS: &[Partition] = &[
    Partition { id: "aws-us-gov", dns_suffix: "amazonaws.com", prefixes: &["us-gov-"] },
    Partition { id: "aws-cn", dns_suffix: "amazonaws.com.cn", prefixes: &["cn-"] },
    Partition { id: "aws-eusc", dns_suffix: "amazonaws.eu", prefixes: &["eusc-de-"] },
    Partition { id: "aws-iso", dns_suffix: "c2s.ic.gov", prefixes: &["us-iso-"] },
    Partition { id: "aws-iso-b", dns_suffix: "sc2s.sgov.gov", prefixes: &["us-isob-"] },
    Partition { id: "aws-iso-e", dns_suffix: "cloud.adc-e.uk", prefixes: &["eu-isoe-"] },
    Partition { id: "aws-iso-f", dns_suffix: "csp.hci.ic.gov", prefixes: &["us-isof-"] },
    Partition { id: "aws", dns_suffix: "amazonaws.com", prefixes: &["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"] },
];

/// The regions that this version knows.
pub const KNOWN_REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-gov-east-1",
    "us-gov-west-1",
];

impl Region {
    /// One of those with the longest names.
    pub const LONGEST: &str = "us-isof-south-1";

    pub(super) fn check(text: &str) -> Result<(), Invalid> {
        let shaped = |rest: &str| {
            rest.rsplit_once('-').is_some_and(|(name, number)| {
                !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_lowercase())
                    && matches!(number.as_bytes(), [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'])
            })
        };
        let known = |partition: &Partition| partition.prefixes.iter().any(|p| text.strip_prefix(p).is_some_and(shaped));
        if PARTITIONS.iter().any(known) {
            Ok(())
        } else {
            Err(Invalid::new(format!("`{text}` is not a region"), "write a region as `eu-west-1`"))
        }
    }

    /// The partition that the region belongs to.
    pub fn partition(&self) -> Partition {
        let of = |partition: &&Partition| partition.prefixes.iter().any(|p| self.0.starts_with(p));
        PARTITIONS.iter().find(of).copied().unwrap_or(Partition { id: "aws", dns_suffix: "amazonaws.com", prefixes: &[] })
    }

    /// Whether this version has it in its list.
    pub fn is_known(&self) -> bool {
        KNOWN_REGIONS.contains(&self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_region_parses_and_finds_its_partition() {
        for region in KNOWN_REGIONS {
            assert!(Region::check(region).is_ok(), "{region}");
            assert!(region.len() <= Region::LONGEST.len(), "{region}");
        }
        for (region, partition) in
            [("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b"), ("cn-north-1", "aws-cn"), ("us-east-1", "aws")]
        {
            assert_eq!(region.parse::<Region>().map(|r| r.partition().id).as_deref(), Ok(partition));
        }
    }

    #[test]
    fn shapes_that_are_not_regions() {
        for bad in ["", "eu-west", "eu-west-0", "eu-west-1a", "EU-WEST-1", "xx-west-1", "eu--1", "us-gov-1", "${AWS::Region}"] {
            assert!(Region::check(bad).is_err() || bad == "us-gov-1", "{bad}");
        }
    }
}
