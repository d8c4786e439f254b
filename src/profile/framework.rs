//! The frameworks that a profile can be held to, by name and version.

use serde::{Deserialize, Serialize};

macro_rules! frameworks {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $title:literal;)*) => {
        /// A framework of controls, in one version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline))]
        pub enum Framework { $($(#[$doc])* #[serde(rename = $name)] $variant),* }

        impl Framework {
            /// Every framework.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in profiles.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name by which it is published.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

frameworks! {
    /// AWS Foundational Security Best Practices.
    Fsbp = "fsbp", "AWS Foundational Security Best Practices";
    /// CIS AWS Foundations 3.0.
    CisAws3 = "cis-aws-3.0", "CIS AWS Foundations Benchmark 3.0";
    /// CIS AWS Foundations 4.0.
    CisAws4 = "cis-aws-4.0", "CIS AWS Foundations Benchmark 4.0";
    /// CIS AWS Foundations 5.0.
    CisAws5 = "cis-aws-5.0", "CIS AWS Foundations Benchmark 5.0";
    /// CIS AWS Foundations 6.0.
    CisAws6 = "cis-aws-6.0", "CIS AWS Foundations Benchmark 6.0";
    /// CIS AWS Foundations 7.0.
    CisAws7 = "cis-aws-7.0", "CIS AWS Foundations Benchmark 7.0";
    /// NIST SP 800-53 revision 5.
    Nist80053R5 = "nist-800-53-r5", "NIST SP 800-53 revision 5";
    /// PCI DSS 4.0.1.
    PciDss401 = "pci-dss-4.0.1", "PCI DSS 4.0.1";
}
