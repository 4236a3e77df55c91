//! Which status does a complaint have?
//!
//! The one place that turns a code into a status: <https://hl7.org/fhir/R4/http.html#Status-Codes>. It
//! stands below `api` because the entries of a Bundle tell their status too.

use model::Code;

/// The status of a failure whose first issue has this code.
#[rustfmt::skip]
pub fn status(code: Code) -> u16 {
    match code {
        Code::EmptyBody
        | Code::MalformedJson
        | Code::MalformedXml
        | Code::InvalidUtf8
        | Code::DuplicateMember
        | Code::TooDeep
        | Code::NumberTooLong
        | Code::InvalidEncoding
        | Code::NotAResource
        | Code::WrongType
        | Code::InvalidId
        | Code::IdMismatch
        | Code::InvalidHeader
        | Code::InvalidParameter
        | Code::UnknownParameter
        | Code::InvalidCursor
        | Code::MalformedPatch
        | Code::BundleType
        | Code::InvalidEntry
        | Code::DuplicateEntry
        | Code::InvalidExpression
        | Code::InvalidPackage
        | Code::UnresolvedReference => 400,
        // What is wrong with the content.
        Code::UnknownElement | Code::UnknownResource | Code::InvalidStructure | Code::PatchFailed
        | Code::Cardinality | Code::InvalidValue | Code::FixedValue | Code::CodeNotInValueSet
        | Code::UnknownCode | Code::WrongDisplay | Code::CodeNotChecked | Code::InvariantBroken
        | Code::InvariantNotChecked | Code::ReferenceTarget | Code::SliceMismatch
        | Code::UnknownExtension | Code::ExtensionMisplaced | Code::UnknownProfile
        | Code::UnusableProfile | Code::ProfileMismatch | Code::BundleRule | Code::AnswerMismatch
        | Code::UnsafeNarrative | Code::RuleBroken | Code::BestPractice | Code::ExpressionFailed
        | Code::ExpressionTooCostly | Code::ExpansionTooCostly | Code::UnusableValueSet
        | Code::SnapshotFailed => 422,
        Code::Unauthenticated => 401,
        Code::Forbidden => 403,
        Code::UnknownType | Code::UnknownPath | Code::NotFound | Code::VersionNotFound => 404,
        Code::MethodNotAllowed | Code::ClientIdRefused => 405,
        Code::NotAcceptable => 406,
        Code::SlowClient => 408,
        Code::Contention | Code::IdTaken => 409,
        Code::Deleted => 410,
        Code::StaleVersion | Code::AlreadyExists | Code::MultipleMatches => 412,
        Code::TooLarge => 413,
        Code::UrlTooLong => 414,
        Code::UnsupportedMediaType => 415,
        Code::InvalidRange => 416,
        // Asked in another way it can be answered: nothing is forbidden, and nothing is wrong with its form.
        Code::TooCostly => 422,
        Code::Done | Code::Explained | Code::LeftOut => 200,
        Code::Corrupt | Code::Internal => 500,
        Code::NotSupported => 501,
        Code::Overloaded | Code::StorageUnavailable => 503,
        Code::Timeout => 504,
        Code::StorageFull => 507,
    }
}

/// What a status is called, as `Bundle.entry.response.status` tells it.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "200 OK",
        201 => "201 Created",
        204 => "204 No Content",
        304 => "304 Not Modified",
        400 => "400 Bad Request",
        401 => "401 Unauthorized",
        403 => "403 Forbidden",
        404 => "404 Not Found",
        405 => "405 Method Not Allowed",
        409 => "409 Conflict",
        410 => "410 Gone",
        412 => "412 Precondition Failed",
        413 => "413 Content Too Large",
        422 => "422 Unprocessable Content",
        501 => "501 Not Implemented",
        503 => "503 Service Unavailable",
        507 => "507 Insufficient Storage",
        _ => "500 Internal Server Error",
    }
}
