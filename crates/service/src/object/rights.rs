//! What one must be allowed for objects of a class, and what the record calls what was done to them.

/// The permissions for objects of a class.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) create: &'static str,
    pub(crate) get: &'static str,
    pub(crate) list: &'static str,
    pub(crate) update: &'static str,
    pub(crate) delete: &'static str,
    /// In the record of what people did.
    pub(crate) acts: Acts,
}

/// What the record calls changes of objects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Acts {
    pub(crate) create: &'static str,
    pub(crate) update: &'static str,
    pub(crate) delete: &'static str,
}

/// Of a class by its name.
pub(crate) fn of(class: &str) -> &'static Rights {
    match class {
        "Alert" => &ALERT,
        "Incident" => &INCIDENT,
        "Indicator" => &INDICATOR,
        "Vulnerability" => &VULNERABILITY,
        _ => &OTHER,
    }
}

const ALERT: Rights = Rights {
    create: "secmaster:alert:create",
    get: "secmaster:alert:get",
    list: "secmaster:alert:list",
    update: "secmaster:alert:update",
    delete: "secmaster:alert:delete",
    acts: Acts { create: "alert.create", update: "alert.update", delete: "alert.delete" },
};

const INCIDENT: Rights = Rights {
    create: "secmaster:incident:create",
    get: "secmaster:incident:get",
    list: "secmaster:incident:list",
    update: "secmaster:incident:update",
    delete: "secmaster:incident:delete",
    acts: Acts { create: "incident.create", update: "incident.update", delete: "incident.delete" },
};

const INDICATOR: Rights = Rights {
    create: "secmaster:indicator:create",
    get: "secmaster:indicator:get",
    list: "secmaster:indicator:list",
    update: "secmaster:indicator:update",
    delete: "secmaster:indicator:delete",
    acts: Acts { create: "indicator.create", update: "indicator.update", delete: "indicator.delete" },
};

const VULNERABILITY: Rights = Rights {
    create: "secmaster:vulnerability:create",
    get: "secmaster:vulnerability:get",
    list: "secmaster:vulnerability:list",
    update: "secmaster:vulnerability:update",
    delete: "secmaster:vulnerability:delete",
    acts: Acts { create: "vulnerability.create", update: "vulnerability.update", delete: "vulnerability.delete" },
};

/// Of every other class.
const OTHER: Rights = Rights {
    create: "secmaster:dataobject:create",
    get: "secmaster:dataobject:get",
    list: "secmaster:dataobject:list",
    update: "secmaster:dataobject:update",
    delete: "secmaster:dataobject:delete",
    acts: Acts { create: "dataobject.create", update: "dataobject.update", delete: "dataobject.delete" },
};
