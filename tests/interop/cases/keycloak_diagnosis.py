"""Looking at tokens and at the server itself, at Keycloak. Every case's name says keycloak, see `keycloak.py`."""

import json

from cases.diagnosis import mistakes, report, tried
from cases.keycloak import of_ada, signing, tok, with_secret
from harness import case


def inspected(t, token, *arguments, code=0):
    ran = tok(t, "inspect", "-o", "json", *arguments, stdin=token.encode())
    [told] = report(ran, code)["tokens"]
    return told, {each["check"]: each["ok"] for each in told["checks"]}


@case
def keycloak_signs_tokens_that_are_verified_but_are_not_of_rfc_9068(t):
    token = with_secret(t).printed_token()
    told, checks = inspected(t, token, "--verify", "--require-aud", "exchanger")
    assert told["verified"] is True and checks["signature"] and checks["aud"], told
    _, checks = inspected(t, token, "--verify", "--as", "access_token", code=10)
    assert checks["kind"] is False and checks["signature"], checks
    identity = json.loads(of_ada(t, "-s", "openid", "-o", "json").succeeded())["id_token"]
    _, checks = inspected(t, identity, "--verify", "--as", "id_token", "-i", "shared")
    assert checks["kind"] is True, checks


def introspected(t, token, *arguments):
    """What the client hears for which a mapper of the realm makes the tokens of `shared`."""
    return report(signing(t, "exchanger", "ES256", "introspect", *arguments, stdin=token.encode()))


@case
def keycloak_says_of_a_good_token_that_it_is_inactive_to_whom_it_is_not_meant_for(t):
    token = with_secret(t).printed_token()
    told = introspected(t, token, "--require-active", "--require-aud", "exchanger")
    assert told["active"] is True and told["client_id"] == "shared", told
    ran = tok(t, "-i", "target", "--client-secret", "env:S", "introspect", "-v", stdin=token.encode(), S="target-secret")
    assert ran.code == 0 and json.loads(ran.stdout)["active"] is False, ran.told("it is not for this client")
    assert "not meant for this client" in ran.stderr, ran.told("no note")


@case
def keycloak_revokes_what_it_gave(t):
    token = with_secret(t).printed_token()
    assert introspected(t, token)["active"] is True
    assert with_secret(t, "revoke", stdin=token.encode()).succeeded_raw() == ""
    assert introspected(t, token)["active"] is False
    assert with_secret(t, "revoke", stdin=b"no-such-token").succeeded_raw() == ""


@case
def keycloak_tells_who_the_user_is(t):
    given = ["-q", "-g", "password", "-u", "ada", "--password", "env:P", "-s", "openid"]
    told = report(with_secret(t, "userinfo", *given, P="correct horse"))
    assert (told["preferred_username"], told["email"]) == ("ada", "ada@example.com"), told
    # Without openid the token is not for that.
    ran = with_secret(t, "userinfo", *given[:-2], P="correct horse")
    ran.failed(8, "403", "insufficient_scope", "ask for it: --scope 'openid'")


@case
def keycloak_is_described(t):
    told = report(t.run("discover", t.keycloak.issuer, "--cacert", t.server.ca, "-o", "json"))
    usable = {each["what"]: each["usable"] for each in told["usable"]}
    assert usable["introspection"] is True and usable["device"] is True, told["usable"]
    assert {(each["use"], each["alg"]) for each in told["keys"]} >= {("sig", "RS256"), ("enc", "RSA-OAEP")}, told["keys"]


@case
def keycloak_s_ten_classic_mistakes_are_named_by_the_doctor(t):
    elsewhere = t.keycloak.issuer.replace("/machines", "/none")
    tried(t, mistakes(t, t.keycloak.issuer, "shared", "keycloak-secret", elsewhere, "no-such-scope"))
