//! An axum router as the handler, with state, extractors and middleware.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use lambda_http::{Error, RequestExt, run, tracing};
use serde::Deserialize;
use serde_json::{Value, json};

struct Shop {
    name: &'static str,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    page: u32,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    price: u32,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let app = Router::new()
        .route("/", get(root))
        .route("/items", get(list).post(create))
        .route("/items/{id}", get(one).delete(async |Path(_): Path<u32>| StatusCode::NO_CONTENT))
        .route("/files/{*path}", get(file))
        .route("/upload", post(async |body: String| body.len().to_string()))
        .layer(DefaultBodyLimit::max(1024))
        .layer(from_fn(stamp))
        .with_state(Arc::new(Shop { name: "corner shop" }));
    run(app).await
}

async fn root(State(shop): State<Arc<Shop>>) -> Json<Value> {
    Json(json!({ "shop": shop.name }))
}

async fn list(Query(Page { page }): Query<Page>) -> Json<Value> {
    Json(json!({ "page": page }))
}

async fn create(Json(Item { name, price }): Json<Item>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({ "name": name, "price": price })))
}

async fn one(Path(id): Path<u32>) -> Json<Value> {
    Json(json!({ "id": id }))
}

async fn file(Path(path): Path<String>) -> impl IntoResponse {
    ([("content-type", "application/octet-stream")], path.into_bytes())
}

async fn stamp(request: Request, next: Next) -> Response {
    let id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
    let mut response = next.run(request).await;
    if let Ok(id) = id.parse() {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}
