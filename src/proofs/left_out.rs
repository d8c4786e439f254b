//! What a proof does not speak of, in words: it is printed with every answer.
//!
//! In: a question. Out: sentences without their stops. Never: a decision.

use crate::verify::prove::Question;

/// Whom a question leaves out, and what it can say nothing about.
pub fn left_out(question: &Question) -> Vec<String> {
    let principals = |all: &[String]| all.iter().map(|one| format!("{one} is excepted")).collect::<Vec<_>>();
    let services = "calls of AWS services on their own behalf, whose network and TLS keys are redacted, are left out".to_owned();
    let mut all = Vec::new();
    match question {
        Question::TlsOnly { .. } | Question::TlsVersion { .. } => {
            all.push(services);
            if !matches!(question, Question::TlsOnly { minimum: None }) {
                let silent = crate::verify::prove::SILENT.join(" and ");
                all.push(format!("AWS lists no version of TLS for {silent}; there plain HTTP alone is ruled out"));
                all.push("actions that S3 adds later are taken to carry the version of TLS, as all others do".to_owned());
            }
        }
        Question::OnlyNetworks { services: spared, forwarded, principals: excepted, repairers, .. } => {
            all.extend(spared.then_some(services));
            all.extend(forwarded.then(|| "calls that AWS services forward for a caller are left out".to_owned()));
            all.extend(principals(excepted));
            all.extend(repairers.iter().map(|one| format!("{one} may repair the bucket policy from anywhere")));
        }
        Question::MfaEnforced { except, .. } | Question::AccessPointOnly { except, .. } => {
            if let Question::MfaEnforced { repairers, .. } = question {
                all.extend(repairers.iter().map(|one| format!("{one} may repair the bucket policy without MFA")));
            }
            all.push("calls of AWS services on their own behalf are left out".to_owned());
            all.extend(principals(except));
        }
        Question::PresignedBounded { repairers, .. } => {
            all.extend(repairers.iter().map(|one| format!("{one} may repair the bucket policy by presigned requests")));
            let silent = crate::verify::prove::SILENT.join(" and ");
            all.push(format!("AWS lists no key about signatures for {silent}, which are left out"));
            all.push("actions that S3 adds later are taken to carry the keys about signatures, as all others do".to_owned());
        }
        Question::OnlyListedPrincipals { .. } => all.push("whom the bucket's own access control list names is left out".to_owned()),
        Question::NoPublicAccess => all.push("what grants to everyone let in is left out".to_owned()),
        Question::PointAddresses { .. } => all.push("actions that manage the access point are left out".to_owned()),
        Question::Denied { repairers, .. } => {
            all.extend(repairers.iter().map(|one| format!("{one} may repair the bucket policy in spite of every deny")));
        }
        Question::Granted { .. } => all.push("what a deny of the profile takes away is left out".to_owned()),
        Question::EncryptedAsDeclared { algorithm, key, sse_c_blocked } => {
            if algorithm.is_some() || key.is_some() {
                all.push("a replica or a change of encryption that names KMS is taken to name a key, as S3 asks for it".to_owned());
            }
            if *sse_c_blocked {
                all.push("replicas of objects under a key that their writer brought along are left to the bucket's setting".to_owned());
            }
        }
        Question::OnlyPrincipals { .. } | Question::Held { .. } => {}
    }
    all
}
