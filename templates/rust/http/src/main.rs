//! A function over HTTP: it gives back the message that it is sent.

use kn_func_runtime::{Context, kn_function};

#[kn_function]
async fn main(ctx: Context) -> String {
    match ctx.query_param("message") {
        Some(message) => format!("{message}\n"),
        None if ctx.body().is_empty() => "OK\n".into(),
        None => String::from_utf8_lossy(ctx.body()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_comes_back() {
        let get = Context::get("/?message=hello,+world");
        assert_eq!(super::main(get).await, "hello, world\n");

        let post = Context::post("/").body("hello");
        assert_eq!(super::main(post).await, "hello");

        assert_eq!(super::main(Context::get("/")).await, "OK\n");
    }
}
