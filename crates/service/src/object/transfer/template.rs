//! A file to fill in for an import: the fields that an object of a class may be given, and what they hold.

use tokio::sync::mpsc;

use super::cell::Cell;
use super::{Format, ObjectFile, csv, json, xlsx};
use crate::Service;
use crate::ctx::Ctx;
use crate::error::{Error, Language, Text};
use crate::field::Fields;
use crate::object::classes::ClassName;
use crate::object::fill;
use crate::object::shape::{Holds, Member, Members};

impl Service {
    /// The template for imports of a class's objects, in a language.
    pub async fn object_template(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        format: Option<String>,
        language: Language,
    ) -> Result<ObjectFile, Error> {
        let class = self.class_named(ctx, class, |rights| rights.get).await?;
        let mut fields = Fields::new();
        let format = Format::read(&mut fields, format);
        fields.finish()?;
        let mut columns = Vec::new();
        collect(&class.members, "", &mut columns);
        let bytes = write(format, &columns, language).map_err(Error::internal)?;
        let (sender, pieces) = mpsc::channel(1);
        sender.try_send(Ok(bytes.into())).map_err(Error::internal)?;
        Ok(ObjectFile::new(&format!("{}-template", class.name), format, pieces))
    }
}

/// Collects the fields that may be given, members of objects with their paths.
fn collect(members: &Members, prefix: &str, columns: &mut Vec<(String, Text)>) {
    let is_given = |key: &str, member: &Member| !(member.read_only || prefix.is_empty() && fill::is_servers(key));
    for (key, member) in members.iter().filter(|(key, member)| is_given(key, member)) {
        let path = format!("{prefix}{key}");
        match &member.holds {
            Holds::Object(inner) if !inner.is_empty() => collect(inner, &format!("{path}."), columns),
            _ => columns.push((path, hint(member))),
        }
    }
}

/// What a field holds, in words.
fn hint(member: &Member) -> Text {
    let (en, zh) = match &member.holds {
        Holds::Text => ("text".to_owned(), "文本".to_owned()),
        Holds::Time => {
            ("time like 2025-07-18T14:44:46.735Z+0800".into(), "时间，例如2025-07-18T14:44:46.735Z+0800".into())
        }
        Holds::Integer => ("whole number".into(), "整数".into()),
        Holds::Number => ("number".into(), "数字".into()),
        Holds::Boolean => ("true or false".into(), "true或false".into()),
        Holds::OneOf(options) => {
            let list = options.join(", ");
            (format!("one of: {list}"), format!("以下之一：{list}"))
        }
        Holds::Texts => (r#"JSON: ["text"]"#.into(), r#"JSON：["文本"]"#.into()),
        Holds::Object(_) => ("JSON: {}".into(), "JSON：{}".into()),
        Holds::Objects(members) => {
            let keys: Vec<&str> = members.keys().map(|key| &**key).collect();
            let keys = keys.join(", ");
            (format!("JSON: [{{}}] with {keys}"), format!("JSON：[{{}}]，成员：{keys}"))
        }
        Holds::ObjectOrText => ("text or JSON: {}".into(), "文本或JSON：{}".into()),
        Holds::Anything => ("text or JSON".into(), "文本或JSON".into()),
    };
    if member.required { Text::new(format!("required; {en}"), format!("必填；{zh}")) } else { Text::new(en, zh) }
}

/// Two rows: the head, and what the columns hold. The second begins with `#`, so that an import passes over it.
fn write(format: Format, columns: &[(String, Text)], language: Language) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let hints = columns.iter().map(|(_, hint)| hint.in_language(language));
    let cell = |text: &str| Cell::Text(text.to_owned());
    let head: Vec<Cell> = columns.iter().map(|(path, _)| cell(path)).collect();
    let mut second: Vec<Cell> = hints.clone().map(cell).collect();
    if let Some(first) = second.first_mut() {
        *first = Cell::Text(format!("# {}", first.text()));
    }
    let rows = [Ok(head), Ok(second)].into_iter();
    match format {
        Format::Xlsx => xlsx::write(&mut bytes, rows)?,
        Format::Csv => csv::write(&mut bytes, rows)?,
        Format::Json => {
            let object =
                columns.iter().zip(hints).map(|((path, _), hint)| (path.as_str().into(), hint.into())).collect();
            json::write(&mut bytes, [Ok(object)].into_iter())?;
        }
    }
    Ok(bytes)
}
