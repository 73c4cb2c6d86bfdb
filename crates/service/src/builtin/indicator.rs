//! Indicator: an address, name, hash … that is known to be good or bad.

use uuid::uuid;

use super::Class;
use super::field::Holds::{Boolean, Integer, Object, OneOf, Text, Time};
use super::field::category::{ASSESSMENT, BASIC, HANDLING, SOURCE, SYSTEM, TIME};
use super::field::{Field, field};
use super::kind::{Type, single};

pub(super) const CLASS: Class = Class {
    name: "Indicator",
    item: uuid!("369def57-75c3-4cc4-988c-22263ece4b19"),
    description: "An address, a name, a hash or another observation that is known to be good or bad.",
    fields: &[FIELDS],
    types: TYPES,
};

const FIELDS: &[Field] = &[
    field(BASIC, "id", "ID", Text).searchable().read_only(),
    field(BASIC, "name", "Name", Text).required().searchable(),
    field(BASIC, "value", "Value", Text).required().searchable(),
    field(BASIC, "indicator_type", "Type", Object).required(),
    field(BASIC, "indicator_type.id", "Type ID", Text).required(),
    field(BASIC, "indicator_type.indicator_type", "Type name", Text).required().searchable(),
    field(BASIC, "labels", "Labels", Text).searchable(),
    field(ASSESSMENT, "verdict", "Verdict", OneOf(&["Black", "White", "Gray"])).required().searchable(),
    field(ASSESSMENT, "confidence", "Confidence", Integer).searchable(),
    // 1 first seen here, 2 own data, 3 bought, 4 public.
    field(ASSESSMENT, "granular_marking", "Confidentiality", OneOf(&["1", "2", "3", "4"])).required().searchable(),
    field(ASSESSMENT, "defanged", "Defanged", Boolean).required().searchable(),
    field(HANDLING, "status", "Status", OneOf(&["Open", "Closed", "Revoked"])).searchable().default("Open"),
    field(HANDLING, "revoked", "Revoked", Boolean).default("false"),
    field(SOURCE, "workspace_id", "Workspace", Text).read_only(),
    field(SOURCE, "project_id", "Project", Text).read_only(),
    field(SOURCE, "environment", "Environment", Object).required(),
    field(SOURCE, "environment.vendor_type", "Environment vendor", Text),
    field(SOURCE, "environment.domain_id", "Environment domain", Text).required(),
    field(SOURCE, "environment.region_id", "Environment region", Text).required().searchable(),
    field(SOURCE, "environment.project_id", "Environment project", Text).required(),
    field(SOURCE, "data_source", "Data source", Object).required(),
    field(SOURCE, "data_source.source_type", "Data source type", Integer).required().searchable(),
    field(SOURCE, "data_source.domain_id", "Data source domain", Text).required(),
    field(SOURCE, "data_source.project_id", "Data source project", Text).required(),
    field(SOURCE, "data_source.region_id", "Data source region", Text).required(),
    field(SOURCE, "data_source.product_name", "Data source product", Text).required().searchable(),
    field(SOURCE, "data_source.product_feature", "Data source feature", Text).required().searchable(),
    field(TIME, "first_report_time", "First reported", Time).required().searchable(),
    field(TIME, "last_report_time", "Last reported", Time).searchable(),
    field(TIME, "create_time", "Created", Time).searchable().read_only(),
    field(TIME, "update_time", "Updated", Time).searchable().read_only(),
    field(SYSTEM, "is_deleted", "Deleted", Boolean).read_only().default("false"),
];

const TYPES: &[Type] = &[
    single("IPv4", "IPv4 address"),
    single("IPv6", "IPv6 address"),
    single("Domain", "Domain name"),
    single("URL", "URL"),
    single("Email", "Mail address"),
    single("MD5", "File by MD5"),
    single("SHA1", "File by SHA-1"),
    single("SHA256", "File by SHA-256"),
    single("FileName", "File name"),
    single("Process", "Process"),
    single("Certificate", "Certificate"),
    single("UserAccount", "User account"),
];
