//! Through which doors do requests come in?

pub mod http;
pub mod tls;

mod conversation;
mod coarse_timer;
