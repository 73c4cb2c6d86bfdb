//! Resource: an asset to protect.

use uuid::uuid;

use super::Class;
use super::field::Holds::{Integer, Object, Text, Time};
use super::field::category::{BASIC, ENTITY, HANDLING, SOURCE, SYSTEM, TIME};
use super::field::{Field, field};
use super::kind::{Type, single};

pub(super) const CLASS: Class = Class {
    name: "Resource",
    item: uuid!("369def57-75c3-4cc4-988c-22263ece4b1b"),
    description: "An asset to protect: a server, an address, a network, a database, a website.",
    fields: &[FIELDS],
    types: TYPES,
};

const FIELDS: &[Field] = &[
    field(BASIC, "id", "ID", Text).searchable().read_only(),
    field(BASIC, "name", "Name", Text).required().searchable(),
    field(BASIC, "type", "Type", Text).required().searchable(),
    field(BASIC, "provider", "Provider", Text).searchable(),
    // 0 test, 1 ordinary, 2 critical.
    field(BASIC, "level", "Importance", Integer).searchable().default("1"),
    field(SOURCE, "environment", "Environment", Object),
    field(SOURCE, "environment.vendor_type", "Environment vendor", Text).searchable(),
    field(SOURCE, "environment.domain_id", "Environment domain", Text),
    field(SOURCE, "environment.region_id", "Environment region", Text).searchable(),
    field(SOURCE, "environment.project_id", "Environment project", Text),
    field(SOURCE, "environment.ep_id", "Enterprise project", Text).searchable(),
    field(SOURCE, "environment.ep_name", "Enterprise project name", Text),
    field(SOURCE, "environment.vendor_name", "Vendor name", Text),
    field(SOURCE, "environment.idc_name", "Data centre name", Text).searchable(),
    field(SOURCE, "environment.idc_id", "Data centre", Text),
    field(HANDLING, "department", "Department", Object),
    field(HANDLING, "department.id", "Department ID", Text),
    field(HANDLING, "department.name", "Department name", Text).searchable(),
    field(HANDLING, "governance_user", "Responsible", Object),
    field(HANDLING, "governance_user.type", "Responsible type", Text),
    field(HANDLING, "governance_user.name", "Responsible name", Text).searchable(),
    field(ENTITY, "properties", "Properties", Object),
    field(TIME, "created", "Created", Time).searchable(),
    field(SYSTEM, "provisioning_state", "Provisioning state", Text).searchable(),
    field(SYSTEM, "checksum", "Checksum", Text).read_only(),
];

const TYPES: &[Type] = &[
    single("cloudservers", "Cloud server"),
    single("servers", "Server"),
    single("vm", "Virtual machine"),
    single("pm", "Physical machine"),
    single("instances", "Database instance"),
    single("publicips", "Public address"),
    single("ip", "Address"),
    single("website", "Website"),
    single("vpcs", "Virtual network"),
    single("securityGroups", "Security group"),
    single("device", "Device"),
];
