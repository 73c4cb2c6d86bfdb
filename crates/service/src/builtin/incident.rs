//! Incident: an attack or a fault that people work on.

use uuid::uuid;

use super::field::Holds::{Object, Text};
use super::field::category::{BASIC, SOURCE};
use super::field::{Field, field};
use super::kind::{Type, group};
use super::{Class, event};

pub(super) const CLASS: Class = Class {
    name: "Incident",
    item: uuid!("369def57-75c3-4cc4-988c-22263ece4b18"),
    description: "An attack or a fault that people work on; alerts are turned into incidents.",
    fields: &[event::HEAD, OWN, event::TAIL],
    types: TYPES,
};

const OWN: &[Field] = &[
    field(SOURCE, "environment.cross_workspace_id", "Workspace it was delivered from", Text),
    field(BASIC, "incident_type", "Type", Object),
    field(BASIC, "incident_type.id", "Type ID", Text),
    field(BASIC, "incident_type.category", "Type category", Text).searchable(),
    field(BASIC, "incident_type.incident_type", "Type name", Text).searchable(),
];

const TYPES: &[Type] = &[
    group(
        "AvailabilityAttack",
        "Attack on availability",
        &[
            ("DistributedDenialOfService", "Distributed denial of service"),
            ("ResourceExhaustion", "Exhausted resources"),
        ],
    ),
    group(
        "Intrusion",
        "Intrusion",
        &[
            ("HostCompromise", "Compromised host"),
            ("AccountCompromise", "Compromised account"),
            ("ApplicationCompromise", "Compromised application"),
            ("WebsiteTampering", "Tampered website"),
        ],
    ),
    group(
        "MaliciousProgram",
        "Malicious program",
        &[
            ("RansomwareOutbreak", "Ransomware"),
            ("MiningOutbreak", "Mining software"),
            ("BotnetMembership", "Botnet"),
            ("VirusOutbreak", "Virus or worm"),
        ],
    ),
    group(
        "InformationLoss",
        "Loss of information",
        &[
            ("DataBreach", "Data breach"),
            ("DataDestruction", "Data destruction"),
            ("CredentialLeak", "Leaked credentials"),
        ],
    ),
    group(
        "SocialEngineering",
        "Social engineering",
        &[("PhishingCampaign", "Phishing"), ("BusinessMailFraud", "Fraud by mail")],
    ),
    group(
        "PolicyBreach",
        "Breach of policy",
        &[("InsiderMisuse", "Misuse by an insider"), ("ComplianceViolation", "Violation of compliance")],
    ),
    group("Fault", "Fault", &[("ServiceFault", "Service fault"), ("ConfigurationFault", "Configuration fault")]),
    group("Other", "Other", &[("Uncategorized", "Uncategorised")]),
];
