//! Through which doors do requests come in?

pub mod http;
pub mod tls;

mod coarse_timer;
pub(crate) mod control;
mod conversation;
mod paced;
