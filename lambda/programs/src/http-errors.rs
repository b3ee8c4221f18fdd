//! An HTTP handler that fails in every way.

use lambda_http::lambda_runtime::Diagnostic;
use lambda_http::{Body, Error, Request, Response, run, service_fn, tracing};
use thiserror::Error as ThisError;

#[derive(Debug, ThisError)]
enum ShopError {
    #[error("`{0}` is sold out")]
    SoldOut(String),
    #[error("the warehouse does not answer")]
    Warehouse(#[from] std::io::Error),
}

impl From<ShopError> for Diagnostic {
    fn from(error: ShopError) -> Self {
        let error_type = match &error {
            ShopError::SoldOut(_) => "SoldOut",
            ShopError::Warehouse(_) => "Warehouse",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(buy)).await
}

async fn buy(request: Request) -> Result<Response<Body>, ShopError> {
    match request.uri().path() {
        "/sold-out" => Err(ShopError::SoldOut("tea".to_owned())),
        "/warehouse" => Err(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))?,
        "/panic" => panic!("the till is on fire"),
        _ => Ok(Response::new("bought".into())),
    }
}
