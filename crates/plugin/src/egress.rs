//! Which destinations connectors may reach.
//!
//! Addresses outside the public internet are denied unless an allow rule names them; deny rules win over allow rules.
//! Rules on names look at the name in the URL. Rules on addresses look at every address, those in a URL as well as
//! those that a name resolves to.

use std::net::IpAddr;
use std::str::FromStr;

use crate::error::Error;
use crate::network::{Cidr, forms, special_purpose};

/// One destination or a group of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    target: Target,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Range(Cidr),
    /// In lower case.
    Name(String),
    /// In lower case, with the leading dot.
    Suffix(String),
}

impl Rule {
    fn matches_name(&self, name: &str, port: u16) -> bool {
        self.matches_port(port)
            && match &self.target {
                Target::Range(_) => false,
                Target::Name(own) => own == name,
                Target::Suffix(suffix) => name.ends_with(suffix.as_str()),
            }
    }

    fn matches_address(&self, address: IpAddr, port: u16) -> bool {
        self.matches_port(port)
            && match &self.target {
                Target::Range(range) => forms(address).any(|form| range.contains(form)),
                Target::Name(_) | Target::Suffix(_) => false,
            }
    }

    fn matches_port(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }
}

impl FromStr for Rule {
    type Err = Error;

    /// Reads `10.0.0.0/8`, `10.1.2.3:8080`, `[fd00::/8]:443`, `api.example.com`, `*.example.com:8443`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Rule(text.chars().take(100).collect());
        let trimmed = text.trim();
        let (target, port) = if let Some(rest) = trimmed.strip_prefix('[') {
            let (range, rest) = rest.split_once(']').ok_or_else(invalid)?;
            let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(invalid)?) };
            (range, port)
        } else if trimmed.matches(':').count() > 1 {
            (trimmed, None)
        } else {
            trimmed.split_once(':').map_or((trimmed, None), |(target, port)| (target, Some(port)))
        };
        let port = match port {
            None => None,
            Some(digits) => Some(digits.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(invalid)?),
        };
        let target = match target.parse::<Cidr>() {
            Ok(range) => Target::Range(range),
            Err(_) => name_target(target).ok_or_else(invalid)?,
        };
        Ok(Self { target, port })
    }
}

fn name_target(text: &str) -> Option<Target> {
    let text = normalised(text);
    let (wild, name) = text.strip_prefix("*.").map_or((false, text.as_str()), |rest| (true, rest));
    let labels_fit = name
        .split('.')
        .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    // A name that ends in digits would be read as an address; it is a mistyped one.
    let numeric = name.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if !labels_fit || numeric {
        return None;
    }
    Some(if wild { Target::Suffix(format!(".{name}")) } else { Target::Name(name.to_owned()) })
}

fn normalised(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The rules of this server. The default has none: the public internet is allowed and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    /// Destinations that are allowed although they are not on the public internet.
    pub allow: Vec<Rule>,
    /// Destinations that are denied, whatever else says.
    pub deny: Vec<Rule>,
}

/// The policy denies a destination; says which and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Denied(String);

impl EgressPolicy {
    /// Reads both lists.
    ///
    /// # Errors
    /// [`Error::Rule`] with the first text that is not a rule.
    pub fn parse<'a>(
        allow: impl IntoIterator<Item = &'a str>,
        deny: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let allow = allow.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        let deny = deny.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { allow, deny })
    }

    /// Checks an address that a URL names.
    ///
    /// # Errors
    /// [`Denied`] when the address must not be reached at this port.
    pub fn check_address(&self, address: IpAddr, port: u16) -> Result<(), Denied> {
        self.check(address, port, false).map_err(|why| Denied(format!("{address} port {port} is denied: {why}")))
    }

    /// Checks a name that a URL holds, before it is resolved.
    ///
    /// # Errors
    /// [`Denied`] when a deny rule names it.
    pub fn check_name(&self, name: &str, port: u16) -> Result<(), Denied> {
        let name = normalised(name);
        if self.deny.iter().any(|rule| rule.matches_name(&name, port)) {
            return Err(Denied(format!("{name} port {port} is denied: a deny rule names it")));
        }
        Ok(())
    }

    /// The addresses of a name that may be reached at this port. An allow rule for the name covers its addresses, but a
    /// deny rule for an address still holds.
    ///
    /// # Errors
    /// [`Denied`] when none of them may be.
    pub fn filter_resolved(&self, name: &str, addresses: &[IpAddr], port: u16) -> Result<Vec<IpAddr>, Denied> {
        self.check_name(name, port)?;
        let name = normalised(name);
        let named = self.allow.iter().any(|rule| rule.matches_name(&name, port));
        let mut reasons: Vec<String> = Vec::new();
        let mut allowed = Vec::new();
        for address in addresses {
            match self.check(*address, port, named) {
                Ok(()) => allowed.push(*address),
                Err(why) if reasons.contains(&why) => {}
                Err(why) => reasons.push(why),
            }
        }
        if allowed.is_empty() {
            // Not the addresses: they would tell the author of a workflow how the inside of the network looks.
            return Err(Denied(format!("{name} port {port} is denied: {}", reasons.join("; "))));
        }
        Ok(allowed)
    }

    fn check(&self, address: IpAddr, port: u16, named: bool) -> Result<(), String> {
        if self.deny.iter().any(|rule| rule.matches_address(address, port)) {
            return Err("a deny rule holds for its address".into());
        }
        if named || self.allow.iter().any(|rule| rule.matches_address(address, port)) {
            return Ok(());
        }
        match special_purpose(address) {
            Some(purpose) => Err(format!("its address is {purpose}, and no allow rule holds for it")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: &[&str], deny: &[&str]) -> EgressPolicy {
        EgressPolicy::parse(allow.iter().copied(), deny.iter().copied()).expect("rules")
    }

    fn check(policy: &EgressPolicy, address: &str, port: u16, allowed: bool) {
        assert_eq!(policy.check_address(address.parse().expect(address), port).is_ok(), allowed, "{address}:{port}");
    }

    #[test]
    fn only_the_public_internet_is_allowed_by_default() {
        let policy = EgressPolicy::default();
        for (address, allowed) in [
            ("1.1.1.1", true),
            ("2606:4700::1111", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("169.254.169.254", false),
            ("::ffff:127.0.0.1", false),
            ("::1", false),
        ] {
            check(&policy, address, 443, allowed);
        }
    }

    #[test]
    fn allow_rules_open_ranges_and_deny_rules_win() {
        let policy = policy(&["10.0.0.0/8:8080", "[fd00::/8]", "::ffff:192.168.1.1"], &["10.1.0.0/16", "8.8.8.8"]);
        for (address, port, allowed) in [
            ("10.0.0.1", 8080, true),
            ("::ffff:10.0.0.1", 8080, true),
            ("10.0.0.1", 80, false),
            ("10.1.0.1", 8080, false),
            ("::ffff:10.1.0.1", 8080, false),
            ("64:ff9b::a01:1", 8080, false),
            ("fd00::1", 1, true),
            ("8.8.8.8", 443, false),
            ("2002:808:808::1", 443, false),
            ("8.8.4.4", 443, true),
        ] {
            check(&policy, address, port, allowed);
        }
    }

    #[test]
    fn names_are_matched_without_case_and_trailing_dot() {
        let policy = policy(&["jira.corp.example", "*.lab.example:8443"], &["*.evil.example", "10.9.0.0/16"]);
        let resolve = |name: &str, address: &str, port| {
            policy.filter_resolved(name, &[address.parse().expect(address)], port).is_ok()
        };
        assert!(resolve("JIRA.corp.example.", "10.0.0.5", 443));
        assert!(!resolve("x.jira.corp.example", "10.0.0.5", 443));
        assert!(!resolve("jira.corp.example", "10.9.0.5", 443), "a deny rule for the address holds");
        assert!(resolve("a.b.lab.example", "10.0.0.5", 8443));
        assert!(!resolve("a.lab.example", "10.0.0.5", 443));
        assert!(!resolve("lab.example", "10.0.0.5", 8443));
        assert!(!resolve("www.evil.example", "1.1.1.1", 443));
        assert!(resolve("evil.example", "1.1.1.1", 443));
    }

    #[test]
    fn of_several_addresses_only_allowed_ones_remain() {
        let addresses: Vec<IpAddr> = ["127.0.0.1", "1.1.1.1", "10.0.0.1"].map(|a| a.parse().expect(a)).into();
        let kept = EgressPolicy::default().filter_resolved("rebind.example", &addresses, 80);
        assert_eq!(kept, Ok(vec!["1.1.1.1".parse().expect("address")]));
        let denied =
            EgressPolicy::default().filter_resolved("rebind.example", &addresses[..1], 80).expect_err("denied");
        assert!(denied.to_string().contains("loopback") && !denied.to_string().contains("127.0.0.1"), "{denied}");
    }

    #[test]
    fn other_texts_are_no_rules() {
        for text in
            ["", "10.0.0.0/33", "300.1.1.1", "a b", "host:0", "host:99999", "*.", "*", "[::1", "http://x", "a..b"]
        {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }
}
