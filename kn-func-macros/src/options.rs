//! What stands in the brackets of the attribute.

use syn::parse::{Parse, ParseStream};
use syn::{Error, ExprPath, Ident, Result, Token};

/// The options of `#[kn_function(...)]`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) init: Option<ExprPath>,
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

fn init(name: &Ident, input: ParseStream<'_>) -> Result<ExprPath> {
    let place = || if input.is_empty() { name.span() } else { input.span() };
    let example = |_: Error| Error::new(place(), "`init` names an `async fn`, as in `init = App::open`");
    input.parse::<Token![=]>().map_err(example)?;
    let path = input.parse().map_err(example)?;
    if !input.is_empty() && !input.peek(Token![,]) {
        let message = "`init` names a function and does not call it, as in `init = App::open`";
        return Err(Error::new(input.span(), message));
    }
    Ok(path)
}
