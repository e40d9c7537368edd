//! SQL expressions of our own: typed, and kept as prepared statements, which `sql("…")` is not.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Nullable, SingleValue, SqlType, Text};

/// Declares a comparison of two columns with a cursor, which an index on both answers without reading what lies beyond.
macro_rules! beside_cursor {
    ($(#[$meta:meta])* $name:ident, $(#[$fn_meta:meta])* $function:ident, $operator:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, QueryId)]
        pub struct $name<A, B, X, Y> {
            a: A,
            b: B,
            x: X,
            y: Y,
        }

        $(#[$fn_meta])*
        pub fn $function<A: Expression, B: Expression, X, Y>(
            (a, b): (A, B),
            (x, y): (X, Y),
        ) -> $name<A, B, X::Expression, Y::Expression>
        where
            A::SqlType: SqlType + SingleValue,
            B::SqlType: SqlType + SingleValue,
            X: AsExpression<A::SqlType>,
            Y: AsExpression<B::SqlType>,
        {
            $name { a, b, x: x.as_expression(), y: y.as_expression() }
        }

        impl<A, B, X, Y> Expression for $name<A, B, X, Y> {
            type SqlType = Bool;
        }
        impl<A, B, X, Y, GB> ValidGrouping<GB> for $name<A, B, X, Y> {
            type IsAggregate = is_aggregate::No;
        }
        impl<A, B, X, Y, Q> AppearsOnTable<Q> for $name<A, B, X, Y>
        where
            A: AppearsOnTable<Q>,
            B: AppearsOnTable<Q>,
            X: AppearsOnTable<Q>,
            Y: AppearsOnTable<Q>,
        {
        }
        impl<A, B, X, Y, Q> SelectableExpression<Q> for $name<A, B, X, Y>
        where
            A: SelectableExpression<Q>,
            B: SelectableExpression<Q>,
            X: SelectableExpression<Q>,
            Y: SelectableExpression<Q>,
        {
        }
        impl<A, B, X, Y, DB> QueryFragment<DB> for $name<A, B, X, Y>
        where
            A: QueryFragment<DB>,
            B: QueryFragment<DB>,
            X: QueryFragment<DB>,
            Y: QueryFragment<DB>,
            DB: Backend,
        {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                out.push_sql("((");
                self.a.walk_ast(out.reborrow())?;
                out.push_sql(", ");
                self.b.walk_ast(out.reborrow())?;
                out.push_sql($operator);
                self.x.walk_ast(out.reborrow())?;
                out.push_sql(", ");
                self.y.walk_ast(out.reborrow())?;
                out.push_sql("))");
                Ok(())
            }
        }
    };
}
beside_cursor!(
    /// `(a, b) > (x, y)`.
    After,
    /// Rows that come after a cursor in the order of two columns.
    after,
    ") > ("
);
beside_cursor!(
    /// `(a, b) < (x, y)`.
    Before,
    /// Rows that come before a cursor in the order of two columns: after it in a list that runs backwards.
    before,
    ") < ("
);

/// The sum of whole numbers as a whole number; `NULL` where all of them are blank. PostgreSQL's own would be a decimal.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct SumI64<E>(E);

/// The sum of a column of whole numbers.
pub fn sum_i64<E: Expression>(column: E) -> SumI64<E> {
    SumI64(column)
}

impl<E> Expression for SumI64<E> {
    type SqlType = Nullable<BigInt>;
}
impl<E, GB> ValidGrouping<GB> for SumI64<E> {
    type IsAggregate = is_aggregate::Yes;
}
impl<E: AppearsOnTable<Q>, Q> AppearsOnTable<Q> for SumI64<E> {}
impl<E: SelectableExpression<Q>, Q> SelectableExpression<Q> for SumI64<E> {}
impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for SumI64<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("CAST(SUM(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS BIGINT)");
        Ok(())
    }
}

/// The sum of whole numbers as a whole number, 0 where there are none: for sums that must balance.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct TotalI64<E>(E);

/// The total of a column of whole numbers.
pub fn total_i64<E: Expression>(column: E) -> TotalI64<E> {
    TotalI64(column)
}

impl<E> Expression for TotalI64<E> {
    type SqlType = BigInt;
}
impl<E, GB> ValidGrouping<GB> for TotalI64<E> {
    type IsAggregate = is_aggregate::Yes;
}
impl<E: AppearsOnTable<Q>, Q> AppearsOnTable<Q> for TotalI64<E> {}
impl<E: SelectableExpression<Q>, Q> SelectableExpression<Q> for TotalI64<E> {}
impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for TotalI64<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("CAST(COALESCE(SUM(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql("), 0) AS BIGINT)");
        Ok(())
    }
}

diesel::define_sql_function! {
    /// PostgreSQL: sets a setting; with `is_local`, until the end of the transaction.
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}
