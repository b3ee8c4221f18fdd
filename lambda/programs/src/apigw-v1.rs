//! A handler over the events of a REST API, which builds its response itself.

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use aws_lambda_events::encodings::Body;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<ApiGatewayProxyRequest>) -> Result<ApiGatewayProxyResponse, Error> {
    let request = event.payload;
    let told = json!({
        "method": request.http_method.as_str(),
        "path": request.path,
        "resource": request.resource,
        "tags": request.multi_value_query_string_parameters.all("tag"),
        "tag": request.query_string_parameters.first("tag"),
        "accept": request.multi_value_headers.get("accept").and_then(|value| value.to_str().ok()),
        "pathParameters": request.path_parameters,
        "stage": request.request_context.stage,
        "requestId": request.request_context.request_id,
        "sourceIp": request.request_context.identity.source_ip,
        "body": request.body,
        "isBase64Encoded": request.is_base64_encoded,
    });
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = 200;
    response.headers.insert("content-type", "application/json".parse()?);
    response.multi_value_headers.append("set-cookie", "a=1".parse()?);
    response.multi_value_headers.append("set-cookie", "b=2".parse()?);
    response.body = Some(Body::Text(told.to_string()));
    Ok(response)
}
