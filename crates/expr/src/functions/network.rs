//! Addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::Value;

use super::convert::excerpt;
use super::{Call, Function};
use crate::Fault;

pub(super) const FUNCTIONS: [Function; 1] = [Function::new("inCidr", "inCidr(ip, network)", 2..=2, in_cidr)];

/// The longest spelling of an address has 45 characters.
const ADDRESS_BYTES: usize = 64;

/// A range of addresses, like `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    /// Bits of the base that all its addresses share.
    bits: u32,
}

impl Network {
    /// Reads a network; an address alone is a network of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((base, bits)) = text.split_once('/') else {
            let base = parse_address(text)?;
            return Some(Self { base, bits: width(base) });
        };
        let written: IpAddr = base.parse().ok()?;
        let bits = bits.parse::<u32>().ok().filter(|bits| *bits <= width(written))?;
        let base = written.to_canonical();
        // A mapped network keeps what is left of its prefix behind the 96 bits of the mapping.
        let bits = if width(base) < width(written) { bits.checked_sub(96)? } else { bits };
        Some(Self { base, bits })
    }

    /// Whether the address lies in it.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (address, self.base) {
            (IpAddr::V4(address), IpAddr::V4(base)) => {
                u32::from(address).checked_shr(32 - self.bits) == u32::from(base).checked_shr(32 - self.bits)
            }
            (IpAddr::V6(address), IpAddr::V6(base)) => {
                u128::from(address).checked_shr(128 - self.bits) == u128::from(base).checked_shr(128 - self.bits)
            }
            (IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => false,
        }
    }

    /// Its first and its last address.
    pub(crate) fn ends(self) -> (IpAddr, IpAddr) {
        match self.base {
            IpAddr::V4(base) => {
                let rest = u32::MAX.checked_shr(self.bits).unwrap_or(0);
                let base = u32::from(base);
                (Ipv4Addr::from(base & !rest).into(), Ipv4Addr::from(base | rest).into())
            }
            IpAddr::V6(base) => {
                let rest = u128::MAX.checked_shr(self.bits).unwrap_or(0);
                let base = u128::from(base);
                (Ipv6Addr::from(base & !rest).into(), Ipv6Addr::from(base | rest).into())
            }
        }
    }
}

/// False for a text that is no address, since fields often hold host names, too.
fn in_cidr(call: &mut Call<'_>) -> Result<Value, Fault> {
    let text = call.text_at(1)?;
    let Some(network) = Network::parse(text) else {
        return Err(call.fault(&format!("cannot read '{}' as a network like 10.0.0.0/8", excerpt(text))));
    };
    let address = call.text()?.and_then(|text| parse_address(text));
    Ok(Value::Bool(address.is_some_and(|address| network.contains(address))))
}

/// Reads an address. One of IPv4 that is mapped into IPv6 is the IPv4 address.
pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    (text.len() <= ADDRESS_BYTES).then(|| text.parse::<IpAddr>().ok().map(|address| address.to_canonical()))?
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}
