//! What API Gateway and AWS Lambda do around a Lambda function, for functions that run on [`kn_func_runtime`].
//!
//! `kn-lambda-runtime`, `kn-lambda-http` and `kn-lambda-bootstrap` are made of it; functions use those.
//!
//! [`Gateway::invocation`] makes of a request what a Lambda function is invoked with, [`Gateway::response`] makes of its answer an
//! HTTP response. The environment says how:
//!
//! | variable | default | meaning |
//! |---|---|---|
//! | `KN_LAMBDA_EVENT` | what comes | `payload`: the JSON body or the data of the event; `apigw-v2`, `apigw-v1`: the request as API Gateway describes it |
//! | `KN_LAMBDA_CONCURRENCY` | none | at most so many invocations at once; others wait |
//! | `KN_LAMBDA_ROUTE` | none | patterns that give path parameters, such as `/users/{id},/files/{path+}` |
//! | `KN_LAMBDA_CONTENT_TYPE` | `application/json` | the content type of a text answer that has none |
//! | `KN_LAMBDA_RESPONSE_LIMIT` | 6 MiB | the largest answer that is not streamed, as on Lambda; more is a 502 |
//!
//! `AWS_LAMBDA_FUNCTION_NAME`, `AWS_LAMBDA_FUNCTION_VERSION`, `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, `AWS_LAMBDA_LOG_GROUP_NAME` and
//! `AWS_LAMBDA_LOG_STREAM_NAME` are kept if they are set; else Knative's `K_SERVICE` and `K_REVISION` and the memory limit of the
//! container take their place.

// Values: what comes and what goes.
mod failure;
pub use failure::Failure;
mod route;
pub use route::{Matched, Route};
mod time;
pub use time::Time;
mod incoming;
mod trace;
pub use incoming::{Content, Incoming};

// Settings: the environment.
mod function;
mod settings;
pub use function::FunctionInfo;
pub use settings::Shape;

// Forms: the JSON that AWS speaks.
mod client_context;
mod envelope;
mod headers;
mod sent;
mod v1;
mod v2;

// Doors.
mod gateway;
pub use gateway::{DefaultType, Gateway};
mod invocation;
pub use invocation::Invocation;
