//! How is long work kept from holding up other requests?
//!
//! All requests share a few threads, each of which is to be given back within a fraction of a millisecond. What takes
//! longer without waiting for anything is done aside: on threads for such work, of which `server` has as many as
//! suit the machine. A request that is given up while its work waits for a thread takes it along.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use model::{Code, Issue};

use crate::{Context, Result};

/// Does work away from the threads of requests; handed in by `server`, which alone starts threads.
pub type Aside = Arc<dyn Fn(Work) -> Working + Send + Sync>;

/// What is to be done.
pub type Work = Box<dyn FnOnce() + Send>;

/// It is being done, and has been, or was given up, when this ends.
pub type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Does the work aside and returns what came of it.
pub async fn run<T: Send + 'static>(
    context: &Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let place = Arc::new(Mutex::new(None));
    let inside = Arc::clone(&place);
    let filling: Work = Box::new(move || {
        let done = work();
        *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    });
    (context.aside)(filling).await;
    let done = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    done.ok_or_else(|| Issue::error(Code::Internal, "the work on this request was given up").into())
}

/// Does everything on the spot, where there are no others to hold up.
pub fn on_the_spot() -> Aside {
    Arc::new(|work| Box::pin(async move { work() }))
}
