//! What the user could have written instead.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Error, Result, Type};

use crate::options::Options;
use crate::parse::Function;

/// The function, and a `main` that serves it. A fault becomes one error beside the untouched item.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let function: Function = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(error) => return beside(&item, &error),
    };
    let serve = syn::parse2(options).and_then(|options| serve(&options, &function));
    match serve {
        Err(error) if function.is_method() => beside(&function, &error),
        serve => with_main(&function, &serve.unwrap_or_else(|error| error.to_compile_error())),
    }
}

fn beside(item: &impl ToTokens, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    quote! { #item #error }
}

fn serve(options: &Options, function: &Function) -> Result<TokenStream> {
    let types = function.types(options.init.is_some())?;
    let (name, input) = (&function.signature.ident, types.input);
    let output = types.output.map_or_else(|| quote! { () }, nameable);
    let function = match (&options.init, types.state) {
        (Some(init), Some(state)) => quote! {
            ::kn_func_runtime::Function::with_state::<#state, #input, #output, _, _>(#init().await?, #name)
        },
        _ => quote! { ::kn_func_runtime::Function::new::<#input, #output, _, _>(#name) },
    };
    Ok(quote! { ::kn_func_runtime::run(async || ::core::result::Result::Ok(#function)) })
}

/// The type as an expression can name it: `impl Trait` and `!` are left to the compiler.
fn nameable(output: &Type) -> TokenStream {
    match output {
        Type::ImplTrait(_) | Type::Never(_) => quote! { _ },
        output => output.to_token_stream(),
    }
}

fn with_main(function: &Function, serve: &TokenStream) -> TokenStream {
    let main = format_ident!("main");
    if function.signature.ident != main {
        return quote! {
            #function

            fn #main() -> ::std::process::ExitCode {
                #serve
            }
        };
    }
    quote! {
        #[cfg(not(test))]
        fn #main() -> ::std::process::ExitCode {
            #function

            #serve
        }

        // Tests call the function itself, as `super::main(input).await`.
        #[cfg(test)]
        #function

        #[cfg(test)]
        const _: fn() -> ::std::process::ExitCode = || #serve;
    }
}
