"""Tokens that are worth nothing without a key (RFC 9449)."""

import json
import subprocess
import time

from cases.client_auth import all_differ
from harness import CASE_TIMEOUT, SHORT_LIFETIME, case


def secret_client(t, *arguments, **more):
    """A client of which no nonce is asked."""
    return t.client("dpop", "--dpop", *arguments, **more)


def user(t, name, *arguments, client="dpop-nonce-user"):
    return t.password(client, name, "--dpop", *arguments)


def key(t):
    return ["--dpop-key", f"file:{t.credential('ed25519.pem')}"]


@case
def a_proof_goes_with_the_first_request_and_the_token_is_bound(t):
    ran, requests = t.server.during(lambda: secret_client(t, "-q", "-o", "json"))
    assert json.loads(ran.succeeded())["token_type"] == "DPoP"
    [request] = requests
    header, claims = request["proof"]["header"], request["proof"]["claims"]
    assert header["typ"] == "dpop+jwt" and header["alg"] == "ES256" and "d" not in header["jwk"], header
    assert set(claims) == {"jti", "htm", "htu", "iat"}, claims
    assert (claims["htm"], claims["htu"]) == ("POST", t.server.token_endpoint), claims
    assert abs(claims["iat"] - time.time()) < 30, claims


@case
def a_nonce_is_answered_with_a_new_proof_and_a_new_assertion(t):
    for client, status in (("dpop-nonce", 400), ("dpop-nonce-401", 401)):
        ran, requests = t.server.during(lambda: t.signing(client, "ES256", "-q", "--dpop", "--retry", "0"))
        ran.succeeded()
        assert [each["status"] for each in requests] == [status, 200], requests
        assert all_differ(requests, "proof") and all_differ(requests, "client_assertion"), requests
        assert ["nonce" in each["proof"]["claims"] for each in requests] == [False, True], requests


@case
def a_retry_carries_another_proof(t):
    t.server.call("/disturb?times=1")
    ran, requests = t.server.during(lambda: secret_client(t, "-q"))
    ran.succeeded()
    assert [each["status"] for each in requests] == [503, 200] and all_differ(requests, "proof"), requests


@case
def a_password_is_sent_again_with_the_nonce(t):
    ran, requests = t.server.during(lambda: user(t, "user50"))
    ran.succeeded()
    assert [each["status"] for each in requests] == [400, 200]


@case
def each_message_of_a_batch_has_a_proof_of_its_own(t):
    users = [f"user{n}" for n in range(60, 68)]
    lines = "".join(json.dumps({"username": name, "password": f"password of {name}"}) + "\n" for name in users)
    given = ["-q", "-i", "dpop-nonce-user", "-a", "none", "-g", "password", *key(t), "batch", "--jobs", "4"]
    ran, requests = t.server.during(lambda: t.tok(*given, stdin=lines.encode()))
    answers = [json.loads(line) for line in ran.succeeded().split("\n")]
    assert {each["token"]["token_type"] for each in answers} == {"DPoP"}
    assert all_differ(requests, "proof")
    assert sum(each["status"] == 200 for each in requests) == len(users)
