//! Addresses and networks.

use std::net::IpAddr;

use model::Value;

use super::convert::excerpt;
use super::{Call, Function};
use crate::Fault;

pub(super) const FUNCTIONS: [Function; 1] = [Function::new("inCidr", "inCidr(ip, network)", 2..=2, in_cidr)];

/// False for a text that is no address, since fields often hold host names, too.
fn in_cidr(call: &mut Call<'_>) -> Result<Value, Fault> {
    let network = call.text_at(1)?;
    let Some((base, bits)) = parse_network(network) else {
        return Err(call.fault(&format!("cannot read '{}' as a network like 10.0.0.0/8", excerpt(network))));
    };
    let address = call.text()?.and_then(|text| parse_address(text.trim()));
    Ok(Value::Bool(match (address, base) {
        (Some(IpAddr::V4(address)), IpAddr::V4(base)) => {
            u32::from(address).checked_shr(32 - bits) == u32::from(base).checked_shr(32 - bits)
        }
        (Some(IpAddr::V6(address)), IpAddr::V6(base)) => {
            u128::from(address).checked_shr(128 - bits) == u128::from(base).checked_shr(128 - bits)
        }
        (Some(IpAddr::V4(_) | IpAddr::V6(_)) | None, IpAddr::V4(_) | IpAddr::V6(_)) => false,
    }))
}

/// An IPv4 address mapped into IPv6 is the IPv4 address.
fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A network's address and the length of its prefix; an address alone is a network of one.
fn parse_network(text: &str) -> Option<(IpAddr, u32)> {
    let text = text.trim();
    let Some((base, bits)) = text.split_once('/') else {
        let base = parse_address(text)?;
        return Some((base, width(base)));
    };
    let written: IpAddr = base.parse().ok()?;
    let bits = bits.parse::<u32>().ok().filter(|bits| *bits <= width(written))?;
    let base = written.to_canonical();
    // A mapped network keeps what is left of its prefix behind the 96 bits of the mapping.
    let bits = if width(base) < width(written) { bits.checked_sub(96)? } else { bits };
    Some((base, bits))
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}
