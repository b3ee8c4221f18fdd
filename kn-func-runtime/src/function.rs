//! A user's function and its state, as one value.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::body::{Request, Response};
use crate::input::FromRequest;
use crate::lifecycle::Lifecycle;
use crate::output::IntoResponse;
use crate::scope::Scope;

type Handler = dyn Fn(Request) -> Answer + Send + Sync;
pub(crate) type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A function: one input, one output, and the state that it shares between requests.
///
/// The types of the user's function end here, so the server is compiled once.
///
/// ```
/// use kn_func_runtime::{Function, TestClient};
///
/// async fn greet(name: String) -> String {
///     format!("hello, {name}")
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let client = TestClient::new(Function::new(greet));
/// assert_eq!(client.post("/").body("Ada").send().await.text(), "hello, Ada");
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Function {
    handler: Arc<Handler>,
    lifecycle: Arc<dyn Lifecycle>,
}

impl Function {
    /// A function without state.
    pub fn new<In, Out, F, Fut>(handler: F) -> Self
    where
        In: FromRequest,
        Out: IntoResponse,
        F: Fn(In) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Out> + Send,
    {
        Self { handler: erased(handler), lifecycle: Arc::new(()) }
    }

    /// A function that gets its state with each request.
    ///
    /// ```
    /// use kn_func_runtime::{Context, Function, Lifecycle};
    /// use std::sync::Arc;
    ///
    /// struct App {
    ///     greeting: &'static str,
    /// }
    ///
    /// impl Lifecycle for App {}
    ///
    /// async fn greet(app: Arc<App>, _: Context) -> &'static str {
    ///     app.greeting
    /// }
    ///
    /// let function = Function::with_state(App { greeting: "hello" }, greet);
    /// ```
    pub fn with_state<S, In, Out, F, Fut>(state: impl Into<Arc<S>>, handler: F) -> Self
    where
        S: Lifecycle,
        In: FromRequest,
        Out: IntoResponse,
        F: Fn(Arc<S>, In) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Out> + Send,
    {
        let state = state.into();
        let lifecycle = state.clone();
        Self { handler: erased(move |input| handler(state.clone(), input)), lifecycle }
    }

    /// Calls the function. The future does nothing until it is polled, and may panic when the function does.
    pub(crate) fn call(&self, request: Request) -> Answer {
        (self.handler)(request)
    }

    /// The function with something around it.
    #[cfg(feature = "tower")]
    pub(crate) fn wrapped(self, handler: impl Fn(Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { handler: Arc::new(handler), ..self }
    }

    pub(crate) fn lifecycle(&self) -> &dyn Lifecycle {
        &*self.lifecycle
    }
}

fn erased<In, Out, F, Fut>(handler: F) -> Arc<Handler>
where
    In: FromRequest,
    Out: IntoResponse,
    F: Fn(In) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Out> + Send,
{
    let handler = Arc::new(handler);
    Arc::new(move |request| {
        let handler = handler.clone();
        Box::pin(async move {
            if let Some(answer) = In::preflight(&request) {
                return answer;
            }
            let (output, watch) = match In::from_request(request).await {
                Ok(input) => match Scope::begin() {
                    Ok(None) => (handler(input), None),
                    Ok(Some(watch)) => (watch.enter(|| handler(input)), Some(watch)),
                    Err(refusal) => return refusal.into_response(),
                },
                Err(refusal) => return refusal.into_response(),
            };
            let output = match watch {
                None => output.await,
                Some(watch) => Box::pin(watch.around(output)).await,
            };
            output.into_response()
        })
    })
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}
