//! Does a directory in the FDA's shape become the table that it tells of? Numbers and names are invented.

use crate::load::told::told;
use crate::load::{Defect, trial};

const PRODUCTS: &str =
    "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tNONPROPRIETARYNAME\tSTARTMARKETINGDATE\t\
ENDMARKETINGDATE\tNDC_EXCLUDE_FLAG\r
1\t0001-9902\tHUMAN\tFooday\tfoocillin\t20200131\t\tN\r
2\t99901-011\tHUMAN\t\tfoocillin\t20200131\t20210131\tI\r
";
const PACKAGES: &str =
    "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\tNDC_EXCLUDE_FLAG\r
1\t0001-9902\t0001-9902-03\t9 TABLET in 1 BOX\t20200131\tN\r
2\t99901-011\t99901-011-1\t1 VIAL\t20200131\tI\r
";

/// Holds what the table tells of a code against what is expected.
fn check(code: &str, expected: &str) {
    let files = [("product.txt", PRODUCTS), ("package.txt", PACKAGES)];
    let (name, tables, report) = trial::load_as(&files, Some("20300101")).expect("it is as it should be");
    assert_eq!((name, &*tables[0].about.version), ("NDC directory", "20300101"));
    assert_eq!((report.taken["products"], report.taken["packages"]), (2, 2));
    assert_eq!(told(&tables[0], code), expected);
}

#[test]
fn products_are_known_by_two_parts() {
    check(
        "0001-9902",
        "Fooday ; code-type=product ; product-type=HUMAN ; proprietary-name=Fooday ; \
         nonproprietary-name=foocillin ; start-marketing=2020-01-31",
    );
    check(
        "99901-011",
        "foocillin ; [inactive] ; code-type=product ; product-type=HUMAN ; nonproprietary-name=foocillin ; \
         start-marketing=2020-01-31 ; end-marketing=2021-01-31",
    );
}

#[test]
fn packages_are_known_by_ten_and_by_eleven_digits() {
    let rest = "product=0001-9902 ; start-marketing=2020-01-31";
    check("0001-9902-03", &format!("9 TABLET in 1 BOX ; code-type=10-digit ; code11=00001990203 ; {rest}"));
    check("00001990203", &format!("9 TABLET in 1 BOX ; code-type=11-digit ; code10=0001-9902-03 ; {rest}"));
    check(
        "99901001101",
        "1 VIAL ; [inactive] ; code-type=11-digit ; code10=99901-011-1 ; product=99901-011 ; \
         start-marketing=2020-01-31",
    );
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let refused = |products: &str, version| -> Result<(), Defect> {
        trial::load_as(&[("product.txt", products)], version).map(|_| ())
    };
    let message = refused(PRODUCTS, None).expect_err("no version").to_string();
    assert_eq!(message, "the directory does not tell how old it is: say --version with the day");
    let wrong = PRODUCTS.replace("99901-011", "99901");
    let message = refused(&wrong, Some("1")).expect_err("no product code").to_string();
    assert_eq!(message, "product.txt, line 3: `99901` is no product code such as 0001-0002");
}
