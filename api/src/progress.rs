//! How far a long act is, while it runs. What it does is one transaction, which nobody sees into; so this is kept beside it, in the
//! memory of the server that does it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use htcd_domain::id::RestructuringId;
use serde::Serialize;
use utoipa::ToSchema;

/// An act that is running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RunningAct {
    /// Which: `preview`, `apply` or `undo`.
    #[schema(value_type = String, example = "apply")]
    pub act: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Steps that are done; one province is one step of a preview or an undoing, and two of applying.
    #[schema(example = 12)]
    pub done: usize,
    /// Steps in all; `null` until that is known.
    #[schema(example = 68)]
    pub total: Option<usize>,
}

/// The acts on restructurings that this server is doing.
#[derive(Debug, Default)]
pub struct Progress(Mutex<HashMap<RestructuringId, RunningAct>>);

impl Progress {
    /// An act begins; it runs until the answer is dropped.
    pub fn begin(self: &Arc<Self>, id: RestructuringId, act: &'static str, since: DateTime<Utc>) -> Turn {
        self.with(|running| running.insert(id, RunningAct { act, since, done: 0, total: None }));
        Turn { progress: Arc::clone(self), id }
    }

    /// What is being done with a restructuring now.
    pub fn of(&self, id: RestructuringId) -> Option<RunningAct> {
        self.with(|running| running.get(&id).cloned())
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<RestructuringId, RunningAct>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An act that is running, as whoever does it holds it.
#[derive(Debug)]
pub struct Turn {
    progress: Arc<Progress>,
    id: RestructuringId,
}

impl Turn {
    /// So much is done.
    pub fn tell(&self, done: usize, total: usize) {
        self.progress.with(|running| {
            if let Some(act) = running.get_mut(&self.id) {
                (act.done, act.total) = (done, Some(total));
            }
        });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.progress.with(|running| running.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_seen_with_its_steps_until_it_has_ended() {
        let (progress, id) = (Arc::new(Progress::default()), RestructuringId(uuid::Uuid::from_u128(1)));
        let since = DateTime::UNIX_EPOCH;
        assert_eq!(progress.of(id), None);
        let turn = progress.begin(id, "apply", since);
        assert_eq!(progress.of(id), Some(RunningAct { act: "apply", since, done: 0, total: None }));
        turn.tell(3, 68);
        assert_eq!(progress.of(id), Some(RunningAct { act: "apply", since, done: 3, total: Some(68) }));
        drop(turn);
        assert_eq!(progress.of(id), None);
    }
}
