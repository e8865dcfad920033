//! How much the profiles of a file may hold, and how much work goes into explaining what is wrong with them.

use std::cell::Cell;

/// How much a profile may hold with all that it extends, once variables are filled in (bytes).
const MOST_OF_ONE: usize = 8 << 20;

/// How much all that are read may hold together, what several extend counted for each (bytes).
const MOST_OF_ALL: usize = 256 << 20;

/// How much text may be gone through to explain faults, all together (bytes). Where thousands of profiles are at fault, the
/// later ones are told without their line.
const MOST_EXPLAINED: usize = 64 << 20;

/// What has been read of a file, and how much more may be.
#[derive(Debug)]
pub(super) struct Bounds {
    /// How much was read, and how much may be before the profile at hand is too large (bytes).
    held: Cell<usize>,
    most: Cell<usize>,
    /// How much text was gone through to explain faults (bytes).
    explained: Cell<usize>,
}

/// Which bound is passed: what grows beyond it, and what counts that is not seen there.
pub(super) type Passed = (&'static str, &'static str);

impl Bounds {
    pub(super) fn new() -> Self {
        Self { held: Cell::new(0), most: Cell::new(MOST_OF_ONE), explained: Cell::new(0) }
    }

    /// Says that another profile begins.
    pub(super) fn begin(&self) {
        self.most.set(self.held.get().saturating_add(MOST_OF_ONE).min(MOST_OF_ALL));
    }

    /// How much more the profile at hand may hold (bytes).
    pub(super) fn left(&self) -> usize {
        self.most.get().saturating_sub(self.held.get())
    }

    /// Says that the profile at hand holds so many bytes more.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), Passed> {
        self.held.set(self.held.get().saturating_add(bytes));
        if self.held.get() <= self.most.get() {
            Ok(())
        } else if self.most.get() < MOST_OF_ALL {
            Err(("the profile grows beyond 8 MiB here", "what it extends and what its variables hold count too"))
        } else {
            Err(("the profiles grow beyond 256 MiB here", "what several of them extend counts for each"))
        }
    }

    /// Whether there is still time to explain a fault, which takes a walk through so many bytes.
    pub(super) fn explains(&self, bytes: usize) -> bool {
        self.explained.set(self.explained.get().saturating_add(bytes));
        self.explained.get() <= MOST_EXPLAINED
    }
}
