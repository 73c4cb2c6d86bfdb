//! The command line and the environment: the only place that reads either.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::cmd;

/// Muster: a self-hosted security-orchestration server.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Migrate the storage, then serve.
    Serve(Box<ServeArgs>),
    /// Verify the audit record.
    Audit(cmd::audit::Args),
    /// Manage users of a running server.
    User(cmd::user::Args),
    /// Manage access keys of a running server.
    Key(cmd::key::Args),
    /// Rehearse, test and check workflows from their files, without a server.
    Workflow(cmd::workflow::Args),
    /// Print the OpenAPI document.
    Openapi,
    /// Run scripts that the server sends (started by the server).
    #[command(hide = true)]
    ScriptHost,
}

/// Settings of `muster serve`. Each can also be given as the environment variable named with it.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Folder of the embedded storage, the master key and bootstrap.json.
    #[arg(long, env = "MUSTER_DATA", default_value = "./muster-data")]
    pub(crate) data: PathBuf,
    /// Address that the API listens on.
    #[arg(long, env = "MUSTER_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// PostgreSQL to use instead of the embedded storage: postgres://user:password@host/name.
    #[arg(long, env = "MUSTER_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Name of the region, which is also the name of the first project.
    #[arg(long, env = "MUSTER_REGION", default_value = "local-1")]
    pub(crate) region: String,
    /// Offset from UTC that times are written in.
    #[arg(long, env = "MUSTER_ZONE", default_value = "+0800", allow_hyphen_values = true)]
    pub(crate) zone: String,
    /// Days that ended runs of playbooks, and events that could not be taken in, are kept.
    #[arg(long, env = "MUSTER_RETENTION_DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) retention_days: u32,
    /// Certificate chain (PEM) for TLS.
    #[arg(long, env = "MUSTER_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key (PEM) for TLS.
    #[arg(long, env = "MUSTER_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Networks of proxies whose forwarded headers count, comma-separated.
    #[arg(long, env = "MUSTER_TRUSTED_PROXIES", default_value = "", hide_default_value = true)]
    pub(crate) trusted_proxies: String,
    /// Address of the metrics listener, or "off".
    #[arg(long, env = "MUSTER_METRICS_LISTEN", default_value = "127.0.0.1:9464")]
    pub(crate) metrics_listen: String,
    /// File of the master key [default: <data>/master.key].
    #[arg(long, env = "MUSTER_MASTER_KEY_FILE")]
    pub(crate) master_key_file: Option<PathBuf>,
    /// Destinations that connectors may reach beside the public internet: networks, hosts, *.suffixes, each with an
    /// optional port, comma-separated.
    #[arg(long, env = "MUSTER_EGRESS_ALLOW", value_delimiter = ',')]
    pub(crate) egress_allow: Vec<String>,
    /// Destinations that connectors may not reach; wins over what is allowed.
    #[arg(long, env = "MUSTER_EGRESS_DENY", value_delimiter = ',')]
    pub(crate) egress_deny: Vec<String>,
    /// What to log: a level, or levels by module.
    #[arg(long, env = "MUSTER_LOG", default_value = "info")]
    pub(crate) log: String,
    /// How to log.
    #[arg(long, env = "MUSTER_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Where attachments are kept: a folder, or a bucket as s3://name/prefix [default: <data>/attachments].
    #[arg(long, env = "MUSTER_ATTACHMENTS")]
    pub(crate) attachments: Option<String>,
    /// Address of the bucket's service, when it is not Amazon's own.
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    pub(crate) s3_endpoint: Option<String>,
    /// Region of the bucket.
    #[arg(long, env = "AWS_REGION")]
    pub(crate) s3_region: Option<String>,
    /// Access key for the bucket; by default the machine's own role.
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true)]
    pub(crate) s3_access_key: Option<String>,
    /// Secret key for the bucket.
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub(crate) s3_secret_key: Option<String>,
    /// Largest upload, in bytes.
    #[arg(long, env = "MUSTER_UPLOAD_LIMIT", default_value_t = 1 << 30)]
    pub(crate) upload_limit: u64,
    /// Password of the first administrator; made up when absent.
    #[arg(long, env = "MUSTER_BOOTSTRAP_PASSWORD", hide = true, hide_env_values = true)]
    pub(crate) bootstrap_password: Option<String>,
    /// First access key; made up when absent.
    #[arg(long, env = "MUSTER_BOOTSTRAP_AK", hide = true, hide_env_values = true)]
    pub(crate) bootstrap_ak: Option<String>,
    /// First secret key; made up when absent.
    #[arg(long, env = "MUSTER_BOOTSTRAP_SK", hide = true, hide_env_values = true)]
    pub(crate) bootstrap_sk: Option<String>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
