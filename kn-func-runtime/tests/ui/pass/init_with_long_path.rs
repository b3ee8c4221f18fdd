//! `init` is a long path, fails with an error of its own, gives an `Arc`, and ends with a comma.

#![deny(warnings)]

mod app {
    use std::num::ParseIntError;
    use std::sync::Arc;

    pub struct App<T>(pub T);

    impl<T: Send + Sync + 'static> kn_func_runtime::Lifecycle for App<T> {}

    impl App<u16> {
        pub async fn open() -> Result<Arc<Self>, ParseIntError> {
            let app = Arc::new(Self("0".parse()?));
            std::process::exit(app.0.into())
        }
    }
}

#[kn_func_runtime::kn_function(init = crate::app::App::<u16>::open,)]
async fn greet(_: std::sync::Arc<crate::app::App<u16>>, name: String) -> String {
    name
}
