//! The data panel: many objects of a class at once.

use model::Map;

use crate::Service;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;
use crate::object::{ClassName, CreateObject, DataObject, Origin, Outcome};

/// Objects that one call may create.
const MOST: usize = 1_000;

/// Objects to create.
#[derive(Debug, Clone, Default)]
pub struct CreateObjects {
    /// The version of the form that they have; 1 by default.
    pub format_version: Option<i64>,
    /// What those are called that do not say so themselves.
    pub name: Option<String>,
    /// How they came, as for a single one.
    pub kind: Option<String>,
    /// Their fields, 1 to 1 000 objects.
    pub objects: Option<Vec<Map>>,
}

impl Service {
    /// Creates objects: all of them, or none when one of them is wrong.
    pub async fn create_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        origin: Origin,
        input: CreateObjects,
    ) -> Result<Vec<DataObject>, Error> {
        let class = self.class_named(ctx, class, |rights| rights.create).await?;
        let objects = input.objects.unwrap_or_default();
        let mut fields = Fields::new();
        if objects.is_empty() || objects.len() > MOST {
            fields.violation(
                format!("data_object_list must have 1 to {MOST} objects"),
                format!("data_object_list必须包含1到{MOST}个对象"),
            );
            return Err(fields.finish().expect_err("there is a violation"));
        }
        let mut changes = Vec::with_capacity(objects.len());
        for (place, data) in objects.into_iter().enumerate() {
            let object = CreateObject {
                id: None,
                format_version: input.format_version,
                name: input.name.clone(),
                kind: input.kind.clone(),
                data: Some(data),
            };
            match self.new_object(ctx, &class, origin, object) {
                Ok(change) => changes.push(change),
                Err(error) => fields.violation(
                    format!("data_object_list[{place}]: {}", error.message().en),
                    format!("data_object_list[{place}]：{}", error.message().zh),
                ),
            }
        }
        fields.finish()?;
        let created = self.write_objects(ctx, origin, changes).await?.into_iter().map(|outcome| match outcome {
            Outcome::Done(object) | Outcome::Repeated(object) => Ok(*object),
            Outcome::Taken | Outcome::Stale => Err(Error::internal("a new id is taken")),
        });
        created.collect()
    }
}
