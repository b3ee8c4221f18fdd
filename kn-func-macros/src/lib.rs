//! The `#[kn_function]` attribute of `kn-func-runtime`.

use proc_macro::TokenStream;

/// Turns a function into a server.
#[proc_macro_attribute]
pub fn kn_function(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}
