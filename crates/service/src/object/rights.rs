//! What one must be allowed for objects of a class, and what the record calls what was done to them.

/// The permissions for objects of a class.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) create: &'static str,
    pub(crate) get: &'static str,
    pub(crate) list: &'static str,
    pub(crate) update: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) import: &'static str,
    pub(crate) export: &'static str,
    /// In the record of what people did.
    pub(crate) acts: Acts,
}

/// What the record calls what was done to objects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Acts {
    pub(crate) create: &'static str,
    pub(crate) update: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) export: &'static str,
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
    import: "secmaster:alert:import",
    export: "secmaster:alert:export",
    acts: Acts { create: "alert.create", update: "alert.update", delete: "alert.delete", export: "alert.export" },
};

const INCIDENT: Rights = Rights {
    create: "secmaster:incident:create",
    get: "secmaster:incident:get",
    list: "secmaster:incident:list",
    update: "secmaster:incident:update",
    delete: "secmaster:incident:delete",
    import: "secmaster:incident:import",
    export: "secmaster:incident:export",
    acts: Acts {
        create: "incident.create",
        update: "incident.update",
        delete: "incident.delete",
        export: "incident.export",
    },
};

const INDICATOR: Rights = Rights {
    create: "secmaster:indicator:create",
    get: "secmaster:indicator:get",
    list: "secmaster:indicator:list",
    update: "secmaster:indicator:update",
    delete: "secmaster:indicator:delete",
    import: "secmaster:indicator:import",
    export: "secmaster:indicator:export",
    acts: Acts {
        create: "indicator.create",
        update: "indicator.update",
        delete: "indicator.delete",
        export: "indicator.export",
    },
};

const VULNERABILITY: Rights = Rights {
    create: "secmaster:vulnerability:create",
    get: "secmaster:vulnerability:get",
    list: "secmaster:vulnerability:list",
    update: "secmaster:vulnerability:update",
    delete: "secmaster:vulnerability:delete",
    import: "secmaster:vulnerability:import",
    export: "secmaster:vulnerability:export",
    acts: Acts {
        create: "vulnerability.create",
        update: "vulnerability.update",
        delete: "vulnerability.delete",
        export: "vulnerability.export",
    },
};

/// Of every other class.
const OTHER: Rights = Rights {
    create: "secmaster:dataobject:create",
    get: "secmaster:dataobject:get",
    list: "secmaster:dataobject:list",
    update: "secmaster:dataobject:update",
    delete: "secmaster:dataobject:delete",
    import: "secmaster:dataobject:import",
    export: "secmaster:dataobject:export",
    acts: Acts {
        create: "dataobject.create",
        update: "dataobject.update",
        delete: "dataobject.delete",
        export: "dataobject.export",
    },
};
