"""Logging in at Keycloak, through its own pages. Every case's name says keycloak, see `keycloak.py`."""

import json
import subprocess
import time

from cases.keycloak import claims
from cases.login import LATER, login, login_status
from harness import CASE_TIMEOUT, case


def ada(t, client, **settings):
    about = {"issuer": t.keycloak.issuer, "client_id": client, "grant_type": "authorization_code"}
    t.configure(alice={**about, "scope": ["openid"], **settings})


def visit(t, **plan):
    return t.browser.plan(**{"as": "ada", "password": "correct horse", **plan})


def who(t, *arguments, **secrets):
    """Whose token a run gets in silence."""
    return claims(t.run("-p", "alice", *arguments, **secrets).printed_token())["preferred_username"]


def by_hand(t, client, endpoint, *data):
    """The answer that another program gets."""
    fields = [part for each in (f"client_id={client}", *data) for part in ("--data-urlencode", each)]
    url = f"{t.keycloak.issuer}/protocol/openid-connect/{endpoint}"
    done = subprocess.run(["curl", "-sS", "--cacert", t.server.ca, *fields, url], check=True, capture_output=True, timeout=CASE_TIMEOUT)
    return json.loads(done.stdout or b"{}")


@case
def keycloak_logs_a_person_in(t):
    ada(t, "pkce-cli")
    ran, seen = login(t, visit(t))
    assert ran.succeeded_raw() == "" and "ada" in ran.stderr and "warning:" not in ran.stderr, ran.told("who?")
    assert seen["end"]["h1"] == ["You are logged in"] and "ada" in seen["end"]["text"], seen["end"]
    assert who(t) == "ada"
    [told] = login_status(t, code=0)
    assert (told["account"], told["refresh"], told["state"]) == ("ada", "renewable", "good"), told


@case
def keycloak_posts_its_answer_to_the_way_back(t):
    ada(t, "cli", response_mode="form_post")
    for script in (None, "off"):  # with a button, for those without script, whose name comes along
        ran, seen = login(t, visit(t, script=script))
        ran.succeeded_raw()
        assert seen["requests"][-1].startswith("POST http://127.0.0.1:"), seen["requests"]


@case
def keycloak_takes_a_request_that_was_pushed_and_one_alone(t):
    secret = {"S": "par-cli-secret"}
    ada(t, "par-cli", client_secret="env:S")
    ran, _ = login(t, visit(t), **secret)
    assert ran.code != 0, ran.told("it must not work")
    ada(t, "par-cli", client_secret="env:S", par=True)
    ran, seen = login(t, visit(t, deny="yes"), **secret)
    ran.failed(3, "access_denied")
    assert seen["end"]["h1"] == ["Login failed"]
    ran, _ = login(t, visit(t), **secret)
    ran.succeeded_raw()
    assert who(t, **secret) == "ada"


@case
def keycloak_takes_a_refresh_token_once_and_a_stolen_one_ends_the_login(t):
    ada(t, "pkce-cli")
    ran, _ = login(t, visit(t), "--field", "refresh_token")
    stolen = ran.succeeded()
    # To this server what happens within one second happens at once.
    time.sleep(max(0, claims(stolen)["iat"] + 1 - time.time()))
    assert [who(t, *LATER), who(t, *LATER)] == ["ada", "ada"]
    told = by_hand(t, "pkce-cli", "token", "grant_type=refresh_token", f"refresh_token={stolen}")
    assert told["error"] == "invalid_grant", told
    t.run("-p", "alice", *LATER).failed(9, "oauth2tok login -p alice")


@case
def keycloak_ends_a_login_at_logout(t):
    ada(t, "pkce-cli")
    ran, _ = login(t, visit(t), "-o", "json")
    answer = json.loads(ran.succeeded())
    assert t.run("logout", "-p", "alice").succeeded_raw() == ""
    told = by_hand(t, "pkce-cli", "token", "grant_type=refresh_token", f"refresh_token={answer['refresh_token']}")
    assert told["error"] == "invalid_grant", told
    t.run("-p", "alice").failed(9)


@case
def keycloak_logs_in_another_device(t):
    for client, settings in (("cli", {}), ("pkce-cli", {"pkce": True})):
        ada(t, client, **settings)
        running = t.start("login", "-p", "alice", "--device", "--error-format", "json")
        prompt = running.prompt()
        there = visit(t, code=prompt["user_code"])
        there.open(prompt["verification_uri"])
        there.seen()
        running.ended().succeeded_raw()
        assert who(t) == "ada"


@case
def keycloak_refuses_another_device_as_the_person_does(t):
    ada(t, "cli")
    there = visit(t, deny="yes")
    ran = t.run("login", "-p", "alice", "--device", "--open", OAUTH2TOK_BROWSER=there.command)
    ran.failed(3, "access_denied")


@case
def keycloak_wants_pkce_of_another_device_and_the_hint_says_how(t):
    ada(t, "pkce-cli")
    assert "pkce" in t.run("login", "-p", "alice", "--device").failed(3, "code_challenge_method", "hint:").split("hint:")[1]
