//! Programs that know nothing of us, on Knative: compiled against the drop-ins, and as they are below the runner.

mod host;
mod payloads;
mod table;

mod answers;
mod bad_answers;
mod bad_requests;
mod concurrency;
mod contexts;
mod drain;
mod errors;
mod events;
mod limits;
mod logs;
mod manifests;
mod runner;
mod snapstart;
