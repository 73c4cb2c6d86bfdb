//! Macros that run one SQL text on either database. Arguments are anything that is a [`crate::row::Column`]; they are
//! evaluated more than once. A text with U+0000 is refused before it reaches a database.

/// Runs a statement: `execute!(tx, "UPDATE …", a, b)` gives the number of rows it touched.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let nul: &[bool] = &[$($crate::row::Column::holds_nul(&$arg)),*];
        if nul.contains(&true) {
            Err($crate::Error::NulInText)
        } else {
            match &mut $conn.inner {
            $crate::db::Inner::Sqlite(c) => sqlx::query($sql)
                $(.bind($crate::row::Column::raw(&$arg)))*
                .execute(&mut **c)
                .await
                .map(|done| done.rows_affected()),
            $crate::db::Inner::Postgres(c) => sqlx::query($sql)
                $(.bind($crate::row::Column::raw(&$arg)))*
                .execute(&mut **c)
                .await
                .map(|done| done.rows_affected()),
        }
        .map_err($crate::Error::from)
        }
    }};
}

/// Runs a query: `fetch!(conn, fetch_all, Row, "SELECT …", a, b)`; also `fetch_one` and `fetch_optional`.
macro_rules! fetch {
    ($conn:expr, $how:ident, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let nul: &[bool] = &[$($crate::row::Column::holds_nul(&$arg)),*];
        if nul.contains(&true) {
            Err($crate::Error::NulInText)
        } else {
            match &mut $conn.inner {
            $crate::db::Inner::Sqlite(c) => sqlx::query_as::<_, $row>($sql)
                $(.bind($crate::row::Column::raw(&$arg)))*
                .$how(&mut **c)
                .await,
            $crate::db::Inner::Postgres(c) => sqlx::query_as::<_, $row>($sql)
                $(.bind($crate::row::Column::raw(&$arg)))*
                .$how(&mut **c)
                .await,
        }
        .map_err($crate::Error::from)
        }
    }};
}
