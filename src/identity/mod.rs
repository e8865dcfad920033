//! Who the machine itself is, as the platform that runs it says: what is asked for that, and what an answer means. Pure; it
//! sends nothing.
//!
//! A platform that hands its token over in a file, a variable or by a command needs nothing here: that is a source like any
//! other.

pub mod github;
