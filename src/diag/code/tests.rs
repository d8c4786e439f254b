//! Every code is told from the others by a word of the agreed form.

use super::*;

#[test]
fn every_code_is_a_unique_kebab_case_word_with_texts() {
    let mut seen = std::collections::BTreeSet::new();
    for code in Code::ALL {
        let info = code.info();
        assert!(seen.insert(info.name), "{} stands twice", info.name);
        assert!(info.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", info.name);
        assert!(!info.summary.ends_with('.') && info.explain.ends_with('.'), "{}: a line and sentences", info.name);
        assert_eq!(Code::by_name(info.name), Some(*code));
    }
}
