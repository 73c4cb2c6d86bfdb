//! Facts about addresses: ranges, what they are for, and IPv4 addresses inside IPv6 ones.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

/// A range of addresses with a common prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

/// The text is not an address or a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a range like 10.0.0.0/8")]
pub struct InvalidCidr;

impl Cidr {
    /// Whether the range holds the address. IPv4 ranges hold no IPv6 addresses; see [`forms`].
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = InvalidCidr;

    /// Reads `10.0.0.0/8`, `fd00::/8` and single addresses. Bits behind the prefix are ignored.
    fn from_str(text: &str) -> Result<Self, InvalidCidr> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| InvalidCidr)?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| InvalidCidr)?,
            Some(_) => return Err(InvalidCidr),
        };
        if prefix > longest { Err(InvalidCidr) } else { Ok(Self { network, prefix }) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

/// Ranges that are not the public internet, with what they are for.
const SPECIAL: &[(&str, &str)] = &[
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared (carrier-grade NAT)"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud metadata"),
    ("169.254.169.254/32", "cloud metadata"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "reserved"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "private translation"),
    ("100::/64", "discard"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "reserved"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

static SPECIAL_RANGES: LazyLock<Vec<(Cidr, &str)>> = LazyLock::new(|| {
    SPECIAL.iter().map(|(range, purpose)| (range.parse().expect("the table holds ranges"), *purpose)).collect()
});

/// What a range outside the public internet is for; `None` for public addresses.
///
/// An IPv4 address inside an IPv6 one counts as well, so `::ffff:127.0.0.1` is loopback.
pub fn special_purpose(address: IpAddr) -> Option<&'static str> {
    forms(address)
        .find_map(|form| SPECIAL_RANGES.iter().find(|(range, _)| range.contains(form)).map(|(_, purpose)| *purpose))
}

/// The addresses that packets to this one may end up at: the address, or the IPv4 address that it is a spelling of
/// (`::ffff:1.2.3.4`, `::1.2.3.4`), or both where a gateway translates (6to4, NAT64).
pub fn forms(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let (first, second) = match address {
        IpAddr::V4(_) => (address, None),
        IpAddr::V6(v6) => match (spelled(v6), translated(v6)) {
            (Some(v4), _) => (IpAddr::V4(v4), None),
            (None, v4) => (address, v4.map(IpAddr::V4)),
        },
    };
    std::iter::once(first).chain(second)
}

/// The IPv4 address of an IPv4-mapped or IPv4-compatible one.
fn spelled(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let compatible = address.to_bits() >> 32 == 0 && address.to_bits() > 1;
    address.to_ipv4_mapped().or_else(|| compatible.then(|| last_32_bits(address)))
}

/// The IPv4 address behind a 6to4 (`2002::/16`) or NAT64 (`64:ff9b::/96`) one.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(last_32_bits(address)),
        _ => None,
    }
}

fn last_32_bits(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses() {
        for (range, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("::/0", "2606:4700::1", true),
            ("0.0.0.0/0", "::1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("fd00::/8", "fd12::1", true),
        ] {
            let range: Cidr = range.parse().expect(range);
            assert_eq!(range.contains(address.parse().expect(address)), expected, "{range} {address}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/+8", "x/8", "010.0.0.1"] {
            assert_eq!(text.parse::<Cidr>(), Err(InvalidCidr), "{text}");
        }
    }

    #[test]
    fn addresses_outside_the_public_internet_are_known_in_every_spelling() {
        for (address, purpose) in [
            ("127.0.0.1", Some("loopback")),
            ("0.0.0.0", Some("unspecified")),
            ("169.254.169.254", Some("cloud metadata")),
            ("100.100.100.200", Some("shared (carrier-grade NAT)")),
            ("255.255.255.255", Some("broadcast")),
            ("::1", Some("loopback")),
            ("::", Some("unspecified")),
            ("::ffff:10.0.0.1", Some("private")),
            ("::127.0.0.1", Some("loopback")),
            ("2002:7f00:1::", Some("loopback")),
            ("64:ff9b::a9fe:a9fe", Some("cloud metadata")),
            ("fd00:ec2::254", Some("unique local")),
            ("fe80::1", Some("link-local")),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some("reserved")),
            ("8.8.8.8", None),
            ("172.32.0.1", None),
            ("2606:4700:4700::1111", None),
            ("::ffff:8.8.8.8", None),
        ] {
            assert_eq!(special_purpose(address.parse().expect(address)), purpose, "{address}");
        }
    }
}
