//! How the objects of a class are kept: which that arrive are the same one, and how long they stay.

use model::{DataClassId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::dataclass::{self as rows, DataClassRow};

use super::{Shown, not_found};
use crate::Service;
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;

/// Rules of one class.
const RULES: usize = 50;
/// Fields of one rule.
const FIELDS: usize = 10;
/// The longest window of a rule, in seconds.
pub(crate) const LONGEST_WINDOW: u32 = 30 * 24 * 60 * 60;
/// The longest that objects can be said to stay, in days.
const LONGEST_RETENTION: u32 = 36_500;

/// How the objects of a class are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassSettings {
    /// Which objects that arrive are the same one; of several rules, the one that names the subtype of an object
    /// decides, then the one that names its type, then the one that names none.
    pub deduplication: Vec<DedupRule>,
    /// Days after its last change that an object is deleted; without it, it stays.
    pub retention_days: Option<u32>,
}

/// Which objects of a type are the same one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DedupRule {
    /// A type or subtype of the class as its objects name it, in any case; empty: every type.
    pub kind: String,
    /// The fields that have the same values: paths as conditions have them.
    pub fields: Vec<String>,
    /// Seconds that may pass without another one until the next is a new object again.
    pub window: u32,
}

impl ClassSettings {
    /// Reads what a row keeps.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(Error::internal)
    }

    fn check(&self, fields: &mut Fields) {
        if self.deduplication.len() > RULES {
            fields.violation(
                format!("deduplication must have at most {RULES} rules"),
                format!("deduplication最多{RULES}条规则"),
            );
        }
        for (place, rule) in self.deduplication.iter().enumerate() {
            let field = format!("deduplication[{place}]");
            if self.deduplication[..place].iter().any(|other| other.kind.eq_ignore_ascii_case(&rule.kind)) {
                fields.violation(
                    format!("{field}.type: there is a rule for '{}' already", rule.kind),
                    format!("{field}.type：类型'{}'已有规则", rule.kind),
                );
            }
            if rule.fields.is_empty() || rule.fields.len() > FIELDS {
                fields.violation(
                    format!("{field}.fields must name 1 to {FIELDS} fields"),
                    format!("{field}.fields必须包含1到{FIELDS}个字段"),
                );
            }
            for path in &rule.fields {
                if let Err(problem) = expr::condition::values_at(&model::Value::Null, path, 1) {
                    fields.violation(
                        format!("{field}.fields: '{path}' {problem}"),
                        format!("{field}.fields：'{path}' {problem}"),
                    );
                }
            }
            if !(1..=LONGEST_WINDOW).contains(&rule.window) {
                fields.violation(
                    format!("{field}.window_seconds must be between 1 and {LONGEST_WINDOW}"),
                    format!("{field}.window_seconds必须在1到{LONGEST_WINDOW}之间"),
                );
            }
        }
        if self.retention_days.is_some_and(|days| !(1..=LONGEST_RETENTION).contains(&days)) {
            fields.violation(
                format!("retention_days must be between 1 and {LONGEST_RETENTION}"),
                format!("retention_days必须在1到{LONGEST_RETENTION}之间"),
            );
        }
    }
}

/// Changes a class, and says who did. Gives it as it is now.
pub(super) async fn changed(
    tx: &mut Tx,
    ctx: &Ctx,
    id: DataClassId,
    now: Timestamp,
    change: impl FnOnce(&mut DataClassRow),
) -> Result<DataClassRow, Error> {
    let mut row = rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
    change(&mut row);
    row.modifier_id = Some(ctx.caller.principal.user);
    row.modifier_name.clone_from(&ctx.caller.principal.name);
    row.update_time = now;
    rows::update(tx, &row).await?;
    Ok(row)
}

impl Service {
    /// How the objects of a class are kept.
    pub async fn get_class_settings(&self, ctx: &Ctx, id: DataClassId) -> Result<ClassSettings, Error> {
        let Shown { row, .. } = self.get_dataclass(ctx, id).await?;
        ClassSettings::read(&row.settings)
    }

    /// Says how the objects of a class are kept from now on: what is left out is off.
    pub async fn set_class_settings(
        &self,
        ctx: &Ctx,
        id: DataClassId,
        settings: ClassSettings,
    ) -> Result<ClassSettings, Error> {
        ctx.require("secmaster:dataclass:settings")?;
        let mut fields = Fields::new();
        settings.check(&mut fields);
        fields.finish()?;
        let text = match settings == ClassSettings::default() {
            true => String::new(),
            false => serde_json::to_string(&settings).map_err(Error::internal)?,
        };
        let (ctx, now) = (ctx.clone(), self.now());
        let tenant = ctx.tenant;
        let written = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                changed(tx, &ctx, id, now, |row| row.settings = text).await?;
                tx.audit(ctx.audit(now, "dataclass.settings", id));
                Ok::<_, Error>(())
            })
        });
        written.await?;
        self.inner.classes.forget(tenant, id);
        Ok(settings)
    }
}
