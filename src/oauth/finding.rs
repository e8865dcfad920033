//! What somebody who looks at a token or at a server should know of it.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It works and should not be so.
    Warning,
    /// It does not work, or somebody can make use of it.
    Error,
}

impl Severity {
    /// Its name, as scripts know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is, in a sentence without its full stop. What it quotes is not escaped yet.
    pub finding: String,
    /// The place of it: a member's name, or an address.
    pub place: String,
}

impl Finding {
    /// One of that severity, at `place`.
    pub fn new(severity: Severity, place: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { severity, finding: finding.into(), place: place.into() }
    }
}
