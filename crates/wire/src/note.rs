//! Notes: comments on data objects. Deleting them takes a [`crate::data_object::BatchIdsIn`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body that writes a note (`CreateNoteRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NoteIn {
    /// The object that it is about.
    pub war_room_id: Option<String>,
    /// The kind of the note.
    #[serde(rename = "type")]
    #[schema(required = true, nullable = false)]
    pub kind: Option<String>,
    /// The text.
    #[schema(required = true, nullable = false)]
    pub content: Option<String>,
    /// What it tells about.
    pub note_type: Option<String>,
}

/// The body that searches notes (`ListNotesRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct NoteSearchIn {
    /// How many rows to answer.
    #[schema(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// How many rows to skip.
    #[schema(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// `create_time` or `update_time`.
    #[schema(example = "create_time")]
    pub sort_by: Option<String>,
    /// `ASC` or `DESC`, in either case.
    #[schema(example = "DESC")]
    pub order: Option<String>,
    /// Only notes written at this time or later.
    pub from_date: Option<String>,
    /// Only notes written at this time or earlier.
    pub to_date: Option<String>,
    /// Only notes about this object.
    pub war_room_id: Option<String>,
}

/// A note (`NotesDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NoteOut {
    /// When it was written.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The text.
    pub data: NoteContentOut,
    /// The id, a UUID.
    pub id: String,
    /// False: deleted notes are not answered.
    pub is_deleted: bool,
    /// True: it is a comment.
    pub marked_note: bool,
    /// What it tells about.
    pub note_type: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The kind of the note.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who wrote it.
    pub user: NoteUserOut,
    /// The object that it is about.
    pub war_room_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The text again: the contract has it twice.
    pub content: NoteContentOut,
}

/// The text of a note (`NotesDetailData`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NoteContentOut {
    /// The text.
    pub content: String,
}

/// Who wrote a note (`NotesDetailUser`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NoteUserOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::envelope::FlagReply;

    #[test]
    fn a_note_is_read_and_answered() {
        let body: NoteIn =
            serde_json::from_str(r#"{"war_room_id":"0198a1","type":"textMessage","content":"seen"}"#).expect("parses");
        assert_eq!((body.kind.as_deref(), body.content.as_deref()), (Some("textMessage"), Some("seen")));
        let content = NoteContentOut { content: "seen".into() };
        let note = NoteOut { kind: "textMessage".into(), data: content.clone(), content, ..Default::default() };
        let answer = serde_json::to_value(FlagReply::new(note)).expect("serialises");
        assert_eq!(answer["data"]["type"], "textMessage");
        assert_eq!(answer["data"]["data"], json!({"content": "seen"}));
        assert_eq!(answer["data"]["user"], json!({"id": "", "name": ""}));
        assert!(answer.get("request_id").is_none(), "{answer}");
    }
}
