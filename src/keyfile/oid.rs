//! The object identifiers of keys and of their encryption.

pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(super) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(super) const P384: &[u8] = &[0x2b, 0x81, 4, 0, 34];
pub(super) const P521: &[u8] = &[0x2b, 0x81, 4, 0, 35];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// Kinds of keys that nothing is signed with here, and curves of ECDSA.
const OTHERS: &[(&[u8], &str)] = &[
    (P521, "P-521"),
    (&[0x2b, 0x81, 4, 0, 33], "P-224"),
    (&[0x2b, 0x81, 4, 0, 10], "secp256k1"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "P-192"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1"),
    (&[0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82, 0x2d], "SM2"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1], "Diffie-Hellman"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1], "Diffie-Hellman"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65"),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87"),
];

/// What a kind of key or a curve that is not used here is called.
pub(super) fn name(id: &[u8]) -> &'static str {
    OTHERS.iter().find(|(known, _)| *known == id).map_or("of a kind that is not known here", |(_, name)| name)
}
