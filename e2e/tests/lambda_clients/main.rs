//! Lambda functions of three languages, each with AWS's own runtime client and no crate of this repository, behind `kn-lambda-bootstrap`.

#![cfg(target_os = "linux")]

mod lambda;

mod drain;
mod errors;
mod guide;
mod stream;
mod told;
