//! Forwarded headers: they count only when the peer is a trusted proxy, and only back to the first hop that is not one.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

/// The connection that a request came in on; the accept loop puts it into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// The address at the other end.
    pub peer: IpAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

/// A range of addresses, like `10.0.0.0/8` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    network: u128,
    prefix: u32,
}

/// Why a text is not a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a range of addresses: expected a form like 10.0.0.0/8, 192.0.2.7 or fd00::/8")]
pub struct InvalidCidr(String);

/// IPv4 addresses are compared in their IPv4-mapped form, so both families share the arithmetic.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl Cidr {
    /// Whether the address lies in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.prefix == 0 || (bits(address) ^ self.network) >> (128 - self.prefix) == 0
    }
}

impl FromStr for Cidr {
    type Err = InvalidCidr;

    fn from_str(text: &str) -> Result<Self, InvalidCidr> {
        let invalid = || InvalidCidr(text.to_owned());
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| invalid())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return Err(invalid());
        }
        Ok(Self { network: bits(address), prefix: 128 - width + prefix })
    }
}

/// The proxies whose forwarded headers count; none by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Cidr>);

impl FromStr for TrustedProxies {
    type Err = InvalidCidr;

    /// Ranges separated by commas.
    fn from_str(text: &str) -> Result<Self, InvalidCidr> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// Where a request came from, and the address it was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The client: the peer, or the last hop before the trusted proxies.
    pub client_ip: IpAddr,
    /// `http` or `https`, as the client saw it.
    pub scheme: &'static str,
    /// The host and port that the client asked for; empty when it named none.
    pub host: String,
}

impl Origin {
    /// The address of this server as the client sees it, like `https://soar.example:8443`.
    pub fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.host)
    }

    /// Works the origin out from the connection and the headers.
    pub fn of(parts: &Parts, connection: Connection, trusted: &TrustedProxies) -> Self {
        let peer = connection.peer.to_canonical();
        let mut origin =
            Self { client_ip: peer, scheme: if connection.tls { "https" } else { "http" }, host: host(parts) };
        let hops = trusted.hops(peer, &parts.headers, &mut origin.client_ip);
        if hops == 0 {
            return origin;
        }
        // The n-th proxy from here wrote the n-th value from the right, if each of them adds one.
        match forwarded(&parts.headers, "x-forwarded-proto", hops).map(str::to_ascii_lowercase).as_deref() {
            Some("https") => origin.scheme = "https",
            Some("http") => origin.scheme = "http",
            Some(_) | None => {}
        }
        if let Some(host) = forwarded(&parts.headers, "x-forwarded-host", hops) {
            origin.host = host.to_owned();
        }
        origin
    }
}

impl TrustedProxies {
    /// How many trusted proxies the request passed, counted back from the peer; sets the address before them.
    fn hops(&self, peer: IpAddr, headers: &HeaderMap, client: &mut IpAddr) -> usize {
        let mut hops = 0;
        let mut address = peer;
        let mut before = list(headers, "x-forwarded-for");
        while self.0.iter().any(|range| range.contains(address)) {
            hops += 1;
            // What is not an address was not written by a proxy we know: stop at the last good one.
            let Some(next) = before.pop().and_then(parse_hop) else { break };
            address = next;
        }
        *client = address;
        hops
    }
}

/// `192.0.2.1`, `192.0.2.1:1234`, `2001:db8::1` or `[2001:db8::1]:1234`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

/// The values of a header that holds a list, over all its occurrences.
fn list<'a>(headers: &'a HeaderMap, name: &'static str) -> Vec<&'a str> {
    headers
        .get_all(HeaderName::from_static(name))
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .collect()
}

fn forwarded<'a>(headers: &'a HeaderMap, name: &'static str, hops: usize) -> Option<&'a str> {
    let values = list(headers, name);
    values.get(values.len().saturating_sub(hops)).copied()
}

/// The host as received: the `Host` header, or `:authority` of HTTP/2.
fn host(parts: &Parts) -> String {
    let header = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| parts.uri.authority().map(|authority| authority.as_str())).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn origin(peer: &str, trusted: &str, headers: &[(&'static str, &'static str)]) -> (String, String) {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let connection = Connection { peer: peer.parse().expect("an address"), tls: false };
        let origin = Origin::of(&parts, connection, &trusted.parse().expect("ranges"));
        (origin.client_ip.to_string(), origin.base())
    }

    fn check(peer: &str, trusted: &str, headers: &[(&'static str, &'static str)], client: &str, base: &str) {
        assert_eq!(origin(peer, trusted, headers), (client.into(), base.into()), "{peer} {trusted} {headers:?}");
    }

    #[test]
    fn forwarded_headers_of_strangers_are_ignored() {
        let forged = [
            ("host", "soar:8080"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil"),
        ];
        check("192.0.2.1", "", &forged, "192.0.2.1", "http://soar:8080");
        check("192.0.2.1", "10.0.0.0/8", &forged, "192.0.2.1", "http://soar:8080");
        check("::ffff:192.0.2.1", "10.0.0.0/8", &forged, "192.0.2.1", "http://soar:8080");
    }

    #[test]
    fn the_client_is_the_last_hop_before_the_trusted_proxies() {
        let trusted = "10.0.0.0/8, fd00::/8";
        let headers = |value| [("host", "h"), ("x-forwarded-for", value)];
        check("10.0.0.1", trusted, &headers("192.0.2.9"), "192.0.2.9", "http://h");
        // The client wrote the first value itself.
        check("10.0.0.1", trusted, &headers("127.0.0.1, 192.0.2.9, fd00::2"), "192.0.2.9", "http://h");
        check("::ffff:10.0.0.1", trusted, &headers("192.0.2.9:4711"), "192.0.2.9", "http://h");
        check("10.0.0.1", trusted, &headers("[2001:db8::1]:4711"), "2001:db8::1", "http://h");
        check("10.0.0.1", trusted, &headers("unknown, 10.0.0.2"), "10.0.0.2", "http://h");
        check("10.0.0.1", trusted, &[("host", "h")], "10.0.0.1", "http://h");
    }

    #[test]
    fn scheme_and_host_come_from_the_outermost_trusted_proxy() {
        let one = [("host", "inner"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "soar.example:8443")];
        check("10.0.0.1", "10.0.0.1", &one, "10.0.0.1", "https://soar.example:8443");
        let two = [
            ("host", "inner"),
            ("x-forwarded-for", "192.0.2.9, 10.0.0.2"),
            ("x-forwarded-host", "evil, soar.example, 10.0.0.2"),
            ("x-forwarded-proto", "gopher"),
        ];
        check("10.0.0.1", "10.0.0.0/8", &two, "192.0.2.9", "http://soar.example");
    }

    #[test]
    fn ranges_are_read_in_both_families() {
        let contains = |range: &str, address: &str| {
            range.parse::<Cidr>().expect("a range").contains(address.parse().expect("an address"))
        };
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("0.0.0.0/0", "192.0.2.1") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("::/0", "192.0.2.1") && contains("192.0.2.7", "192.0.2.7"));
        assert!(contains("fd00::/8", "fdff::1") && !contains("192.0.2.7", "192.0.2.8"));
        for text in ["10.0.0.0/33", "10.0.0/8", "x", "10.0.0.1/-1", "::/129"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
        assert_eq!("".parse::<TrustedProxies>(), Ok(TrustedProxies::default()));
    }
}
