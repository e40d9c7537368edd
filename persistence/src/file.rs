//! Files of centres and the pieces in which they arrive; the bytes lie elsewhere, in objects that the rows name.
//!
//! A table that refers to a file has a foreign key on `files (province_id, id)`, and finds the file by [`find_stored`] before it
//! does. Nothing else is needed: the database refuses to delete a file while a row refers to it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::file::{File, FileState};
use htcd_domain::id::{CentreId, FileId};
use htcd_domain::{Code, Coded, Problem};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{OnReferred, OnUnique, Result};
use crate::expression::after;
use crate::schema::{centres, file_pieces, files};
use crate::types::{Id, Instant, coded};

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = files, treat_none_as_null = true)]
struct FileRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    name: String,
    media_type: String,
    size: i64,
    state: String,
    received: i64,
    sha256: Option<String>,
    object_id: Option<Id>,
    upload_until: Option<Instant>,
    revision: i64,
    created_at: Instant,
    stored_at: Option<Instant>,
}

impl FileRow {
    fn new(province_id: Id, file: &File, object: Option<Uuid>, revision: i64) -> Self {
        Self {
            province_id,
            id: file.id.into(),
            centre_id: file.centre_id.into(),
            name: file.name.clone(),
            media_type: file.media_type.code().to_owned(),
            size: file.size,
            state: file.state.code().to_owned(),
            received: file.offset,
            sha256: file.sha256.clone(),
            object_id: object.map(Id),
            upload_until: file.upload_until.map(Instant::from),
            revision,
            created_at: file.created_at.into(),
            stored_at: file.stored_at.map(Instant::from),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = files)]
struct StoredFile {
    id: Id,
    centre_id: Id,
    name: String,
    media_type: String,
    size: i64,
    state: String,
    received: i64,
    sha256: Option<String>,
    object_id: Option<Id>,
    upload_until: Option<Instant>,
    revision: i64,
    created_at: Instant,
    stored_at: Option<Instant>,
}

/// A file with its row's revision and the object that holds its bytes once it is stored.
#[derive(Debug, Clone)]
pub struct Found {
    /// The file.
    pub file: File,
    /// The revision of its record.
    pub revision: i64,
    /// The object.
    pub object: Option<Uuid>,
}

impl StoredFile {
    fn found(self) -> Result<Found> {
        let file = File {
            id: self.id.into(),
            centre_id: self.centre_id.into(),
            name: self.name,
            media_type: coded(&self.media_type)?,
            size: self.size,
            state: coded(&self.state)?,
            offset: self.received,
            sha256: self.sha256,
            upload_until: self.upload_until.map(DateTime::from),
            created_at: self.created_at.into(),
            stored_at: self.stored_at.map(DateTime::from),
        };
        Ok(Found { file, revision: self.revision, object: self.object_id.map(|id| id.0) })
    }
}

/// A file whose centre is in scope.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: FileId) -> Result<Option<Found>> {
    let row: Option<(StoredFile, Id)> = files::table
        .inner_join(centres::table.on(centres::province_id.eq(files::province_id).and(centres::id.eq(files::centre_id))))
        .filter(files::province_id.eq(tx.province()).and(files::id.eq(Id::from(id))))
        .select((StoredFile::as_select(), centres::commune_id))
        .first(tx.conn)
        .optional()?;
    let Some((row, commune)) = row else { return Ok(None) };
    let found = row.found()?;
    Ok(tx.scope.covers(commune.into(), Some(found.file.centre_id)).then_some(found))
}

/// A stored file of a centre: what a record of that centre may refer to.
///
/// # Errors
/// What the database said.
pub fn find_stored(tx: &mut Tx<'_>, id: FileId, centre: CentreId) -> Result<Option<File>> {
    let found = find(tx, id)?.map(|found| found.file);
    Ok(found.filter(|file| file.centre_id == centre && file.state == FileState::Stored))
}

/// A page of a centre's files in the order in which they were announced, after one of them.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, centre: CentreId, cursor: Option<(DateTime<Utc>, FileId)>, limit: i64) -> Result<Vec<File>> {
    let mut query =
        files::table.filter(files::province_id.eq(tx.province()).and(files::centre_id.eq(Id::from(centre)))).into_boxed();
    if let Some((at, id)) = cursor {
        query = query.filter(after((files::created_at, files::id), (Instant::from(at), Id::from(id))));
    }
    let rows: Vec<StoredFile> =
        query.select(StoredFile::as_select()).order((files::created_at, files::id)).limit(limit).load(tx.conn)?;
    rows.into_iter().map(|row| row.found().map(|found| found.file)).collect()
}

/// Stores a file: one that was announced, or with its object one whose bytes are there.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, file: &File, object: Option<Uuid>) -> Result<()> {
    let row = FileRow::new(tx.province(), file, object, 1);
    diesel::insert_into(files::table).values(&row).execute(tx.conn).on_unique(
        "files_pkey",
        "files.province_id, files.id",
        || Problem::new(Code::AlreadyExists).detail("Đã có tệp với id này.", "A file with this id exists."),
    )?;
    Ok(())
}

/// Stores that a piece arrived whose bytes are in an object, in a record that has this revision.
///
/// # Errors
/// `upload_offset_mismatch` when another piece was faster.
pub fn add_piece(tx: &mut Tx<'_>, before: &Found, after: &File, object: Uuid) -> Result<()> {
    update(tx, before, after, None)?;
    let row = (
        file_pieces::province_id.eq(tx.province()),
        file_pieces::file_id.eq(Id::from(after.id)),
        file_pieces::begins_at.eq(before.file.offset),
        file_pieces::object_id.eq(Id(object)),
    );
    diesel::insert_into(file_pieces::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Stores that the file is whole and good, and lies in an object; its pieces are needed no more.
///
/// # Errors
/// As for [`add_piece`].
pub fn finish(tx: &mut Tx<'_>, before: &Found, after: &File, object: Uuid) -> Result<()> {
    update(tx, before, after, Some(object))?;
    remove_pieces(tx, after.id)
}

fn update(tx: &mut Tx<'_>, before: &Found, after: &File, object: Option<Uuid>) -> Result<()> {
    let row = FileRow::new(tx.province(), after, object, before.revision + 1);
    let target = files::table.find((tx.province(), Id::from(after.id))).filter(files::revision.eq(before.revision));
    if diesel::update(target).set(&row).execute(tx.conn)? == 1 {
        return Ok(());
    }
    // Somebody else was faster: where the file ends now is what the caller has to know.
    Err(find(tx, after.id)?.map_or_else(Problem::not_found, |now| now.file.begins_elsewhere()).into())
}

/// The objects of a file's pieces, in their order.
///
/// # Errors
/// What the database said.
pub fn pieces(tx: &mut Tx<'_>, id: FileId) -> Result<Vec<Uuid>> {
    let ids: Vec<Id> = file_pieces::table
        .filter(file_pieces::province_id.eq(tx.province()).and(file_pieces::file_id.eq(Id::from(id))))
        .order(file_pieces::begins_at)
        .select(file_pieces::object_id)
        .load(tx.conn)?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

fn remove_pieces(tx: &mut Tx<'_>, id: FileId) -> Result<()> {
    let pieces = file_pieces::table.filter(file_pieces::province_id.eq(tx.province()).and(file_pieces::file_id.eq(Id::from(id))));
    diesel::delete(pieces).execute(tx.conn)?;
    Ok(())
}

/// Deletes a file whose record has this revision. Answers the objects that nothing names any more once this is committed.
///
/// # Errors
/// `file_in_use` while a record refers to it, `etag_mismatch` when it changed since.
pub fn delete(tx: &mut Tx<'_>, found: &Found) -> Result<Vec<Uuid>> {
    let mut objects = pieces(tx, found.file.id)?;
    objects.extend(found.object);
    remove_pieces(tx, found.file.id)?;
    let target = files::table.find((tx.province(), Id::from(found.file.id))).filter(files::revision.eq(found.revision));
    let gone = diesel::delete(target).execute(tx.conn).on_referred(|| {
        Problem::new(Code::FileInUse)
            .detail("Còn hồ sơ dẫn tới tệp này nên không xóa được.", "A record still refers to this file, so it is not deleted.")
    })?;
    if gone == 1 { Ok(objects) } else { Err(Code::EtagMismatch.into()) }
}

/// Uploads of the tenant whose time was over at a moment.
///
/// # Errors
/// What the database said.
pub fn overdue(tx: &mut Tx<'_>, at: DateTime<Utc>, limit: i64) -> Result<Vec<Found>> {
    let rows: Vec<StoredFile> = files::table
        .filter(files::province_id.eq(tx.province()))
        .filter(files::upload_until.le(Instant::from(at)).assume_not_null())
        .select(StoredFile::as_select())
        .order((files::upload_until, files::id))
        .limit(limit)
        .load(tx.conn)?;
    rows.into_iter().map(StoredFile::found).collect()
}

/// Every object that a row of the tenant names.
///
/// # Errors
/// What the database said.
pub fn objects(tx: &mut Tx<'_>) -> Result<HashSet<Uuid>> {
    let mut objects: HashSet<Uuid> = stored(tx)?.into_iter().map(|(_, object, _)| object).collect();
    let pieces: Vec<Id> =
        file_pieces::table.filter(file_pieces::province_id.eq(tx.province())).select(file_pieces::object_id).load(tx.conn)?;
    objects.extend(pieces.into_iter().map(|id| id.0));
    Ok(objects)
}

/// Every stored file of the tenant, with its object and how long that has to be.
///
/// # Errors
/// What the database said.
pub fn stored(tx: &mut Tx<'_>) -> Result<Vec<(FileId, Uuid, i64)>> {
    let rows: Vec<(Id, Option<Id>, i64)> = files::table
        .filter(files::province_id.eq(tx.province()).and(files::object_id.is_not_null()))
        .select((files::id, files::object_id, files::size))
        .load(tx.conn)?;
    Ok(rows.into_iter().filter_map(|(file, object, size)| Some((file.into(), object?.0, size))).collect())
}
