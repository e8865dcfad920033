//! Files that `build.rs` packed, which are asked for seldom.

use flate2::bufread::DeflateDecoder;

macro_rules! packed {
    ($file:expr) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $file))
    };
}
pub(super) use packed;

/// What was packed.
pub(super) fn unpacked(packed: &[u8]) -> DeflateDecoder<&[u8]> {
    DeflateDecoder::new(packed)
}
