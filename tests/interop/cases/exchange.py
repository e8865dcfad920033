"""Grants that trade something for a token: an assertion (RFC 7523), a SAML assertion (RFC 7522), another token (RFC 8693)."""

import base64
import json

from cases.client_auth import all_differ
from harness import case

EXCHANGE = ["-g", "token-exchange"]
SAML = "<saml:Assertion>\n  <saml:NameID>alice</saml:NameID>\n</saml:Assertion>\n"


def identity(t, subject, *arguments):
    """A JWT of an identity provider that the server knows."""
    given = ["-g", "jwt-bearer", "--signing-key", f"file:{t.credential('rsa.pem')}", "--assertion-subject", subject]
    return t.tok(*given, *arguments, "assertion", OAUTH2TOK_ASSERTION_ISSUER="https://idp.example.com").succeeded()


def exchange(t, *arguments, client="exchanger", **more):
    return t.signing(client, "ES256", *EXCHANGE, *arguments, **more)


@case
def an_assertion_that_we_build_is_traded_for_a_users_token(t):
    given = ["-g", "jwt-bearer", "-i", "bearer", "-a", "none", "--signing-key", f"file:{t.credential('p384.pem')}"]
    ran, requests = t.server.during(lambda: t.tok(*given, "--assertion-subject", "alice", "--scope", "read"))
    assert t.owner(ran.printed_token())["sub"] == "alice"
    sent = requests[0]["assertion"]
    assert sent["header"]["alg"] == "ES384" and (sent["claims"]["iss"], sent["claims"]["sub"]) == ("bearer", "alice"), sent


@case
def a_ready_made_assertion_is_traded_for_a_users_token(t):
    assertion = identity(t, "user70")
    given = ["-g", "jwt-bearer", "-i", "bearer", "-a", "none", "--assertion"]
    assert t.owner(t.tok(*given, "env:ASSERTION", ASSERTION=assertion).printed_token())["sub"] == "user70"
    # The server takes it once.
    t.tok(*given, "env:ASSERTION", ASSERTION=assertion).failed(3, "invalid_grant", "idp.example.com")


@case
def a_saml_assertion_goes_out_in_base64url(t):
    given = ["-g", "saml2-bearer", "-i", "bearer", "-a", "none", "--assertion"]
    encoded = base64.urlsafe_b64encode(SAML.strip().encode()).decode().rstrip("=")
    for text in (SAML, encoded):
        file = t.home / "assertion"
        file.write_text(text)
        assert t.owner(t.tok(*given, f"file:{file}").printed_token())["sub"] == "alice"


@case
def a_service_account_is_its_file(t):
    file = t.home / "account.json"
    account = {
        "type": "service_account",
        "private_key_id": "rsa",
        "private_key": open(t.credential("rsa.pem")).read(),
        "client_email": "robot@project.iam.gserviceaccount.com",
        "token_uri": "https://elsewhere.example.com/token",
    }
    file.write_text(json.dumps(account))
    file.chmod(0o600)
    endpoint = f"{t.server.issuer}/service-accounts/token"
    given = ["--token-endpoint", endpoint, "--cacert", t.server.ca, "-g", "jwt-bearer", "--signing-key", f"file:{file}"]
    ran, [request] = t.server.during(lambda: t.run(*given, "--scope", "read", "-o", "json"))
    assert json.loads(ran.succeeded())["scope"] == "read"
    sent = request["assertion"]
    assert sent["header"]["kid"] == "rsa" and "sub" not in sent["claims"] and sent["claims"]["aud"] == endpoint, sent
    # Who names an audience of its own gets an id_token and nothing else.
    ran = t.run(*given, "--assertion-claim", "target_audience=https://service.example.com", "--field", "id_token")
    assert len(ran.succeeded()) >= 20, ran.told("no id_token")


@case
def each_message_of_a_batch_has_an_assertion_of_its_own(t):
    users = [f"user{n}" for n in range(80, 90)]
    given = ["-g", "jwt-bearer", "-i", "bearer", "-a", "none", "--signing-key", f"file:{t.credential('p256.pem')}"]
    lines = "".join(json.dumps({"who": name}) + "\n" for name in users).encode()
    ran, requests = t.server.during(lambda: t.tok(*given, "batch", "--map", "who=assertion_subject", stdin=lines))
    tokens = [json.loads(line)["token"]["access_token"] for line in ran.succeeded().split("\n")]
    assert [t.owner(token)["sub"] for token in tokens] == users
    assert all_differ(requests, "assertion") and len(requests) == len(users)


@case
def an_access_token_is_exchanged(t):
    subject = t.client("basic").printed_token()
    ran = exchange(t, "--subject-token", "env:SUBJECT", "--audience", "billing", "-o", "json", SUBJECT=subject)
    answer = json.loads(ran.succeeded())
    assert answer["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert t.owner(answer["access_token"])["sub"] == "basic"


@case
def the_subject_token_may_be_another_run_of_this_program(t):
    client = "-i basic --client-secret env:BASIC_SECRET"
    command = f"command:{t.binary} --issuer {t.server.issuer} --cacert {t.server.ca} {client}"
    # The program takes the variables of secrets away from commands that it runs, but not this one, which it does not know.
    ran = exchange(t, "--subject-token", command, BASIC_SECRET="basic-secret")
    assert t.owner(ran.printed_token())["sub"] == "basic"


@case
def a_jwt_is_exchanged_on_behalf_of_another(t):
    actor = {"OAUTH2TOK_ACTOR_TOKEN": identity(t, "user91"), "OAUTH2TOK_ACTOR_TOKEN_TYPE": "jwt"}
    given = ["--subject-token", "env:SUBJECT", "--subject-token-type", "jwt"]
    assert t.owner(exchange(t, *given, SUBJECT=identity(t, "user90")).printed_token())["sub"] == "user90"
    ran = exchange(t, *given, SUBJECT=identity(t, "user90"), **actor)
    assert t.owner(ran.printed_token())["sub"] == "user90 by user91"


@case
def a_token_that_is_no_access_token_is_printed_but_makes_no_header(t):
    given = ["--subject-token", "env:SUBJECT", "--requested-token-type", "jwt"]
    subject = t.client("basic").printed_token()
    answer = json.loads(exchange(t, *given, "-o", "json", SUBJECT=subject).succeeded())
    assert answer["token_type"] == "N_A" and answer["issued_token_type"].endswith(":jwt")
    assert exchange(t, *given, SUBJECT=subject).printed_token()
    for output in ("header", "curl", "exec-credential"):
        exchange(t, *given, "-o", output, SUBJECT=subject).failed(4, "N_A")


@case
def a_refused_subject_token_is_exit_3(t):
    ran = exchange(t, "--subject-token", "env:SUBJECT", SUBJECT="nobody-knows-this-token")
    ran.failed(3, "invalid_grant")
    assert "nobody-knows" not in ran.stderr, ran.told("the token is shown")


@case
def a_forged_token_with_somebodys_claims_gets_nothing_that_is_kept(t):
    given = ["--subject-token", "env:SUBJECT", "--subject-token-type", "jwt", "--cache"]
    subject = identity(t, "user92")
    token = exchange(t, *given, SUBJECT=subject).printed_token()
    assert exchange(t, *given, SUBJECT=subject).printed_token() == token
    # The same header and claims, another signature: the server is asked, and says no.
    head, claims, signature = subject.split(".")
    forged = ".".join([head, claims, signature[::-1]])
    ran, requests = t.server.during(lambda: exchange(t, *given, SUBJECT=forged))
    ran.failed(3, "invalid_grant")
    assert len(requests) == 1
    assert exchange(t, *given, SUBJECT=subject).printed_token() == token


@case
def an_exchange_proves_and_answers_a_nonce_with_a_new_assertion(t):
    subject = t.client("basic").printed_token()
    given = ["-q", "--dpop", "--subject-token", "env:SUBJECT"]
    ran, requests = t.server.during(lambda: exchange(t, *given, client="dpop-nonce-exchanger", SUBJECT=subject))
    ran.succeeded()
    assert [each["status"] for each in requests] == [400, 200]
    assert all_differ(requests, "proof") and all_differ(requests, "client_assertion")
