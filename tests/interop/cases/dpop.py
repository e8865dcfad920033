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
def a_key_that_the_run_takes_along_earns_a_warning(t):
    ran = secret_client(t)
    ran.succeeded()
    assert ran.stderr.count("warning:") == 1, ran.told("no warning")


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
def each_algorithm_proves(t):
    for name, alg in (("rsa", "RS256"), ("rsa", "PS256"), ("p256", "ES256"), ("p384", "ES384"), ("ed25519", "EdDSA")):
        given = ["--dpop-key", f"file:{t.credential(name + '.pem')}", "request", t.server.api]
        ran, requests = t.server.during(lambda: t.client("dpop", *given, OAUTH2TOK_DPOP_ALG=alg))
        assert json.loads(ran.succeeded_raw())["client_id"] == "dpop"
        assert {each["proof"]["header"]["alg"] for each in requests} == {alg}


@case
def request_proves_each_call_and_answers_the_nonce_of_the_api(t):
    call = lambda: t.signing("dpop-nonce", "ES256", "--dpop", "request", "-d", "body", t.server.api)
    ran, requests = t.server.during(call)
    answer = json.loads(ran.succeeded_raw())
    assert (answer["client_id"], answer["method"], answer["received"]) == ("dpop-nonce", "POST", "body")
    assert [(each["path"], each["status"]) for each in requests] == [
        ("/token", 400), ("/token", 200), ("/api/me", 401), ("/api/me", 200),
    ]
    assert all_differ(requests, "proof")
    assert all("ath" in each["proof"]["claims"] for each in requests[2:]), requests


@case
def request_proves_to_where_it_was_sent_on(t):
    ran, requests = t.server.during(lambda: secret_client(t, "request", f"{t.server.issuer}/api/old?a=b"))
    assert json.loads(ran.succeeded_raw())["client_id"] == "dpop"
    calls = [each for each in requests if each["path"] != "/token"]
    assert [each["proof"]["claims"]["htu"] for each in calls] == [f"{t.server.issuer}/api/old", t.server.api]
    assert all_differ(calls, "proof")


@case
def a_kept_token_works_with_the_key_kept_beside_it(t):
    def call():
        return secret_client(t, "--cache", "request", t.server.api)

    for _ in range(2):
        ran, requests = t.server.during(call)
        assert json.loads(ran.succeeded_raw())["client_id"] == "dpop"
    assert [each["path"] for each in requests] == ["/api/me"]


@case
def a_refresh_proves_with_the_key_of_the_first_token(t):
    def call():
        return t.password("short-dpop-nonce-user", "user51", "--dpop", "--cache", "request", t.server.api)

    first, before = t.server.during(call)
    time.sleep(SHORT_LIFETIME + 0.5)
    second, after = t.server.during(call)
    assert [json.loads(ran.succeeded_raw())["sub"] for ran in (first, second)] == ["user51"] * 2
    jwks = {json.dumps(each["proof"]["header"]["jwk"]) for each in before + after}
    assert len(jwks) == 1
    token_requests = [each for each in after if each["path"] == "/token"]
    assert [each["status"] for each in token_requests] == [200], "the nonce of the token endpoint was kept"
    assert "refresh_token" in token_requests[0]["params"]


@case
def curl_takes_two_headers_for_one_call(t):
    for method in ("GET", "POST"):
        given = [*key(t), "--for", f"{method} {t.server.api}", "-o"]
        headers = secret_client(t, *given, "header").succeeded().split("\n")
        assert [line.split(" ")[0:2][0] for line in headers] == ["Authorization:", "DPoP:"]
        curl = [word for line in headers for word in ("-H", line)]
        assert t.server.call("/api/me", "-X", method, *curl)["token_type"] == "DPoP"
        config = t.home / "curlrc"
        config.write_text(secret_client(t, *given, "curl").succeeded() + "\n")
        assert t.server.call("/api/me", "-X", method, "-K", str(config))["method"] == method


@case
def curl_users_can_give_the_apis_nonce(t):
    def headers(*more):
        given = ["--dpop", *key(t), "--cache", "-o", "header", "--for", t.server.api, *more]
        printed = t.signing("dpop-nonce", "ES256", *given).succeeded()
        return [word for line in printed.split("\n") for word in ("-H", line)]

    command = ["curl", "-sS", "-D", "-", "-o", "/dev/null", "--cacert", t.server.ca, *headers(), t.server.api]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=CASE_TIMEOUT).stdout
    [nonce] = [line.split(": ")[1] for line in answer.splitlines() if line.lower().startswith("dpop-nonce:")]
    assert t.server.call("/api/me", *headers("--dpop-nonce", nonce))["client_id"] == "dpop-nonce"


@case
def what_cannot_carry_a_proof_is_exit_2_and_nothing_is_sent(t):
    given = [
        (["-o", "header"], "--for"),
        (["-o", "curl"], "--for"),
        (["-o", "exec-credential"], "bound"),
        (["exec", "--", "true"], "--dpop-key"),
        (["batch"], "--dpop-key"),
    ]
    for arguments, word in given:
        ran, requests = t.server.during(lambda: secret_client(t, *arguments))
        ran.failed(2, word)
        assert requests == [], ran.told("something was sent")


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
