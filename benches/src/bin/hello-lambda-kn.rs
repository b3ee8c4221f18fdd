//! A Lambda function with the drop-in.

extern crate kn_lambda_runtime as lambda_runtime;

include!("../hello_lambda.rs");
