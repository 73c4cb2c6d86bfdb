//! `muster key`: access keys of a running server.

use anyhow::{Context as _, bail};
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Api, ServerArgs, table, text};
use super::print;

const PATH: &str = "/v3.0/OS-CREDENTIAL/credentials";

/// Manages access keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create an access key and print it. The secret key is not shown again.
    Add {
        /// User who gets it [default: whoever logs in].
        #[arg(long)]
        user: Option<String>,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
    },
    /// List access keys.
    List {
        /// User whose keys [default: whoever logs in].
        #[arg(long)]
        user: Option<String>,
    },
    /// Refuse signatures with an access key from now on.
    Disable {
        /// The access key.
        access_key: String,
    },
    /// Accept signatures with an access key again.
    Enable {
        /// The access key.
        access_key: String,
    },
    /// Delete an access key.
    Delete {
        /// The access key.
        access_key: String,
    },
}

/// Runs the subcommand.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let api = Api::connect(&args.server).await?;
    let done = act(&api, args.action).await;
    let closed = api.close().await.context("cannot end the session");
    // What went wrong first is what matters.
    done.and(closed)
}

async fn act(api: &Api, action: Action) -> anyhow::Result<()> {
    match action {
        Action::Add { user, description } => {
            let mut key = json!({"description": description});
            if let Some(user) = user {
                key["user_id"] = Value::from(api.user_id(&user).await?);
            }
            let reply = api.call(Method::POST, PATH, Some(json!({"credential": key}))).await?;
            let created = &reply["credential"];
            print(&format!("access key: {}\nsecret key: {}", text(&created["access"]), text(&created["secret"])));
        }
        Action::List { user } => {
            let path = match user {
                Some(user) => format!("{PATH}?user_id={}", api.user_id(&user).await?),
                None => PATH.to_owned(),
            };
            let reply = api.call(Method::GET, &path, None).await?;
            let keys = reply["credentials"].as_array().map(Vec::as_slice).unwrap_or_default();
            let row = |key: &Value| {
                ["access", "status", "create_time", "last_use_time", "description"]
                    .map(|field| text(&key[field]))
                    .to_vec()
            };
            let head = ["ACCESS KEY", "STATUS", "CREATED", "LAST USED", "DESCRIPTION"];
            print(&table(&head, &keys.iter().map(row).collect::<Vec<_>>()));
        }
        Action::Disable { access_key } => set_status(api, &access_key, "inactive").await?,
        Action::Enable { access_key } => set_status(api, &access_key, "active").await?,
        Action::Delete { access_key } => {
            api.call(Method::DELETE, &address(&access_key)?, None).await?;
        }
    }
    Ok(())
}

async fn set_status(api: &Api, access_key: &str, status: &str) -> anyhow::Result<()> {
    let body = json!({"credential": {"status": status}});
    api.call(Method::PUT, &address(access_key)?, Some(body)).await?;
    Ok(())
}

fn address(access_key: &str) -> anyhow::Result<String> {
    // Anything else would change the address.
    if access_key.is_empty() || !access_key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        bail!("'{access_key}' is not an access key");
    }
    Ok(format!("{PATH}/{access_key}"))
}
