//! The same Lambda function with AWS's crate.

extern crate aws_lambda_runtime as lambda_runtime;

include!("../hello_lambda.rs");
