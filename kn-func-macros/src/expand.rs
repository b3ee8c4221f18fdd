//! What the user could have written instead.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Result, ReturnType, Type};

use crate::options::Options;
use crate::parse::{Function, says_impl};

/// The function, and a `main` that serves it. A fault becomes one error, and the item stays for the editor.
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
    function.check()?;
    let (name, output) = (&function.signature.ident, nameable(&function.signature.output));
    // The compiler tells of a future that is not `Send` where its type stands.
    let inferred = quote_spanned! { at(name) => _, _ };
    let function = match &options.init {
        None => {
            let input = function.input()?;
            quote! { new::<#input, #output, #inferred>(#name) }
        }
        Some(init) => {
            let (state, input) = function.state_and_input()?;
            let opened = quote_spanned! { at(init) => #init().await? };
            quote! { with_state::<#state, #input, #output, #inferred>(#opened, #name) }
        }
    };
    Ok(quote! { ::kn_func_runtime::run(async || ::core::result::Result::Ok(::kn_func_runtime::Function::#function)) })
}

/// The type as an expression can name it: what only a signature can say is left to the compiler.
fn nameable(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote! { () },
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) || says_impl(ty.to_token_stream()) => {
            quote_spanned! { at(ty) => _ }
        }
        ReturnType::Type(_, ty) => ty.to_token_stream(),
    }
}

/// Where errors stand: at the user's token, though it is the macro's code.
fn at(token: &impl Spanned) -> Span {
    Span::call_site().located_at(token.span())
}

fn with_main(function: &Function, serve: &TokenStream) -> TokenStream {
    if function.signature.ident != "main" {
        return quote! {
            #function

            fn main() -> ::std::process::ExitCode {
                #serve
            }
        };
    }
    quote! {
        #[cfg(not(test))]
        fn main() -> ::std::process::ExitCode {
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
