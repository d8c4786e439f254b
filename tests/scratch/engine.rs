/// The policies of a resource, to be changed.
fn documents(kind: &mut Kind) -> Vec<&mut Document> {
    match kind {
        Kind::BucketPolicy { document, .. } | Kind::TopicPolicy { document, .. } => vec![document],
        Kind::AccessPoint(point) => point.policy.iter_mut().collect(),
        Kind::Key(key) => vec![&mut key.policy],
        Kind::Role(role) => vec![&mut role.trust, &mut role.policy],
        Kind::ManagedPolicy(policy) => vec![&mut policy.document],
        _ => Vec::new(),
    }
}

/// Whether a proof has failed, with a request that the evaluator decides as the finding says, where a request shows it.
fn is_refuted(proof: &Proof<'_>) -> bool {
    let Verdict::Refuted { witness, .. } = &proof.verdict else { return false };
    let must_be_allowed = matches!(proof.guarantee, "no-lockout" | "grants-work");
    witness.as_ref().is_none_or(|witness| if must_be_allowed { witness.decision.is_denied() } else { witness.decision.is_allowed() })
}

/// The statements that nobody misses, and of which the product does not say so; and how many were looked at.
fn unnoticed(said: &Said, plan: &Plan, refuted: &mut BTreeSet<&'static str>) -> (Vec<String>, usize) {
    let found = proofs::run(&said.bench(plan), plan, said.more()).0;
    let dead: Vec<&Finding> = found.iter().filter(|finding| finding.code == Code::DeadStatement).collect();
    let (mut unnoticed, mut looked) = (Vec::new(), 0);
    for (at, resource) in plan.resources.iter().enumerate() {
        let counts: Vec<usize> = resource.kind.documents().map(|document| document.statements.len()).collect();
        for (place, number) in counts.into_iter().enumerate().flat_map(|(place, count)| (0..count).map(move |number| (place, number))) {
            let mut without = plan.clone();
            let dropped = documents(&mut without.resources[at].kind)[place].statements.remove(number);
            let sid = dropped.sid.as_deref().unwrap_or_default();
            let owner = if let Kind::BucketPolicy { bucket, .. } = &resource.kind { bucket } else { &resource.id };
            looked += 1;
            let named = dead.iter().any(|finding| finding.message.contains(&format!("`{sid}` in the policy of `{owner}`")));
            let in_depth = IN_DEPTH.iter().any(|(own, _)| *own == sid);
            if named || in_depth {
                continue;
            }
            let failed: Vec<&str> = proofs::prove(&said.bench(&without), &without, said.more())
                .iter()
                .filter(|proof| is_refuted(proof))
                .map(|proof| proof.guarantee)
                .collect();
            if failed.is_empty() {
                unnoticed.push(format!("{}: {sid}", resource.id));
            }
            refuted.extend(failed);
        }
    }
    (unnoticed, looked)
}

