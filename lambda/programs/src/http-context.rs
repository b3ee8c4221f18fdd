//! An HTTP handler that answers with all that it is told about the request.

use lambda_http::request::RequestContext;
use lambda_http::{Error, Request, RequestExt, run, service_fn, tracing};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    run(service_fn(tell)).await
}

async fn tell(request: Request) -> Result<Value, Error> {
    let trace = request.headers().get("x-amzn-trace-id").and_then(|value| value.to_str().ok());
    let context = request.lambda_context();
    let gateway = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(gateway)) => json!({
            "requestId": gateway.request_id,
            "stage": gateway.stage,
            "routeKey": gateway.route_key,
            "domainName": gateway.domain_name,
            "timeEpoch": gateway.time_epoch,
            "method": gateway.http.method.as_str(),
            "path": gateway.http.path,
            "protocol": gateway.http.protocol,
            "sourceIp": gateway.http.source_ip,
            "userAgent": gateway.http.user_agent,
        }),
        _ => Value::Null,
    };
    Ok(json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "rawPath": request.raw_http_path(),
        "query": request.uri().query(),
        "pathParameters": parameters(request.path_parameters().iter()),
        "stageVariables": parameters(request.stage_variables().iter()),
        "traceHeader": trace,
        "gateway": gateway,
        "requestId": context.request_id,
        "deadline": context.deadline,
        "arn": context.invoked_function_arn,
        "trace": context.xray_trace_id,
        "custom": context.client_context.map(|client| client.custom),
        "function": context.env_config.function_name,
        "memory": context.env_config.memory,
        "version": context.env_config.version,
    }))
}

fn parameters<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    parameters.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}
