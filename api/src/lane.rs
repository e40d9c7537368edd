//! Lanes: threads of their own for one kind of work that takes long, so that it cannot take those that serve
//! everything else. Who waits for a turn is counted and does not wait for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use htcd_domain::{Code, Problem};
use tokio::sync::Semaphore;

use crate::problem::Refusal;

type Job = Box<dyn FnOnce() + Send>;

/// A few threads, and the queue before them.
pub struct Lane {
    jobs: Sender<Job>,
    /// One for each thread.
    turns: Arc<Semaphore>,
    /// One for each thread, and one for each who may wait.
    places: Semaphore,
    longest_wait: Duration,
}

impl Lane {
    /// Starts the threads. So many may wait for them, and so long.
    pub fn start(threads: usize, waiting: usize, longest_wait: Duration) -> Self {
        let (jobs, receiver) = std::sync::mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            std::thread::spawn(move || {
                // Ends with the application, whose sender the channel waits for.
                while let Some(job) = receiver.lock().ok().and_then(|receiver| receiver.recv().ok()) {
                    // A job that panics has dropped its sender by then: its caller gets an answer, the thread stays.
                    let _ = catch_unwind(AssertUnwindSafe(job));
                }
            });
        }
        Self { jobs, turns: Arc::new(Semaphore::new(threads)), places: Semaphore::new(threads + waiting), longest_wait }
    }

    /// Runs a job when its turn comes.
    ///
    /// # Errors
    /// What the job answered; `too_busy` when too many wait already, or the turn does not come.
    pub async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
        // Whoever hangs up while waiting gives both back.
        let _place = self.places.try_acquire().map_err(|_| too_busy())?;
        let turn = tokio::time::timeout(self.longest_wait, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| too_busy())?.map_err(|_| Refusal::from(Code::Internal))?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let work: Job = Box::new(move || {
            let answer = job();
            // The thread is free for the next one, whether or not the caller still waits for this one's answer.
            drop(turn);
            let _ = sender.send(answer);
        });
        self.jobs.send(work).map_err(|_| Refusal::from(Code::Internal))?;
        receiver.await.map_err(|_| Refusal::from(Code::Internal))?
    }
}

fn too_busy() -> Refusal {
    tracing::warn!("a lane is full");
    Code::TooBusy.into()
}

/// The refusal of a report that took longer than it may.
pub fn took_too_long(limit: Duration) -> Problem {
    let seconds = limit.as_secs();
    Problem::new(Code::TooBusy)
        .detail(format!("Báo cáo này cần hơn {seconds} giây."), format!("This report takes more than {seconds} seconds."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn code<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> Code {
        answer.unwrap_err().problem.code
    }

    #[tokio::test]
    async fn who_finds_the_lane_full_is_told_so_at_once_and_who_waits_too_long_later() {
        let lane = Arc::new(Lane::start(1, 1, Duration::from_millis(100)));
        let (release, held) = mpsc::channel::<()>();
        let busy = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move { lane.run(move || Ok(held.recv().is_ok())).await }
        });
        while lane.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waits = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move { lane.run(|| Ok(())).await }
        });
        while lane.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(code(lane.run(|| Ok(())).await), Code::TooBusy, "one runs, one waits, and a third has no place");
        assert_eq!(code(waits.await.unwrap()), Code::TooBusy, "the turn did not come");
        release.send(()).unwrap();
        assert!(busy.await.unwrap().unwrap());
        assert!(lane.run(|| Ok(7)).await.is_ok_and(|answer| answer == 7), "and then there is room again");
    }

    #[tokio::test]
    async fn a_job_that_panics_takes_no_thread_with_it() {
        let lane = Lane::start(1, 0, Duration::from_secs(5));
        for _ in 0..3 {
            assert_eq!(code(lane.run::<()>(|| panic!("on purpose")).await), Code::Internal);
        }
        assert!(lane.run(|| Ok(7)).await.is_ok_and(|answer| answer == 7));
    }

    #[tokio::test]
    async fn whoever_hangs_up_leaves_the_queue() {
        let lane = Arc::new(Lane::start(1, 1, Duration::from_secs(60)));
        let (release, held) = mpsc::channel::<()>();
        let busy = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move { lane.run(move || Ok(held.recv().is_ok())).await }
        });
        while lane.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..100 {
            let gone = tokio::time::timeout(Duration::from_millis(1), lane.run(|| Ok(()))).await;
            assert!(gone.is_err(), "it waited, and left");
        }
        release.send(()).unwrap();
        assert!(busy.await.unwrap().unwrap());
    }
}
