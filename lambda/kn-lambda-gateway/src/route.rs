//! The pattern of a path, as API Gateway writes it.

use percent_encoding::percent_decode_str;

/// A pattern such as `/users/{id}` or `/files/{path+}`, whose last part takes all that is left.
///
/// ```
/// use kn_lambda_gateway::Route;
///
/// let route = Route::parse("/users/{id}/files/{path+}").ok_or("no pattern")?;
/// let parameters = route.parameters("/users/7/files/a/b%20c").ok_or("no match")?;
/// assert_eq!(parameters, [("id".into(), "7".into()), ("path".into(), "a/b c".into())]);
/// assert_eq!(route.parameters("/users/7"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pattern: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Fixed(String),
    One(String),
    Rest(String),
}

/// A route that a path matches, and what it found there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Matched {
    /// The pattern, if there is one.
    pub pattern: Option<String>,
    /// Names and decoded values.
    pub parameters: Vec<(String, String)>,
}

impl Route {
    /// Reads a pattern; nothing if it is none.
    pub fn parse(pattern: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut pieces = pattern.strip_prefix('/')?.split('/').peekable();
        while let Some(piece) = pieces.next() {
            let part = part(piece)?;
            if matches!(part, Part::Rest(_)) && pieces.peek().is_some() {
                return None;
            }
            parts.push(part);
        }
        Some(Self { pattern: pattern.to_owned(), parts })
    }

    /// The parameters of a path that is still percent-encoded; nothing if it does not match.
    pub fn parameters(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut parameters = Vec::new();
        let mut rest = Some(path.strip_prefix('/')?);
        for part in &self.parts {
            let (piece, after) = match rest? {
                all if matches!(part, Part::Rest(_)) => (all, None),
                all => all.split_once('/').map_or((all, None), |(piece, after)| (piece, Some(after))),
            };
            rest = after;
            match part {
                Part::Fixed(fixed) if fixed == piece => {}
                Part::Fixed(_) => return None,
                Part::One(_) | Part::Rest(_) if piece.is_empty() => return None,
                Part::One(name) | Part::Rest(name) => {
                    parameters.push((name.clone(), percent_decode_str(piece).decode_utf8_lossy().into_owned()));
                }
            }
        }
        rest.is_none().then_some(parameters)
    }

    pub(crate) fn matched(routes: &[Self], path: &str) -> Matched {
        let found = routes.iter().find_map(|route| Some((route, route.parameters(path)?)));
        found.map_or_else(Matched::default, |(route, parameters)| Matched {
            pattern: Some(route.pattern.clone()),
            parameters,
        })
    }
}

fn part(piece: &str) -> Option<Part> {
    let is_name = |name: &str| !name.is_empty() && !name.contains(['{', '}', '+']);
    match piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => is_name(name).then(|| Part::Rest(name.to_owned())),
            None => is_name(name).then(|| Part::One(name.to_owned())),
        },
        None => (!piece.contains(['{', '}'])).then(|| Part::Fixed(piece.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_none() {
        for pattern in ["", "users", "/{id", "/id}", "/{}", "/{+}", "/a{id}", "/{path+}/more"] {
            assert_eq!(Route::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_path_matches_as_a_whole() {
        let cases = [
            ("/", "/", true),
            ("/", "/a", false),
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a/{b}", "/a", false),
            ("/a/{b}", "/a/", false),
            ("/a/{b}", "/a/b", true),
            ("/a/{b}", "/a/b/c", false),
            ("/a/{b+}", "/a/b/c/", true),
            ("/a/{b+}", "/a/", false),
            ("/{b}", "*", false),
        ];
        for (pattern, path, matches) in cases {
            let route = Route::parse(pattern).unwrap();
            assert_eq!(route.parameters(path).is_some(), matches, "{pattern} {path}");
        }
    }
}
