//! A client of a running server, for subcommands that manage it.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Certificate, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Which server, as whom. What is not given comes from bootstrap.json.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// Folder with the bootstrap.json of the first start.
    #[arg(long, env = "MUSTER_DATA", default_value = "./muster-data", global = true)]
    data: PathBuf,
    /// Address of the server: https://soar.example:8443.
    #[arg(long, env = "MUSTER_ENDPOINT", global = true)]
    endpoint: Option<String>,
    /// Domain to log in to.
    #[arg(long, env = "MUSTER_DOMAIN", global = true)]
    domain: Option<String>,
    /// User to log in as; the password comes from MUSTER_PASSWORD.
    #[arg(long, env = "MUSTER_USER", global = true)]
    login: Option<String>,
    /// Their password.
    #[arg(long, env = "MUSTER_PASSWORD", hide = true, hide_env_values = true, global = true)]
    login_password: Option<String>,
    /// Certificate authority (PEM) that the server's certificate comes from, when it is no public one.
    #[arg(long, env = "MUSTER_CA_FILE", global = true)]
    ca_file: Option<PathBuf>,
}

/// What the first start wrote; only these fields are needed here.
#[derive(Default, Deserialize)]
struct FirstCredentials {
    endpoint: Option<String>,
    domain_name: Option<String>,
    user_name: Option<String>,
    password: Option<String>,
}

/// A session with the server. [`Api::close`] ends it there.
pub(crate) struct Api {
    http: reqwest::Client,
    endpoint: String,
    token: String,
    /// The domain of whoever logged in.
    pub(crate) domain_id: String,
}

impl Api {
    /// Logs in.
    pub(crate) async fn connect(args: &ServerArgs) -> anyhow::Result<Self> {
        let file = args.data.join("bootstrap.json");
        let first = read_first(&file)?;
        let or_first = |given: &Option<String>, first: Option<String>, option: &str| {
            given.clone().or(first).ok_or_else(|| anyhow!("{option} is needed: there is no {}", file.display()))
        };
        let endpoint = or_first(&args.endpoint, first.endpoint, "--endpoint")?.trim_end_matches('/').to_owned();
        let domain = or_first(&args.domain, first.domain_name, "--domain")?;
        // The password in the file is that of the user in the file.
        let same = args.login.is_none() || args.login == first.user_name;
        let password = first.password.filter(|_| same);
        let user = or_first(&args.login, first.user_name, "--login")?;
        let password = args.login_password.clone().or(password);
        let password = password.ok_or_else(|| anyhow!("MUSTER_PASSWORD must hold the password of {user}"))?;

        let http = http_client(args.ca_file.as_deref())?;
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": user, "password": password, "domain": {"name": domain},
            }}},
            "scope": {"domain": {"name": domain}},
        }});
        let request = http.post(format!("{endpoint}/v3/auth/tokens")).json(&body);
        let response = request.send().await.with_context(|| format!("cannot reach {endpoint}"))?;
        let token = response.headers().get("x-subject-token").and_then(|token| token.to_str().ok()).map(str::to_owned);
        let reply = read(response).await.context("cannot log in")?;
        let token = token.ok_or_else(|| anyhow!("{endpoint} is not a Muster server: it gives no token"))?;
        Ok(Self { http, endpoint, token, domain_id: text(&reply["token"]["user"]["domain"]["id"]) })
    }

    /// Ends the session.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let request = self.http.delete(format!("{}/v3/auth/tokens", self.endpoint));
        self.send(request.header("X-Subject-Token", &self.token)).await.map(drop)
    }

    /// One call; the answer is null when it has no body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.endpoint));
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.send(request).await
    }

    /// A list, narrowed to what has a name.
    pub(crate) async fn named(&self, path: &str, list: &str, name: &str) -> anyhow::Result<Option<Value>> {
        let address = Url::parse_with_params(&format!("{}{path}", self.endpoint), [("name", name)])?;
        let reply = self.send(self.http.get(address)).await?;
        Ok(reply[list].as_array().and_then(|rows| rows.first()).cloned())
    }

    /// The id of a user by name.
    pub(crate) async fn user_id(&self, name: &str) -> anyhow::Result<String> {
        let user = self.named("/v3/users", "users", name).await?;
        user.map(|user| text(&user["id"])).ok_or_else(|| anyhow!("there is no user {name}"))
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
        let sent = request.header("X-Auth-Token", &self.token).send().await;
        read(sent.with_context(|| format!("cannot reach {}", self.endpoint))?).await
    }
}

fn read_first(file: &Path) -> anyhow::Result<FirstCredentials> {
    match std::fs::read(file) {
        Ok(content) => serde_json::from_slice(&content).with_context(|| format!("cannot read {}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(FirstCredentials::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn http_client(ca_file: Option<&Path>) -> anyhow::Result<reqwest::Client> {
    // The server is the operator's own: a proxy for the internet is not on the way to it.
    let mut builder = reqwest::Client::builder().timeout(TIMEOUT).no_proxy();
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let found = Certificate::from_pem_bundle(&pem);
        for certificate in found.with_context(|| format!("{} holds no PEM certificate", file.display()))? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().context("cannot make an HTTP client")
}

/// The body of a success, or the message of a failure.
async fn read(response: Response) -> anyhow::Result<Value> {
    let status = response.status();
    let body = response.bytes().await.context("the answer was cut off")?;
    let value: Value = match serde_json::from_slice(&body) {
        Ok(value) => value,
        Err(_) if status == StatusCode::NO_CONTENT => Value::Null,
        Err(_) => bail!("the server answered {status} without JSON"),
    };
    if status.is_success() {
        return Ok(value);
    }
    bail!("{} ({})", text(&value["error_msg"]), text(&value["error_code"]))
}

/// The text of a JSON value; empty when it is none.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A password from the first line of standard input.
pub(crate) fn password_from_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() { bail!("standard input holds no password") } else { Ok(password.to_owned()) }
}

/// Rows in aligned columns, headed by their names.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&head).chain(rows).collect();
    let widths: Vec<usize> = (0..head.len())
        .map(|column| all.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
        .collect();
    let lines = all.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["alice".to_owned(), "yes".to_owned()], vec!["王".to_owned(), String::new()]];
        assert_eq!(table(&["NAME", "ENABLED"], &rows), "NAME   ENABLED\nalice  yes\n王");
    }
}
