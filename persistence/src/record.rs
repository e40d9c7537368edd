//! What all tables of the year's records have in common: where their queries start, and how one row is found, stored,
//! changed and removed. The macro `stored!` writes it for a table.

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::record::{Kept, Record};
use htcd_domain::text::a;
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::Id;

/// A record with a table of its own.
pub trait Stored: Record {
    /// One record that the scope may read, with its revision.
    ///
    /// # Errors
    /// What the database said.
    fn find(tx: &mut Tx<'_>, id: Self::Id) -> Result<Option<(Kept<Self>, i64)>>;

    /// Stores a new record.
    ///
    /// # Errors
    /// `already_exists` for an id that is taken.
    fn insert(tx: &mut Tx<'_>, kept: &Kept<Self>) -> Result<()>;

    /// Stores a change to a record that has this revision.
    ///
    /// # Errors
    /// `etag_mismatch` when somebody else was faster.
    fn update(tx: &mut Tx<'_>, kept: &Kept<Self>, revision: i64) -> Result<()>;

    /// Removes a record that has this revision.
    ///
    /// # Errors
    /// `etag_mismatch` when somebody else was faster, `blocked` while something refers to it.
    fn remove(tx: &mut Tx<'_>, id: Self::Id, revision: i64) -> Result<()>;
}

/// A row of a table, to and from its record.
pub(crate) trait Row: Sized {
    /// What it is a row of.
    type Record: Record;
    /// The row of a record.
    fn of(province_id: Id, kept: &Kept<Self::Record>, revision: i64) -> Result<Self>;
    /// The record of a row, with its revision.
    fn read(self) -> Result<(Kept<Self::Record>, i64)>;
    /// Puts in what stands in tables of its own, for records that were read.
    fn gather(tx: &mut Tx<'_>, kept: &mut [Kept<Self::Record>]) -> Result<()> {
        let _ = (tx, kept);
        Ok(())
    }
    /// Stores what stands in tables of its own, in place of what was there.
    fn spread(tx: &mut Tx<'_>, kept: &Kept<Self::Record>) -> Result<()> {
        let _ = (tx, kept);
        Ok(())
    }
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest, or first, at the top.
    Ascending,
    /// The newest, or last, at the top.
    Descending,
}

/// A part of a list: after a place in it, and how many.
#[derive(Debug, Clone)]
pub struct Part<K> {
    /// Which way the list runs.
    pub order: Order,
    /// The key and id of the last item of the part before.
    pub after: Option<(K, uuid::Uuid)>,
    /// At most so many.
    pub limit: i64,
}

impl<K> Part<K> {
    /// All of a list, for putting it together: of what a centre keeps.
    pub fn all() -> Self {
        Self { order: Order::Ascending, after: None, limit: i64::MAX }
    }
}

/// What of a tenant's records a list shows, beyond the scope.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// Of this centre.
    pub centre: Option<CentreId>,
    /// Of centres in these communes, or of these units.
    pub units: Option<Vec<UnitId>>,
}

impl Whose {
    /// What a centre keeps.
    pub fn centre(centre: CentreId) -> Self {
        Self { centre: Some(centre), units: None }
    }
}

/// Identities as a query takes them.
pub(crate) fn ids<'i, T: Copy + Into<Id> + 'i>(ids: impl IntoIterator<Item = &'i T>) -> Vec<Id> {
    ids.into_iter().map(|id| (*id).into()).collect()
}

/// The refusal of an id that is taken.
pub fn taken<T: Record>() -> Problem {
    let (vi, en) = T::NAME;
    Problem::new(Code::AlreadyExists).detail(format!("Đã có {vi} với id này."), format!("There is {} with this id.", a(en)))
}

/// Two that must differ were stored at the same moment, past the rules that look before they leap: the second one is told.
pub(crate) fn one_of_two<T: Record>(error: Error) -> Error {
    match error {
        Error::Query(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let (vi, en) = T::NAME;
            Problem::new(Code::AlreadyExists)
                .detail(
                    format!("Đã có một {vi} cho chính việc này: mỗi việc chỉ ghi một lần. Xem danh sách; muốn đổi thì sửa bản ghi đã có."),
                    format!("There is {} for this very thing already, and there is one of each. Read the list; to change it, change the one that is there.", a(en)),
                )
                .into()
        }
        other => other,
    }
}

/// Says that a record cannot go while others refer to it.
pub(crate) fn in_use<T: Record, V>(result: Result<V, Diesel>) -> Result<V> {
    match result {
        Err(Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
            let (vi, en) = T::NAME;
            Err(Problem::new(Code::Blocked)
                .detail(
                    format!("Còn bản ghi khác dẫn đến {vi} này; gỡ các liên kết đó trước khi xóa."),
                    format!("Other records refer to this {en}; take these references away before you remove it."),
                )
                .into())
        }
        other => other.map_err(Error::from),
    }
}

/// One row changed, or somebody else was faster.
pub(crate) fn just_one(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Writes [`Stored`] and the start of every list for a table, whose row type implements [`Row`], `Insertable`, `AsChangeset`,
/// `Queryable` and `Selectable`:
///
/// - `stored!(Activity, activities, ActivityRow, of a centre, ordered by starts_on: NaiveDate)`
/// - `… of a holder …` for tables with `centre_id` and `unit_id`, of which one is null: what a unit keeps is read by all of its province.
/// - `… of a unit …` for tables with `unit_id` alone, read by all of the province.
/// - `… of the province …` for what belongs to all of it.
macro_rules! stored {
    ($record:ty, $table:ident, $row:ident, of $article:ident $holder:ident, ordered by $key:ident: $key_type:ty) => {
        impl $crate::record::Stored for $record {
            fn find(
                tx: &mut $crate::db::Tx<'_>,
                id: Self::Id,
            ) -> $crate::Result<Option<(htcd_domain::record::Kept<Self>, i64)>> {
                use diesel::prelude::*;
                #[allow(unused_imports, reason = "not every kind of holder looks at centres")]
                use $crate::schema::centres;
                let id = $crate::types::Id(id.into());
                let mut look = || -> $crate::Result<Option<(htcd_domain::record::Kept<Self>, i64)>> {
                    stored!(@find $holder, tx, id, $table, $row)
                };
                let Some((mut kept, revision)) = look()? else { return Ok(None) };
                <$row as $crate::record::Row>::gather(tx, std::slice::from_mut(&mut kept))?;
                Ok(Some((kept, revision)))
            }

            fn insert(tx: &mut $crate::db::Tx<'_>, kept: &htcd_domain::record::Kept<Self>) -> $crate::Result<()> {
                use diesel::prelude::*;
                use $crate::error::OnUnique;
                let row = <$row as $crate::record::Row>::of(tx.province(), kept, 1)?;
                let inserted = diesel::insert_into($table::table).values(&row).execute(tx.conn).on_unique(
                    concat!(stringify!($table), "_pkey"),
                    concat!(stringify!($table), ".province_id, ", stringify!($table), ".id"),
                    $crate::record::taken::<Self>,
                );
                inserted.map_err($crate::record::one_of_two::<Self>)?;
                <$row as $crate::record::Row>::spread(tx, kept)
            }

            fn update(
                tx: &mut $crate::db::Tx<'_>,
                kept: &htcd_domain::record::Kept<Self>,
                revision: i64,
            ) -> $crate::Result<()> {
                use diesel::prelude::*;
                let row = <$row as $crate::record::Row>::of(tx.province(), kept, revision + 1)?;
                let key = (tx.province(), $crate::types::Id(kept.id.into()));
                let target = $table::table.find(key).filter($table::revision.eq(revision));
                let updated = diesel::update(target).set(&row).execute(tx.conn).map_err($crate::Error::from);
                $crate::record::just_one(updated.map_err($crate::record::one_of_two::<Self>)?)?;
                <$row as $crate::record::Row>::spread(tx, kept)
            }

            fn remove(tx: &mut $crate::db::Tx<'_>, id: Self::Id, revision: i64) -> $crate::Result<()> {
                use diesel::prelude::*;
                let key = (tx.province(), $crate::types::Id(id.into()));
                let target = $table::table.find(key).filter($table::revision.eq(revision));
                $crate::record::just_one($crate::record::in_use::<Self, _>(diesel::delete(target).execute(tx.conn))?)
            }
        }

        /// Where every list of these records starts: inside the tenant and the scope.
        fn in_scope<'q>(
            tx: &$crate::db::Tx<'_>,
            whose: &$crate::record::Whose,
        ) -> $table::BoxedQuery<'q, $crate::db::MultiBackend> {
            #[allow(unused_imports, reason = "not every kind of holder looks at centres")]
            use diesel::prelude::*;
            let query = $table::table.filter($table::province_id.eq(tx.province())).into_boxed();
            stored!(@scope $holder, query, tx, whose, $table)
        }

        /// A part of a list of them.
        fn part(
            tx: &mut $crate::db::Tx<'_>,
            query: $table::BoxedQuery<'_, $crate::db::MultiBackend>,
            part: $crate::record::Part<$key_type>,
        ) -> $crate::Result<Vec<htcd_domain::record::Kept<$record>>> {
            use diesel::prelude::*;
            use $crate::expression::{after, before};
            let is_up = part.order == $crate::record::Order::Ascending;
            let query = match part.after {
                None => query,
                Some((key, id)) if is_up => query.filter(after(($table::$key, $table::id), (key, $crate::types::Id(id)))),
                Some((key, id)) => query.filter(before(($table::$key, $table::id), (key, $crate::types::Id(id)))),
            };
            let query = if is_up {
                query.order(($table::$key.asc(), $table::id.asc()))
            } else {
                query.order(($table::$key.desc(), $table::id.desc()))
            };
            let rows: Vec<$row> = query.select($row::as_select()).limit(part.limit).load(tx.conn)?;
            let kept: $crate::Result<Vec<_>> =
                rows.into_iter().map(|row| $crate::record::Row::read(row).map(|(kept, _)| kept)).collect();
            let mut kept = kept?;
            <$row as $crate::record::Row>::gather(tx, &mut kept)?;
            Ok(kept)
        }
    };
    (@find centre, $tx:ident, $id:ident, $table:ident, $row:ident) => {{
        // With the commune of its centre, so that what lies outside costs as much as what is not there.
        let found: Option<($row, $crate::types::Id)> = $table::table
            .inner_join(centres::table.on(centres::province_id.eq($table::province_id).and(centres::id.eq($table::centre_id))))
            .filter($table::province_id.eq($tx.province()).and($table::id.eq($id)))
            .select(($row::as_select(), centres::commune_id))
            .first($tx.conn)
            .optional()?;
        let Some((row, commune)) = found else { return Ok(None) };
        let centre = htcd_domain::id::CentreId::from(row.centre_id);
        let is_within = $tx.scope.covers(commune.into(), Some(centre));
        if is_within { $crate::record::Row::read(row).map(Some) } else { Ok(None) }
    }};
    (@find holder, $tx:ident, $id:ident, $table:ident, $row:ident) => {{
        let held = centres::province_id.eq($table::province_id).and(centres::id.nullable().eq($table::centre_id));
        let found: Option<($row, Option<$crate::types::Id>)> = $table::table
            .left_join(centres::table.on(held.assume_not_null()))
            .filter($table::province_id.eq($tx.province()).and($table::id.eq($id)))
            .select(($row::as_select(), centres::commune_id.nullable()))
            .first($tx.conn)
            .optional()?;
        let Some((row, commune)) = found else { return Ok(None) };
        let is_within = match (row.centre_id, commune) {
            (Some(centre), Some(commune)) => $tx.scope.covers(commune.into(), Some(centre.into())),
            _ => true,
        };
        if is_within { $crate::record::Row::read(row).map(Some) } else { Ok(None) }
    }};
    (@find unit, $tx:ident, $id:ident, $table:ident, $row:ident) => {
        stored!(@find province, $tx, $id, $table, $row)
    };
    (@find province, $tx:ident, $id:ident, $table:ident, $row:ident) => {{
        let row: Option<$row> = $table::table.find(($tx.province(), $id)).select($row::as_select()).first($tx.conn).optional()?;
        row.map($crate::record::Row::read).transpose()
    }};
    (@scope centre, $query:ident, $tx:ident, $whose:ident, $table:ident) => {{
        let mut query = $query;
        if let Some(centre) = $whose.centre {
            query = query.filter($table::centre_id.eq($crate::types::Id::from(centre)));
        }
        if let Some(units) = &$whose.units {
            query = query.filter($table::centre_id.eq_any($crate::centre::ids_among($tx.province(), $crate::record::ids(units), vec![])));
        }
        if !$tx.scope.whole {
            query = query.filter($table::centre_id.eq_any($crate::centre::ids_among($tx.province(), $crate::record::ids(&$tx.scope.communes), $crate::record::ids(&$tx.scope.centres))));
        }
        query
    }};
    (@scope holder, $query:ident, $tx:ident, $whose:ident, $table:ident) => {{
        let mut query = $query;
        if let Some(centre) = $whose.centre {
            query = query.filter($table::centre_id.eq($crate::types::Id::from(centre)).assume_not_null());
        }
        if let Some(units) = &$whose.units {
            let ids: Vec<$crate::types::Id> = $crate::record::ids(units);
            let of_centres = $table::centre_id.assume_not_null().eq_any($crate::centre::ids_among($tx.province(), $crate::record::ids(units), vec![]));
            query = query.filter(($table::centre_id.is_not_null().and(of_centres)).or($table::unit_id.is_not_null().and($table::unit_id.assume_not_null().eq_any(ids))));
        }
        if !$tx.scope.whole {
            let of_centres = $table::centre_id.assume_not_null().eq_any($crate::centre::ids_among($tx.province(), $crate::record::ids(&$tx.scope.communes), $crate::record::ids(&$tx.scope.centres)));
            query = query.filter($table::unit_id.is_not_null().or($table::centre_id.is_not_null().and(of_centres)));
        }
        query
    }};
    (@scope unit, $query:ident, $tx:ident, $whose:ident, $table:ident) => {{
        let mut query = $query;
        if let Some(units) = &$whose.units {
            let ids: Vec<$crate::types::Id> = $crate::record::ids(units);
            query = query.filter($table::unit_id.eq_any(ids));
        }
        query
    }};
    (@scope province, $query:ident, $tx:ident, $whose:ident, $table:ident) => {{
        let _ = $whose;
        $query
    }};
}
