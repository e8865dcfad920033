"""Another server of another make. Every case's name says keycloak: it is started only if one of them is wanted."""

import base64
import json

from harness import case


def tok(t, *arguments, **more):
    return t.run("--issuer", t.keycloak.issuer, "--cacert", t.server.ca, *arguments, **more)


def with_secret(t, *arguments, secret="keycloak-secret", **more):
    return tok(t, "-i", "secret", "--client-secret", "env:S", *arguments, S=secret, **more)


def of_ada(t, *arguments, password="correct horse"):
    """As the user whom the realm knows."""
    given = ["-q", "-g", "password", "-u", "ada", "--password", "env:P"]
    return with_secret(t, *given, *arguments, P=password)


def claims(token):
    """Of a JWT, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@case
def keycloak_gives_a_machine_a_token(t):
    for method in ("basic", "post"):
        assert claims(with_secret(t, "-a", method).printed_token())["azp"] == "secret"


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
