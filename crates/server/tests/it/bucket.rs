//! A service that speaks as much S3 as attachments need, with one bucket in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use service::attachment::{Bucket, Storage};
use tokio::net::TcpListener;

#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
}

/// The service. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Shelf>>);

type Parameters = Query<BTreeMap<String, String>>;

impl Fake {
    /// Serves on a port of its own until the test ends; the storage that is in it.
    pub(crate) async fn storage(&self) -> Storage {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let routes = get(read).put(write).post(end).delete(remove);
        let app = Router::new().route("/{bucket}/{*key}", routes).layer(DefaultBodyLimit::disable());
        let app = app.with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let bucket = Bucket {
            name: "evidence".into(),
            prefix: "muster/files".into(),
            endpoint: Some(endpoint),
            region: Some("eu-1".into()),
            access_key: Some("AKEXAMPLE".into()),
            secret_key: Some("secret".into()),
        };
        Storage::bucket(bucket).expect("a bucket")
    }

    fn with<T>(&self, act: impl FnOnce(&mut Shelf) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys of the objects, and how many uploads are under way.
    pub(crate) fn keys(&self) -> (Vec<String>, usize) {
        self.with(|shelf| (shelf.objects.keys().cloned().collect(), shelf.uploads.len()))
    }
}

async fn read(State(fake): State<Fake>, Path((_, key)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let range =
        headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let Some(object) = fake.with(|shelf| shelf.objects.get(&key).cloned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (from, to) = range.map_or((0, object.len()), |(from, to)| (number(from), number(to) + 1));
    let range = format!("bytes {from}-{}/{}", to - 1, object.len());
    let headers = [
        (header::CONTENT_RANGE, range.as_str()),
        (header::ETAG, "\"1\""),
        (header::LAST_MODIFIED, "Wed, 21 Oct 2015 07:28:00 GMT"),
    ];
    (StatusCode::PARTIAL_CONTENT, headers, object[from..to].to_vec()).into_response()
}

async fn write(
    State(fake): State<Fake>,
    Path((_, key)): Path<(String, String)>,
    Query(parameters): Parameters,
    body: Bytes,
) -> Response {
    fake.with(|shelf| match (parameters.get("uploadId"), parameters.get("partNumber")) {
        (Some(upload), Some(part)) => {
            let parts = shelf.uploads.get_mut(upload).expect("an upload");
            parts.insert(part.parse().expect("a number"), body.to_vec());
        }
        _ => {
            shelf.objects.insert(key, body.to_vec());
        }
    });
    [(header::ETAG, "\"1\"")].into_response()
}

async fn end(
    State(fake): State<Fake>,
    Path((_, key)): Path<(String, String)>,
    Query(parameters): Parameters,
) -> String {
    fake.with(|shelf| match parameters.get("uploadId") {
        Some(upload) => {
            let parts = shelf.uploads.remove(upload).expect("an upload");
            shelf.objects.insert(key, parts.into_values().flatten().collect());
            "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>".to_owned()
        }
        None => {
            let upload = shelf.uploads.len().to_string();
            shelf.uploads.insert(upload.clone(), BTreeMap::new());
            format!("<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")
        }
    })
}

async fn remove(
    State(fake): State<Fake>,
    Path((_, key)): Path<(String, String)>,
    Query(parameters): Parameters,
) -> StatusCode {
    fake.with(|shelf| match parameters.get("uploadId") {
        Some(upload) => drop(shelf.uploads.remove(upload)),
        None => drop(shelf.objects.remove(&key)),
    });
    StatusCode::NO_CONTENT
}
