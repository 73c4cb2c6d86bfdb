//! The parameters of the paths, with ids already parsed.

use model::{
    ActionId, AttachmentId, ComponentId, ConnectionId, DataClassId, DomainId, InstanceId, ObjectId, PlaybookActionId,
    PlaybookId, PlaybookInstanceId, PlaybookRuleId, PlaybookVersionId, ProjectId, RoleId, SourceId, TaskId, TemplateId,
    UserId, VersionId, WorkflowId, WorkspaceId,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $id:ty = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
        #[into_params(parameter_in = Path)]
        pub struct $name {
            $(
                #[doc = $text]
                #[param(value_type = String)]
                pub $field: $id,
            )*
        }
    )*};
}

paths! {
    /// A project.
    ProjectPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
    }
    /// A workspace.
    WorkspacePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
    }
    /// A workflow.
    WorkflowPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        workflow_id: WorkflowId = "The workflow, a UUID.",
    }
    /// A version of a workflow.
    VersionPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        version_id: VersionId = "The version, a UUID.",
    }
    /// A workflow instance.
    InstancePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        instance_id: InstanceId = "The instance, a UUID.",
    }
    /// A playbook.
    PlaybookPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        playbook_id: PlaybookId = "The playbook, a UUID.",
    }
    /// A version of a playbook.
    PlaybookVersionPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        version_id: PlaybookVersionId = "The version, a UUID.",
    }
    /// An action of a version of a playbook.
    PlaybookActionPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        version_id: PlaybookVersionId = "The version, a UUID.",
        action_id: PlaybookActionId = "The action, a UUID.",
    }
    /// The rule of a version of a playbook.
    PlaybookRulePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        version_id: PlaybookVersionId = "The version, a UUID.",
        rule_id: PlaybookRuleId = "The rule, a UUID.",
    }
    /// A run of a playbook.
    PlaybookInstancePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        instance_id: PlaybookInstanceId = "The run, a UUID.",
    }
    /// A source of events.
    SourcePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        source_id: SourceId = "The source, a UUID.",
    }
    /// A dead letter.
    DeadLetterPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        letter_id: Uuid = "The dead letter, a UUID.",
    }
    /// A to-do.
    TaskPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        task_id: TaskId = "The to-do, a UUID.",
    }
    /// A data class.
    DataClassPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        dataclass_id: DataClassId = "The data class, a UUID.",
    }
    /// A field of a data class.
    DataClassFieldPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        dataclass_id: DataClassId = "The data class, a UUID.",
        field_id: Uuid = "The field, a UUID.",
    }
    /// An alert.
    AlertPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        alert_id: ObjectId = "The alert, a UUID.",
    }
    /// An incident.
    IncidentPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        incident_id: ObjectId = "The incident, a UUID.",
    }
    /// An indicator.
    IndicatorPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        indicator_id: ObjectId = "The indicator, a UUID.",
    }
    /// A vulnerability.
    VulnerabilityPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        vul_id: ObjectId = "The vulnerability, a UUID.",
    }
    /// A component.
    ComponentPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        component_id: ComponentId = "The component, a UUID.",
    }
    /// An action of a component.
    ActionPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        component_id: ComponentId = "The component, a UUID.",
        action_id: ActionId = "The action, a UUID.",
    }
    /// A template of a component.
    TemplatePath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        template_id: TemplateId = "The template, a UUID.",
    }
    /// An attachment.
    AttachmentPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        attach_id: AttachmentId = "The attachment, a UUID.",
    }
    /// A connection.
    ConnectionPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        asset_id: ConnectionId = "The connection, a UUID.",
    }
    /// A user.
    UserPath {
        user_id: UserId = "The user, 32 hexadecimal characters.",
    }
    /// A role.
    RolePath {
        role_id: RoleId = "The role, 32 hexadecimal characters.",
    }
    /// A user's role in a domain.
    DomainBindingPath {
        domain_id: DomainId = "The domain, 32 hexadecimal characters.",
        user_id: UserId = "The user, 32 hexadecimal characters.",
        role_id: RoleId = "The role, 32 hexadecimal characters.",
    }
    /// A user's role in a project.
    ProjectBindingPath {
        project_id: ProjectId = "The project, 32 hexadecimal characters.",
        user_id: UserId = "The user, 32 hexadecimal characters.",
        role_id: RoleId = "The role, 32 hexadecimal characters.",
    }
    /// A user's role in a workspace.
    WorkspaceBindingPath {
        workspace_id: WorkspaceId = "The workspace, a UUID.",
        user_id: UserId = "The user, 32 hexadecimal characters.",
        role_id: RoleId = "The role, 32 hexadecimal characters.",
    }
}

/// The objects of a data class.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ObjectsPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its name in lower case, mostly in the plural (`resources`), or its id.
    pub dataclass_name: String,
}

/// An object of a data class.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ObjectPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its name in lower case, mostly in the plural (`resources`), or its id.
    pub dataclass_name: String,
    /// The object, a UUID.
    #[param(value_type = String)]
    pub data_object_id: ObjectId,
}

/// An object, and the class of those that it is related to.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RelationPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its name in lower case, mostly in the plural (`resources`), or its id.
    pub dataclass_type: String,
    /// The object, a UUID.
    #[param(value_type = String)]
    pub data_object_id: ObjectId,
    /// The data class of the others, likewise.
    pub related_dataclass_type: String,
}

/// The classes of objects that are related.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RelatedClassesPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its name in lower case, mostly in the plural (`resources`), or its id.
    pub dataclass_type: String,
    /// The data class of the others, likewise.
    pub related_dataclass_type: String,
}

/// The data panel of a class.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PanelPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its id, or its name.
    pub dataclass: String,
}

/// An object in the data panel of its class.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PanelObjectPath {
    /// The project, 32 hexadecimal characters.
    #[param(value_type = String)]
    pub project_id: ProjectId,
    /// The workspace, a UUID.
    #[param(value_type = String)]
    pub workspace_id: WorkspaceId,
    /// The data class: its id, or its name.
    pub dataclass: String,
    /// The object, a UUID.
    #[param(value_type = String)]
    pub dataobject_id: ObjectId,
}
