//! A handler with an enum of errors, whose names the caller reads.

use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use serde::Deserialize;
use thiserror::Error as ThisError;

#[derive(Deserialize)]
struct Transfer {
    amount: i64,
}

#[derive(Debug, ThisError)]
enum TransferError {
    #[error("the account lacks {0}")]
    Funds(i64),
    #[error("an amount is positive, and not {0}")]
    Amount(i64),
}

impl From<TransferError> for Diagnostic {
    fn from(error: TransferError) -> Self {
        let error_type = match error {
            TransferError::Funds(_) => "InsufficientFunds",
            TransferError::Amount(_) => "InvalidAmount",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(transfer)).await
}

async fn transfer(event: LambdaEvent<Transfer>) -> Result<(), TransferError> {
    match event.payload.amount {
        amount if amount <= 0 => Err(TransferError::Amount(amount)),
        amount if amount > 100 => Err(TransferError::Funds(amount - 100)),
        _ => Ok(()),
    }
}
