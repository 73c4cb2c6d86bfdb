//! Functions on addresses.

use std::net::IpAddr;

use model::Value;

use super::indicators::extracted_ips;
use super::{boolean, list as list_of, optional, pure, result, string};
use crate::builtin::arguments::{list, text};
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::network::{Cidr, forms, special_purpose};

pub(super) fn actions() -> Vec<Action> {
    let address = || string("ip", "An IPv4 or IPv6 address.");
    vec![
        pure(
            "extractIps",
            "Finds the IPv4 and IPv6 addresses in a text, each once, also defanged ones like 1.2.3[.]4.",
            vec![
                string("sourceString", "The text."),
                optional(boolean("publicOnly", "Whether to leave out private, loopback and other special addresses."))
                    .with_default(false),
            ],
            list_of("ips", "The addresses in the order of the text."),
            extract,
        ),
        pure(
            "isPrivateIp",
            "Says whether an address is not on the public internet.",
            vec![address()],
            boolean("result", "Whether it is private, loopback, link-local, documentation, multicast or the like."),
            |input| result("result", special_purpose(parsed(input)?).is_some()),
        ),
        pure(
            "describeIp",
            "Says what an address is.",
            vec![address()],
            Parameter::required(
                "description",
                Kind::Object,
                "The members ip (in its shortest form), version (4 or 6), private and purpose (null for public ones).",
            ),
            describe,
        ),
        pure(
            "isIpInCidr",
            "Says whether one of some ranges holds an address.",
            vec![address(), list_of("cidrs", "Ranges like 10.0.0.0/8 or fd00::/8, or single addresses.")],
            boolean("result", "Whether one does."),
            in_ranges,
        ),
    ]
}

fn parsed(input: &Value) -> Result<IpAddr, ActionError> {
    text(input, "ip")?.trim().parse().map_err(|_| ActionError::input("ip", "expected an IPv4 or IPv6 address"))
}

fn extract(input: &Value) -> Result<Value, ActionError> {
    let public_only = crate::builtin::arguments::flag(input, "publicOnly");
    let found = extracted_ips(text(input, "sourceString")?)
        .into_iter()
        .filter(|address| !public_only || special_purpose(*address).is_none())
        .map(|address| Value::from(address.to_string()));
    result("ips", found.collect::<Vec<_>>())
}

fn describe(input: &Value) -> Result<Value, ActionError> {
    let address = parsed(input)?;
    let purpose = special_purpose(address);
    let members = [
        ("ip", Value::from(address.to_string())),
        ("version", Value::int(if address.is_ipv4() { 4 } else { 6 })),
        ("private", Value::from(purpose.is_some())),
        ("purpose", purpose.map_or(Value::Null, Value::from)),
    ];
    result("description", Value::object(members))
}

fn in_ranges(input: &Value) -> Result<Value, ActionError> {
    let address = parsed(input)?;
    let mut found = false;
    for (index, range) in list(input, "cidrs")?.iter().enumerate() {
        let range: Cidr = range.as_str().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
            ActionError::input(&format!("cidrs[{index}]"), "expected an address or a range like 10.0.0.0/8")
        })?;
        found |= range.contains(address) || forms(address).any(|form| range.contains(form));
    }
    result("result", found)
}
