//! A handler over the events of an HTTP API, which builds its response itself.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<ApiGatewayV2httpRequest>) -> Result<ApiGatewayV2httpResponse, Error> {
    let request = event.payload;
    let http = request.request_context.http;
    let told = json!({
        "version": request.version,
        "routeKey": request.route_key,
        "method": http.method.as_str(),
        "path": request.raw_path,
        "query": request.raw_query_string,
        "tags": request.query_string_parameters.all("tag"),
        "cookies": request.cookies,
        "pathParameters": request.path_parameters,
        "sourceIp": http.source_ip,
        "body": request.body,
        "isBase64Encoded": request.is_base64_encoded,
    });
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = 201;
    response.headers.insert("content-type", "application/json".parse()?);
    response.cookies = vec!["a=1; Path=/".to_owned(), "b=2".to_owned()];
    response.body = Some(Body::Text(told.to_string()));
    Ok(response)
}
