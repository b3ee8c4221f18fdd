//! The page for browsers: a search box that calls the function.

/// The page, which needs nothing but the function that sends it.
pub const PAGE: &str = include_str!("page.html");

/// Whether an `Accept` header asks for a page: it names `text/html`, and `application/json` not as much.
///
/// ```
/// use get_emojis::page;
///
/// assert!(page::is_wanted("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
/// assert!(!page::is_wanted("*/*"));
/// ```
pub fn is_wanted(accept: &str) -> bool {
    let html = quality(accept, "text/html");
    html > 0.0 && html > quality(accept, "application/json")
}

/// The weight of a media type that the header names, 0 if it does not.
fn quality(accept: &str, media_type: &str) -> f32 {
    accept
        .split(',')
        .map(|range| range.split(';').map(str::trim))
        .filter_map(|mut parts| {
            parts.next().filter(|name| name.eq_ignore_ascii_case(media_type))?;
            let weight = parts.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
            Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
        })
        .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_want_the_page() {
        for accept in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "text/html, */*",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            "application/json;q=0.5, text/html;q=0.6",
        ] {
            assert!(is_wanted(accept), "{accept}");
        }
    }

    #[test]
    fn programs_want_json() {
        for accept in [
            "",
            "*/*",
            "text/*",
            "application/json",
            "application/json, text/html",
            "text/html;q=0",
            "text/html;q=x",
            "text/html;q=NaN",
            "text/htmlx",
            ",;,",
        ] {
            assert!(!is_wanted(accept), "{accept}");
        }
    }

    #[test]
    fn the_page_calls_the_function_and_nobody_else() {
        assert!(PAGE.contains("fetch('?'") && PAGE.contains("name=\"descriptions\""));
        assert!(!PAGE.contains("http:") && !PAGE.contains("https:") && !PAGE.contains("innerHTML"));
    }
}
