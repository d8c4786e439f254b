//! What names a trail and its key, held to what CloudTrail takes.

use super::*;

#[test]
fn a_trail_is_named_as_cloudtrail_wants_it() {
    for good in ["create", "none", "audit", "a.b_c-d", &"a".repeat(128)] {
        assert!(good.parse::<TrailChoice>().is_ok(), "{good}");
    }
    for bad in ["ab", &"a".repeat(129), "-audit", "audit.", "a--b", "a._b", "192.168.5.4", "a b", "arn:aws:cloudtrail:x", "trëil"] {
        assert!(bad.parse::<TrailChoice>().is_err(), "{bad}");
    }
}

#[test]
fn the_trail_of_a_bucket_has_a_name_that_cloudtrail_takes() {
    for bucket in ["acme", "acme--x", "a.-b-.c", &"a".repeat(63)] {
        let name = Trail::name_for(&bucket.parse().unwrap());
        assert!(name.parse::<TrailChoice>().is_ok(), "{name}");
    }
}

#[test]
fn a_key_is_named_by_its_own_arn() {
    assert!("arn:aws:kms:eu-west-1:111122223333:key/1234abcd".parse::<TrailKey>().is_ok());
    for bad in ["alias/x", "arn:aws:kms:eu-west-1:111122223333:alias/x", "create", ""] {
        assert!(bad.parse::<TrailKey>().is_err(), "{bad}");
    }
}
