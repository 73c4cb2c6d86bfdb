//! Dates, times and durations.

use super::{check, check_cell, check_error, check_fault};

#[test]
fn literals_leave_as_iso_8601() {
    check(r#"date("2025-07-18")"#, r#""2025-07-18""#);
    check(r#"date and time("2025-07-18T14:44:46.735+08:00")"#, r#""2025-07-18T06:44:46.735Z""#);
    check(r#"date and time("2025-07-18")"#, r#""2025-07-18T00:00:00.000Z""#);
    check(r#"time("09:30:00")"#, r#""09:30:00""#);
    check(r#"time("09:30:00.250+02:00")"#, r#""07:30:00.25""#);
    check(r#"time("00:30:00+02:00")"#, r#""22:30:00""#);
    check(r#"duration("PT90M")"#, r#""PT1H30M""#);
    check(r#"duration("P1DT25H0.5S")"#, r#""P2DT1H0.5S""#);
    check(r#"duration("-PT5S")"#, r#""-PT5S""#);
    check(r#"duration("PT0S")"#, r#""PT0S""#);
    check(r#"duration("P2W")"#, r#""P14D""#);
    check(r#"duration("P18M")"#, r#""P1Y6M""#);
    check(r#"duration("-P12M")"#, r#""-P1Y""#);
    check(r#"duration("P0M")"#, r#""P0M""#);
    check(r#"[date("2025-07-18"), duration("PT4H")]"#, r#"["2025-07-18","PT4H"]"#);
}

#[test]
fn texts_beside_a_time_are_read_as_one() {
    for (cell, input, expected) in [
        (r#"< date("2025-01-01")"#, r#""2024-12-31T23:59:59Z""#, true),
        (r#"< date("2025-01-01")"#, r#""2025-01-01""#, false),
        (r#"date("2025-01-01")"#, r#""2025-01-01T00:00:00Z""#, true),
        (r#"[date("2025-01-01")..date("2025-02-01"))"#, r#""2025-01-31T23:00:00.000Z+0800""#, true),
        (r#"[date("2025-01-01")..date("2025-02-01"))"#, r#""2025-02-01T00:00:00""#, false),
        (r#">= date and time("2025-07-18T06:44:46Z")"#, "1752821086", true),
        (r#">= date and time("2025-07-18T06:44:46Z")"#, "1752821085999", false),
        (r#"> duration("PT4H")"#, r#""PT12H""#, true),
        (r#"> duration("PT4H")"#, r#""P1D""#, true),
        (r#"> duration("PT4H")"#, "14401", true),
        (r#"> duration("PT4H")"#, "14399.5", false),
        (r#"duration("P1Y")"#, r#""P12M""#, true),
        (r#"[time("08:00:00")..time("18:00:00")]"#, r#""09:15""#, true),
        (r#"[time("08:00:00")..time("18:00:00")]"#, r#""18:00:01""#, false),
        (r#"[time("08:00:00")..time("18:00:00")]"#, r#""09:00:00+02:00""#, false),
    ] {
        check_cell(cell, input, expected);
    }
    check(r#"alert.created > date and time("2025-07-18T06:44:46.734Z")"#, "true");
    check(r#"alert.lasted = duration("PT1H30M")"#, "true");
}

#[test]
fn what_is_no_such_time_matches_neither_a_test_nor_its_opposite() {
    for input in [r#""soon""#, r#""""#, "true", r#""PT5M""#, r#"["2020-01-01"]"#, "null", "1e300"] {
        check_cell(r#"< date("2025-01-01")"#, input, false);
        check_cell(r#"not(< date("2025-01-01"))"#, input, false);
    }
    // Years and months have no length in days.
    check_cell(r#"> duration("P30D")"#, r#""P2Y""#, false);
    check_cell(r#"< duration("P30D")"#, r#""P2Y""#, false);
    check_cell(r#"not(time("08:00:00"))"#, r#""2025-01-01""#, false);
    // Null is not unequal to be unknown: it is known to be something else.
    check_cell(r#"not(date("2025-01-01"))"#, "null", true);
    check(r#"date("2025-01-01") = duration("P1D")"#, "null");
}

#[test]
fn times_and_durations_add_up() {
    check(r#"date("2024-01-31") + duration("P1M")"#, r#""2024-02-29""#);
    check(r#"date("2024-03-01") - duration("P1D")"#, r#""2024-02-29""#);
    check(r#"date("2024-03-01") + duration("PT1H")"#, r#""2024-03-01T01:00:00.000Z""#);
    check(r#"duration("P1D") + date("2024-03-01")"#, r#""2024-03-02""#);
    check(r#"alert.created + duration("PT1H")"#, r#""2025-07-18T07:44:46.735Z""#);
    check(r#"alert.created - date and time("2025-07-18T06:44:46.735Z")"#, r#""PT0S""#);
    check(r#"date("2025-01-02") - date("2025-01-01")"#, r#""P1D""#);
    check(r#"time("23:30:00") + duration("PT1H")"#, r#""00:30:00""#);
    check(r#"time("00:30:00") - duration("PT1H")"#, r#""23:30:00""#);
    check(r#"time("10:00:00") - time("12:30:00")"#, r#""-PT2H30M""#);
    check(r#"duration("PT1H") + duration("PT30M")"#, r#""PT1H30M""#);
    check(r#"duration("P1Y") - duration("P1M")"#, r#""P11M""#);
    check(r#"alert.lasted + duration("PT30M")"#, r#""PT2H""#);
    check_fault(r#"duration("P1M") + duration("P1D")"#, "'+' cannot be applied to duration and duration at 1:19");
    check_fault(r#"date("2025-01-01") + date("2025-01-01")"#, "'+' cannot be applied to date and date at 1:22");
    check_fault(r#"duration("PT1H") * 2"#, "'*' cannot be applied to duration and number at 1:20");
    check_fault(r#"alert.severity + duration("PT1H")"#, "'+' cannot be applied to string and duration at 1:18");
    check_fault(r#"date("9999-12-01") + duration("P1Y")"#, "the time lies outside the supported range at 1:22");
    check_fault(
        r#"duration("PT9000000000000S") + duration("PT9000000000000S")"#,
        "the time lies outside the supported range at 1:32",
    );
}

#[test]
fn literals_that_are_no_times_are_refused_when_they_are_compiled() {
    check_error(r#"date("yesterday")"#, r#"cannot read 'yesterday' as date("2025-07-18") at 1:6"#);
    check_error(r#"date("2025-02-30")"#, r#"cannot read '2025-02-30' as date("2025-07-18") at 1:6"#);
    check_error(r#"date("2025-07-18T10:00:00")"#, r#"cannot read '2025-07-18T10:00:00' as date("2025-07-18") at 1:6"#);
    check_error(
        r#"duration("P1Y2D")"#,
        r#"cannot read 'P1Y2D' as duration("PT4H"), P1Y6M or P2DT12H; years and months do not mix with the rest at 1:10"#,
    );
    for text in ["", "P", "PT", "P1", "PT1", "P1DT", "1D", "PT1D", "P1H", "PT1M1H", "P1.5D", "PT1.5.5S", "PT.S", "P-1D"]
    {
        let found = crate::feel::Expression::compile(&format!("duration(\"{text}\")"));
        assert!(found.is_err(), "{text}");
    }
    for text in ["", "10", "25:00:00", "10:00:00@Europe/Paris", "2025-01-01", "noon"] {
        let found = crate::feel::Expression::compile(&format!("time(\"{text}\")"));
        assert!(found.is_err(), "{text}");
    }
    check_error("date(limit)", r#"date(…) takes one string, like date("2025-07-18") at 1:6"#);
    check_error("duration()", r#"duration(…) takes one string, like duration("PT4H") at 1:10"#);
    check_error(r#"time("10:00:00", 1)"#, "unexpected ',' at 1:16");
}
