//! Where the bytes of files lie: a folder, or an S3-compatible store.

use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt};
use htcd_domain::Code;
use htcd_domain::file::LARGEST;
use htcd_domain::id::{FileId, ProvinceId};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutPayload};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

use crate::problem::Refusal;

/// Where files lie, as the setting says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket, below a prefix.
    S3 {
        /// The bucket.
        bucket: String,
        /// What every name begins with; may be empty.
        prefix: String,
    },
}

impl Place {
    /// Reads the setting.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(place) = text.strip_prefix("s3://") {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            let is_bucket =
                bucket.len() >= 3 && bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
            if !is_bucket {
                return Err(format!("`{bucket}` is not the name of a bucket; the form is `s3://bucket/prefix`"));
            }
            if !cfg!(feature = "s3") {
                return Err("names an S3 store, but this program was built without it; build with `--features s3`".into());
            }
            return Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() });
        }
        match text.strip_prefix("file://").unwrap_or(text) {
            "" => Err("a folder's path follows `file://`".into()),
            path if path.contains("://") => Err("is `file://<folder>` or `s3://bucket/prefix`".into()),
            path => Ok(Self::Folder(path.into())),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "the folder {}", path.display()),
            Self::S3 { bucket, prefix } => write!(f, "the bucket {bucket}, below `{prefix}`"),
        }
    }
}

/// Where files lie, and the key to it.
#[derive(Clone, PartialEq, Eq)]
pub struct FilesSettings {
    /// Where.
    pub place: Place,
    /// The secret key of an S3 store, if it is not in the environment.
    pub secret: Option<String>,
}

/// Hides the key.
impl std::fmt::Debug for FilesSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FilesSettings").field("place", &self.place).finish_non_exhaustive()
    }
}

/// How much memory all files take together that are put together and checked at this moment, in KiB. One of the largest fits
/// with some small ones; others wait for their turn.
const MEMORY_KIB: u32 = (LARGEST / 1024) as u32 + 8 * 1024;

/// So many threads write and read files of a folder.
const THREADS: usize = 4;

/// So many pieces of a file wait to be sent on to somebody who reads slowly.
const AHEAD: usize = 4;

/// What an object is called: by its province, its file, and itself. Never by what a client says.
pub fn name(province: ProvinceId, file: FileId, object: Uuid) -> Path {
    Path::from(format!("{province}/{file}_{object}"))
}

/// The object that a name ends with.
pub fn object_of(name: &Path) -> Option<Uuid> {
    name.filename()?.rsplit_once('_')?.1.parse().ok()
}

/// What a listing says of an object.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its name.
    pub name: Path,
    /// Its length.
    pub size: u64,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// The store, opened, with the thread that works for it: neither a slow disk nor a slow bucket holds up those that wait for the
/// database, and the other way round.
#[derive(Clone)]
struct Engine {
    store: Arc<dyn ObjectStore>,
    handle: Handle,
    /// The thread ends when the last of these is dropped.
    _end: Arc<oneshot::Sender<()>>,
}

/// The files' bytes.
pub struct Files {
    settings: FilesSettings,
    engine: Mutex<Option<Engine>>,
    memory: Semaphore,
}

impl Files {
    /// Files at a place, which is opened when it is first needed.
    pub fn new(settings: FilesSettings) -> Self {
        Self { settings, engine: Mutex::new(None), memory: Semaphore::new(MEMORY_KIB as usize) }
    }

    /// Where they lie.
    pub fn place(&self) -> &Place {
        &self.settings.place
    }

    fn engine(&self) -> Result<Engine, Refusal> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(engine.clone());
        }
        let opened = self.start().map_err(|cause| away(&cause))?;
        *engine = Some(opened.clone());
        Ok(opened)
    }

    fn start(&self) -> Result<Engine, String> {
        let store: Arc<dyn ObjectStore> = match &self.settings.place {
            Place::Folder(path) => {
                let mut folders = std::fs::DirBuilder::new();
                #[cfg(unix)]
                std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
                folders.recursive(true).create(path).map_err(|error| format!("{}: {error}", path.display()))?;
                // What was acknowledged is on disk, the entry in its folder too.
                Arc::new(LocalFileSystem::new_with_prefix(path).map_err(|error| error.to_string())?.with_fsync(true))
            }
            Place::S3 { bucket, prefix } => open_s3(bucket, prefix, self.settings.secret.as_deref())?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(THREADS)
            .thread_name("files")
            .build()
            .map_err(|error| error.to_string())?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel();
        let run = move || drop(runtime.block_on(ended));
        std::thread::Builder::new().name("files".into()).spawn(run).map_err(|error| error.to_string())?;
        Ok(Engine { store, handle, _end: Arc::new(end) })
    }

    /// Runs work on the store's thread, to its end, whether or not anybody still waits for it.
    async fn run<T, W>(&self, work: impl FnOnce(Arc<dyn ObjectStore>) -> W) -> Result<T, Refusal>
    where
        T: Send + 'static,
        W: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        let engine = self.engine()?;
        match engine.handle.spawn(work(Arc::clone(&engine.store))).await {
            Ok(done) => done.map_err(|error| away(&error)),
            Err(error) => {
                tracing::error!(%error, "work on a file panicked");
                Err(Code::Internal.into())
            }
        }
    }

    /// Runs work on bytes that takes the processor for a while.
    ///
    /// # Errors
    /// What the work answered.
    pub async fn examine<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        match self.engine()?.handle.spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(%error, "a file could not be examined");
                Err(Code::Internal.into())
            }
        }
    }

    /// Waits until there is memory for a file of this size; it is free again when the answer is dropped.
    ///
    /// # Errors
    /// `too_busy` when it takes too long.
    pub async fn room(&self, size: i64) -> Result<SemaphorePermit<'_>, Refusal> {
        let kib = u32::try_from(size / 1024 + 1).unwrap_or(MEMORY_KIB).min(MEMORY_KIB);
        let wait = tokio::time::timeout(std::time::Duration::from_secs(10), self.memory.acquire_many(kib));
        wait.await.map_err(|_| Refusal::from(Code::TooBusy))?.map_err(|_| Code::Internal.into())
    }

    /// Writes an object. When this answers, it is kept.
    ///
    /// # Errors
    /// `files_away`.
    pub async fn put(&self, province: ProvinceId, file: FileId, object: Uuid, bytes: Bytes) -> Result<(), Refusal> {
        let name = name(province, file, object);
        self.run(|store| async move { store.put(&name, PutPayload::from_bytes(bytes)).await.map(drop) }).await
    }

    /// The bytes of some objects, one after the other; `None` when one of them is not there.
    ///
    /// # Errors
    /// `files_away`.
    pub async fn join(
        &self,
        province: ProvinceId,
        file: FileId,
        objects: Vec<Uuid>,
        size: usize,
    ) -> Result<Option<BytesMut>, Refusal> {
        self.run(move |store| async move {
            let mut whole = BytesMut::with_capacity(size);
            for object in objects {
                match store.get(&name(province, file, object)).await {
                    Ok(found) => whole.extend_from_slice(&found.bytes().await?),
                    Err(object_store::Error::NotFound { .. }) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            Ok(Some(whole))
        })
        .await
    }

    /// A part of an object, to be sent on as it is read.
    ///
    /// # Errors
    /// `files_away`, also when it is not there.
    pub async fn content(&self, province: ProvinceId, file: FileId, object: Uuid, part: Range<u64>) -> Result<Content, Refusal> {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let size = part.end - part.start;
        let handle = self.engine()?.handle;
        self.run(move |store| async move {
            let options = GetOptions { range: Some(part.into()), ..GetOptions::default() };
            let mut stream = store.get_opts(&name(province, file, object), options).await?.into_stream();
            handle.spawn(async move {
                while let Some(piece) = stream.next().await {
                    let is_over = piece.is_err();
                    // Whoever reads may have gone.
                    if sender.send(piece).await.is_err() || is_over {
                        return;
                    }
                }
            });
            Ok(())
        })
        .await?;
        Ok(Content { size, pieces })
    }

    /// Removes objects that nothing names any more. One that is not removed now is found by the next sweep.
    pub async fn remove(&self, names: Vec<Path>) {
        for name in names {
            let gone = self.run(|store| async move {
                match store.delete(&name).await {
                    Err(object_store::Error::NotFound { .. }) => Ok(()),
                    other => other,
                }
            });
            if gone.await.is_err() {
                return;
            }
        }
    }

    /// Every object of a tenant.
    ///
    /// # Errors
    /// `files_away`.
    pub async fn list(&self, province: ProvinceId) -> Result<Vec<Listed>, Refusal> {
        let prefix = Path::from(province.to_string());
        self.run(|store| async move {
            let listed = store.list(Some(&prefix)).map_ok(|object| Listed {
                name: object.location,
                size: object.size,
                written_at: object.last_modified,
            });
            listed.try_collect().await
        })
        .await
    }
}

/// Says the cause to the log, once, and nothing to the client.
fn away(cause: &impl std::fmt::Display) -> Refusal {
    tracing::error!(%cause, "the store of files does not answer");
    Code::FilesAway.into()
}

#[cfg(feature = "s3")]
fn open_s3(bucket: &str, prefix: &str, secret: Option<&str>) -> Result<Arc<dyn ObjectStore>, String> {
    use std::time::Duration;

    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey as Key};
    use object_store::prefix::PrefixStore;
    use object_store::{ClientConfigKey, RetryConfig};

    // Already there when a store was opened before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A request waits for this: after a few seconds its sender is told to come again.
    let retries = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::from_env()
        .with_config(Key::Client(ClientConfigKey::ConnectTimeout), "5 seconds")
        .with_config(Key::Client(ClientConfigKey::Timeout), "60 seconds")
        .with_bucket_name(bucket)
        .with_retry(retries);
    if let Some(secret) = secret {
        builder = builder.with_secret_access_key(secret);
    }
    let store = builder.build().map_err(|error| error.to_string())?;
    Ok(if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, prefix)) })
}

#[cfg(not(feature = "s3"))]
fn open_s3(_: &str, _: &str, _: Option<&str>) -> Result<Arc<dyn ObjectStore>, String> {
    Err("this program was built without S3".into())
}

/// Bytes of a file on their way to whoever asked.
pub struct Content {
    size: u64,
    pieces: mpsc::Receiver<object_store::Result<Bytes>>,
}

impl MessageBody for Content {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.pieces.poll_recv(context).map(|piece| {
            piece.map(|piece| {
                piece.map_err(|error| {
                    tracing::error!(cause = %error, "a file broke off while it was sent");
                    error.into()
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        for (text, path) in [("file:///var/lib/htcd/files", "/var/lib/htcd/files"), ("files", "files"), ("./a/b", "./a/b")] {
            assert_eq!(Place::parse(text), Ok(Place::Folder(path.into())));
        }
        for wrong in ["file://", "", "http://a/b", "gs://a", "s3://", "s3:///prefix", "s3://Bucket", "s3://user:key@bucket/a"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
        let bucket = Place::parse("s3://htcd-files/quang-ninh/");
        if cfg!(feature = "s3") {
            assert_eq!(bucket, Ok(Place::S3 { bucket: "htcd-files".into(), prefix: "quang-ninh".into() }));
        } else {
            assert!(bucket.unwrap_err().contains("--features s3"));
        }
    }

    #[test]
    fn an_object_is_named_by_ids_alone() {
        let (province, file, object) = (ProvinceId(Uuid::from_u128(1)), FileId(Uuid::from_u128(2)), Uuid::from_u128(3));
        let name = name(province, file, object);
        assert_eq!(name.parts().count(), 2);
        assert_eq!((object_of(&name), object_of(&Path::from("a/b"))), (Some(object), None));
    }
}
