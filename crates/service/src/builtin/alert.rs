//! Alert: something a detection has reported.

use uuid::uuid;

use super::field::Holds::{Object, Text};
use super::field::category::BASIC;
use super::field::{Field, field};
use super::kind::{Type, group};
use super::{Class, event};

pub(super) const CLASS: Class = Class {
    name: "Alert",
    item: uuid!("369def57-75c3-4cc4-988c-22263ece4b17"),
    description: "Something that a detection has reported and that may be an attack.",
    fields: &[event::HEAD, OWN, event::TAIL],
    types: TYPES,
};

const OWN: &[Field] = &[
    field(BASIC, "alert_type", "Type", Object),
    field(BASIC, "alert_type.category", "Type category", Text).searchable(),
    field(BASIC, "alert_type.alert_type", "Type name", Text).searchable(),
];

const TYPES: &[Type] = &[
    group(
        "DDoS",
        "DDoS attack",
        &[
            ("SynFlood", "SYN flood"),
            ("AckFlood", "ACK flood"),
            ("UdpFlood", "UDP flood"),
            ("IcmpFlood", "ICMP flood"),
            ("DnsQueryFlood", "DNS query flood"),
            ("DnsReflection", "DNS reflection"),
            ("HttpsFlood", "HTTPS flood"),
            ("HttpSlowAttack", "Slow HTTP attack"),
        ],
    ),
    group(
        "WebAttack",
        "Web attack",
        &[
            ("SqlInjection", "SQL injection"),
            ("CrossSiteScripting", "Cross-site scripting"),
            ("CommandInjection", "Command injection"),
            ("FileInclusion", "Local or remote file inclusion"),
            ("PathTraversal", "Path traversal"),
            ("ServerSideRequestForgery", "Server-side request forgery"),
            ("Webshell", "Webshell"),
            ("ChallengeCollapsar", "Challenge collapsar"),
            ("MaliciousCrawler", "Malicious crawler"),
            ("WebpageTampering", "Tampered web page"),
        ],
    ),
    group(
        "Malware",
        "Malware",
        &[
            ("Virus", "Virus"),
            ("Worm", "Worm"),
            ("Trojan", "Trojan"),
            ("Ransomware", "Ransomware"),
            ("CryptoMiner", "Mining software"),
            ("Rootkit", "Rootkit"),
            ("Backdoor", "Backdoor"),
            ("Spyware", "Spyware"),
            ("HackerTool", "Hacker tool"),
        ],
    ),
    group(
        "CommandAndControl",
        "Command and control",
        &[
            ("MaliciousDomain", "Contact with a malicious domain"),
            ("MaliciousAddress", "Contact with a malicious address"),
            ("DnsTunnel", "DNS tunnel"),
            ("Botnet", "Botnet"),
            ("ReverseShell", "Reverse shell"),
        ],
    ),
    group(
        "BruteForce",
        "Brute force",
        &[
            ("SshBruteForce", "SSH brute force"),
            ("RdpBruteForce", "RDP brute force"),
            ("FtpBruteForce", "FTP brute force"),
            ("DatabaseBruteForce", "Database brute force"),
            ("WebBruteForce", "Web log-in brute force"),
        ],
    ),
    group(
        "Reconnaissance",
        "Reconnaissance",
        &[("PortScan", "Port scan"), ("HostScan", "Host scan"), ("VulnerabilityScan", "Vulnerability scan")],
    ),
    group(
        "VulnerabilityExploit",
        "Vulnerability exploit",
        &[
            ("SystemExploit", "Exploit of an operating system"),
            ("ApplicationExploit", "Exploit of an application"),
            ("DatabaseExploit", "Exploit of a database"),
            ("DeserializationExploit", "Exploit of deserialisation"),
            ("ContainerEscape", "Container escape"),
        ],
    ),
    group(
        "AbnormalNetworkBehavior",
        "Abnormal network behaviour",
        &[
            ("UnusualNetworkPort", "Unusual port"),
            ("UnusualProtocol", "Unusual protocol"),
            ("AbnormalTraffic", "Abnormal traffic"),
            ("LateralMovement", "Lateral movement"),
            ("PolicyViolation", "Traffic against the policy"),
        ],
    ),
    group(
        "AbnormalSystemBehavior",
        "Abnormal system behaviour",
        &[
            ("PrivilegeEscalation", "Privilege escalation"),
            ("AbnormalProcess", "Abnormal process"),
            ("AbnormalShell", "Abnormal shell"),
            ("CriticalFileChange", "Changed system file"),
            ("AbnormalStartup", "Abnormal start-up item"),
            ("AbnormalScheduledTask", "Abnormal scheduled task"),
        ],
    ),
    group(
        "AbnormalUserBehavior",
        "Abnormal user behaviour",
        &[
            ("AbnormalLogin", "Abnormal log-in"),
            ("IllegalAccount", "Illegal account"),
            ("LeakedCredential", "Leaked credential"),
            ("RiskyOperation", "Risky operation"),
        ],
    ),
    group(
        "DataLeakage",
        "Data leakage",
        &[
            ("SensitiveDataAccess", "Access to sensitive data"),
            ("DataExfiltration", "Exfiltration"),
            ("PublicExposure", "Public exposure"),
        ],
    ),
    group(
        "Phishing",
        "Phishing",
        &[
            ("PhishingMail", "Phishing mail"),
            ("PhishingSite", "Phishing site"),
            ("MaliciousAttachment", "Malicious attachment"),
        ],
    ),
    group(
        "Risk",
        "Risk",
        &[("RiskyConfiguration", "Risky configuration"), ("WeakPassword", "Weak password"), ("Other", "Other")],
    ),
];
