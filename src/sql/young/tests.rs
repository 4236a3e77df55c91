//! Do marks move as they should?

use model::Instant;
use search::{ParameterId, Part};

use super::*;

fn place(code: &str, resource: i64) -> Place {
    let key = Key(vec![Part::Text(code.into()), Part::Int(0)]);
    Place { tenant: 0, parameter: ParameterId(1), key, resource }
}

fn marks(young: &Young, marks: &[(&str, i64, Mark)]) -> Undo {
    let change = |(code, resource, mark): &(&str, i64, Mark)| {
        (Index::Tokens, entry_of(Index::Tokens, &place(code, *resource)), *mark)
    };
    young.mark(marks.iter().map(change).collect())
}

fn check(young: &Young, codes: &str, expected: &[i64]) {
    let range = Range::equal(Index::Tokens, ParameterId(1), vec![Part::Text(codes.into())]);
    let forwards = young.of((0, &range), (Direction::Forwards, None), 10);
    let found: Vec<_> = forwards.iter().map(|it| it.resource).collect();
    assert_eq!(found, expected, "forwards");
    let backwards = young.of((0, &range), (Direction::Backwards, None), 10);
    assert!(backwards.iter().rev().map(|it| it.resource).eq(expected.iter().copied()), "backwards");
}

#[test]
fn what_comes_is_found_and_what_goes_is_not() {
    let young = Young::new(10);
    marks(&young, &[("a", 2, Mark::Coming), ("a", 1, Mark::Coming), ("b", 3, Mark::Coming)]);
    check(&young, "a", &[1, 2]);
    marks(&young, &[("a", 1, Mark::Going)]);
    check(&young, "a", &[2]);
    assert_eq!(young.among([1, 2, 3, 4].into_iter()), [1, 2, 3]);
}

#[test]
fn what_failed_is_as_before() {
    let young = Young::new(10);
    marks(&young, &[("a", 1, Mark::Coming), ("a", 2, Mark::Going)]);
    let undo = marks(&young, &[("a", 1, Mark::Going), ("a", 2, Mark::Coming), ("a", 3, Mark::Coming)]);
    check(&young, "a", &[2, 3]);
    young.unmark(undo);
    check(&young, "a", &[1]);
    assert_eq!(young.count(), 2);
}

#[test]
fn a_round_brings_all_that_was_marked_when_it_began() {
    let young = Young::new(0);
    let mut round = Round::after(Instant(7));
    marks(&young, &[("a", 1, Mark::Coming), ("b", 2, Mark::Coming), ("c", 3, Mark::Coming)]);
    let chunk = young.next(&round, 2);
    assert_eq!((chunk.entries.len(), chunk.until), (2, None));
    young.settle(chunk, &mut round, Instant(8));
    // It comes behind those that went, and waits for the next round.
    marks(&young, &[("a", 4, Mark::Coming)]);
    // A commit that brings none does not begin the round anew.
    young.settle(young.next(&round, 0), &mut round, Instant(8));
    let chunk = young.next(&round, 2);
    assert_eq!((chunk.entries.len(), chunk.until), (1, Some(Instant(7))));
    young.settle(chunk, &mut round, Instant(9));
    let chunk = young.next(&round, 2);
    assert_eq!((chunk.entries.len(), chunk.until), (1, Some(Instant(9))));
    young.settle(chunk, &mut round, Instant(10));
    assert_eq!((young.count(), young.among([1, 2, 3, 4].into_iter())), (0, Vec::new()));
}

#[test]
fn only_what_is_more_than_may_stay_is_due() {
    let young = Young::new(2);
    marks(&young, &[("a", 1, Mark::Coming), ("b", 2, Mark::Coming)]);
    assert_eq!(young.due(), 0);
    marks(&young, &[("c", 3, Mark::Coming)]);
    assert_eq!(young.due(), 1);
}

#[test]
fn where_many_may_stay_some_more_wait_until_they_fill_a_statement() {
    let young = Young::new(2 * WAITING_SHARE);
    let all: Vec<_> = (1..=133).map(|resource| ("a", resource, Mark::Coming)).collect();
    marks(&young, &all[..129]);
    assert_eq!(young.due(), 0);
    marks(&young, &all[129..]);
    assert_eq!(young.due(), 4);
    let mut round = Round::after(Instant(7));
    young.settle(young.next(&round, young.due()), &mut round, Instant(8));
    assert_eq!((young.count(), young.due()), (129, 0));
}
