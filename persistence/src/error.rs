//! What can go wrong between a query and its caller.

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use htcd_domain::{Code, Problem};

/// What a query answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, told apart by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The work itself was refused; nothing was written.
    #[error("refused: {}", .0.code.as_str())]
    Refused(Box<Problem>),
    /// The database does not answer, or is too busy to.
    #[error("the database is away: {0}")]
    Away(String),
    /// A statement ran for longer than it may, and was cancelled.
    #[error("a statement took too long")]
    TookTooLong,
    /// A stored value does not read.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
    /// Anything else that the database said.
    #[error(transparent)]
    Query(Diesel),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match &error {
            _ if is_away(&error) => Self::Away(error.to_string()),
            Diesel::DatabaseError(_, information) if information.message().contains("statement timeout") => Self::TookTooLong,
            _ => Self::Query(error),
        }
    }
}

fn is_away(error: &Diesel) -> bool {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => true,
        Diesel::BrokenTransactionManager => true,
        Diesel::DatabaseError(_, information) => {
            let message = information.message();
            [
                "server closed the connection",
                "terminating connection",
                "could not connect",
                "database is locked",
                "the database system is",
                "no connection to the server",
                "connection not open",
                "Connection refused",
            ]
            .iter()
            .any(|sign| message.contains(sign))
        }
        Diesel::RollbackErrorOnCommit { rollback_error, commit_error } => is_away(rollback_error) || is_away(commit_error),
        _ => false,
    }
}

/// Says at the call site what a uniqueness rule that was broken means there.
pub trait OnUnique<T> {
    /// `constraint` is PostgreSQL's name, `columns` what SQLite names instead (`table.a, table.b`).
    ///
    /// # Errors
    /// The problem when just this rule was broken, the error unchanged otherwise.
    fn on_unique(self, constraint: &str, columns: &str, problem: impl FnOnce() -> Problem) -> Result<T>;
}

/// Says at the call site what it means that another record still refers to one that is to go.
pub trait OnReferred<T> {
    /// # Errors
    /// The problem when something refers to the record, the error unchanged otherwise.
    fn on_referred(self, problem: impl FnOnce() -> Problem) -> Result<T>;
}

impl<T> OnReferred<T> for std::result::Result<T, Diesel> {
    fn on_referred(self, problem: impl FnOnce() -> Problem) -> Result<T> {
        match self {
            Err(Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Err(problem().into()),
            other => other.map_err(Error::from),
        }
    }
}

impl<T> OnUnique<T> for std::result::Result<T, Diesel> {
    fn on_unique(self, constraint: &str, columns: &str, problem: impl FnOnce() -> Problem) -> Result<T> {
        match self {
            Err(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, information))
                if information.constraint_name() == Some(constraint) || information.message().ends_with(columns) =>
            {
                Err(problem().into())
            }
            other => other.map_err(Error::from),
        }
    }
}
