//! What stands in the brackets of the attribute.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Path, Result, Token};

/// The options of `#[kn_function(...)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) init: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let name: Ident = input.parse().map_err(|error| Error::new(error.span(), "expected `init = path`"))?;
            if name != "init" {
                return Err(Error::new(name.span(), format!("unknown option `{name}`; the only one is `init = path`")));
            }
            if options.init.is_some() {
                return Err(Error::new(name.span(), "`init` is given twice; state is made by one function"));
            }
            options.init = Some(init(&name, input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

fn init(name: &Ident, input: ParseStream<'_>) -> Result<Path> {
    let example = "`init` names an `async fn`, as in `init = App::open`";
    if input.is_empty() {
        return Err(Error::new(name.span(), example));
    }
    let path = input.parse::<Token![=]>().and_then(|_| input.parse());
    let path = path.map_err(|error| Error::new(error.span(), example))?;
    if !input.is_empty() && !input.peek(Token![,]) {
        let rest: TokenStream = input.parse()?;
        return Err(Error::new_spanned(rest, "`init` names a function and does not call it, as in `init = App::open`"));
    }
    Ok(path)
}
