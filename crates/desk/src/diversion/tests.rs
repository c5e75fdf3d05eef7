use std::collections::HashMap;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::clock::Timestamp;

use Diversion::{InTurn, LeastBusy, OnlineFirst};
use Status::{Busy, Offline, Online};

/// Members in the order of joining.
fn members(count: usize) -> Vec<MemberId> {
    (0..count).map(|n| MemberId::new(Timestamp(1_700_000_000_000 + i64::try_from(n).unwrap()))).collect()
}

/// Status, connected, open, limit, passed.
type Given = (Status, bool, i64, i64, bool);

fn case<'a>(rule: Diversion, ids: &[MemberId], given: &[Given], last: Option<usize>) -> Case<'a> {
    let candidate = |(&member, &(status, connected, open, limit, passed))| Candidate {
        member,
        name: "",
        status,
        connected,
        open,
        limit,
        passed,
    };
    let last = last.map(|n| MemberRef { id: ids[n], name: String::new() });
    Case { rule, last, served_last: None, candidates: ids.iter().zip(given).map(candidate).collect() }
}

fn chosen(case: &Case) -> Option<MemberId> {
    choose(case).chosen.map(|it| it.member)
}

#[rstest]
#[case::nobody(InTurn, &[], None, None)]
#[case::first_of_all(InTurn, &[(Online, false, 0, 3, false), (Online, false, 0, 3, false)], None, Some(0))]
#[case::the_next(InTurn, &[(Online, false, 0, 3, false); 3], Some(0), Some(1))]
#[case::round_the_corner(InTurn, &[(Online, false, 0, 3, false); 2], Some(1), Some(0))]
#[case::full_is_skipped(InTurn, &[(Online, true, 0, 3, false), (Online, true, 3, 3, false), (Online, true, 2, 3, false)], Some(0), Some(2))]
#[case::all_full(InTurn, &[(Online, true, 1, 1, false), (Online, true, 9, 3, false)], Some(0), None)]
#[case::limit_zero_gets_none(InTurn, &[(Online, true, 0, 0, false), (Online, true, 0, 1, false)], Some(1), Some(1))]
#[case::only_the_last_has_room(InTurn, &[(Online, true, 3, 3, false), (Online, true, 0, 3, false)], Some(1), Some(1))]
#[case::who_is_online_counts(InTurn, &[(Busy, true, 0, 3, false), (Offline, true, 0, 3, false), (Online, false, 0, 3, false)], None, Some(2))]
#[case::nobody_is_online(InTurn, &[(Busy, true, 0, 3, false), (Offline, true, 0, 3, false)], None, None)]
#[case::connected_first(OnlineFirst, &[(Online, false, 0, 3, false), (Online, true, 2, 3, false)], None, Some(1))]
#[case::somebody_busy_is_there(OnlineFirst, &[(Online, false, 0, 3, false), (Busy, true, 0, 3, false)], None, None)]
#[case::somebody_full_is_there(OnlineFirst, &[(Online, false, 0, 3, false), (Online, true, 3, 3, false)], None, None)]
#[case::nobody_is_there(OnlineFirst, &[(Offline, false, 0, 3, false), (Online, false, 0, 3, false)], Some(1), Some(0))]
#[case::offline_and_connected_is_not_there(OnlineFirst, &[(Offline, true, 0, 3, false), (Online, false, 3, 3, false)], None, Some(0))]
#[case::busy_never_gets_one(OnlineFirst, &[(Busy, false, 0, 3, false), (Offline, false, 0, 3, false)], None, Some(1))]
#[case::nobody_there_all_busy(OnlineFirst, &[(Busy, false, 0, 3, false)], None, None)]
#[case::nobody_there_all_full(OnlineFirst, &[(Offline, false, 3, 3, false)], None, None)]
#[case::fewest(LeastBusy, &[(Online, true, 2, 5, false), (Online, true, 1, 5, false)], None, Some(1))]
#[case::relative_to_the_limit(LeastBusy, &[(Online, true, 1, 2, false), (Online, true, 4, 10, false)], None, Some(1))]
#[case::ties_in_turn(LeastBusy, &[(Online, true, 1, 2, false), (Online, true, 2, 4, false), (Online, true, 0, 0, false)], Some(0), Some(1))]
#[case::must_be_connected(LeastBusy, &[(Online, false, 0, 5, false), (Online, true, 4, 5, false)], None, Some(1))]
#[case::never_falls_back(LeastBusy, &[(Online, false, 0, 5, false), (Offline, false, 0, 5, false)], None, None)]
#[case::passed_gives_way(InTurn, &[(Online, true, 0, 3, true), (Online, true, 0, 3, false)], Some(1), Some(1))]
#[case::all_passed_begins_anew(InTurn, &[(Online, true, 0, 3, true), (Online, true, 0, 3, true)], Some(0), Some(1))]
#[case::who_could_not_is_no_round(InTurn, &[(Online, true, 0, 3, true), (Busy, true, 0, 3, false)], Some(0), Some(0))]
#[case::passed_gives_way_to_more_load(LeastBusy, &[(Online, true, 0, 3, true), (Online, true, 2, 3, false)], None, Some(1))]
fn who_gets_it(
    #[case] rule: Diversion,
    #[case] given: &[Given],
    #[case] last: Option<usize>,
    #[case] expected: Option<usize>,
) {
    let ids = members(given.len());
    assert_eq!(chosen(&case(rule, &ids, given, last)), expected.map(|n| ids[n]));
}

#[test]
fn a_last_assignee_who_is_gone_keeps_their_place_in_the_order() {
    let ids = members(3);
    let mut case = case(InTurn, &ids, &[(Online, true, 0, 3, false); 3], Some(1));
    case.candidates.remove(1);
    assert_eq!(chosen(&case), Some(ids[2]));
}

#[rstest]
#[case::they_go_first((Online, true, 2, 3, false), Some(2), "served_last")]
#[case::unless_busy((Busy, true, 2, 3, false), Some(1), "in_turn")]
#[case::unless_full((Online, true, 3, 3, false), Some(1), "in_turn")]
#[case::unless_they_let_it_pass((Online, true, 2, 3, true), Some(1), "in_turn")]
fn who_served_the_customer_last(#[case] given: Given, #[case] expected: Option<usize>, #[case] reason: &str) {
    let (ids, free) = (members(3), (Online, true, 0, 3, false));
    let mut case = case(InTurn, &ids, &[free, free, given], Some(0));
    case.served_last = Some(ids[2]);
    let answer = choose(&case);
    assert_eq!((answer.chosen.map(|it| it.member), answer.reason()), (expected.map(|n| ids[n]), reason));
    let why = answer.why().unwrap();
    assert_eq!((why.served_last, why.after.is_none()), (reason == "served_last", reason == "served_last"));
}

#[test]
fn the_record_says_who_was_passed_over_and_why() {
    let given = [
        (Online, true, 1, 3, false),
        (Busy, true, 0, 3, false),
        (Offline, true, 0, 3, false),
        (Online, false, 0, 3, false),
        (Online, true, 3, 3, false),
        (Online, true, 0, 3, true),
        (Online, true, 2, 3, false),
    ];
    let ids = members(given.len());
    let case = case(OnlineFirst, &ids, &given, Some(0));
    let why = choose(&case).why().unwrap();
    let reasons: Vec<_> = why.passed.iter().map(|it| (it.member.id, it.reason.as_str())).collect();
    let expected = ["busy", "offline", "not_connected", "at_limit", "not_taken_up"];
    assert_eq!(reasons, ids[1..6].iter().copied().zip(expected).collect::<Vec<_>>());
    assert_eq!((why.open, why.limit, why.after.map(|it| it.id)), (2, 3, Some(ids[0])));
    // A hundred who are away are not named each time.
    let ids = members(100);
    let mut away = vec![(Offline, false, 0, 3, false); 99];
    away.push((Online, false, 0, 3, false));
    assert_eq!(choose(&self::case(InTurn, &ids, &away, None)).why().unwrap().passed.len(), NAMED);
}

fn anyone() -> impl Strategy<Value = Given> {
    let status = prop_oneof![3 => Just(Online), 1 => Just(Busy), 1 => Just(Offline)];
    (status, any::<bool>(), 0i64..5, 0i64..5, any::<bool>())
}

fn any_rule() -> impl Strategy<Value = Diversion> {
    prop_oneof![Just(InTurn), Just(OnlineFirst), Just(LeastBusy)]
}

proptest! {
    #[test]
    fn without_exclusions_everyone_gets_the_same_within_one(
        rule in any_rule(), count in 1usize..9, rounds in 1usize..60, from in 0usize..60, start in 0usize..9,
    ) {
        let ids = members(count);
        let mut case = case(rule, &ids, &vec![(Online, true, 0, 1, false); count], None);
        case.last = ids.get(start).map(|&id| MemberRef { id, name: String::new() });
        let mut got: HashMap<MemberId, usize> = ids.iter().map(|&id| (id, 0)).collect();
        for round in 0..rounds {
            let next = chosen(&case).unwrap();
            // Any window, not only those from the beginning on.
            if round >= from {
                *got.get_mut(&next).unwrap() += 1;
            }
            case.last = Some(MemberRef { id: next, name: String::new() });
        }
        let (least, most) = (got.values().min().unwrap(), got.values().max().unwrap());
        prop_assert!(most - least <= 1);
    }

    #[test]
    fn only_who_is_available_gets_one_and_always_somebody_if_anybody_is(
        rule in any_rule(), given in prop::collection::vec(anyone(), 0..8), last in 0usize..8, preferred in 0usize..8,
    ) {
        let ids = members(given.len());
        let mut case = case(rule, &ids, &given, Some(last).filter(|&n| n < ids.len()));
        case.served_last = ids.get(preferred).copied();
        let connected = given.iter().any(|it| it.1 && it.0 != Offline);
        let available = |&(status, connected_too, open, limit, _): &Given| {
            let there = match rule {
                InTurn => status == Online,
                OnlineFirst if connected => status == Online && connected_too,
                OnlineFirst => status != Busy,
                LeastBusy => status == Online && connected_too,
            };
            there && open < limit
        };
        let answer = choose(&case);
        prop_assert_eq!(answer.chosen.is_some(), given.iter().any(available));
        prop_assert_eq!(answer.verdicts.len(), given.len());
        if let Some(chosen) = answer.chosen {
            let it = given[ids.iter().position(|&id| id == chosen.member).unwrap()];
            prop_assert!(available(&it) && it.0 != Busy && it.2 < it.3);
            // Who let it pass gets it only when all did who could.
            prop_assert_eq!(it.4, given.iter().filter(|it| available(it)).all(|it| it.4));
            prop_assert_eq!(answer.fallback, rule == OnlineFirst && !connected);
        }
        let mut turned = case.clone();
        turned.candidates.reverse();
        prop_assert_eq!(chosen(&turned), answer.chosen.map(|it| it.member), "the order they come in is nothing");
    }

    #[test]
    fn the_least_busy_is_the_least_busy(given in prop::collection::vec(anyone(), 1..8), last in 0usize..8) {
        let ids = members(given.len());
        let case = case(LeastBusy, &ids, &given, Some(last).filter(|&n| n < ids.len()));
        let answer = choose(&case);
        if let Some(chosen) = answer.chosen {
            for (other, verdict) in answer.verdicts.iter().filter(|(_, it)| *it == Verdict::Could) {
                prop_assert!(chosen.open * other.limit <= other.open * chosen.limit, "{:?} {:?}", other, verdict);
            }
        }
    }
}
