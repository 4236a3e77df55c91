//! What can this server complain about?
//!
//! Every complaint has one stable code here; clients may rely on it, texts may change. How a code
//! becomes an HTTP status is said in `interactions/status.rs`. <https://hl7.org/fhir/R4/operationoutcome.html>.

/// One complaint: what is wrong, where, and how bad it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code.
    pub code: Code,
    /// What was attempted, on what, and what was expected instead.
    pub message: String,
    /// Where in the resource, as a FHIRPath.
    pub expression: Option<String>,
    /// Where in the text: line and column, from 1.
    pub line: Option<(usize, usize)>,
    /// How a published convention tells it, where one does; then it is told like that and not in our words.
    pub convention: Option<Box<Convention>>,
}

/// How a published convention tells a complaint: the message as its text, and these codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convention {
    /// The code from FHIR's issue-type value set.
    pub issue_type: &'static str,
    /// The code system of its own codes.
    pub system: &'static str,
    /// Its own code; empty where it has none for this.
    pub code: &'static str,
}

/// How bad a complaint is: <https://hl7.org/fhir/R4/valueset-issue-severity.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is wrong.
    Information,
    /// It was done, and may not be what was wanted.
    Warning,
    /// It was not done.
    Error,
    /// It was not done, and the fault is the server's.
    Fatal,
}

impl Severity {
    /// The code in `OperationOutcome.issue.severity`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }
}

impl Issue {
    /// A complaint that refused what was asked.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity: Severity::Error, code, message, expression: None, line: None, convention: None }
    }

    /// The same complaint with another severity.
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same complaint, located by a FHIRPath.
    pub fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }

    /// The same complaint, told as a published convention has it.
    pub fn told_by(mut self, convention: Convention) -> Self {
        self.convention = Some(Box::new(convention));
        self
    }

    /// The same complaint, located in the text.
    pub fn at_line(mut self, line: usize, column: usize) -> Self {
        self.line = Some((line, column));
        self
    }
}

/// Declares the codes once: variant, stable text, FHIR issue type, meaning.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident $text:literal $kind:literal,)+) => {
        /// The stable code of a complaint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// The stable text, which clients may rely on.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }

            /// The code from FHIR's issue-type value set.
            pub fn issue_type(self) -> &'static str {
                match self { $(Code::$variant => $kind,)+ }
            }

            /// What the code means, in a sentence for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// A body was expected and none came.
    EmptyBody "empty-body" "required",
    /// The body is not JSON.
    MalformedJson "malformed-json" "structure",
    /// The body is not XML, or not XML that FHIR allows.
    MalformedXml "malformed-xml" "structure",
    /// The body is not UTF-8.
    InvalidUtf8 "invalid-utf8" "structure",
    /// A member or element stands twice where one is allowed.
    DuplicateMember "duplicate-member" "structure",
    /// The document is nested deeper than the server allows.
    TooDeep "too-deep" "too-long",
    /// A number has more characters than the server allows.
    NumberTooLong "number-too-long" "too-long",
    /// The body, as sent or inflated, is larger than the server allows.
    TooLarge "too-large" "too-long",
    /// The URL is longer than the server allows.
    UrlTooLong "url-too-long" "too-long",
    /// The body's compression is broken or its coding unknown.
    InvalidEncoding "invalid-encoding" "structure",
    /// The document is not a FHIR resource.
    NotAResource "not-a-resource" "structure",
    /// The element does not exist in this place of this type.
    UnknownElement "unknown-element" "structure",
    /// An element has another form than its definition asks for, or is empty.
    InvalidStructure "invalid-structure" "structure",
    /// An element that must stand here is missing, or stands more often than it may.
    Cardinality "cardinality" "structure",
    /// A value has another format than its type asks for.
    InvalidValue "invalid-value" "value",
    /// A value differs from the one that a profile fixes or the pattern it asks for.
    FixedValue "fixed-value" "value",
    /// The code is not in the value set that the element is bound to.
    CodeNotInValueSet "code-not-in-value-set" "code-invalid",
    /// The code does not exist in its code system.
    UnknownCode "unknown-code" "code-invalid",
    /// The display is not what the code system calls the code.
    WrongDisplay "wrong-display" "code-invalid",
    /// What the code means cannot be told here, because its system or value set is not loaded.
    CodeNotChecked "code-not-checked" "not-found",
    /// A rule that the definition states as an expression is broken.
    InvariantBroken "invariant-broken" "invariant",
    /// A rule could not be evaluated.
    InvariantNotChecked "invariant-not-checked" "processing",
    /// The reference points to something that may not stand here.
    ReferenceTarget "reference-target" "structure",
    /// The element fits none of the slices that are allowed here, or stands in the wrong order.
    SliceMismatch "slice-mismatch" "structure",
    /// The extension is not known to this server.
    UnknownExtension "unknown-extension" "extension",
    /// The extension may not stand here.
    ExtensionMisplaced "extension-misplaced" "extension",
    /// The profile is not known to this server, so nothing was held against it.
    UnknownProfile "unknown-profile" "not-found",
    /// The profile itself is broken, so that nothing can be held against it.
    UnusableProfile "unusable-profile" "invalid",
    /// The resource does not conform to a profile that it must conform to.
    ProfileMismatch "profile-mismatch" "structure",
    /// The Bundle breaks a rule of its type.
    BundleRule "bundle-rule" "invalid",
    /// The answers do not fit the questionnaire.
    AnswerMismatch "answer-mismatch" "invalid",
    /// The narrative holds what FHIR does not allow in it.
    UnsafeNarrative "unsafe-narrative" "invalid",
    /// A rule of the specification's text is broken.
    RuleBroken "rule-broken" "business-rule",
    /// No rule is broken, and it is better done otherwise.
    BestPractice "best-practice" "business-rule",
    /// The expression is no FHIRPath, or asks for what the types do not have.
    InvalidExpression "invalid-expression" "invalid",
    /// The expression could not be evaluated on this resource.
    ExpressionFailed "expression-failed" "processing",
    /// The expression asks for more than the limit of steps, depth or results.
    ExpressionTooCostly "expression-too-costly" "too-costly",
    /// What was asked for has more codes than the server lists at once, or has no end.
    ExpansionTooCostly "expansion-too-costly" "too-costly",
    /// The value set is defined in a way that does not tell its codes.
    UnusableValueSet "unusable-value-set" "invalid",
    /// The package cannot be read, or holds what no package may hold.
    InvalidPackage "invalid-package" "invalid",
    /// The snapshot cannot be made from the definition and its base.
    SnapshotFailed "snapshot-failed" "processing",
    /// The resource has another type than the URL asks for.
    WrongType "wrong-type" "invalid",
    /// The body holds a resource of a type that FHIR R4 does not know.
    UnknownResource "unknown-resource" "structure",
    /// The text is not a logical id.
    InvalidId "invalid-id" "value",
    /// The resource's id is missing, or differs from the one in the URL.
    IdMismatch "id-mismatch" "invalid",
    /// A header has a value that cannot be understood.
    InvalidHeader "invalid-header" "value",
    /// A parameter has a value that cannot be understood.
    InvalidParameter "invalid-parameter" "value",
    /// The server does not know this parameter here.
    UnknownParameter "unknown-parameter" "not-supported",
    /// The place where a page begins is not from a link of this search, or its signature is broken.
    InvalidCursor "invalid-cursor" "value",
    /// The search takes more work than the server does for one, or what it found is too long.
    TooCostly "too-costly" "too-costly",
    /// Some of what was to be included is left out, because there is too much of it.
    LeftOut "left-out" "incomplete",
    /// How the search is done, as was asked.
    Explained "explained" "informational",
    /// The server has no such resource type.
    UnknownType "unknown-type" "not-supported",
    /// Nothing is found at this path.
    UnknownPath "unknown-path" "not-found",
    /// This path does not answer this method.
    MethodNotAllowed "method-not-allowed" "not-supported",
    /// FHIR describes this, and this server does not do it.
    NotSupported "not-supported" "not-supported",
    /// The server cannot answer in any format that the client accepts.
    NotAcceptable "not-acceptable" "not-supported",
    /// The server cannot read a body of this type.
    UnsupportedMediaType "unsupported-media-type" "not-supported",
    /// There is no such resource.
    NotFound "not-found" "not-found",
    /// There is no such version of the resource.
    VersionNotFound "version-not-found" "not-found",
    /// The resource was deleted.
    Deleted "deleted" "deleted",
    /// The version named by If-Match is not the current one.
    StaleVersion "stale-version" "conflict",
    /// The resource exists already, and If-None-Match forbids to replace it.
    AlreadyExists "already-exists" "conflict",
    /// More resources match than the request may concern.
    MultipleMatches "multiple-matches" "multiple-matches",
    /// A resource with this id stands already, and is not the one that is meant.
    IdTaken "id-taken" "conflict",
    /// Other writers changed the resource again and again while this request was at work.
    Contention "contention" "conflict",
    /// The server does not let clients choose ids.
    ClientIdRefused "client-id-refused" "business-rule",
    /// The patch document is not a patch.
    MalformedPatch "malformed-patch" "structure",
    /// The patch cannot be applied to this resource.
    PatchFailed "patch-failed" "processing",
    /// The Bundle is of a type that cannot be processed.
    BundleType "bundle-type" "value",
    /// An entry of the Bundle lacks what it needs or contradicts itself.
    InvalidEntry "invalid-entry" "invalid",
    /// Two entries of a transaction concern the same resource.
    DuplicateEntry "duplicate-entry" "duplicate",
    /// A reference names an entry that the Bundle does not hold.
    UnresolvedReference "unresolved-reference" "not-found",
    /// The byte range asked for lies outside the content.
    InvalidRange "invalid-range" "value",
    /// Nobody is signed in, and somebody must be.
    Unauthenticated "unauthenticated" "login",
    /// Whoever is signed in may not do this.
    Forbidden "forbidden" "forbidden",
    /// The request took longer than the server allows.
    Timeout "timeout" "timeout",
    /// The client took longer to send its request than the server allows.
    SlowClient "slow-client" "timeout",
    /// The server has too much to do and asks to come back later.
    Overloaded "overloaded" "throttled",
    /// The disk is full; nothing was stored.
    StorageFull "storage-full" "no-store",
    /// Storage does not answer; whether anything was stored is not known to the server.
    StorageUnavailable "storage-unavailable" "transient",
    /// What was stored has been damaged and is not served.
    Corrupt "corrupt" "exception",
    /// It was done as asked.
    Done "done" "informational",
    /// The server met a fault of its own; the request was given up.
    Internal "internal" "exception",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_codes_are_alike() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
