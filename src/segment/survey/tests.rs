//! Surveys that were put together by hand: merged, damaged, and of other questions.

use super::*;

/// Some with a figure in a group and two features each.
fn survey(rows: &[(&str, i64, &str, [i64; 2])]) -> Survey {
    let mut survey = Survey {
        asked: numeric::digest(&1),
        at: Timestamp::from_millis(0),
        who: Vec::new(),
        rankings: vec![Column { names: Some(Vec::new()), ..Column::default() }],
        clusterings: vec![Table { width: 2, figures: Vec::new() }],
    };
    for (who, figure, group, features) in rows {
        let figures = vec![Some((*figure, Some(Arc::from(*group))))];
        let features = vec![Some(features.to_vec())];
        survey.push((*who).into(), Fed { figures, features });
    }
    survey.in_order()
}

fn two() -> Survey {
    survey(&[("ben", 3, "town", [1, 2]), ("ana", 4, "sea", [5, 6])])
}

#[test]
fn who_is_in_both_counts_once_whichever_comes_first() {
    let other = survey(&[("ben", 9, "hill", [0, 2]), ("cem", 1, "sea", [3, 3])]);
    let (mut one_way, mut other_way) = (two(), other.clone());
    one_way.merge(&other).unwrap();
    other_way.merge(&two()).unwrap();
    assert_eq!(one_way.who, ["ana", "ben", "cem"].map(Identifier::from));
    assert!(one_way == other_way);
    let group = |row: usize| one_way.rankings[0].get(row).unwrap().1.unwrap().to_string();
    assert_eq!([group(0), group(1), group(2)], ["sea", "town", "sea"]);
    let mut same = one_way.clone();
    same.merge(&two()).unwrap();
    assert!(same == one_way);
}

#[test]
fn who_lacks_a_feature_has_none() {
    let mut some = two();
    some.push("cem".into(), Fed { figures: vec![Some((1, None))], features: vec![None] });
    let some = some.in_order();
    assert_eq!(some.clusterings[0].get(1), Some(&[1, 2][..]));
    assert_eq!(some.clusterings[0].get(2), None);
    let mut nobody = two();
    nobody.push("dana".into(), Fed { figures: vec![None], features: vec![None] });
    assert!(nobody == two());
}

#[test]
fn other_columns_are_other_questions() {
    let mut wider = two();
    wider.clusterings[0] = Table { width: 1, figures: vec![1, 2] };
    assert!(two().merge(&wider).is_err());
    let mut alone = two();
    alone.rankings[0] = Column { figures: vec![3, 4], ..Column::default() };
    assert!(two().merge(&alone).is_err());
    assert!(two().merge(&Survey { at: Timestamp::from_millis(1), ..two() }).is_err());
}

#[test]
fn what_nobody_would_write_is_not_read() {
    assert!(Survey::from_bytes(&two().to_bytes()).unwrap() == two());
    let damages: [fn(&mut Survey); 9] = [
        |it| it.who.swap(0, 1),
        |it| it.who[1] = it.who[0].clone(),
        |it| _ = it.who.pop(),
        |it| _ = it.rankings[0].figures.pop(),
        |it| _ = it.rankings[0].groups.pop(),
        |it| it.rankings[0].groups[0] = 2,
        |it| it.rankings[0].names.iter_mut().for_each(|names| names.push("z".into())),
        |it| it.rankings[0].names = None,
        |it| _ = it.clusterings[0].figures.pop(),
    ];
    for (n, damage) in damages.into_iter().enumerate() {
        let mut damaged = two();
        damage(&mut damaged);
        assert!(Survey::from_bytes(&damaged.to_bytes()).is_err(), "{n}");
    }
}
