"""Another server of another make. Every case's name says keycloak: it is started only if one of them is wanted."""

import base64
import json
import subprocess
import time

from harness import KEY_OF, case

SHARED_SECRET = "a-shared-secret-that-is-longer-than-the-64-bytes-of-a-SHA-512-hash"


def tok(t, *arguments, **more):
    return t.run("--issuer", t.keycloak.issuer, "--cacert", t.server.ca, *arguments, **more)


def with_secret(t, *arguments, secret="keycloak-secret", **more):
    return tok(t, "-i", "shared", "--client-secret", "env:S", *arguments, S=secret, **more)


def of_ada(t, *arguments, password="correct horse"):
    """As the user whom the realm knows."""
    given = ["-q", "-g", "password", "-u", "ada", "--password", "env:P"]
    return with_secret(t, *given, *arguments, P=password)


def signing(t, client, alg, *arguments, key=None, **more):
    key = f"file:{t.credential(key or KEY_OF[alg])}"
    return tok(t, "-i", client, "-a", "private_key_jwt", "--signing-key", key, "--signing-alg", alg, *arguments, **more)


def hint(ran, *words):
    """Exit 3, and a hint that holds every one of the words and says nothing of a secret where none was sent."""
    told = ran.failed(3, "hint:").split("hint:", 1)[1]
    for word in words:
        assert word in told, ran.told(f"{word!r} is not in the hint")
    assert "secret" not in told, ran.told("there was no secret")


def claims(token):
    """Of a JWT, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@case
def keycloak_gives_a_machine_a_token(t):
    for method in ("basic", "post"):
        assert claims(with_secret(t, "-a", method).printed_token())["azp"] == "shared"


@case
def keycloak_gives_a_user_a_token_and_a_newer_one(t):
    answer = json.loads(of_ada(t, "-o", "json").succeeded())
    assert claims(answer["access_token"])["preferred_username"] == "ada"
    given = ["-q", "-g", "refresh_token", "--refresh-token", "env:R"]
    assert claims(with_secret(t, *given, R=answer["refresh_token"]).printed_token())["preferred_username"] == "ada"
    of_ada(t, password="wrong").failed(3, "invalid_grant", "hint:")


@case
def keycloak_refuses_a_wrong_secret_and_it_is_not_a_matter_of_grants(t):
    ran = with_secret(t, secret="wrong")
    assert "secret" in ran.failed(3, "unauthorized_client", "hint:").split("hint:", 1)[1]


@case
def keycloak_takes_private_key_jwt(t):
    for client, alg in (("rs256", "RS256"), ("ps256", "PS256"), ("es256", "ES256"), ("eddsa", "EdDSA")):
        named = ["--key-id", KEY_OF[alg].removesuffix(".pem")]
        for audience in ("issuer", "token_endpoint"):
            ran = signing(t, client, alg, *named, "--assertion-audience", audience)
            assert claims(ran.printed_token())["azp"] == client
    for alg in ("RS384", "RS512", "PS384", "PS512", "ES384"):
        named = ["--key-id", KEY_OF[alg].removesuffix(".pem")]
        assert claims(signing(t, "any-algorithm", alg, *named).printed_token())["azp"] == "any-algorithm"


@case
def keycloak_finds_a_key_without_its_name_only_for_the_common_algorithms(t):
    for client, alg in (("rs256", "RS256"), ("es256", "ES256"), ("eddsa", "EdDSA")):
        assert claims(signing(t, client, alg).printed_token())["azp"] == client
    hint(signing(t, "ps256", "PS256"), "kid")


@case
def keycloak_takes_client_secret_jwt(t):
    for client, alg in (("hs256", "HS256"), ("hs512", "HS512")):
        given = ["-i", client, "-a", "client_secret_jwt", "--client-secret", "env:S", "--signing-alg", alg]
        assert claims(tok(t, *given, S=SHARED_SECRET).printed_token())["azp"] == client
        ran = tok(t, *given, S="another-secret-that-is-long-enough-as-well-but-not-the-one-that-is-registered")
        ran.failed(3, "unauthorized_client", "hint:", "secret")


@case
def keycloak_takes_a_certificate(t):
    given = ["-i", "x509", "-a", "tls_client_auth"]
    shown = ["--cert", t.credential("client.pem"), "--key", t.credential("client.key")]
    bound = claims(tok(t, *given, *shown).printed_token())
    assert bound["azp"] == "x509" and "x5t#S256" in bound["cnf"]
    other = ["--cert", t.credential("leaf.pem"), "--key", t.credential("leaf.key")]
    hint(tok(t, *given, *other))


@case
def keycloak_says_what_is_wrong_and_the_hint_what_to_write(t):
    hint(signing(t, "rs256", "RS256", "--key-id", "nobody"), "kid", "nobody")
    other = str(t.home / "other.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "rsa", "-out", other], check=True, capture_output=True)
    hint(signing(t, "rs256", "RS256", key=other), "kid")
    hint(signing(t, "es256", "ES256", "--assertion-audience", "https://elsewhere.example.com"), "--assertion-audience")
    hint(signing(t, "rs256", "PS256"), "PS256")


@case
def keycloak_tells_no_time_but_the_hint_speaks_of_the_clock(t):
    for offset in ("5m", "-5m"):
        hint(signing(t, "es256", "ES256", OAUTH2TOK_CLOCK_OFFSET=offset), "clock")
    signing(t, "es256", "ES256", OAUTH2TOK_CLOCK_OFFSET="5s").printed_token()


@case
def keycloak_counts_a_ready_made_assertions_age_from_its_iat(t):
    made = signing(t, "es256", "ES256", "assertion", OAUTH2TOK_CLOCK_OFFSET="-2m", OAUTH2TOK_ASSERTION_LIFETIME="1h").succeeded()
    hint(tok(t, "-i", "es256", "--client-assertion", "env:MADE", MADE=made), "iat")
    fresh = signing(t, "es256", "ES256", "assertion").succeeded()
    assert tok(t, "-i", "es256", "--client-assertion", "env:MADE", MADE=fresh).printed_token()
    tok(t, "-i", "es256", "--client-assertion", "env:MADE", MADE=fresh).failed(3, "Token reuse detected")


@case
def keycloak_binds_tokens_to_a_proofs_key(t):
    answer = json.loads(signing(t, "dpop", "ES256", "-q", "--dpop", "-o", "json").succeeded())
    assert answer["token_type"] == "DPoP" and "jkt" in claims(answer["access_token"])["cnf"]
    given = ["-q", "-i", "dpop-user", "-a", "none", "-g", "password", "-u", "ada", "--password", "env:P", "--dpop", "-s", "openid"]
    me = f"{t.keycloak.issuer}/protocol/openid-connect/userinfo"
    for _ in range(2):
        ran = tok(t, *given, "--cache", "request", me, P="correct horse")
        assert json.loads(ran.succeeded_raw())["preferred_username"] == "ada"
    # A plain client of this server may ask for a bound token too.
    assert json.loads(with_secret(t, "-q", "--dpop", "-o", "json").succeeded())["token_type"] == "DPoP"


@case
def keycloak_wants_a_proof_and_the_hint_says_how(t):
    hint(signing(t, "dpop", "ES256"), "--dpop")


@case
def keycloak_refuses_a_proof_of_another_time(t):
    # The assertion would be refused first, were it not read from elsewhere.
    made = signing(t, "dpop", "ES256", "assertion").succeeded()
    given = ["-q", "-i", "dpop", "--client-assertion", "env:MADE", "--dpop"]
    hint(tok(t, *given, MADE=made, OAUTH2TOK_CLOCK_OFFSET="-20m"), "clock")


@case
def keycloak_exchanges_tokens(t):
    user, machine = of_ada(t).succeeded(), with_secret(t).succeeded()

    def exchange(*arguments, subject=user):
        given = ["-g", "token-exchange", "--subject-token", "env:SUBJECT", *arguments]
        return signing(t, "exchanger", "ES256", *given, SUBJECT=subject)

    assert claims(exchange().printed_token())["azp"] == "exchanger"
    assert claims(exchange(subject=machine).printed_token())["azp"] == "exchanger"
    assert claims(exchange("--audience", "target").printed_token())["aud"] == "target"
    for audience, words in (("shared", "Requested audience not available: shared"), ("nobody", "Audience not found")):
        ran = exchange("--audience", audience)
        ran.failed(3, words)
        hint(ran, "audience")
    answer = json.loads(exchange("--requested-token-type", "id_token", "-o", "json").succeeded())
    assert answer["token_type"] == "N_A" and answer["issued_token_type"].endswith(":id_token")
    exchange(subject="garbage").failed(3, "Invalid token")


@case
def keycloak_keeps_tokens_of_an_exchange_for_whom_they_are(t):
    user, machine = of_ada(t).succeeded(), with_secret(t).succeeded()

    def sub(subject):
        given = ["-g", "token-exchange", "--subject-token", "env:SUBJECT", "--cache"]
        token = signing(t, "exchanger", "ES256", *given, SUBJECT=subject).printed_token()
        return token, claims(token)["sub"]

    kept = {subject: sub(subject) for subject in (machine, user)}
    assert len({who for _, who in kept.values()}) == 2
    time.sleep(1)
    for subject, (token, _) in kept.items():
        assert sub(subject)[0] == token
