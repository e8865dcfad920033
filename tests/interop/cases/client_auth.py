"""Clients that prove who they are with a key, a shared secret that never travels, or a certificate (RFC 7523, 8705)."""

import json
import re
import subprocess

from harness import KEY_OF, case

SHARED_SECRET = "a-shared-secret-that-is-longer-than-the-64-bytes-of-a-SHA-512-hash"
IN_SOFTWARE = [alg for alg in KEY_OF if alg != "ES512"]


def the_token_request(requests):
    """The only one."""
    [request] = [each for each in requests if each["path"] == "/token"]
    return request


def all_differ(requests, jwt):
    """Whether each request had a JWT of that name with a `jti` of its own."""
    ids = [each[jwt]["claims"]["jti"] for each in requests]
    return len(set(ids)) == len(ids) and all(len(each) >= 22 for each in ids)


# -- signed assertions -------------------------------------------------------------------------------------------------


@case
def private_key_jwt_gets_a_token_with_each_algorithm(t):
    for alg in IN_SOFTWARE:
        token, requests = t.server.during(lambda: t.signing(f"signs-{alg}", alg).printed_token())
        assert t.owner(token)["client_id"] == f"signs-{alg}"
        sent = the_token_request(requests)["client_assertion"]
        assert sent["header"] == {"alg": alg, "typ": "JWT"}, sent
        claims = sent["claims"]
        assert list(claims) == ["iss", "sub", "aud", "iat", "exp", "jti"], claims
        assert claims["iss"] == claims["sub"] == f"signs-{alg}" and claims["aud"] == t.server.issuer, claims
        assert claims["exp"] - claims["iat"] == 60, claims


@case
def without_an_algorithm_the_key_says_which(t):
    defaults = {"rsa.pem": "RS256", "p256.pem": "ES256", "p384.pem": "ES384", "ed25519.pem": "EdDSA"}
    for key, alg in defaults.items():
        given = ["-i", "signs", "-a", "private_key_jwt", "--signing-key", f"file:{t.credential(key)}"]
        _, requests = t.server.during(lambda: t.tok(*given).printed_token())
        assert the_token_request(requests)["client_assertion"]["header"]["alg"] == alg


@case
def client_secret_jwt_gets_a_token_with_each_algorithm(t):
    for alg in ("HS256", "HS384", "HS512"):
        given = ["-a", "client_secret_jwt", "--signing-alg", alg]
        token, requests = t.server.during(lambda: t.client(f"signs-{alg}", *given, secret=SHARED_SECRET).printed_token())
        assert t.owner(token)["client_id"] == f"signs-{alg}"
        sent = the_token_request(requests)
        assert sent["client_assertion"]["header"]["alg"] == alg and "client_secret" not in sent["params"], sent


@case
def an_assertion_may_be_meant_for_the_token_endpoint(t):
    for audience, sent in (("token_endpoint", t.server.token_endpoint), ("issuer", t.server.issuer)):
        given = ["--assertion-audience", audience]
        _, requests = t.server.during(lambda: t.signing("signs", "ES256", *given).printed_token())
        assert the_token_request(requests)["client_assertion"]["claims"]["aud"] == sent


@case
def without_an_issuer_the_assertion_is_for_the_token_endpoint(t):
    where = ["--token-endpoint", t.server.token_endpoint, "--cacert", t.server.ca]
    key = ["-a", "private_key_jwt", "--signing-key", f"file:{t.credential('p256.pem')}"]
    _, requests = t.server.during(lambda: t.run(*where, "-i", "signs", *key).printed_token())
    assert the_token_request(requests)["client_assertion"]["claims"]["aud"] == t.server.token_endpoint


@case
def a_server_that_wants_its_token_endpoint_as_the_audience_is_understood(t):
    ran = t.signing("signs-for-token-endpoint", "ES256")
    hint = ran.failed(3, "invalid_client", "hint:").split("hint:", 1)[1]
    assert "--assertion-audience token_endpoint" in hint, ran.told("the hint does not say what to write")
    assert t.signing("signs-for-token-endpoint", "ES256", "--assertion-audience", "token_endpoint").printed_token()


@case
def a_retry_carries_another_assertion(t):
    t.server.call("/disturb?times=2")
    token, requests = t.server.during(lambda: t.signing("signs", "PS256", "-q").printed_token())
    assert t.owner(token)["client_id"] == "signs"
    assert [each["status"] for each in requests] == [503, 503, 200]
    assert all_differ(requests, "client_assertion"), requests


@case
def a_wrong_key_is_exit_3_and_the_hint_says_what_was_sent(t):
    wrong = t.home / "wrong.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", wrong], check=True, capture_output=True)
    ran, requests = t.server.during(lambda: t.signing("signs-EdDSA", "EdDSA", key=str(wrong)))
    hint = ran.failed(3, "invalid_client", "hint:").split("hint:", 1)[1]
    for word in ("kid", "aud", t.server.issuer, "thumbprint"):
        assert word in hint, ran.told(f"{word!r} is not in the hint")
    assert "secret" not in ran.stderr, ran.told("there was no secret")
    assert len([each for each in requests if each["path"] == "/token"]) == 1


@case
def an_algorithm_that_the_client_is_not_registered_for_is_exit_3(t):
    t.signing("signs-RS256", "PS256").failed(3, "invalid_client", "PS256")


@case
def an_algorithm_that_does_not_fit_the_key_is_exit_2_and_nothing_is_sent(t):
    ran, requests = t.server.during(lambda: t.signing("signs", "ES384", key="p256.pem"))
    ran.failed(2, "ES384")
    assert requests == []


@case
def verbose_output_shows_the_assertion_but_neither_key_nor_signature(t):
    ran, requests = t.server.during(lambda: t.signing("signs", "ES256", "-v"))
    token = ran.succeeded()
    sent = the_token_request(requests)["client_assertion"]
    for shown in (sent["claims"]["jti"], '"alg"', "ES256", t.server.issuer):
        assert shown in ran.stderr, ran.told(f"{shown!r} is not shown")
    secret_line = open(t.credential("p256.pem")).read().splitlines()[1]
    assert token not in ran.stderr and secret_line not in ran.stderr and "eyJ" not in ran.stderr, ran.told("too much")


# -- keys as people have them ------------------------------------------------------------------------------------------


def keys_as_people_have_them(t):
    """Texts of the key `rsa` or `p256`, by what they are."""

    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    rsa, p256 = t.credential("rsa.pem"), t.credential("p256.pem")
    pem = open(p256).read()
    yield "PKCS#8", pem.encode()
    yield "PKCS#1", openssl("rsa", "-in", rsa, "-traditional")
    yield "SEC 1", openssl("ec", "-in", p256)
    yield "SEC 1 with parameters", openssl("ecparam", "-name", "prime256v1") + openssl("ec", "-in", p256)
    yield "line ends of Windows", pem.replace("\n", "\r\n").encode()
    yield "line ends in two characters", pem.replace("\n", "\\n").encode()
    yield "spaces for line ends", pem.replace("\n", " ").encode()
    yield "DER", openssl("pkey", "-in", p256, "-outform", "DER")
    yield "base64 of DER", openssl("base64", "-A", "-in", der(t, openssl, p256))
    yield "base64 of PEM", openssl("base64", "-in", p256)
    yield "with its certificate", pem.encode() + open(t.credential("p256.crt"), "rb").read()
    jwk = private_jwk(t, "p256")
    yield "JWK", json.dumps({**jwk, "kid": "p256"}).encode()
    yield "JWKS", json.dumps({"keys": [*t.server.jwks["keys"], jwk]}).encode()


def der(t, openssl, pem):
    path = t.home / "key.der"
    path.write_bytes(openssl("pkey", "-in", pem, "-outform", "DER"))
    return str(path)


def private_jwk(t, name):
    return as_jwk(t.credential(f"{name}.pem"), "createPrivateKey")


def as_jwk(file, read="createPublicKey"):
    """The key of a PEM file as Node.js writes it."""
    script = f"console.log(JSON.stringify(crypto.{read}(fs.readFileSync(process.argv[1])).export({{ format: 'jwk' }})))"
    return json.loads(subprocess.run(["node", "-e", script, file], check=True, capture_output=True).stdout)


@case
def a_key_may_come_in_each_form_that_people_have(t):
    given = ["-i", "signs", "-a", "private_key_jwt", "--signing-key"]
    for form, text in keys_as_people_have_them(t):
        file = t.home / "key"
        file.write_bytes(text)
        file.chmod(0o600)
        for source in (f"file:{file}", f"command:cat {file}", "stdin"):
            ran = t.tok(*given, source, stdin=text)
            assert ran.code == 0, ran.told(f"{form} from {source}")
            assert t.owner(ran.printed_token())["client_id"] == "signs", form


@case
def an_encrypted_key_takes_its_passphrase(t):
    given = ["-i", "signs", "-a", "private_key_jwt", "--signing-key"]
    for name in ("rsa", "p256", "ed25519"):
        for how in (["-v2", "aes-256-cbc"], ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"], ["-v2", "aes256", "-iter", "100000"]):
            key = t.home / "encrypted.pem"
            command = ["openssl", "pkcs8", "-topk8", *how, "-in", t.credential(f"{name}.pem"), "-out", key, "-passout", "pass:open"]
            subprocess.run(command, check=True, capture_output=True)
            opened = t.tok(*given, f"file:{key}", OAUTH2TOK_SIGNING_KEY_PASSPHRASE="open")
            assert t.owner(opened.printed_token())["client_id"] == "signs", how
            t.tok(*given, f"file:{key}", OAUTH2TOK_SIGNING_KEY_PASSPHRASE="shut").failed(2, "passphrase")


# -- keys of one's own: register, sign apart ---------------------------------------------------------------------------


def registered(t, jwks):
    """The id of a new client with these public keys (RFC 7591)."""
    wanted = {
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "jwks": jwks,
    }
    return t.server.call("/reg", "-H", "Content-Type: application/json", "-d", json.dumps(wanted))["client_id"]


@case
def what_key_public_prints_registers_a_client(t):
    for alg in IN_SOFTWARE:
        key = ["--signing-key", f"file:{t.credential(KEY_OF[alg])}", "--signing-alg", alg, "--key-id", "thumbprint"]
        jwks = t.run(*key, "key", "public").succeeded()
        assert not re.search(r'"(d|p|q|dp|dq|qi)"', jwks), jwks
        client = registered(t, json.loads(jwks))
        token, requests = t.server.during(lambda: t.tok("-i", client, "-a", "private_key_jwt", *key).printed_token())
        assert t.owner(token)["client_id"] == client
        [jwk] = json.loads(jwks)["keys"]
        assert the_token_request(requests)["client_assertion"]["header"]["kid"] == jwk["kid"]


@case
def a_new_key_is_registered_and_signs(t):
    for alg in ("ES256", "ES384", "EdDSA"):
        file = t.home / f"{alg}.pem"
        client = registered(t, json.loads(t.run("key", "new", "--alg", alg, str(file)).succeeded()))
        assert file.stat().st_mode & 0o777 == 0o600
        assert t.owner(t.signing(client, alg, key=str(file)).printed_token())["client_id"] == client
        ran = t.run("key", "new", "--alg", alg, str(file))
        assert ran.code == 2 and ran.stdout == "", ran.told("over a file")


@case
def an_assertion_printed_apart_is_what_curl_can_send(t):
    assertion = t.signing("signs", "PS256", "assertion").succeeded()
    form = {
        "grant_type": "client_credentials",
        "client_id": "signs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    fields = [word for name, value in form.items() for word in ("--data-urlencode", f"{name}={value}")]
    assert t.owner(t.server.call("/token", *fields)["access_token"])["client_id"] == "signs"


@case
def a_ready_made_assertion_is_read_anew_for_each_request(t):
    binary, key = t.binary, t.credential("ed25519.pem")
    source = f"command:{binary} --issuer {t.server.issuer} --cacert {t.server.ca} -i signs -a private_key_jwt --signing-key file:{key} assertion"
    t.server.call("/disturb?times=1")
    token, requests = t.server.during(lambda: t.tok("-q", "-i", "signs", "--client-assertion", source).printed_token())
    assert t.owner(token)["client_id"] == "signs"
    sent = [each for each in requests if each["path"] == "/token"]
    assert [each["status"] for each in sent] == [503, 200] and all_differ(sent, "client_assertion"), sent


@case
def githubs_token_of_the_job_is_the_assertion(t):
    given = ["-i", "signs", "--client-assertion", f"github:{t.server.issuer}"]
    job = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{t.server.issuer}/github/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token-of-the-job",
        "SSL_CERT_FILE": t.server.ca,
    }
    assert t.owner(t.tok(*given, **job).printed_token())["client_id"] == "signs"
    t.tok(*given).failed(2, "id-token: write")


# -- signers -----------------------------------------------------------------------------------------------------------

SIGNER = """#!/bin/sh
# Signs its standard input with KEY for OAUTH2TOK_SIGN_ALG, and counts how often.
echo "$OAUTH2TOK_SIGN_ALG" >>COUNT
pss="-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
case "$OAUTH2TOK_SIGN_ALG" in
  Ed*) cat >INPUT && exec openssl pkeyutl -sign -rawin -in INPUT -inkey KEY ;;
  PS*) exec openssl dgst -sha"${OAUTH2TOK_SIGN_ALG#PS}" $pss -sign KEY ;;
  *) exec openssl dgst -sha"${OAUTH2TOK_SIGN_ALG#??}" -sign KEY ;;
esac
"""


def signer_of(t, key):
    """A script that signs with openssl, and the file where it counts."""
    script, count = t.home / f"sign-{key}", t.home / "count"
    text = SIGNER.replace("KEY", t.credential(key)).replace("COUNT", str(count)).replace("INPUT", str(t.home / "input"))
    script.write_text(text)
    script.chmod(0o755)
    return script, count


@case
def a_signer_gets_a_token_with_each_algorithm(t):
    for alg, key in KEY_OF.items():
        script, _ = signer_of(t, key)
        given = ["-i", f"signs-{alg}", "-a", "private_key_jwt", "--signing-alg", alg]
        assert t.owner(t.tok(*given, "--signer", str(script)).printed_token())["client_id"] == f"signs-{alg}"
        for encode in ("base64 -w0", "basenc --base64url -w0"):
            words = f"sh -c '{script} | {encode}'"
            assert t.owner(t.tok(*given, "--signer", words).printed_token())["client_id"] == f"signs-{alg}", encode


@case
def a_signer_signs_once_for_each_request_and_never_for_a_hit(t):
    script, count = signer_of(t, "p256.pem")
    given = ["-i", "signs", "-a", "private_key_jwt", "--signing-alg", "ES256", "--signer", str(script)]
    t.server.call("/disturb?times=1")
    tokens = {t.tok("-q", *given, "--cache").printed_token() for _ in range(3)}
    assert len(tokens) == 1 and t.owner(tokens.pop())["client_id"] == "signs"
    assert count.read_text().split() == ["ES256", "ES256"]


@case
def a_signer_whose_signature_is_another_keys_is_exit_2_and_nothing_is_sent(t):
    for cert, key in (("rsa.crt", "p256.pem"), ("p256.crt", "rsa.pem")):
        script, _ = signer_of(t, key)
        given = ["-i", "signs", "-a", "private_key_jwt", "--signer", str(script), "--signing-cert", t.credential(cert)]
        ran, requests = t.server.during(lambda: t.tok(*given))
        ran.failed(2, "sign")
        assert requests == []


@case
def a_certificate_says_the_algorithm_and_goes_along(t):
    for name, alg, member in (("rsa", "RS256", "x5t"), ("p256", "ES256", "x5t#S256")):
        script, _ = signer_of(t, f"{name}.pem")
        given = ["-i", "signs", "-a", "private_key_jwt", "--signer", str(script), "--signing-cert", t.credential(f"{name}.crt")]
        _, requests = t.server.during(lambda: t.tok(*given).printed_token())
        header = the_token_request(requests)["client_assertion"]["header"]
        assert header["alg"] == alg and set(header) == {"alg", "typ", member}, header


# -- mutual TLS --------------------------------------------------------------------------------------------------------


def with_certificate(t, client, method, name):
    return ["-i", client, "-a", method, "--cert", t.credential(f"{name}.pem"), "--key", t.credential(f"{name}.key")]


@case
def a_certificate_authenticates_at_the_alias(t):
    for client, method, name in (
        ("tls", "tls_client_auth", "client"),
        ("self-signed-tls", "self_signed_tls_client_auth", "self"),
    ):
        given = with_certificate(t, client, method, name)
        token, requests = t.server.during(lambda: t.tok(*given).printed_token())
        sent = the_token_request(requests)
        assert t.server.mtls.endswith(f":{sent['port']}") and sent["params"] == ["grant_type", "client_id"], sent
        # The token is bound to the certificate (RFC 8705 §3).
        shown = ["--cert", t.credential(f"{name}.pem"), "--key", t.credential(f"{name}.key")]
        bearer = ["-H", f"Authorization: Bearer {token}"]
        assert t.server.call("/api/me", *shown, *bearer, to=t.server.mtls)["client_id"] == client
        answer = json.loads(t.tok(*given, "request", f"{t.server.mtls}/api/me").succeeded_raw())
        assert answer["client_id"] == client
        t.tok(*given, "request", t.server.api).failed(8, "401")


@case
def a_certificate_that_is_not_the_clients_is_exit_3(t):
    for client, method, name in (
        ("tls", "tls_client_auth", "self"),
        ("tls", "tls_client_auth", "leaf"),
        ("self-signed-tls", "self_signed_tls_client_auth", "client"),
    ):
        ran = t.tok(*with_certificate(t, client, method, name))
        ran.failed(3, "invalid_client", "hint:")
        assert "secret" not in ran.stderr, ran.told("there was no secret")


@case
def without_a_certificate_the_methods_that_need_one_are_exit_2(t):
    for method in ("tls_client_auth", "self_signed_tls_client_auth"):
        ran, requests = t.server.during(lambda: t.tok("-i", "tls", "-a", method))
        ran.failed(2, "cert")
        assert requests == []


@case
def a_certificate_whose_key_is_encrypted_takes_its_passphrase(t):
    key = t.home / "encrypted.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", t.credential("client.key"), "-out", key, "-passout", "pass:open"]
    subprocess.run(command, check=True, capture_output=True)
    given = ["-i", "tls", "-a", "tls_client_auth", "--cert", t.credential("client.pem"), "--key", str(key)]
    assert t.tok(*given, OAUTH2TOK_KEY_PASSPHRASE="open").succeeded()


# -- rich requests -----------------------------------------------------------------------------------------------------


@case
def authorization_details_are_granted(t):
    details = '[{"type":"payment_initiation","actions":["initiate"],"instructedAmount":{"currency":"EUR","amount":"1.00"}}]'
    given = ["--resource", t.server.resource, "--authorization-details"]
    file = t.home / "details.json"
    file.write_text(details)
    for value in (details, f"@{file}"):
        answer = json.loads(t.signing("signs", "PS256", *given, value, "-o", "json").succeeded())
        assert answer["authorization_details"] == json.loads(details)
    t.signing("signs", "PS256", *given, '[{"type":"unheard-of"}]').failed(3, "invalid_authorization_details")
