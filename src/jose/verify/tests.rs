//! Published vectors, and everything that a verifier has been talked into somewhere.

use super::*;

/// RFC 7515 §A.1.1, §A.2.1, §A.3.1.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const OCT: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const RSA: &str = include_str!("../../../tests/fixtures/keys/rfc7515-a2.jwk");
const EC: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const ED: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ES512: &str = r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#;

const A1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.CLAIMS.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const A2: &str = "eyJhbGciOiJSUzI1NiJ9.CLAIMS.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A3: &str = "eyJhbGciOiJFUzI1NiJ9.CLAIMS.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn set(keys: &[&str]) -> Keys {
    Keys::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

/// A set of the user's own with the secret of §A.1.
fn own() -> Keys {
    Keys::parse_own(format!(r#"{{"keys":[{{"kty":"oct","k":"{OCT}"}}]}}"#).as_bytes()).unwrap()
}

fn with(keys: &Keys) -> With<'_> {
    With { keys: Some(keys), secret: None }
}

#[track_caller]
fn check(token: &str, with: With<'_>, expected: Result<Alg, VerifyError>) {
    assert_eq!(Jws::read(token).and_then(|jws| jws.verify(with)), expected, "{token}");
}

#[test]
fn the_vectors_of_the_standards_hold() {
    let [a1, a2, a3] = [A1, A2, A3].map(|token| token.replace("CLAIMS", CLAIMS));
    check(&a1, with(&own()), Ok(Alg::HS256));
    check(&a2, with(&set(&[RSA])), Ok(Alg::RS256));
    check(&a3, with(&set(&[EC])), Ok(Alg::ES256));
    let all = set(&[RSA, EC, ED, ES512]);
    check(&a2, with(&all), Ok(Alg::RS256));
    check(&a3, with(&all), Ok(Alg::ES256));
    assert_eq!(Jws::read(&a2).unwrap().claims.string("iss").as_deref(), Some("joe"));

    // RFC 7515 §A.4, RFC 8037 §A.4: what is signed is no JSON.
    let a4 = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    let ed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let (jws, payload) = Jws::with_payload(a4).unwrap();
    assert_eq!((jws.alg(), payload.as_slice()), (Some(Alg::ES512), &b"Payload"[..]));
    assert_eq!(jws.verify(with(&all)), Err(VerifyError::Unsupported { alg: "ES512".into() }));
    let (jws, payload) = Jws::with_payload(ed).unwrap();
    assert_eq!((jws.verify(with(&all)), payload.as_slice()), (Ok(Alg::EdDSA), &b"Example of Ed25519 signing"[..]));
    assert_eq!(Jws::read(ed).map(|_| ()), Err(VerifyError::NotAnObject("claims")));
}
