//! A server without HTTP for each test: its storage, its clock, its administrator.

mod roles;
mod signatures;
mod tenancy;
mod tokens;
mod users;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::principal::Scope;
use model::time::Zone;
use model::{Clock, DomainId, IdSource, NodeId, ProjectId, Timestamp, UserId, WorkspaceId};
use plugin::{Host, HostConfig, Registry};
use runtime::clock::V7Ids;
use runtime::script::{Pool, PoolConfig};
use runtime::vault::Vault;
use runtime::{Runtime, WakeQueue, codec};
use store::cluster::Lease;
use store::{Db, Writer, migrate};
use tempfile::TempDir;
use testkit::postgres::Database;

use super::Reference;
use super::role::{Role, RoleFields};
use super::token::{CreateToken, IssuedToken, PasswordLogin};
use super::user::{User, UserFields};
use crate::attachment::Storage;
use crate::bootstrap::{Bootstrap, Given};
use crate::{Caller, Error, RequestInfo, Service, Settings};

/// Makes two tests of each function: one on a fresh SQLite file, one on a fresh PostgreSQL database.
macro_rules! on_both {
    ($(async fn $name:ident($home:ident: Home) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($home: Home) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(Home::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(home) = Home::postgres().await {
                    run(home).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const MASTER_KEY: [u8; 32] = [7; 32];

/// A clock that stands still until it is moved.
pub(crate) struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// An installation after its first start.
pub(crate) struct Home {
    pub(crate) service: Service,
    pub(crate) first: Bootstrap,
    empty: Empty,
}

/// Migrated storage before the first start.
pub(crate) struct Empty {
    pub(crate) db: Db,
    pub(crate) clock: Arc<ManualClock>,
    place: Place,
}

enum Place {
    File(TempDir),
    Server(Database),
}

impl Empty {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open_sqlite(&folder.path().join("muster.db")).await.expect("the file opens");
        Self::new(db, Place::File(folder)).await
    }

    /// None when PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let database = testkit::postgres::database()?;
        let db = Db::open_postgres(database.url()).await.expect("the database opens");
        Some(Self::new(db, Place::Server(database)).await)
    }

    async fn new(db: Db, place: Place) -> Self {
        migrate::migrate(&db).await.expect("migrations apply");
        let start = Timestamp::parse("2026-01-02T03:04:05Z", Zone::DEFAULT).expect("a time");
        Self { db, clock: Arc::new(ManualClock(AtomicI64::new(start.0))), place }
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> PathBuf {
        match &self.place {
            Place::File(folder) => folder.path().join("muster.db"),
            Place::Server(_) => panic!("not on SQLite"),
        }
    }

    /// A node with connections of its own.
    pub(crate) async fn node(&self, master_key: &[u8; 32]) -> Service {
        let db = match &self.place {
            Place::File(_) => Db::open_sqlite(&self.file()).await,
            Place::Server(database) => Db::open_postgres(database.url()).await,
        };
        let db = db.expect("the database opens again");
        let (ids, clock) = (Arc::new(V7Ids), Arc::clone(&self.clock) as Arc<dyn Clock>);
        let lease = Lease::register(&db, NodeId::new(&*ids), codec::LEVEL, "127.0.0.1:0").await.expect("registers");
        let wake = Arc::new(WakeQueue::default());
        let waker = Arc::clone(&wake);
        let wake_roots: store::writer::Wake = Arc::new(move |roots| waker.push(roots));
        let writer = Writer::start(&db, &lease, &*ids as &dyn IdSource, &wake_roots);
        let registry = Arc::new(Registry::builtin());
        let vault = Arc::new(Vault::new(master_key));
        let runtime = Runtime::new(runtime::Parts {
            db: db.clone(),
            writer: writer.clone(),
            lease,
            wake,
            clock: Arc::clone(&clock),
            ids: ids.clone(),
            registry: Arc::clone(&registry),
            host: Host::new(HostConfig::default(), Arc::clone(&clock)),
            scripts: Pool::new(PoolConfig::new("/nonexistent", &[])),
            vault: Arc::clone(&vault),
            limits: engine::Limits::default(),
            address: String::new(),
        });
        Service::new(crate::Parts {
            db,
            writer,
            runtime,
            vault,
            clock,
            ids,
            registry,
            attachments: Arc::new(Storage::folder(&std::env::temp_dir()).expect("opens")),
            settings: Settings { zone: Zone::DEFAULT, region: "local-1".into(), retention: Duration::MAX },
        })
    }

    /// Runs a statement behind the service's back.
    pub(crate) async fn meddle(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.place {
            Place::File(_) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
                let pool = sqlx::SqlitePool::connect_with(options).await.expect("connects");
                sqlx::raw_sql(sql).execute(&pool).await.expect("the statement runs");
                pool.close().await;
            }
            Place::Server(database) => {
                let pool = sqlx::PgPool::connect(database.url()).await.expect("connects");
                sqlx::raw_sql(sql).execute(&pool).await.expect("the statement runs");
                pool.close().await;
            }
        }
    }
}

impl Home {
    pub(crate) async fn sqlite() -> Self {
        Self::new(Empty::sqlite().await).await
    }

    pub(crate) async fn postgres() -> Option<Self> {
        Some(Self::new(Empty::postgres().await?).await)
    }

    async fn new(empty: Empty) -> Self {
        let service = empty.node(&MASTER_KEY).await;
        let given = Given { password: Some(PASSWORD.into()), ..Given::default() };
        let first = service.bootstrap("http://127.0.0.1:8080", given, |_| Ok(())).await.expect("starts");
        Self { service, first: first.expect("the storage was empty"), empty }
    }

    /// Another node on the same storage. On SQLite that is not allowed in production, but shows the same things.
    pub(crate) async fn other_node(&self) -> Service {
        self.empty.node(&MASTER_KEY).await
    }

    pub(crate) fn storage(&self) -> &Empty {
        &self.empty
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).expect("fits");
        self.empty.clock.0.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.empty.clock.now()
    }

    pub(crate) fn project(&self) -> ProjectId {
        self.first.project_id.parse().expect("an id")
    }

    pub(crate) fn workspace(&self) -> WorkspaceId {
        self.first.workspace_id.parse().expect("an id")
    }

    /// A log-in from an address.
    pub(crate) async fn log_in_from(&self, address: Ipv4Addr, input: CreateToken) -> Result<IssuedToken, Error> {
        let request = RequestInfo { id: "r-1".into(), client_ip: address.to_string() };
        self.service.create_token(&request, input).await
    }

    pub(crate) async fn log_in(&self, input: CreateToken) -> Result<IssuedToken, Error> {
        self.log_in_from(Ipv4Addr::new(192, 0, 2, 1), input).await
    }

    /// Whoever has the token, as a caller.
    pub(crate) async fn caller(&self, token: &str) -> Caller {
        let principal = self.service.authenticate_token(token).await.expect("the token is good");
        Caller { principal, request: RequestInfo { id: "r-2".into(), client_ip: "192.0.2.1".into() } }
    }

    /// A user of the domain, in the project.
    pub(crate) async fn user(&self, name: &str) -> Caller {
        let issued = self.log_in(self.in_project(name, PASSWORD)).await.expect("logs in");
        self.caller(&issued.secret).await
    }

    pub(crate) async fn admin(&self) -> Caller {
        self.user("admin").await
    }

    /// The form of a log-in for a token in the first project.
    pub(crate) fn in_project(&self, name: &str, password: &str) -> CreateToken {
        CreateToken { project: Some((by_name("local-1"), None)), ..with_password(name, password) }
    }

    /// A new user with [`PASSWORD`] and a built-in role in the domain.
    pub(crate) async fn add_user(&self, name: &str, role: &str) -> User {
        let admin = self.admin().await;
        let fields = UserFields { name: Some(name.into()), password: Some(PASSWORD.into()), ..UserFields::default() };
        let user = self.service.create_user(&admin, fields).await.expect("creates");
        let role = self.role(role).await;
        let scope = Scope::Domain(user.domain_id);
        self.service.bind_role(&admin, user.id, role.id, scope).await.expect("binds");
        user
    }

    pub(crate) async fn role(&self, name: &str) -> Role {
        let admin = self.admin().await;
        self.service.list_roles(&admin, Some(name), None).await.expect("lists").remove(0)
    }

    pub(crate) async fn add_role(&self, name: &str, permissions: &[&str]) -> Role {
        let fields = RoleFields {
            name: Some(name.into()),
            permissions: Some(permissions.iter().map(|permission| (*permission).to_owned()).collect()),
            ..RoleFields::default()
        };
        self.service.create_role(&self.admin().await, fields).await.expect("creates")
    }

    pub(crate) async fn user_id(&self, name: &str) -> UserId {
        self.user(name).await.principal.user
    }
}

pub(crate) fn by_name(name: &str) -> Reference {
    Reference { id: None, name: Some(name.into()) }
}

pub(crate) fn by_id(id: impl std::fmt::Display) -> Reference {
    Reference { id: Some(id.to_string()), name: None }
}

/// A log-in without a scope.
pub(crate) fn with_password(name: &str, password: &str) -> CreateToken {
    CreateToken {
        methods: vec!["password".into()],
        password: Some(PasswordLogin {
            user: by_name(name),
            domain: Some(by_name("muster")),
            password: Some(password.into()),
        }),
        ..CreateToken::default()
    }
}

/// Fails unless the result is a refusal with this code.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T, Error>, code: &crate::code::Code) -> Error {
    match result {
        Ok(_) => panic!("expected {}, but it was allowed", code.text),
        Err(error) => {
            assert_eq!(error.code(), code.text, "{error:?}");
            assert!(!error.message().zh.is_empty());
            error
        }
    }
}

/// A request signed with the first credentials.
pub(crate) fn sign(first: &Bootstrap, date: Timestamp) -> super::signature::SignedRequest {
    signatures::signed(&first.access_key, &first.secret_key, date)
}
