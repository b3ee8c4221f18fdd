//! The `#[kn_function]` attribute of `kn-func-runtime`.

mod expand;
mod options;
mod parse;

use proc_macro::TokenStream;

/// Use it, and read about it, as `kn_func_runtime::kn_function`: the expansion calls that crate.
#[proc_macro_attribute]
pub fn kn_function(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(options.into(), item.into()).into()
}
