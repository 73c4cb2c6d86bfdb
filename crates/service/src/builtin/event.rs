//! Fields that alerts and incidents share.

use super::field::Holds::{
    Boolean, Decimal, Integer, LongText, Object, ObjectOf, ObjectOrText, Objects, OneOf, Text, Texts, Time,
};
use super::field::category::{ASSESSMENT, BASIC, ENTITY, HANDLING, SOURCE, SYSTEM, TIME};
use super::field::{Field, Holds, field};

/// Levels of severity.
pub(super) const SEVERITIES: &[&str] = &["Tips", "Low", "Medium", "High", "Fatal"];

/// What it is, where and when.
pub(super) const HEAD: &[Field] = &[
    field(BASIC, "id", "ID", Text).searchable().read_only(),
    field(BASIC, "version", "Version", Text),
    field(BASIC, "title", "Title", Text).required().searchable(),
    field(BASIC, "description", "Description", LongText),
    field(BASIC, "labels", "Labels", Text).searchable(),
    field(BASIC, "source_url", "Source URL", Text),
    field(BASIC, "count", "Occurrences", Integer).default("1"),
    field(SOURCE, "domain_id", "Domain", Text),
    field(SOURCE, "region_id", "Region", Text).searchable(),
    field(SOURCE, "workspace_id", "Workspace", Text).read_only(),
    field(SOURCE, "environment", "Environment", Object),
    field(SOURCE, "environment.vendor_type", "Environment vendor", Text),
    field(SOURCE, "environment.domain_id", "Environment domain", Text),
    field(SOURCE, "environment.region_id", "Environment region", Text).searchable(),
    field(SOURCE, "environment.project_id", "Environment project", Text),
    field(SOURCE, "data_source", "Data source", Object),
    field(SOURCE, "data_source.source_type", "Data source type", Integer).searchable(),
    field(SOURCE, "data_source.domain_id", "Data source domain", Text),
    field(SOURCE, "data_source.project_id", "Data source project", Text),
    field(SOURCE, "data_source.region_id", "Data source region", Text),
    field(SOURCE, "data_source.company_name", "Data source company", Text),
    field(SOURCE, "data_source.product_name", "Data source product", Text).searchable(),
    field(SOURCE, "data_source.product_feature", "Data source feature", Text).searchable(),
    field(SOURCE, "data_source.product_module", "Data source module", Text),
    field(TIME, "first_observed_time", "First observed", Time).searchable(),
    field(TIME, "last_observed_time", "Last observed", Time).searchable(),
    field(TIME, "create_time", "Created", Time).searchable(),
    field(TIME, "arrive_time", "Arrived", Time).searchable(),
    field(TIME, "update_time", "Updated", Time).searchable(),
    field(TIME, "close_time", "Closed", Time).searchable(),
    field(ASSESSMENT, "severity", "Severity", OneOf(SEVERITIES)).searchable(),
    field(ASSESSMENT, "confidence", "Confidence", Integer).searchable(),
    field(ASSESSMENT, "criticality", "Criticality", Integer).searchable(),
    field(ASSESSMENT, "verification_state", "Verification", OneOf(&["Unknown", "True_Positive", "False_Positive"]))
        .searchable()
        .default("Unknown"),
    field(
        ASSESSMENT,
        "ipdrr_phase",
        "Phase",
        OneOf(&[
            "Preparation",
            "Detection and Analysis",
            // The fullwidth comma is the contract's.
            "Contain，Eradication& Recovery",
            "Post-Incident-Activity",
        ]),
    )
    .searchable(),
];

/// Who and what is concerned, and what is done about it.
pub(super) const TAIL: &[Field] = &[
    field(ENTITY, "network_list", "Network", Objects(NETWORK)),
    // What alerts are compared by.
    field(ENTITY, "network_list.src_ip", "Source address", Text).searchable(),
    field(ENTITY, "network_list.dest_ip", "Target address", Text).searchable(),
    field(ENTITY, "resource_list", "Affected assets", Objects(ASSET)),
    field(ENTITY, "process", "Processes", Objects(PROCESS)),
    field(ENTITY, "user_info", "Users", Objects(&[("user_id", Text), ("user_name", Text)])),
    field(ENTITY, "file_info", "Files", Objects(FILE)),
    field(ENTITY, "malware", "Malware", Object),
    field(ENTITY, "malware.malware_family", "Malware family", Text).searchable(),
    field(ENTITY, "malware.malware_class", "Malware class", Text).searchable(),
    field(ENTITY, "alert_list", "Alerts", Texts),
    field(ENTITY, "incident_list", "Incidents", Texts),
    field(ENTITY, "indicator_list", "Indicators", Texts),
    field(HANDLING, "handle_status", "Status", OneOf(&["Open", "Block", "Closed"])).searchable().default("Open"),
    field(HANDLING, "owner", "Owner", Text).searchable(),
    field(HANDLING, "actor", "Investigator", Text).searchable(),
    field(HANDLING, "creator", "Creator", Text).searchable(),
    field(HANDLING, "sla", "To be closed by", Time),
    field(HANDLING, "remediation", "Remediation", Object),
    field(HANDLING, "remediation.recommendation", "Recommendation", LongText),
    field(HANDLING, "remediation.url", "Recommendation URL", Text),
    field(HANDLING, "close_reason", "Close reason", OneOf(&["False detection", "Resolved", "Repeated", "Other"]))
        .searchable(),
    field(HANDLING, "close_comment", "Close comment", LongText),
    field(HANDLING, "is_auto_closed", "Closed by", OneOf(&["AutoClosed", "Manual"])).searchable().read_only(),
    field(HANDLING, "ttd", "Minutes to detection", Integer).read_only(),
    field(HANDLING, "ttr", "Minutes to response", Integer).read_only(),
    field(SYSTEM, "origin_id", "ID at its origin", Text).searchable(),
    field(SYSTEM, "simulation", "Simulation", Text),
    field(SYSTEM, "system_info", "System", Object),
    field(SYSTEM, "system_alert_table", "List layout", Object),
    field(SYSTEM, "is_deleted", "Deleted", Boolean).read_only().default("false"),
];

const GEO: &[(&str, Holds)] =
    &[("latitude", Decimal), ("longitude", Decimal), ("city_code", Text), ("country_code", Text)];

const NETWORK: &[(&str, Holds)] = &[
    ("direction", OneOf(&["IN", "OUT"])),
    ("protocol", Text),
    ("src_ip", Text),
    ("src_port", Integer),
    ("src_domain", Text),
    ("src_geo", ObjectOf(GEO)),
    ("dest_ip", Text),
    ("dest_port", Text),
    ("dest_domain", Text),
    ("dest_geo", ObjectOf(GEO)),
];

const ASSET: &[(&str, Holds)] = &[
    ("id", Text),
    ("name", Text),
    ("type", Text),
    ("provider", Text),
    ("region_id", Text),
    ("domain_id", Text),
    ("project_id", Text),
    ("ep_id", Text),
    ("ep_name", Text),
    ("tags", ObjectOrText),
];

const PROCESS: &[(&str, Holds)] = &[
    ("process_name", Text),
    ("process_path", Text),
    ("process_pid", Integer),
    ("process_uid", Integer),
    ("process_cmdline", Text),
    ("process_parent_name", Text),
    ("process_parent_path", Text),
    ("process_parent_pid", Integer),
    ("process_parent_uid", Integer),
    ("process_parent_cmdline", Text),
    ("process_child_name", Text),
    ("process_child_path", Text),
    ("process_child_pid", Integer),
    ("process_child_uid", Integer),
    ("process_child_cmdline", Text),
    // The spelling is the contract's.
    ("process_launche_time", Time),
    ("process_terminate_time", Time),
];

const FILE: &[(&str, Holds)] = &[
    ("file_path", Text),
    ("file_content", Text),
    ("file_new_path", Text),
    ("file_hash", Text),
    ("file_md5", Text),
    ("file_sha256", Text),
    ("file_attr", Text),
];
