//! What alerts and incidents share: something that happened. The types only describe: see [`super::Document`].

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

use super::part::{ObjectAsset, ObjectEnvironment, ObjectRemediation, ObjectSource, TextOrFlag, TextOrInteger};

/// The fields that alerts and incidents share.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventFields {
    /// The version of the format of objects of this class.
    pub version: Option<String>,
    /// The id, a UUID; set by the server.
    pub id: Option<String>,
    /// The domain that it was delivered to.
    pub domain_id: Option<String>,
    /// The region that it was delivered to.
    pub region_id: Option<String>,
    /// The project; set by the server.
    pub project_id: Option<String>,
    /// The workspace; set by the server.
    pub workspace_id: Option<String>,
    /// The data class; set by the server.
    pub dataclass_id: Option<String>,
    /// Labels, by comma.
    pub labels: Option<String>,
    /// Where it happened.
    pub environment: Option<ObjectEnvironment>,
    /// Who has reported it.
    pub data_source: Option<ObjectSource>,
    /// When it was first observed.
    #[schema(example = "2023-04-18T13:00:00.000Z+0800")]
    pub first_observed_time: Option<String>,
    /// When it was last observed.
    #[schema(example = "2023-04-18T13:00:00.000Z+0800")]
    pub last_observed_time: Option<String>,
    /// When it was recorded.
    pub create_time: Option<String>,
    /// When it was received.
    pub arrive_time: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Where the source tells about it.
    pub source_url: Option<String>,
    /// How often it happened.
    pub count: Option<i64>,
    /// How sure it is, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub confidence: Option<i64>,
    /// `Tips`, `Low`, `Medium`, `High` or `Fatal`.
    #[schema(example = "Medium")]
    pub severity: Option<String>,
    /// How important what is affected is, in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub criticality: Option<i64>,
    /// Traffic that belongs to it.
    pub network_list: Option<Vec<EventTraffic>>,
    /// What is affected.
    pub resource_list: Option<Vec<ObjectAsset>>,
    /// What to do about it.
    pub remediation: Option<ObjectRemediation>,
    /// `Unknown` (default), `True_Positive` or `False_Positive`.
    pub verification_state: Option<String>,
    /// `Open` (default), `Block` or `Closed`.
    pub handle_status: Option<String>,
    /// When it must be closed.
    pub sla: Option<String>,
    /// When it was last changed.
    pub update_time: Option<String>,
    /// When it was closed.
    pub close_time: Option<String>,
    /// `Preparation`, `Detection and Analysis`, `Contain，Eradication& Recovery` or `Post-Incident-Activity`.
    #[schema(example = "Preparation")]
    pub ipdrr_phase: Option<String>,
    /// Whether it is for trial only.
    pub simulation: Option<TextOrFlag>,
    /// Who investigates it.
    pub actor: Option<String>,
    /// Who is responsible for it.
    pub owner: Option<String>,
    /// Who created it.
    pub creator: Option<String>,
    /// `False detection`, `Resolved`, `Repeated` or `Other`.
    pub close_reason: Option<String>,
    /// Why it was closed, in words.
    pub close_comment: Option<String>,
    /// The malware that it is about.
    pub malware: Option<EventMalware>,
    /// The system.
    pub system_info: Option<BTreeMap<String, Value>>,
    /// Processes that belong to it.
    pub process: Option<Vec<EventProcess>>,
    /// Users that belong to it.
    pub user_info: Option<Vec<EventUser>>,
    /// Files that belong to it.
    pub file_info: Option<Vec<EventFile>>,
    /// How lists show it.
    pub system_alert_table: Option<BTreeMap<String, Value>>,
    /// The alerts that it is related to.
    pub alert_list: Option<Vec<String>>,
    /// The incidents that it is related to.
    pub incident_list: Option<Vec<String>>,
    /// The indicators that it is related to.
    pub indicator_list: Option<Vec<String>>,
    /// Its id at the source, up to 128 characters.
    pub origin_id: Option<String>,
    /// Minutes until it was detected.
    pub ttd: Option<i64>,
    /// Minutes until it was responded to.
    pub ttr: Option<i64>,
    /// `AutoClosed` by a playbook or `Manual`.
    pub is_auto_closed: Option<String>,
}

/// Traffic between two addresses.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventTraffic {
    /// `IN` or `OUT`.
    pub direction: Option<String>,
    /// The protocol, by its IANA name.
    pub protocol: Option<String>,
    /// The address it comes from.
    pub src_ip: Option<String>,
    /// The port it comes from; the contract has a number.
    pub src_port: Option<TextOrInteger>,
    /// The domain name it comes from.
    pub src_domain: Option<String>,
    /// The place it comes from.
    pub src_geo: Option<EventPlace>,
    /// The address it goes to.
    pub dest_ip: Option<String>,
    /// The port it goes to; the contract has text.
    pub dest_port: Option<TextOrInteger>,
    /// The domain name it goes to.
    pub dest_domain: Option<String>,
    /// The place it goes to.
    pub dest_geo: Option<EventPlace>,
}

/// A place.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventPlace {
    /// The latitude, in degrees.
    pub latitude: Option<f64>,
    /// The longitude, in degrees.
    pub longitude: Option<f64>,
    /// The city.
    pub city_code: Option<String>,
    /// The country, by ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country_code: Option<String>,
}

/// Malware.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventMalware {
    /// The family.
    pub malware_family: Option<String>,
    /// The class.
    pub malware_class: Option<String>,
}

/// A process, its parent and its child.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventProcess {
    /// The name.
    pub process_name: Option<String>,
    /// The path of the executable.
    pub process_path: Option<String>,
    /// The id.
    pub process_pid: Option<i64>,
    /// The user.
    pub process_uid: Option<i64>,
    /// The command line.
    pub process_cmdline: Option<String>,
    /// The parent's name.
    pub process_parent_name: Option<String>,
    /// The path of the parent's executable.
    pub process_parent_path: Option<String>,
    /// The parent's id.
    pub process_parent_pid: Option<i64>,
    /// The parent's user.
    pub process_parent_uid: Option<i64>,
    /// The parent's command line.
    pub process_parent_cmdline: Option<String>,
    /// The child's name.
    pub process_child_name: Option<String>,
    /// The path of the child's executable.
    pub process_child_path: Option<String>,
    /// The child's id.
    pub process_child_pid: Option<i64>,
    /// The child's user.
    pub process_child_uid: Option<i64>,
    /// The child's command line.
    pub process_child_cmdline: Option<String>,
    /// When it was started; the spelling is the contract's.
    pub process_launche_time: Option<String>,
    /// When it ended.
    pub process_terminate_time: Option<String>,
}

/// A user.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventUser {
    /// The id.
    pub user_id: Option<String>,
    /// The name.
    pub user_name: Option<String>,
}

/// A file.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct EventFile {
    /// The path.
    pub file_path: Option<String>,
    /// The content.
    pub file_content: Option<String>,
    /// The path it was moved to.
    pub file_new_path: Option<String>,
    /// A hash.
    pub file_hash: Option<String>,
    /// The MD5.
    pub file_md5: Option<String>,
    /// The SHA-256.
    pub file_sha256: Option<String>,
    /// Its attributes.
    pub file_attr: Option<String>,
}
