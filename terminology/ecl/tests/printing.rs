//! Is what is printed parsed to the same tree?

use proptest::prelude::*;

use crate::ecl::parse;
use crate::ecl::tree::{
    Acceptability, AcceptabilityWord, AttributeConstraint, Cardinality, Comparison, ConceptFilter, Concepts,
    Constraint, DefinitionStatus, DescriptionFilter, DescriptionType, Dialects, Direction, Equality, Fields,
    Filter, Focus, History, MemberFilter, Operand, Operator, Order, Reference, Refinement, RowFilter, Sctid,
    SearchMode, SearchTerm,
};

proptest! {
    #[test]
    fn what_is_printed_is_parsed_to_the_same(tree in constraint(operand().boxed())) {
        let written = tree.to_string();
        prop_assert_eq!(parse(&written).map_err(TestCaseError::fail)?, tree, "{}", written);
    }

    #[test]
    fn no_text_makes_the_parser_fail(text in "\\PC{0,60}") {
        _ = parse(&text);
    }

    #[test]
    fn no_shuffle_of_signs_makes_the_parser_fail(
        parts in prop::collection::vec(prop::sample::select(SIGNS), 0..30)
    ) {
        if let Ok(tree) = parse(&parts.join("")) {
            prop_assert_eq!(parse(&tree.to_string()), Ok(tree));
        }
    }
}

/// What expressions are made of, to be put together at random.
const SIGNS: &[&str] = &[
    "<", "<<", ">", "!", "!!>", "^", "*", "(", ")", "[", "]", "{", "}", "{{", "}}", "123456", "|a|", " ",
    ":", "=", "!=", ",", " AND ", " OR ", " MINUS ", ".", "#1", "\"a\"", "1..2", "R ", "term", "C ", "M ",
    "D ", "active", "true", "+HISTORY", "dialect", "en-us", "a#b", "/* */", "any", "memberOf", "é",
];

fn sctid() -> impl Strategy<Value = Sctid> {
    (100_000u64..999_999_999_999_999_999).prop_map(Sctid)
}

fn term() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[!-{}~é]([ -{}~é]{0,8}[!-{}~é])?")
}

fn reference() -> impl Strategy<Value = Reference> {
    (sctid(), term()).prop_map(|(id, term)| Reference { id, term })
}

fn equality() -> impl Strategy<Value = Equality> {
    prop_oneof![Just(Equality::Equal), Just(Equality::Unequal)]
}

fn order() -> impl Strategy<Value = Order> {
    use Order::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Unequal};
    prop::sample::select(vec![Equal, Unequal, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn search_terms() -> impl Strategy<Value = Vec<SearchTerm>> {
    let usual = prop_oneof![Just(SearchMode::Usual), Just(SearchMode::Match)];
    let usual = (usual, r#"[a-zé]([a-z é#]|\\"|\\\\){0,6}"#)
        .prop_filter("an identifier of another scheme", |(_, written)| !written.contains('#'))
        .prop_map(|(mode, written)| SearchTerm { mode, written });
    let wild =
        r#"([a-z *]|\\"|\\\\|\\\*){1,8}"#.prop_map(|written| SearchTerm { mode: SearchMode::Wild, written });
    prop::collection::vec(prop_oneof![usual, wild], 1..3)
}

fn days() -> impl Strategy<Value = Vec<Option<u32>>> {
    prop::collection::vec(prop::option::of(Just(20_200_131)), 1..3)
}

fn cardinality() -> impl Strategy<Value = Option<Cardinality>> {
    prop::option::of((0u32..5, prop::option::of(0u32..9)).prop_map(|(min, max)| Cardinality { min, max }))
}

fn operator() -> impl Strategy<Value = Option<Operator>> {
    use Operator::{
        AncestorOf, AncestorOrSelfOf, Bottom, ChildOf, ChildOrSelfOf, DescendantOf, DescendantOrSelfOf,
        ParentOf, ParentOrSelfOf, Top,
    };
    let all = vec![
        DescendantOf,
        DescendantOrSelfOf,
        ChildOf,
        ChildOrSelfOf,
        AncestorOf,
        AncestorOrSelfOf,
        ParentOf,
        ParentOrSelfOf,
        Top,
        Bottom,
    ];
    prop::option::of(prop::sample::select(all))
}

fn concepts(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = Concepts> {
    prop_oneof![
        operand.prop_map(|operand| Concepts::Of(Box::new(operand))),
        prop::collection::vec(reference(), 2..4).prop_map(Concepts::These),
    ]
}

fn row_filter(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = RowFilter> {
    prop_oneof![
        (equality(), concepts(operand)).prop_map(|(equality, of)| RowFilter::Module(equality, of)),
        (order(), days()).prop_map(|(order, days)| RowFilter::EffectiveTime(order, days)),
        (equality(), prop::option::of(any::<bool>()))
            .prop_map(|(equality, it)| RowFilter::Active(equality, it)),
    ]
}

fn acceptability() -> impl Strategy<Value = Option<Acceptability>> {
    let word = prop_oneof![Just(AcceptabilityWord::Acceptable), Just(AcceptabilityWord::Preferred)];
    prop::option::of(prop_oneof![
        prop::collection::vec(word, 1..3).prop_map(Acceptability::Words),
        prop::collection::vec(reference(), 1..3).prop_map(Acceptability::Ids),
    ])
}

fn dialects(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = Dialects> {
    let alias = ("[a-z]{2}(-[a-z0-9]{1,3})?", acceptability());
    // A list in brackets is one of references.
    let is_list = |operand: &Operand| {
        operand.operator.is_none() && operand.member_of.is_none() && matches!(operand.focus, Focus::Nested(_))
    };
    prop_oneof![
        (prop::collection::vec(alias, 1..3), acceptability())
            .prop_map(|(it, all)| Dialects::Aliases(it, all)),
        (prop::collection::vec((reference(), acceptability()), 1..3), acceptability())
            .prop_map(|(it, all)| Dialects::Ids(it, all)),
        (operand.prop_filter("a list", move |it| !is_list(it)), acceptability())
            .prop_map(|(it, all)| Dialects::Of(Box::new(it), all)),
    ]
}

fn description_filter(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = DescriptionFilter> {
    use DescriptionFilter as Is;
    let kinds =
        vec![DescriptionType::Synonym, DescriptionType::FullySpecifiedName, DescriptionType::Definition];
    let kinds = prop::collection::vec(prop::sample::select(kinds), 1..3);
    prop_oneof![
        (equality(), search_terms()).prop_map(|(equality, it)| Is::Term(equality, it)),
        (equality(), prop::collection::vec("[a-z]{2}", 1..3)).prop_map(|(it, all)| Is::Language(it, all)),
        (equality(), kinds).prop_map(|(equality, it)| Is::Type(equality, it)),
        (equality(), concepts(operand.clone())).prop_map(|(equality, it)| Is::TypeId(equality, it)),
        (equality(), dialects(operand.clone())).prop_map(|(equality, it)| Is::Dialect(equality, it)),
        (equality(), prop::collection::vec(sctid(), 1..3)).prop_map(|(equality, it)| Is::Id(equality, it)),
        row_filter(operand).prop_map(Is::Row),
    ]
}

fn concept_filter(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = ConceptFilter> {
    let statuses = vec![DefinitionStatus::Primitive, DefinitionStatus::Defined];
    let statuses = prop::collection::vec(prop::sample::select(statuses), 1..3);
    prop_oneof![
        (equality(), statuses).prop_map(|(equality, it)| ConceptFilter::DefinitionStatus(equality, it)),
        (equality(), concepts(operand.clone()))
            .prop_map(|(equality, it)| ConceptFilter::DefinitionStatusId(equality, it)),
        row_filter(operand).prop_map(ConceptFilter::Row),
    ]
}

fn comparison(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = Comparison> {
    prop_oneof![
        (equality(), operand).prop_map(|(equality, it)| Comparison::Concepts(equality, it)),
        (order(), "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,3})?")
            .prop_map(|(order, it)| Comparison::Number(order, it)),
        (equality(), search_terms()).prop_map(|(equality, it)| Comparison::Text(equality, it)),
        (equality(), any::<bool>()).prop_map(|(equality, it)| Comparison::Boolean(equality, it)),
    ]
}

fn member_filter(operand: BoxedStrategy<Operand>) -> impl Strategy<Value = MemberFilter> {
    let day = prop::sample::select(vec![Order::Less, Order::GreaterOrEqual]);
    let day = (day, days()).prop_map(|(order, days)| Comparison::Time(order, days));
    let value = prop_oneof![comparison(operand.clone()), day];
    prop_oneof![
        ("[b-d][A-Za-z]{2,6}", value).prop_map(|(name, it)| MemberFilter::Field(name, it)),
        row_filter(operand).prop_map(MemberFilter::Row),
    ]
}

fn refinement(operand: BoxedStrategy<Operand>) -> BoxedStrategy<Refinement> {
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Reverse)];
    let attribute = (cardinality(), direction, operand.clone(), comparison(operand)).prop_map(
        |(cardinality, direction, name, comparison)| {
            Refinement::Attribute(Box::new(AttributeConstraint { cardinality, direction, name, comparison }))
        },
    );
    let joined = |part: BoxedStrategy<Refinement>| {
        prop_oneof![
            3 => part.clone(),
            1 => prop::collection::vec(part.clone(), 2..4).prop_map(Refinement::And),
            1 => prop::collection::vec(part, 2..4).prop_map(Refinement::Or),
        ]
        .boxed()
    };
    let set = joined(joined(attribute.boxed()));
    let group =
        (cardinality(), set.clone()).prop_map(|(it, inner)| Refinement::Group(it, Box::new(inner))).boxed();
    joined(joined(prop_oneof![set, group].boxed()))
}

fn constraint(operand: BoxedStrategy<Operand>) -> BoxedStrategy<Constraint> {
    let several = prop::collection::vec(operand.clone(), 2..4);
    prop_oneof![
        operand.clone().prop_map(Constraint::Plain),
        several.clone().prop_map(Constraint::And),
        several.prop_map(Constraint::Or),
        (operand.clone(), operand.clone()).prop_map(|(left, right)| Constraint::Minus(left, right)),
        (operand.clone(), refinement(operand.clone())).prop_map(|(of, it)| Constraint::Refined(of, it)),
        (operand.clone(), prop::collection::vec(operand, 1..3))
            .prop_map(|(of, it)| Constraint::Dotted(of, it)),
    ]
    .boxed()
}

fn operand() -> impl Strategy<Value = Operand> {
    let plain = prop_oneof![
        reference().prop_map(Focus::Concept),
        Just(Focus::Any),
        ("[A-Z][A-Za-z0-9-]{0,4}", "[A-Za-z0-9._ -]{1,6}", term())
            .prop_map(|(scheme, code, term)| Focus::Alternate { scheme, code, term }),
    ];
    let plain = plain.prop_map(Operand::new);
    plain.prop_recursive(2, 24, 4, |inner| {
        let inner = inner.boxed();
        let focus = prop_oneof![
            reference().prop_map(Focus::Concept),
            constraint(inner.clone()).prop_map(|inner| Focus::Nested(Box::new(inner))),
        ];
        let fields = prop_oneof![
            Just(Fields::Referenced),
            Just(Fields::All),
            prop::collection::vec("[A-Za-z]{1,5}", 1..3).prop_map(Fields::Named),
        ];
        let fields = fields.prop_filter(
            "a word of its own",
            |it| !matches!(it, Fields::Named(names) if names.iter().any(|it| it.eq_ignore_ascii_case("any"))),
        );
        let filter = prop_oneof![
            prop::collection::vec(description_filter(inner.clone()), 1..3).prop_map(Filter::Description),
            prop::collection::vec(concept_filter(inner.clone()), 1..3).prop_map(Filter::Concept),
        ];
        let members = prop::collection::vec(member_filter(inner.clone()), 1..3);
        let history = prop_oneof![
            Just(History::Min),
            Just(History::Mod),
            Just(History::Max),
            constraint(inner).prop_map(|inner| History::In(Box::new(inner))),
        ];
        let parts = (
            operator(),
            prop::option::of(fields),
            focus,
            prop::collection::vec(members, 0..2),
            prop::collection::vec(filter, 0..2),
            prop::option::of(history),
        );
        parts.prop_map(|(operator, member_of, focus, members, filters, history)| Operand {
            operator,
            member_of,
            focus,
            members,
            filters,
            history,
        })
    })
}
