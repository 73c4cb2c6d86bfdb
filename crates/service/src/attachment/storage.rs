//! Where the bytes of attachments are: in a folder, or in a bucket of a service that speaks S3.

use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _};

/// Bytes of an upload that are written at once; a bucket takes no smaller parts.
const PART: usize = 5 << 20;
/// Parts of an upload that are under way at once: with the next one, what an upload holds in memory.
const PARTS: usize = 2;
/// How long a bucket may take for a part of an upload or a range of a download.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Why there is no storage.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or read.
    #[error("cannot open the folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: object_store::Error,
    },
    /// What is said about the bucket does not go together.
    #[error("cannot use the bucket")]
    Bucket(#[source] object_store::Error),
}

/// A bucket and the way to it.
#[derive(Clone, Default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What keys in it begin with; may be empty.
    pub prefix: String,
    /// The service; Amazon's own by default.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The access key; by default that of the machine that the server runs on.
    pub access_key: Option<String>,
    /// The secret key.
    pub secret_key: Option<String>,
}

/// Keeps bytes by keys. Each key is written once.
#[derive(Debug)]
pub struct Storage {
    kind: &'static str,
    store: Arc<dyn ObjectStore>,
    folder: Option<Arc<LocalFileSystem>>,
    prefix: Path,
}

impl Storage {
    /// A folder that exists.
    pub fn folder(path: &FilePath) -> Result<Self, OpenError> {
        let opened = LocalFileSystem::new_with_prefix(path);
        let folder = opened.map_err(|source| OpenError::Folder { path: path.to_owned(), source })?;
        let folder = Arc::new(folder.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self { kind: "folder", store: folder.clone(), folder: Some(folder), prefix: Path::default() })
    }

    /// A bucket. It is not asked for anything yet.
    pub fn bucket(bucket: Bucket) -> Result<Self, OpenError> {
        let plain = bucket.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let options = ClientOptions::new().with_timeout(TIMEOUT).with_allow_http(plain);
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket.name)
            .with_client_options(options)
            // Every service that speaks S3 deletes single objects; not every one deletes many at once.
            .with_disable_bulk_delete(true);
        if let Some(endpoint) = bucket.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = bucket.region {
            builder = builder.with_region(region);
        }
        if let (Some(access), Some(secret)) = (bucket.access_key, bucket.secret_key) {
            builder = builder.with_access_key_id(access).with_secret_access_key(secret);
        }
        let store = Arc::new(builder.build().map_err(OpenError::Bucket)?);
        Ok(Self { kind: "s3", store, folder: None, prefix: Path::from(bucket.prefix) })
    }

    /// `folder` or `s3`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    fn path(&self, key: &str) -> Path {
        self.prefix.parts().chain(Path::from(key).parts()).collect()
    }

    /// Writes the bytes of a key, piece by piece. Nothing is there before it has been shut down.
    pub(super) fn writer(&self, key: &str) -> BufWriter {
        BufWriter::with_capacity(Arc::clone(&self.store), self.path(key), PART).with_max_concurrency(PARTS)
    }

    /// Some of the bytes of a key.
    pub(super) async fn read(&self, key: &str, range: std::ops::Range<u64>) -> object_store::Result<bytes::Bytes> {
        self.store.get_range(&self.path(key), range).await
    }

    /// Removes the bytes of a key, and what an upload that was cut short has left of them.
    pub(super) async fn remove(&self, key: &str) -> object_store::Result<()> {
        let path = self.path(key);
        match self.store.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        match &self.folder {
            Some(folder) => remove_staged(folder.path_to_filesystem(&path)?).await,
            None => Ok(()),
        }
    }
}

/// The file that a folder takes an upload into, beside the file that it becomes.
async fn remove_staged(file: PathBuf) -> object_store::Result<()> {
    let mut staged = file.into_os_string();
    staged.push("#1");
    match tokio::fs::remove_file(staged).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(object_store::Error::Generic { store: "folder", source: Box::new(error) })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
