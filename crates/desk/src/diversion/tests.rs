use std::collections::HashMap;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::clock::Timestamp;

/// Members in the order of joining.
fn members(count: usize) -> Vec<MemberId> {
    (0..count).map(|n| MemberId::new(Timestamp(1_700_000_000_000 + i64::try_from(n).unwrap()))).collect()
}

/// `(open, limit)` per member; the last assignee and the expected next as indexes.
#[rstest]
#[case::nobody(&[], None, None)]
#[case::first_of_all(&[(0, 3), (0, 3)], None, Some(0))]
#[case::the_next(&[(0, 3), (0, 3), (0, 3)], Some(0), Some(1))]
#[case::round_the_corner(&[(0, 3), (0, 3)], Some(1), Some(0))]
#[case::full_is_skipped(&[(0, 3), (3, 3), (2, 3)], Some(0), Some(2))]
#[case::all_full(&[(1, 1), (9, 3)], Some(0), None)]
#[case::limit_zero_gets_none(&[(0, 0), (0, 1)], Some(1), Some(1))]
#[case::only_the_last_has_room(&[(3, 3), (0, 3)], Some(1), Some(1))]
fn takes_turns(#[case] loads: &[(i64, i64)], #[case] last: Option<usize>, #[case] expected: Option<usize>) {
    let ids = members(loads.len());
    let candidates: Vec<_> =
        ids.iter().zip(loads).map(|(&member, &(open, limit))| Candidate { member, open, limit }).collect();
    assert_eq!(in_turn(&candidates, last.map(|n| ids[n])), expected.map(|n| ids[n]));
}

#[test]
fn a_last_assignee_who_is_gone_keeps_their_place_in_the_order() {
    let ids = members(3);
    let candidates: Vec<_> =
        [ids[0], ids[2]].into_iter().map(|member| Candidate { member, open: 0, limit: 3 }).collect();
    assert_eq!(in_turn(&candidates, Some(ids[1])), Some(ids[2]));
}

proptest! {
    #[test]
    fn without_exclusions_everyone_gets_the_same_within_one(count in 1usize..9, rounds in 1usize..60, start in 0usize..9) {
        let ids = members(count);
        let candidates: Vec<_> = ids.iter().map(|&member| Candidate { member, open: 0, limit: 1 }).collect();
        let mut last = ids.get(start).copied();
        let mut got: HashMap<MemberId, usize> = ids.iter().map(|&id| (id, 0)).collect();
        for _ in 0..rounds {
            let next = in_turn(&candidates, last).unwrap();
            *got.get_mut(&next).unwrap() += 1;
            last = Some(next);
        }
        let (least, most) = (got.values().min().unwrap(), got.values().max().unwrap());
        prop_assert!(most - least <= 1);
    }

    #[test]
    fn never_gives_to_someone_without_room(loads in prop::collection::vec((0i64..5, 0i64..5), 0..8), last in 0usize..8) {
        let ids = members(loads.len());
        let mut candidates: Vec<_> =
            ids.iter().zip(&loads).map(|(&member, &(open, limit))| Candidate { member, open, limit }).collect();
        let chosen = in_turn(&candidates, ids.get(last).copied());
        prop_assert_eq!(chosen.is_some(), candidates.iter().any(Candidate::has_room));
        if let Some(chosen) = chosen {
            prop_assert!(candidates.iter().find(|c| c.member == chosen).unwrap().has_room());
        }
        candidates.reverse();
        prop_assert_eq!(in_turn(&candidates, ids.get(last).copied()), chosen);
    }
}
