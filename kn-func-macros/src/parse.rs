//! What the attribute stands on, and what it must look like.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, FnArg, GenericArgument, PathArguments, Result, Signature, Type, Visibility};

/// The user's function. Its body is never looked at.
pub(crate) struct Function {
    attributes: Vec<Attribute>,
    /// Left out, for it would give an error of its own.
    rival: Option<Attribute>,
    visibility: Visibility,
    pub(crate) signature: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let rival = attributes.iter().position(is_rival).map(|place| attributes.remove(place));
        let visibility = input.parse()?;
        let place = input.span();
        let signature = input.parse().map_err(|_| Error::new(place, "`#[kn_function]` goes on an `async fn`"))?;
        Ok(Self { attributes, rival, visibility, signature, body: input.parse()? })
    }
}

/// Whether the attribute makes a program of its own, as `#[tokio::main]` does.
fn is_rival(attribute: &Attribute) -> bool {
    let name = attribute.path().segments.last().map(|segment| &segment.ident);
    name.is_some_and(|name| name == "main" || name == "kn_function")
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.attributes.iter().map(Attribute::to_token_stream));
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

impl Function {
    pub(crate) fn is_method(&self) -> bool {
        self.signature.receiver().is_some()
    }

    /// Fails on what is never a function of ours, whatever its types are.
    pub(crate) fn check(&self) -> Result<()> {
        let signature = &self.signature;
        if let Some(rival) = &self.rival {
            return Err(Error::new_spanned(rival, "`#[kn_function]` makes the whole program; remove this attribute"));
        }
        if let Some(receiver) = signature.receiver() {
            let message = "a function takes no `self`; state comes with `init = path`";
            return Err(Error::new(receiver.self_token.span, message));
        }
        if signature.asyncness.is_none() {
            return Err(Error::new(signature.fn_token.span, "a function is an `async fn`"));
        }
        if let Some(word) = &signature.unsafety {
            return Err(Error::new(word.span, "a function is safe to call; `unsafe` belongs inside"));
        }
        if !signature.generics.params.is_empty() {
            return Err(Error::new_spanned(&signature.generics, NO_GENERICS));
        }
        Ok(())
    }

    /// The type of the one parameter.
    pub(crate) fn input(&self) -> Result<&Type> {
        match self.parameters()[..] {
            [input] => named(input),
            [] => Err(Error::new(self.signature.paren_token.span.join(), ONE_INPUT)),
            [_, second, ..] => Err(Error::new_spanned(second, format!("{ONE_INPUT}, and `init = path` adds state"))),
        }
    }

    /// The types of the two parameters of a function with state, the first without its `Arc`.
    pub(crate) fn state_and_input(&self) -> Result<(&Type, &Type)> {
        match self.parameters()[..] {
            [first, input] => {
                let state = arc_of(first).ok_or_else(|| Error::new_spanned(first, STATE_AND_INPUT))?;
                Ok((state, named(input)?))
            }
            [only] => Err(Error::new_spanned(only, STATE_AND_INPUT)),
            [] => Err(Error::new(self.signature.paren_token.span.join(), STATE_AND_INPUT)),
            [_, _, third, ..] => Err(Error::new_spanned(third, STATE_AND_INPUT)),
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
const NO_GENERICS: &str = "a function has no generics; name the type of its input";
const STATE_AND_INPUT: &str = "with `init` a function takes `Arc<State>` and one input";

fn named(input: &Type) -> Result<&Type> {
    if says_impl(input.to_token_stream()) {
        return Err(Error::new_spanned(input, NO_GENERICS));
    }
    Ok(input)
}

/// Whether the type can stand in a signature only.
pub(crate) fn says_impl(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Group(group) => says_impl(group.stream()),
        token => token.to_string() == "impl",
    })
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
