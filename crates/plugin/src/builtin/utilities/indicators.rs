//! Functions on indicators of compromise: finding them in text, telling them apart, writing them harmlessly.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use model::Value;
use regex::Regex;
use reqwest::Url;

use super::{list as list_of, pure, result, string};
use crate::builtin::arguments::text;
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};

pub(super) fn actions() -> Vec<Action> {
    let source = || vec![string("sourceString", "The text; defanged indicators are found, too.")];
    let indicator = || vec![string("indicator", "The indicator, defanged or not.")];
    vec![
        pure(
            "extractDomains",
            "Finds the domain names in a text, each once; names of files like a.exe are left out.",
            source(),
            list_of("domains", "The names in lower case, in the order of the text."),
            |input| result("domains", once(DOMAIN.find_iter(&refanged(input)?).filter_map(|m| domain(m.as_str())))),
        ),
        pure(
            "extractUrls",
            "Finds the http, https, ftp and ws URLs in a text, each once.",
            source(),
            list_of("urls", "The URLs in the order of the text."),
            |input| result("urls", once(URL.find_iter(&refanged(input)?).filter_map(|m| url_text(m.as_str())))),
        ),
        pure(
            "extractEmails",
            "Finds the mail addresses in a text, each once.",
            source(),
            list_of("emails", "The addresses, domains in lower case, in the order of the text."),
            |input| result("emails", once(EMAIL.find_iter(&refanged(input)?).filter_map(|m| email(m.as_str())))),
        ),
        pure(
            "extractHashes",
            "Finds MD5, SHA-1, SHA-256 and SHA-512 digests in a text, each once.",
            source(),
            list_of("hashes", "Objects with the members type (md5, sha1, sha256 or sha512) and value (in lower case)."),
            extract_hashes,
        ),
        pure(
            "classifyIndicator",
            "Says what kind of indicator a text is.",
            indicator(),
            Parameter::required(
                "indicator",
                Kind::Object,
                "The members type (ipv4, ipv6, cidr, url, email, domain, md5, sha1, sha256, sha512 or unknown) and value \
                 (in its normal form).",
            ),
            classify,
        ),
        pure(
            "defang",
            "Writes indicators so that nobody opens them by accident: hxxp://evil[.]example.",
            vec![string("sourceString", "The text or indicator.")],
            string("result", "The defanged text."),
            |input| result("result", defanged(text(input, "sourceString")?)),
        ),
        pure(
            "refang",
            "Undoes defanging.",
            vec![string("sourceString", "The text or indicator.")],
            string("result", "The text as it was."),
            |input| result("result", refanged(input)?),
        ),
        pure(
            "normalizeDomain",
            "Brings a domain name into one form: lower case, no final dot, international names in their ASCII form.",
            vec![string("domain", "The name, defanged or not.")],
            string("result", "The name in its normal form."),
            |input| {
                let name = refang(text(input, "domain")?);
                let normal =
                    domain(name.trim()).ok_or_else(|| ActionError::input("domain", "expected a domain name"))?;
                result("result", normal)
            },
        ),
        pure(
            "parseUrl",
            "Takes a URL apart.",
            vec![string("url", "The URL, defanged or not.")],
            Parameter::required(
                "parts",
                Kind::Object,
                "The members url, scheme, host, port, path, query (an object of lists) and fragment.",
            ),
            parse_url,
        ),
    ]
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file")
}

static DOMAIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?\.)+(?:xn--[0-9A-Za-z-]{1,59}|\p{L}{2,63})\b")
});
static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)\b(?:https?|ftps?|wss?)://[^\s<>"'`{}|\\^]+"#));
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"[0-9A-Za-z.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[0-9A-Za-z-]{2,63}\b",
    )
});
static HASH: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9A-Fa-f]{32,128}\b"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9A-Fa-f:.]{2,}"));

static DOT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\s?(?:\[\s?(?:\.|dot)\s?\]|\(\s?(?:\.|dot)\s?\)|\{\s?(?:\.|dot)\s?\})\s?"));
static AT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\s?(?:\[\s?(?:@|at)\s?\]|\(\s?(?:@|at)\s?\))\s?"));
static SCHEME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(h(?:xx|tt)p(s?)|f[xt]p(s?))(?:\[:\]|:)(?:\[//\]|//)"));

/// Ends of names that are files far more often than domains; none of them is a top-level domain.
const FILE_ENDINGS: [&str; 42] = [
    "exe", "dll", "sys", "bat", "cmd", "ps1", "vbs", "js", "jse", "lnk", "scr", "msi", "jar", "class", "php", "asp",
    "aspx", "jsp", "html", "htm", "css", "xml", "json", "yaml", "yml", "txt", "log", "csv", "pdf", "doc", "docx",
    "xls", "xlsx", "ppt", "pptx", "png", "jpg", "jpeg", "gif", "tar", "gz", "tmp",
];

fn refanged(input: &Value) -> Result<String, ActionError> {
    Ok(refang(text(input, "sourceString")?))
}

fn refang(text: &str) -> String {
    let text = SCHEME.replace_all(text, |found: &regex::Captures<'_>| {
        let secure = found.get(2).or_else(|| found.get(3)).map_or("", |m| m.as_str());
        let base = if found[1].starts_with(['f', 'F']) { "ftp" } else { "http" };
        format!("{base}{}://", secure.to_ascii_lowercase())
    });
    let text = DOT.replace_all(&text, ".");
    AT.replace_all(&text, "@").into_owned()
}

/// Dots between letters or digits, `@` and schemes are broken.
fn defanged(text: &str) -> String {
    let refanged = refang(text); // twice defanged is once defanged
    let mut out = String::with_capacity(refanged.len() + 16);
    let mut rest = refanged.as_str();
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let between = before.is_alphanumeric() && after.starts_with(char::is_alphanumeric);
        match c {
            '.' if between => out.push_str("[.]"),
            '@' if between => out.push_str("[@]"),
            ':' if after.starts_with("//") && before.is_alphanumeric() => {
                broken_scheme(&mut out);
                out.push(':');
            }
            _ => out.push(c),
        }
        before = c;
        rest = after;
    }
    out
}

/// Turns the `http` or `ftp` at the end into `hxxp` or `fxp`.
fn broken_scheme(out: &mut String) {
    for (scheme, broken) in [("https", "hxxps"), ("http", "hxxp"), ("ftps", "fxps"), ("ftp", "fxp")] {
        if out.len() >= scheme.len() && out.is_char_boundary(out.len() - scheme.len()) {
            let start = out.len() - scheme.len();
            if out[start..].eq_ignore_ascii_case(scheme) {
                out.replace_range(start.., broken);
                return;
            }
        }
    }
}

/// Each text once, in order.
fn once(found: impl Iterator<Item = String>) -> Vec<Value> {
    let mut seen = HashSet::new();
    found.filter(|text| seen.insert(text.clone())).map(Value::from).collect()
}

/// The addresses in a text, each once.
pub(super) fn extracted_ips(text: &str) -> Vec<IpAddr> {
    let text = refang(text);
    let mut seen = HashSet::new();
    ADDRESS
        .find_iter(&text)
        .filter(|found| {
            // `v1.2.3.4.exe` and `x::1` are no addresses: letters and digits must not touch them.
            let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            outside(text[..found.start()].chars().next_back()) && outside(text[found.end()..].chars().next())
        })
        .filter_map(|found| address(found.as_str()))
        .filter(|address| !address.is_unspecified() && seen.insert(*address))
        .collect()
}

/// An address with what surrounds it in a sentence: a final dot or colon, a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches('.');
    let trimmed = text.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(text);
    trimmed.parse().ok().or_else(|| {
        let (host, port) = trimmed.split_once(':')?;
        (host.contains('.') && port.parse::<u16>().is_ok()).then(|| host.parse().ok())?
    })
}

/// The normal form of a domain name; `None` when the text is none.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let found = DOMAIN.find(text).filter(|found| found.as_str() == text)?;
    let ending = found.as_str().rsplit('.').next()?.to_lowercase();
    if FILE_ENDINGS.contains(&ending.as_str()) {
        return None;
    }
    // The URL parser knows how international names are written in ASCII.
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    url.domain().filter(|name| name.len() <= 253).map(str::to_owned)
}

/// A URL without the punctuation that ends the sentence around it.
fn url_text(text: &str) -> Option<String> {
    let mut text = text.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    for (open, close) in [('(', ')'), ('[', ']')] {
        while text.ends_with(close) && text.matches(close).count() > text.matches(open).count() {
            text = text[..text.len() - 1].trim_end_matches(['.', ',', ';']);
        }
    }
    Url::parse(text).ok().filter(Url::has_host).map(|_| text.to_owned())
}

fn email(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let local = local.trim_start_matches(['.', '\'', '=', '/']);
    if local.is_empty() || local.ends_with('.') {
        return None;
    }
    Some(format!("{local}@{}", domain(host)?))
}

fn hash_type(text: &str) -> Option<&'static str> {
    let kind = match text.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => return None,
    };
    text.bytes().all(|b| b.is_ascii_hexdigit()).then_some(kind)
}

fn extract_hashes(input: &Value) -> Result<Value, ActionError> {
    let mut seen = HashSet::new();
    let found = HASH.find_iter(text(input, "sourceString")?).filter_map(|found| {
        let (kind, value) = (hash_type(found.as_str())?, found.as_str().to_ascii_lowercase());
        seen.insert(value.clone()).then(|| typed(kind, value))
    });
    result("hashes", found.collect::<Vec<_>>())
}

fn typed(kind: &str, value: String) -> Value {
    Value::object([("type", Value::from(kind)), ("value", Value::from(value))])
}

fn classify(input: &Value) -> Result<Value, ActionError> {
    let (kind, value) = classified(text(input, "indicator")?);
    result("indicator", typed(kind, value))
}

/// What kind of indicator a text is, and its normal form.
pub(in crate::builtin) fn classified(text: &str) -> (&'static str, String) {
    let refanged = refang(text);
    let given = refanged.trim();
    if let Ok(address) = given.parse::<IpAddr>() {
        (if address.is_ipv4() { "ipv4" } else { "ipv6" }, address.to_string())
    } else if let (true, Ok(range)) = (given.contains('/'), given.parse::<crate::network::Cidr>()) {
        ("cidr", range.to_string())
    } else if let Some(kind) = hash_type(given) {
        (kind, given.to_ascii_lowercase())
    } else if let Some(url) = URL.find(given).filter(|found| found.as_str() == given).and_then(|m| url_text(m.as_str()))
    {
        ("url", url)
    } else if let Some(address) =
        EMAIL.find(given).filter(|found| found.as_str() == given).and_then(|m| email(m.as_str()))
    {
        ("email", address)
    } else if let Some(name) = domain(given) {
        ("domain", name)
    } else {
        ("unknown", given.to_owned())
    }
}

fn parse_url(input: &Value) -> Result<Value, ActionError> {
    let given = refang(text(input, "url")?);
    let url = Url::parse(given.trim())
        .ok()
        .filter(Url::has_host)
        .ok_or_else(|| ActionError::input("url", "expected a URL with a scheme and a host"))?;
    let mut query: Vec<(String, Vec<Value>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (name, value) in url.query_pairs() {
        let place = *places.entry(name.clone().into_owned()).or_insert(query.len());
        if place == query.len() {
            query.push((name.into_owned(), Vec::new()));
        }
        query[place].1.push(Value::from(value.as_ref()));
    }
    let members = [
        ("url", Value::from(url.as_str())),
        ("scheme", Value::from(url.scheme())),
        ("host", Value::from(url.host_str().unwrap_or_default())),
        ("port", url.port_or_known_default().map_or(Value::Null, |port| Value::int(port.into()))),
        ("path", Value::from(url.path())),
        ("query", Value::object(query.into_iter().map(|(name, values)| (name, Value::list(values))))),
        ("fragment", url.fragment().map_or(Value::Null, Value::from)),
    ];
    result("parts", Value::object(members))
}
