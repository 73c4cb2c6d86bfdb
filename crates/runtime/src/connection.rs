//! Opening connections for the connectors that use them. Their secrets live as long as the call.

use engine::command::Failure;
use model::Tenant;
use plugin::ConnectionConfig;

use crate::Inner;
use crate::effect::permanent;
use crate::vault::Aad;

/// The kind that sealed connections are bound to.
pub const SEALED_AS: &str = "connection";

/// The connection of a component, by id or name.
pub(crate) async fn open(
    inner: &Inner,
    tenant: Tenant,
    component: &str,
    connection: &str,
) -> Result<ConnectionConfig, Failure> {
    let unavailable = |error: store::Error| Failure {
        code: "Connection.Unavailable".into(),
        message: error.to_string(),
        retryable: true,
        retry_after_ms: None,
    };
    let mut conn = inner.db.read().await.map_err(unavailable)?;
    let row = store::connection::find(&mut conn, tenant, connection).await.map_err(unavailable)?;
    drop(conn);
    let row = row.ok_or_else(|| permanent("Connection.NotFound", format!("there is no connection '{connection}'")))?;
    let found = inner.registry.component(component).filter(|found| found.id == row.component_id);
    let Some(found) = found else {
        return Err(permanent(
            "Connection.Component",
            format!("the connection '{connection}' belongs to the component '{}'", row.component_name),
        ));
    };
    if !row.enabled {
        return Err(permanent("Connection.Disabled", format!("the connection '{connection}' is disabled")));
    }
    let unreadable = || {
        permanent("Connection.Sealed", format!("the connection '{connection}' cannot be opened with this master key"))
    };
    let aad = Aad::of_tenant(tenant, SEALED_AS, &row.id.to_string());
    let secret = inner.vault.open(&aad, &row.config).map_err(|_| unreadable())?;
    let config = std::str::from_utf8(secret.expose()).map_err(|_| unreadable())?;
    ConnectionConfig::open(&found.connection, config)
        .map_err(|error| permanent("Connection.Invalid", format!("the connection '{connection}': {error}")))
}
