//! Do expressions yield what the language says?

use proptest::prelude::*;

use crate::Budget;
use crate::sample::{PATIENT, yielded, yielded_within};

fn check(expression: &str, expected: &str) {
    assert_eq!(yielded(expression, PATIENT), expected, "{expression}");
}

/// Whether the expression fails, and its complaint says so much.
fn refuse(expression: &str, expected: &str) {
    let found = yielded(expression, PATIENT);
    assert!(found.starts_with("failure: ") && found.contains(expected), "{expression}: {found}");
}

fn check_all(cases: &[(&str, &str)]) {
    cases.iter().for_each(|(expression, expected)| check(expression, expected));
}

#[test]
fn paths_follow_elements_and_skip_what_is_absent() {
    check_all(&[
        ("name.given", "Peter, James, Jim"),
        ("Patient.name.given", "Peter, James, Jim"),
        ("Resource.id", "p1"),
        ("Bundle.id", ""),
        ("name.suffix", ""),
        ("name.nothing.at.all", ""),
        ("contained.id", "c"),
        ("contained.active", "false"),
        ("resourceType", ""),
    ]);
}

#[test]
fn choices_go_by_the_name_of_the_element_alone() {
    check_all(&[
        ("value.unit", "kg"),
        ("valueQuantity", ""),
        ("value is Quantity", "true"),
        ("value.ofType(string)", ""),
        ("extension.value is Age", "true"),
        ("extension.value is Quantity", "true"),
        ("extension.value as Quantity", "<Age>"),
        ("value is Age", "false"),
    ]);
}

#[test]
fn companions_are_parts_of_their_primitives() {
    check_all(&[
        ("birthDate.extension('http://e/time').value", "noon"),
        ("contact.name.family.id", "f"),
        ("contact.name.given", "<string without value>, Bénédicte"),
        ("contact.name.given.id", "g"),
        ("contact.name.given.hasValue()", "false"),
        ("contact.name.given.select(hasValue())", "false, true"),
        ("birthDate.getValue()", "1974-12-25"),
        ("contact.name.children().count()", "3"),
        ("extension('http://e/none')", ""),
    ]);
}

#[test]
fn logic_has_three_values() {
    let values = ["true", "false", "{}"];
    let tables = [
        ("and", ["true", "false", "", "false", "false", "false", "", "false", ""]),
        ("or", ["true", "true", "true", "true", "false", "", "true", "", ""]),
        ("xor", ["false", "true", "", "true", "false", "", "", "", ""]),
        ("implies", ["true", "false", "", "true", "true", "true", "true", "", ""]),
    ];
    for (operator, expected) in tables {
        let pairs = values.iter().flat_map(|left| values.iter().map(move |right| (left, right)));
        for ((left, right), expected) in pairs.zip(expected) {
            check(&format!("{left} {operator} {right}"), expected);
        }
    }
    check("{}.not()", "");
}

#[test]
fn one_item_stands_for_true_and_several_for_nothing() {
    check_all(&[
        ("'a' and true", "true"),
        ("id and active", "true"),
        ("id.not()", "false"),
        ("name.first().exists() and {}", ""),
        // What the first side decides is not asked of the second.
        ("false and name", "false"),
        ("true or name", "true"),
    ]);
    refuse("name and true", "2 items");
    refuse("name.not()", "2 items");
    refuse("name.given + 'x'", "3 items");
    refuse("-name", "2 items");
    refuse("name.given.single()", "3 items");
    refuse("name is HumanName", "2 items");
}

#[test]
fn equality_is_of_values_and_order_matters() {
    check_all(&[
        ("1 = 1.0", "true"),
        ("1 = 'a'", "false"),
        ("{} = 1", ""),
        ("name.given = name.given", "true"),
        ("(1|2) = (2|1)", "false"),
        ("(1|2) ~ (2|1)", "true"),
        ("{} ~ {}", "true"),
        ("'A' = 'a'", "false"),
        ("'A' ~ 'a'", "true"),
        ("1.10 ~ 1.1", "true"),
        ("@2012 = @2012-01", ""),
        ("@2012 ~ @2012-01", "false"),
        ("@2012-01-01T10:00Z = @2012-01-01T11:00+01:00", "true"),
        ("value = 1500 'g'", "true"),
        ("value != 1500 'g'", "false"),
        ("birthDate < @1975", "true"),
        ("birthDate < @1974", ""),
        ("@2018-03 < @2018-03-01", ""),
    ]);
    refuse("1 < 'a'", "compare");
}

#[test]
fn elements_are_compared_part_by_part() {
    check_all(&[
        ("period[0] = period[1]", "true"),
        ("period[0] ~ period[1]", "true"),
        ("name[0] = name[1]", "false"),
        ("name[0] ~ name[1]", "false"),
        ("name[0] = 'x'", "false"),
        ("period.distinct().count()", "1"),
        ("period.isDistinct()", "false"),
        ("(period | period).count()", "1"),
        ("period.combine(period).count()", "4"),
        // Each part is held against the part of the same name.
        ("name[0] ~ contact.name", "false"),
    ]);
}

#[test]
fn values_swapped_between_parts_are_not_alike() {
    let swapped = r#"{"resourceType":"Patient","period":[{"start":"2020","end":"2021"},{"start":"2021","end":"2020"},
        {"end":"2021","start":"2020"}]}"#;
    assert_eq!(yielded("period[0] ~ period[1]", swapped), "false");
    assert_eq!(yielded("period[0] ~ period[2]", swapped), "true");
    assert_eq!(yielded("period[0] = period[2]", swapped), "true");
}

#[test]
fn membership_looks_for_one_item_among_others() {
    check_all(&[
        ("'Jim' in name.given", "true"),
        ("name.given contains 'Bob'", "false"),
        ("'x' in {}", "false"),
        ("{} in name", ""),
        ("{} contains 'x'", "false"),
        ("'usual' in (name.use | id)", "true"),
    ]);
    refuse("name in name", "2 items");
}

#[test]
fn types_are_told_by_name_and_namespace() {
    check_all(&[
        ("active is boolean", "true"),
        ("active is Boolean", "false"),
        ("active is System.Boolean", "false"),
        ("true is Boolean", "true"),
        ("true is System.Boolean", "true"),
        ("true is FHIR.boolean", "false"),
        ("1 'mg' is Quantity", "true"),
        ("Patient is FHIR.Patient", "true"),
        ("id is string", "true"),
        ("id.type().name", "id"),
        ("id.type().namespace", "FHIR"),
        ("contact.type()", "FHIR.Patient.contact"),
        ("1.type()", "System.Integer"),
        ("'a'.ofType(String)", "a"),
        ("(1 | 'a' | true).ofType(Integer)", "1"),
        ("name.as(HumanName).use", "official, usual"),
        ("{}.is(string)", ""),
    ]);
    refuse("id.ofType(string1)", "string1");
    refuse("id is Other.string", "type");
}

#[test]
fn variables_are_seen_behind_their_definition_and_nowhere_else() {
    check_all(&[
        ("defineVariable('n', name.first()).select(%n.given)", "Peter, James"),
        ("name.defineVariable('all').first().select(%all.count())", "2"),
        ("defineVariable('a', 1) is Patient and true", "true"),
        ("name.select(defineVariable('u', use).select(%u))", "official, usual"),
        ("defineVariable('x', 1).select(%x) | defineVariable('x', 2).select(%x)", "1, 2"),
        ("%context.id", "p1"),
        ("contained.select(%resource.id)", "p1"),
        ("%ucum", "http://unitsofmeasure.org"),
        ("%`vs-name`", "http://hl7.org/fhir/ValueSet/name"),
        ("%'ext-name'", "http://hl7.org/fhir/StructureDefinition/name"),
        ("%vs-administrative-gender", "http://hl7.org/fhir/ValueSet/administrative-gender"),
    ]);
    refuse("defineVariable('x', 1).exists() and %x = 1", "%x");
    refuse("(defineVariable('x', 1) | id).select(%x)", "%x");
    refuse("defineVariable('x', 1).defineVariable('x', 2)", "again");
    refuse("defineVariable('context', 1)", "again");
    refuse("name.select(defineVariable('u', use)).select(%u)", "%u");
    refuse("%nobody", "nobody");
}

#[test]
fn functions_with_criteria_see_each_item_and_its_index() {
    check_all(&[
        ("name.where(use = 'usual').given", "Jim"),
        ("name.given.where($index > 0)", "James, Jim"),
        ("name.given.select($this + $index.toString())", "Peter0, James1, Jim2"),
        ("name.all(given.exists())", "true"),
        ("name.all(family.exists())", "false"),
        ("name.exists(use = 'usual')", "true"),
        ("name.exists(use = 'none')", "false"),
        ("{}.all(false)", "true"),
        ("name.given.aggregate($total + $this.length(), 0)", "13"),
        ("name.given.aggregate(iif($total.empty(), $this, $total & ' ' & $this))", "Peter James Jim"),
        ("where(active).id", "p1"),
    ]);
}

#[test]
fn subsets_keep_the_order() {
    check_all(&[
        ("name.given[0]", "Peter"),
        ("name.given[3]", ""),
        ("name.given[-1]", ""),
        ("name.given[{}]", ""),
        ("name.given.first()", "Peter"),
        ("name.given.last()", "Jim"),
        ("name.given.tail()", "James, Jim"),
        ("name.given.skip(-1)", "Peter, James, Jim"),
        ("name.given.skip(2)", "Jim"),
        ("name.given.take(0)", ""),
        ("name.given.take(2)", "Peter, James"),
        ("(1|2|3).intersect(3|2)", "2, 3"),
        ("(1|2|3).exclude(2)", "1, 3"),
        ("name.given.sort()", "James, Jim, Peter"),
        ("name.given.sort($this desc)", "Peter, Jim, James"),
        ("(3|1|2).sort(-$this)", "3, 2, 1"),
        ("name.sort(family, use asc).use", "usual, official"),
        ("(1|2).subsetOf(1|2|3)", "true"),
        ("(1|4).subsetOf(1|2|3)", "false"),
        ("(1|2|3).supersetOf(2)", "true"),
    ]);
    refuse("name.given['a']", "an Integer");
    refuse("(1 | 'a').sort()", "compare");
}

#[test]
fn trees_are_walked_once_and_to_the_end() {
    let nested = r#"{"resourceType":"Patient","extension":[{"url":"a","extension":[{"url":"b"},{"url":"c",
        "extension":[{"url":"b"}]}]}]}"#;
    for (expression, expected) in [
        ("repeat(extension).url", "a, b, c"),
        ("repeatAll(extension).url", "a, b, c, b"),
        ("descendants().ofType(Extension).count()", "4"),
        ("descendants().count()", "8"),
        ("extension.repeat(extension).count()", "2"),
        ("extension.repeat('x')", "x"),
    ] {
        assert_eq!(yielded(expression, nested), expected, "{expression}");
    }
}

#[test]
fn signs_bind_less_closely_than_functions() {
    check_all(&[
        ("-1.abs()", "-1"),
        ("(-1).abs()", "1"),
        ("-1 + 2", "1"),
        ("- - 1", "1"),
        ("+1", "1"),
        ("1 + 2 * 3", "7"),
        ("7 div 2 = 3 and 7 mod 2 = 1", "true"),
        ("1 / 0", ""),
        ("1 | 2 = 2 | 1", "false"),
        ("'a' & {} & 'b'", "ab"),
        ("'a' + {}", ""),
    ]);
    refuse("-'a'", "number");
    refuse("+'a'", "number");
}

#[test]
fn only_the_branch_that_is_taken_is_evaluated() {
    check_all(&[
        ("iif(true, 'yes', name.single())", "yes"),
        ("iif({}, 'yes', 'no')", "no"),
        ("iif(false, 'yes')", ""),
        ("name.given.first().iif($this = 'Peter', $this, 'no')", "Peter"),
        ("coalesce({}, id, name.single())", "p1"),
    ]);
    refuse("name.iif(true, 1)", "2 items");
}

#[test]
fn contained_resources_and_entries_of_bundles_are_resolved() {
    check_all(&[("link.resolve().id", "c"), ("'#c'.resolve().active", "false"), ("'#'.resolve().id", "p1")]);
    let bundle = r#"{"resourceType":"Bundle","entry":[
        {"fullUrl":"http://a/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Patient","id":"2"}}]}"#;
    for (expression, expected) in [
        ("'urn:uuid:2'.resolve().id", "2"),
        ("'Patient/1'.resolve().id", "1"),
        ("'http://a/Patient/1/_history/4'.resolve().id", "1"),
        ("'http://b/Patient/1'.resolve().id", ""),
        ("'1'.resolve().id", ""),
    ] {
        assert_eq!(yielded(expression, bundle), expected, "{expression}");
    }
}

#[test]
fn moments_are_the_same_throughout() {
    check_all(&[
        ("now()", "2020-01-01T00:00:00.000Z"),
        ("now() = now()", "true"),
        ("today()", "2020-01-01"),
        ("timeOfDay()", "00:00:00.000"),
        ("birthDate + 1 month", "1975-01-25"),
    ]);
}

#[test]
fn amounts_are_comparable_when_they_measure_the_same() {
    check_all(&[
        ("1 'cm'.comparable(1 '[in_i]')", "true"),
        ("1 'cm'.comparable(1 's')", "false"),
        ("{}.comparable(1 's')", ""),
        ("value.comparable(1 'g')", "true"),
    ]);
    refuse("1.comparable(1 's')", "Quantity");
}

#[test]
fn budgets_are_kept_to_the_step_and_the_item() {
    let within = |steps, items| yielded_within("(1|2|3).count()", PATIENT, Budget { steps, items });
    let enough = (0..100).find(|steps| within(*steps, 100) == "3").expect("few steps are enough");
    assert!(within(enough - 1, 100).contains("steps"));
    assert_eq!(within(enough, 3), "3");
    assert!(within(enough, 2).contains("items"));
}

#[test]
fn what_never_ends_is_ended() {
    let endless = yielded_within("repeatAll($this)", PATIENT, Budget { steps: 10_000, items: 1000 });
    assert!(endless.starts_with("failure: "), "{endless}");
    let grown = yielded("repeat('a' & $this.toString())", r#"{"resourceType":"Patient","id":"x"}"#);
    assert!(grown.starts_with("failure: ") || !grown.is_empty());
}

/// Small expressions of all kinds, nested at random.
fn expressions() -> impl Strategy<Value = String> {
    let leaves = [
        "1",
        "-2",
        "1.50",
        "'a'",
        "{}",
        "true",
        "@2020-01",
        "@T10:30",
        "3 'mg'",
        "2 days",
        "name",
        "name.given",
        "$this",
        "$index",
        "$total",
        "%resource",
        "birthDate",
        "value",
        "descendants()",
        "%none",
    ];
    let leaf = proptest::sample::select(leaves.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operators = [
            "+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "!~", "<", ">=", "in", "contains",
            "and", "or", "xor", "implies",
        ];
        let plain: Vec<&'static str> =
            crate::functions::ALL.iter().copied().flatten().map(|known| known.name).collect();
        prop_oneof![
            (inner.clone(), proptest::sample::select(operators.to_vec()), inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            (inner.clone(), proptest::sample::select(plain.clone()))
                .prop_map(|(input, name)| format!("({input}).{name}()")),
            (inner.clone(), proptest::sample::select(plain.clone()), inner.clone())
                .prop_map(|(input, name, argument)| format!("({input}).{name}({argument})")),
            (inner.clone(), proptest::sample::select(plain), inner.clone(), inner.clone())
                .prop_map(|(input, name, first, second)| format!("({input}).{name}({first}, {second})")),
            (inner.clone(), inner.clone()).prop_map(|(input, index)| format!("({input})[{index}]")),
            inner.prop_map(|input| format!("({input} as string)")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn evaluation_never_panics_and_ends_within_its_budget(expression in expressions()) {
        yielded_within(&expression, PATIENT, Budget { steps: 20_000, items: 2000 });
    }
}

#[test]
fn what_only_a_profile_tells_is_refused_where_nobody_knows_it() {
    refuse("name.elementDefinition()", "the definition of `Patient.name`");
    refuse("contact.name.family.elementDefinition()", "the definition of `HumanName.family`");
    refuse("contact.elementDefinition()", "the definition of `Patient.contact`");
    refuse("value.elementDefinition()", "the definition of `Patient.value[x]`");
    refuse("birthDate.elementDefinition()", "the definition of `Patient.birthDate`");
    refuse("elementDefinition()", "the definition of `Patient`");
    refuse("'a'.elementDefinition()", "of a value");
    refuse("slice('http://e/profile', 'a')", "the slices of `http://e/profile`");
    refuse("value.subsumes(extension.value)", "whether `kg` of");
    check_all(&[
        ("{}.elementDefinition()", ""),
        ("slice({}, 'a')", ""),
        ("{}.subsumes(value)", ""),
        ("name.given.memberOf('http://e/set')", ""),
        ("checkModifiers().id", "p1"),
    ]);
}
