"""Keys that cannot leave where they are: a PKCS#11 token, here SoftHSM's, as the recipe of the docs has it."""

import shutil
import subprocess

from cases.client_auth import as_jwk, registered, the_token_request
from harness import HERE, Skipped, case

PIN = "1234"


def token_of_softhsm(t):
    """The module's path, the variables that the signer needs, and where the certificates are."""
    if missing := [program for program in ("softhsm2-util", "pkcs11-tool") if not shutil.which(program)]:
        raise Skipped(f"SoftHSM needs softhsm2 and opensc ({', '.join(missing)})")
    place = t.home / "softhsm"
    place.mkdir()
    command = [HERE / "softhsm", place, t.credential("ca")]
    module = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return module, {"SOFTHSM2_CONF": str(place / "softhsm2.conf"), "PIN": PIN}, place


def client_of(t, cert, *signer):
    """The arguments of a new client that signs so."""
    client = registered(t, {"keys": [as_jwk(cert)]})
    return ["-i", client, "-a", "private_key_jwt", "--signer", *signer, "--signing-cert", str(cert)]


@case
def an_rsa_key_in_a_pkcs11_token_signs(t):
    module, variables, place = token_of_softhsm(t)
    tool = f"pkcs11-tool --module {module} --token-label machine --id 01 --pin env:PIN --sign --mechanism"
    for alg, mechanism in (("PS256", "SHA256-RSA-PKCS-PSS"), ("PS512", "SHA512-RSA-PKCS-PSS"), ("RS256", "SHA256-RSA-PKCS")):
        client = client_of(t, place / "01.crt", f"{tool} {mechanism}", "--signing-alg", alg)
        ran, requests = t.server.during(lambda: t.tok(*client, **variables))
        assert t.owner(ran.succeeded())["client_id"] == client[1]
        assert the_token_request(requests)["client_assertion"]["header"]["alg"] == alg
        assert PIN not in ran.stdout, ran.told("the PIN")


@case
def an_ec_key_in_a_pkcs11_token_signs_the_digest(t):
    # This token signs a digest and no message; the two shapes of a signature are r‖s and DER.
    module, variables, place = token_of_softhsm(t)
    tool = f"pkcs11-tool --module {module} --token-label machine --id 02 --pin env:PIN --sign --mechanism ECDSA"
    for shape in ("rs", "openssl"):
        words = f"""sh -c 'printf %s "$OAUTH2TOK_SIGN_DIGEST" | base64 -d | {tool} --signature-format {shape}'"""
        client = client_of(t, place / "02.crt", words)
        ran, requests = t.server.during(lambda: t.tok(*client, **variables))
        assert t.owner(ran.succeeded())["client_id"] == client[1]
        assert the_token_request(requests)["client_assertion"]["header"]["alg"] == "ES256"


@case
def a_wrong_pin_is_exit_2_and_nothing_is_sent(t):
    module, variables, place = token_of_softhsm(t)
    words = f"pkcs11-tool --module {module} --token-label machine --id 01 --pin env:PIN --sign --mechanism SHA256-RSA-PKCS-PSS"
    client = client_of(t, place / "01.crt", words, "--signing-alg", "PS256")
    ran, requests = t.server.during(lambda: t.tok(*client, **{**variables, "PIN": "9999"}))
    ran.failed(2, "CKR_PIN_INCORRECT")
    assert requests == []
