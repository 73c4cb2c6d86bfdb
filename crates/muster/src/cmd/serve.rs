//! `muster serve`: puts the server together, serves until told to stop, stops in order.

use std::collections::BTreeMap;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use model::time::Zone;
use model::{IdSource, NodeId};
use plugin::{EgressPolicy, Host, HostConfig, Registry, Rule};
use runtime::clock::{SystemClock, V7Ids};
use runtime::script::{Pool, PoolConfig};
use runtime::vault::Vault;
use runtime::{Runtime, WakeQueue, codec};
use server::config::HttpConfig;
use server::health::Readiness;
use server::serve::{ServeOptions, serve};
use server::tls::Tls;
use server::{ApiState, AppState};
use service::attachment::{self, Bucket};
use service::audit::Anchorer;
use service::{Service, Settings, bootstrap};
use store::cluster::Lease;
use store::{Db, Writer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::ServeArgs;
use crate::lock::DataLock;
use crate::{metrics, telemetry};

/// How long effects and requests under way may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(25);
/// How long work in the background, such as removing what a deleted workspace has left, may hold the storage open.
const CLOSE: Duration = Duration::from_secs(2);
/// How often expired tokens are removed, and what deleted workspaces have left.
const PURGE: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the audit record is anchored.
const ANCHOR: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    telemetry::init(&args.log, args.log_format)?;
    let zone = Zone::parse(&args.zone).context("--zone must be an offset like +0800")?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::from_pem_files(certificate, key)?),
        _ => None,
    };
    let http = http_config(&args)?;
    let egress = egress_policy(&args)?;
    let key_file = key_file(&args)?;

    create_folder(&args.data)?;
    let _lock = if args.database.is_none() { Some(DataLock::acquire(&args.data)?) } else { None };
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    let metrics_listener = metrics::bind(&args.metrics_listen).await?;

    let db = open_storage(&args).await?;
    let vault = Arc::new(load_master_key(&args, &key_file, &db).await?);
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(V7Ids));
    let lease = Lease::register(&db, NodeId::new(&*ids), codec::LEVEL, &address.to_string()).await?;
    let wake = Arc::new(WakeQueue::default());
    let waker = Arc::clone(&wake);
    let wake_roots: store::writer::Wake = Arc::new(move |roots| waker.push(roots));
    let writer = Writer::start(&db, &lease, &*ids as &dyn IdSource, &wake_roots);
    let registry = Arc::new(Registry::builtin());
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let runtime = Runtime::new(runtime::Parts {
        db: db.clone(),
        writer: writer.clone(),
        lease,
        wake,
        clock: clock.clone(),
        ids: ids.clone(),
        registry: Arc::clone(&registry),
        host: Host::new(HostConfig { egress, ..HostConfig::default() }, clock.clone()),
        scripts: Pool::new(PoolConfig::new(program, &["script-host"])),
        vault: Arc::clone(&vault),
        limits: engine::Limits::default(),
        address: address.to_string(),
    });
    let attachments = Arc::new(open_attachments(&args)?);
    let service = Service::new(service::Parts {
        db: db.clone(),
        writer: writer.clone(),
        runtime: runtime.clone(),
        vault: Arc::clone(&vault),
        clock: clock.clone(),
        ids: ids.clone(),
        registry,
        attachments,
        settings: Settings { zone, region: args.region.clone(), retention: DAY * args.retention_days },
    });

    let scheme = if tls.is_some() { "https" } else { "http" };
    first_start(&args, &service, &format!("{scheme}://{address}")).await?;
    runtime.run();
    let stop = CancellationToken::new();
    let anchors = tokio::spawn(anchor(Anchorer::new(service.clone()), stop.clone()));
    let purge = tokio::spawn(purge(service.clone()));
    let playbooks = tokio::spawn({
        let (service, stop) = (service.clone(), stop.clone());
        async move { service.run_playbooks(stop).await }
    });
    let intake = CancellationToken::new();
    let sources = tokio::spawn({
        let (service, stop) = (service.clone(), intake.clone());
        async move { service.run_sources(stop).await }
    });
    let metrics = metrics_listener.map(|listener| tokio::spawn(metrics::serve(listener)));

    tracing::info!(%address, scheme, storage = storage_name(&args), "serving");
    let state = ApiState {
        app: AppState {
            http: Arc::new(http),
            authenticator: Arc::new(service.clone()),
            answers: Arc::new(service.clone()),
            readiness: Arc::new(Storage(db.clone())),
            clock: clock.clone(),
            ids,
        },
        service,
    };
    let app = server::app(state, server::routes::all());
    serve(listener, app, ServeOptions { tls, drain: DRAIN, ..ServeOptions::default() }, stopped()).await;

    tracing::info!("stopping");
    purge.abort();
    playbooks.abort();
    // What was fetched is committed, so that nobody has to wait until it comes again.
    intake.cancel();
    if tokio::time::timeout(CLOSE, sources).await.is_err() {
        tracing::info!("messages that were fetched and not taken in will come again");
    }
    runtime.stop(DRAIN).await;
    // The last anchor covers the acts of the stop itself.
    stop.cancel();
    let _ = anchors.await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    // The writer gives its connections back once nobody can write any more.
    drop((runtime, writer));
    if tokio::time::timeout(CLOSE, db.close()).await.is_err() {
        tracing::info!("work in the background is given up; the next start does it");
    }
    tracing::info!("stopped");
    Ok(())
}

fn http_config(args: &ServeArgs) -> anyhow::Result<HttpConfig> {
    let trusted_proxies = args.trusted_proxies.parse().context("--trusted-proxies")?;
    Ok(HttpConfig { host_name: host_name(), trusted_proxies, upload_limit: args.upload_limit, ..HttpConfig::default() })
}

fn egress_policy(args: &ServeArgs) -> anyhow::Result<EgressPolicy> {
    let rules = |option: &str, texts: &[String]| {
        texts
            .iter()
            .map(|text| text.parse::<Rule>().with_context(|| format!("{option}: '{text}'")))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(EgressPolicy {
        allow: rules("--egress-allow", &args.egress_allow)?,
        deny: rules("--egress-deny", &args.egress_deny)?,
    })
}

fn create_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))
}

fn open_attachments(args: &ServeArgs) -> anyhow::Result<attachment::Storage> {
    let place = args.attachments.as_deref();
    if let Some(bucket) = place.and_then(|place| place.strip_prefix("s3://")) {
        if args.s3_access_key.is_some() != args.s3_secret_key.is_some() {
            bail!("the bucket needs both an access key and a secret key, or none of them");
        }
        let (name, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        return Ok(attachment::Storage::bucket(Bucket {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: args.s3_endpoint.clone(),
            region: args.s3_region.clone(),
            access_key: args.s3_access_key.clone(),
            secret_key: args.s3_secret_key.clone(),
        })?);
    }
    let folder = place.map_or_else(|| args.data.join("attachments"), PathBuf::from);
    create_folder(&folder)?;
    Ok(attachment::Storage::folder(&folder)?)
}

async fn open_storage(args: &ServeArgs) -> anyhow::Result<Db> {
    let opened = match &args.database {
        // The URL may hold a password, so errors do not repeat it.
        Some(url) => Db::open_postgres(url).await.context("cannot reach the database"),
        None => {
            let file = args.data.join("muster.db");
            // SQLite gives its log and its index the mode of the database.
            std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(&file)
                .with_context(|| format!("cannot open {}", file.display()))?;
            Db::open_sqlite(&file).await.with_context(|| format!("cannot open {}", file.display()))
        }
    };
    let db = opened?;
    store::migrate::migrate(&db).await.context("cannot bring the storage to this release's schema")?;
    Ok(db)
}

/// The file of the master key.
fn key_file(args: &ServeArgs) -> anyhow::Result<PathBuf> {
    match &args.master_key_file {
        Some(path) => Ok(path.clone()),
        None if args.database.is_some() => {
            bail!("with --database, MUSTER_MASTER_KEY_FILE must name the file of the master key")
        }
        None => Ok(args.data.join("master.key")),
    }
}

/// The master key: made on the first start of embedded storage, otherwise expected to be there.
async fn load_master_key(args: &ServeArgs, file: &Path, db: &Db) -> anyhow::Result<Vault> {
    let first = args.database.is_none() && !bootstrap::is_done(db).await?;
    let vault = if first { Vault::load_or_create(file) } else { Vault::load(file) };
    Ok(vault?)
}

/// On empty storage, creates the first credentials and writes `bootstrap.json`.
async fn first_start(args: &ServeArgs, service: &Service, endpoint: &str) -> anyhow::Result<()> {
    let given = bootstrap::Given {
        password: args.bootstrap_password.clone(),
        access_key: args.bootstrap_ak.clone(),
        secret_key: args.bootstrap_sk.clone(),
    };
    let file = args.data.join("bootstrap.json");
    let target = file.clone();
    if service.bootstrap(endpoint, given, move |created| created.write_file(&target)).await?.is_some() {
        tracing::info!(file = %file.display(), "first start: the administrator's credentials are in this file");
    }
    Ok(())
}

fn storage_name(args: &ServeArgs) -> &'static str {
    if args.database.is_some() { "postgresql" } else { "sqlite" }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map_or_else(|_| "localhost".into(), |name| name.trim().into())
}

/// Resolves on SIGTERM or SIGINT.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("cannot listen for signals; stop the process with SIGKILL, which loses nothing");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Anchors the audit record every second, and once more at the end.
async fn anchor(mut anchorer: Anchorer, stop: CancellationToken) {
    let mut interval = tokio::time::interval(ANCHOR);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last = false;
    while !last {
        tokio::select! {
            _ = interval.tick() => {}
            () = stop.cancelled() => last = true,
        }
        if let Err(error) = anchorer.run_once().await {
            tracing::warn!(%error, "cannot anchor the audit record; trying again");
        }
    }
}

/// Removes expired tokens, old idempotency keys, what deleted workspaces have left, records that have had their time, and
/// the bytes of attachments that are deleted.
async fn purge(service: Service) {
    let mut interval = tokio::time::interval(PURGE);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = service.purge_tokens().await {
            tracing::warn!(%error, "cannot remove expired tokens; trying again");
        }
        if let Err(error) = service.purge_keys().await {
            tracing::warn!(%error, "cannot remove old idempotency keys; trying again");
        }
        if let Err(error) = service.purge_deleted_workspaces().await {
            tracing::warn!(%error, "cannot remove what deleted workspaces have left; trying again");
        }
        if let Err(error) = service.purge_records().await {
            tracing::warn!(%error, "cannot remove records that have had their time; trying again");
        }
        if let Err(error) = service.purge_objects().await {
            tracing::warn!(%error, "cannot remove data objects that have had their time; trying again");
        }
        if let Err(error) = service.sweep_attachments().await {
            tracing::warn!(%error, "cannot remove the bytes of deleted attachments; trying again");
        }
    }
}

/// Whether the storage answers.
struct Storage(Db);

#[async_trait]
impl Readiness for Storage {
    async fn checks(&self) -> BTreeMap<&'static str, bool> {
        let answers = tokio::time::timeout(Duration::from_secs(2), self.0.ping()).await;
        BTreeMap::from([("storage", matches!(answers, Ok(Ok(()))))])
    }
}
