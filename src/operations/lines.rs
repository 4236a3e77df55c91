//! On which line of the body does a complaint stand?

use interactions::operation::{Call, Sent};
use model::Issue;
use model::parameters::{Content, Parameter};
use validate::source::with_lines;

/// Adds line and column to complaints about the argument `resource`.
///
/// Where the body is that resource, places are those of the body. Inside Parameters they begin further in.
pub(crate) fn add(issues: &mut [Issue], arguments: &[Parameter<'_>], call: &Call) {
    let Some(Sent { bytes, form }) = &call.sent else { return };
    let is_resource = |parameter: &Parameter<'_>| {
        parameter.name == "resource" && matches!(parameter.content, Content::Resource(_))
    };
    let inside = arguments.iter().position(is_resource).filter(|_| !call.is_bare);
    let Some(place) = inside else { return with_lines(issues, bytes, *form) };
    let prefix = format!("Parameters.parameter[{place}].resource");
    let outside: Vec<_> = issues.iter().map(|issue| issue.expression.clone()).collect();
    for issue in issues.iter_mut() {
        let below =
            issue.expression.as_deref().map(|path| path.split_once('.').map_or("", |(_, below)| below));
        issue.expression = below.map(|below| match below {
            "" => prefix.clone(),
            below => format!("{prefix}.{below}"),
        });
    }
    with_lines(issues, bytes, *form);
    for (issue, expression) in issues.iter_mut().zip(outside) {
        issue.expression = expression;
    }
}
