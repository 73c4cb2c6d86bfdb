//! `muster user`: users of a running server.

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};
use service::identity::random_password;

use super::client::{Api, ServerArgs, password_from_stdin, table, text};
use super::print;

/// Manages users.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a user; prints the password when it was made up.
    Add {
        /// Name of the user.
        name: String,
        /// Who that is.
        #[arg(long, default_value = "")]
        description: String,
        /// Role in the whole domain; may be given several times.
        #[arg(long = "role")]
        roles: Vec<String>,
        /// Read the password from standard input.
        #[arg(long, conflicts_with = "no_password")]
        password_stdin: bool,
        /// Without a password, the user can only use access keys.
        #[arg(long)]
        no_password: bool,
    },
    /// List users.
    List,
    /// Refuse the user's credentials from now on, and end their tokens.
    Disable {
        /// Name of the user.
        name: String,
    },
    /// Accept the user's credentials again.
    Enable {
        /// Name of the user.
        name: String,
    },
    /// Set a new password, which ends the user's tokens; prints it when it was made up.
    Password {
        /// Name of the user.
        name: String,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Delete a user with their tokens, access keys and roles.
    Delete {
        /// Name of the user.
        name: String,
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
        Action::Add { name, description, roles, password_stdin, no_password } => {
            let password = match (no_password, password_stdin) {
                (true, _) => None,
                (false, true) => Some((password_from_stdin()?, false)),
                (false, false) => Some((random_password()?, true)),
            };
            add(api, &name, &description, &roles, password).await
        }
        Action::List => list(api).await,
        Action::Disable { name } => change(api, &name, json!({"enabled": false})).await,
        Action::Enable { name } => change(api, &name, json!({"enabled": true})).await,
        Action::Password { name, password_stdin } => {
            let (password, made_up) =
                if password_stdin { (password_from_stdin()?, false) } else { (random_password()?, true) };
            change(api, &name, json!({"password": password})).await?;
            if made_up {
                print(&format!("password: {password}"));
            }
            Ok(())
        }
        Action::Delete { name } => {
            let id = api.user_id(&name).await?;
            api.call(Method::DELETE, &format!("/v3/users/{id}"), None).await?;
            Ok(())
        }
    }
}

/// `password` is told with whether it was made up.
async fn add(
    api: &Api,
    name: &str,
    description: &str,
    roles: &[String],
    password: Option<(String, bool)>,
) -> anyhow::Result<()> {
    // Before the user exists: a name that is wrong must not leave half of what was asked for.
    let mut role_ids = Vec::with_capacity(roles.len());
    for role in roles {
        let found = api.named("/v3/roles", "roles", role).await?;
        role_ids.push(found.map(|role| text(&role["id"])).ok_or_else(|| anyhow!("there is no role {role}"))?);
    }
    let mut user = json!({"name": name, "description": description});
    if let Some((password, _)) = &password {
        user["password"] = Value::from(password.as_str());
    }
    let created = api.call(Method::POST, "/v3/users", Some(json!({"user": user}))).await?;
    let id = text(&created["user"]["id"]);
    print(&format!("user: {id}"));
    if let Some((password, true)) = &password {
        print(&format!("password: {password}"));
    }
    for role in role_ids {
        let path = format!("/v3/domains/{}/users/{id}/roles/{role}", api.domain_id);
        api.call(Method::PUT, &path, None).await.context("the user exists, but a role cannot be given")?;
    }
    Ok(())
}

async fn list(api: &Api) -> anyhow::Result<()> {
    let reply = api.call(Method::GET, "/v3/users", None).await?;
    let users = reply["users"].as_array().map(Vec::as_slice).unwrap_or_default();
    let row = |user: &Value| {
        let enabled = if user["enabled"] == true { "yes" } else { "no" };
        vec![text(&user["id"]), text(&user["name"]), enabled.to_owned(), text(&user["description"])]
    };
    print(&table(&["ID", "NAME", "ENABLED", "DESCRIPTION"], &users.iter().map(row).collect::<Vec<_>>()));
    Ok(())
}

async fn change(api: &Api, name: &str, fields: Value) -> anyhow::Result<()> {
    let id = api.user_id(name).await?;
    api.call(Method::PATCH, &format!("/v3/users/{id}"), Some(json!({"user": fields}))).await?;
    Ok(())
}
