//! What the attribute stands on, and what it must look like.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, GenericArgument, PathArguments, Result, ReturnType, Signature, Type, Visibility};

/// The user's function. Its body is never looked at.
pub(crate) struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let place = input.span();
        let signature = input.parse().map_err(|_| Error::new(place, "`#[kn_function]` goes on an `async fn`"))?;
        Ok(Self { attributes, visibility, signature, body: input.parse()? })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.attributes.iter().map(Attribute::to_token_stream));
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// The types that a function's signature names.
pub(crate) struct Types<'a> {
    pub(crate) state: Option<&'a Type>,
    pub(crate) input: &'a Type,
    pub(crate) output: Option<&'a Type>,
}

impl Function {
    pub(crate) fn is_method(&self) -> bool {
        self.signature.receiver().is_some()
    }

    /// Reads the types of a function with or without state.
    pub(crate) fn types(&self, with_state: bool) -> Result<Types<'_>> {
        let signature = &self.signature;
        if let Some(receiver) = signature.receiver() {
            return Err(Error::new(
                receiver.self_token.span,
                "a function takes no `self`; state comes with `init = path`",
            ));
        }
        if signature.asyncness.is_none() {
            return Err(Error::new(signature.fn_token.span, "a function is an `async fn`"));
        }
        if let Some(word) = &signature.unsafety {
            return Err(Error::new(word.span, "a function is safe to call; `unsafe` belongs inside"));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(
                &signature.generics,
                "a function has no generics; name the type of its input",
            ));
        }
        let (state, input) = if with_state { self.state_and_input()? } else { (None, self.only_input()?) };
        let output = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(&**output),
        };
        Ok(Types { state, input, output })
    }

    fn only_input(&self) -> Result<&Type> {
        match self.parameters()[..] {
            [input] => named(input),
            [] => Err(Error::new(self.signature.paren_token.span.join(), ONE_INPUT)),
            [_, second, ..] => Err(Error::new_spanned(second, format!("{ONE_INPUT}, and `init = path` adds state"))),
        }
    }

    fn state_and_input(&self) -> Result<(Option<&Type>, &Type)> {
        match self.parameters()[..] {
            [first, input] => {
                let state = arc_of(first).ok_or_else(|| Error::new_spanned(first, STATE_AND_INPUT))?;
                Ok((Some(state), named(input)?))
            }
            [_, _, third, ..] => Err(Error::new_spanned(third, STATE_AND_INPUT)),
            [only] => Err(Error::new_spanned(only, STATE_AND_INPUT)),
            [] => Err(Error::new(self.signature.paren_token.span.join(), STATE_AND_INPUT)),
        }
    }

    fn parameters(&self) -> Vec<&Type> {
        let mut types = Vec::new();
        for parameter in &self.signature.inputs {
            if let FnArg::Typed(parameter) = parameter {
                types.push(&*parameter.ty);
            }
        }
        types
    }
}

const ONE_INPUT: &str = "a function takes one input; `Context` gives it the whole request";
const STATE_AND_INPUT: &str = "with `init` a function takes `Arc<State>` and one input";

fn named(input: &Type) -> Result<&Type> {
    match input {
        Type::ImplTrait(_) => Err(Error::new_spanned(input, "a function has no generics; name the type of its input")),
        _ => Ok(input),
    }
}

/// The `T` of `Arc<T>`, by whatever path.
fn arc_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Arc")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.last()? {
        GenericArgument::Type(state) => Some(state),
        _ => None,
    }
}
