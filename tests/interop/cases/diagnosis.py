"""Looking at tokens and at the server itself, at oidc-provider."""

import json
import os
import shutil
import socket
import subprocess

from cases.login import alice, logged_in
from harness import CASE_TIMEOUT, HERE, case


def report(ran, code=0):
    """What a report says as JSON; exit 10 has one line on stderr."""
    assert ran.code == code, ran.told(f"exit {ran.code} instead of {code}")
    assert ran.stderr == "" or code, ran.told("stderr is not empty")
    return json.loads(ran.stdout)


def inspected(t, token, *arguments, code=0):
    """The one token of a report, and its checks by their names."""
    ran = t.run("inspect", "--cacert", t.server.ca, "-o", "json", *arguments, stdin=token.encode())
    [told] = report(ran, code)["tokens"]
    return told, {each["check"]: each["ok"] for each in told["checks"]}


def of_api(t):
    """A JWT for the API, as RFC 9068 has it."""
    return t.client("basic", "--resource", t.server.resource, "-s", "read").printed_token()


def introspected(t, client, token, *arguments, code=0):
    return report(t.client(client, "introspect", *arguments, stdin=token.encode()), code)


@case
def a_token_for_an_api_is_verified_with_the_servers_keys(t):
    token, verify = of_api(t), ["--verify", "--issuer", t.server.issuer]
    told, checks = inspected(t, token, *verify, "--as", "access_token", "--require-aud", t.server.resource, "--require-scope", "read")
    assert told["form"] == "jws" and told["header"]["typ"] == "at+jwt" and told["verified"] is True, told
    assert {"signature", "iss", "exp", "iat", "kind", "scope", "aud"} <= {name for name, ok in checks.items() if ok}, checks
    assert told["claims"]["client_id"] == "basic" and 3500 < told["times"]["exp"]["seconds_left"] <= 3600, told
    told, checks = inspected(t, token, *verify, "--as", "id_token", code=10)
    assert checks["signature"] and checks["kind"] is False and told["verified"] is False, told
    _, checks = inspected(t, token, *verify, "--require-scope", "write", "--min-ttl", "2h", code=10)
    assert (checks["scope"], checks["ttl"], checks["signature"]) == (False, False, True), checks


@case
def a_token_that_somebody_changed_is_not_taken(t):
    header, claims, signature = of_api(t).split(".")
    turned = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BA")
    told, checks = inspected(t, f"{header}.{claims}.{turned}", "--verify", "--issuer", t.server.issuer, code=10)
    assert checks["signature"] is False and told["verified"] is False, told


@case
def the_server_says_what_it_knows_of_a_token(t):
    token = t.client("basic", "-s", "read").printed_token()
    told = introspected(t, "basic", token, "--require-active", "--require-scope", "read", "--min-ttl", "30m")
    assert told["active"] is True and told["client_id"] == "basic" and told["scope"] == "read", told
    assert introspected(t, "basic", "no-such-token") == {"active": False}
    ran = t.client("basic", "introspect", "--require-active", stdin=b"no-such-token")
    assert ran.code == 10 and "active" in ran.stderr and json.loads(ran.stdout) == {"active": False}, ran.told("not 10")
    t.client("basic", "introspect", secret="wrong", stdin=token.encode()).failed(3, "refused client 'basic'", "hint:")


@case
def what_the_server_says_of_a_token_can_be_signed(t):
    token = t.client("basic", "-s", "read").printed_token()
    told = introspected(t, "basic", token, "--jwt-response")
    assert told["active"] is True and told["scope"] == "read" and "iss" in told, told


@case
def a_client_with_a_certificate_asks_where_certificates_are_asked_for(t):
    own = ["-i", "tls", "-a", "tls_client_auth", "--cert", t.credential("client.pem"), "--key", t.credential("client.key")]
    token = t.tok(*own).printed_token()
    ran, requests = t.server.call("/requests"), None
    told = report(t.tok("introspect", *own, stdin=token.encode()))
    assert told["active"] is True and told["client_id"] == "tls", told
    requests = t.server.call("/requests")[len(ran):]
    [asked] = [each for each in requests if each["path"] == "/token/introspection"]
    assert str(asked["port"]) == t.server.mtls.rsplit(":", 1)[1], requests
    t.tok("revoke", *own, stdin=token.encode()).succeeded_raw()
    assert report(t.tok("introspect", *own, stdin=token.encode())) == {"active": False}


@case
def a_token_that_is_revoked_is_of_no_use_any_more(t):
    token = t.client("basic", "-s", "read").printed_token()
    assert t.client("basic", "revoke", "--token-type-hint", "access_token", stdin=token.encode()).succeeded_raw() == ""
    assert introspected(t, "basic", token) == {"active": False}
    assert t.client("basic", "revoke", stdin=b"no-such-token").succeeded_raw() == ""
    t.client("basic", "revoke", secret="wrong", stdin=token.encode()).failed(3, "refused client 'basic'")


@case
def what_is_kept_is_revoked_and_goes(t):
    given = ["--cache", "-s", "read"]
    token = t.client("basic", *given).printed_token()
    assert t.client("basic", *given).printed_token() == token
    assert t.client("basic", "revoke", "--kept", *given).succeeded_raw() == ""
    assert introspected(t, "basic", token) == {"active": False}
    assert t.client("basic", *given).printed_token() != token


@case
def whoever_logged_in_is_told_of_plainly_and_signed(t):
    for client in ("cli", "signed-cli"):
        alice(t, client, scope=["openid", "profile", "email"])
        logged_in(t)
        told = report(t.run("userinfo", "-p", "alice", "--cacert", t.server.ca))
        assert (told["sub"], told["preferred_username"]) == ("user1", "user1"), told


@case
def the_id_token_of_a_login_is_verified_and_is_no_access_token(t):
    alice(t)
    answer, _ = logged_in(t, "-o", "json")
    verify = ["inspect", "--verify", "-p", "alice", "-o", "json"]
    told = report(t.run(*verify, stdin=answer.encode()), 10)["tokens"]
    # Nobody but this server can read its access token.
    forms = {each["name"]: (each["form"], each["verified"]) for each in told}
    assert forms == {"access_token": ("opaque", False), "refresh_token": ("opaque", None), "id_token": ("jws", True)}, forms
    [identity] = [each for each in told if each["name"] == "id_token"]
    assert identity["verified"] is True and identity["claims"]["preferred_username"] == "user1", identity
    token = json.loads(answer)["id_token"]
    told, checks = inspected(t, token, "--verify", "-p", "alice", "--as", "access_token", code=10)
    assert checks["kind"] is False and checks["signature"] is True, told


@case
def the_server_is_described(t):
    told = report(t.run("discover", t.server.issuer, "--cacert", t.server.ca, "-o", "json"))
    assert [each["status"] for each in told["documents"]] == [200, 200], told["documents"]
    assert {each["issuer"] for each in told["documents"]} == {t.server.issuer}, told["documents"]
    assert [each["kid"] for each in told["keys"]] == ["signs-ES256", "signs-ES384", "signs-EdDSA", "signs-RS256"], told["keys"]
    assert [each["bits"] for each in told["keys"]][-1] == 2048, told["keys"]
    usable = {each["what"]: each["usable"] for each in told["usable"]}
    assert [what for what, ok in usable.items() if not ok] == ["grant implicit"], told["usable"]
    assert [each for each in told["findings"] if each["severity"] == "error"] == [], told["findings"]
    raw = t.run("discover", t.server.issuer, "--cacert", t.server.ca, "--document", "oidc").succeeded_raw()
    assert raw.encode() == t.server.send("/.well-known/openid-configuration"), "the document is not as it came"


def doctor(t, *arguments, **secrets):
    """The exit code, and each step by its name."""
    ran = t.run("doctor", "-o", "json", *arguments, **secrets)
    told = json.loads(ran.stdout)
    assert told["exit_code"] == ran.code, ran.told("two exit codes")
    for secret in secrets.values():
        assert secret not in ran.stdout + ran.stderr, "a secret"
    return ran.code, {each["step"]: each for each in told["steps"]}


STEPS = ["settings", "secret", "dns", "tcp", "proxy", "tls", "clock", "metadata", "client", "keys", "request", "verdict"]


@case
def the_doctor_finds_nothing_where_all_is_well(t):
    given = ["--issuer", t.server.issuer, "--cacert", t.server.ca, "-i", "basic", "--client-secret", "env:S", "-s", "read"]
    before = t.server.stats()["token_requests"]
    code, steps = doctor(t, *given, S="basic-secret")
    assert code == 0 and list(steps) == STEPS, steps
    # The certificates here live for two days, of which a person would be warned.
    assert {name for name, each in steps.items() if each["verdict"] == "warn"} <= {"tls", "verdict"}, steps
    assert [name for name, each in steps.items() if each["verdict"] == "fail"] == [], steps
    assert t.server.stats()["token_requests"] == before + 1


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def mistakes(t, issuer, client, secret, elsewhere, scope):
    """Ten classic ones: each with its flags, its environment, the step that is to fail, and what the advice must hold.
    `elsewhere` is an issuer that this server does not know, `scope` one that the client may not have."""
    own = ["--issuer", issuer, "--cacert", t.server.ca, "-i", client, "--client-secret", "env:S"]
    at = lambda url: ["--issuer", url, *own[2:]]
    good = {"S": secret}
    port = issuer.split(":")[2].split("/")[0]
    return {
        "a name that nobody has": (at("https://nobody.invalid"), good, "dns", "nobody.invalid"),
        "a port that nobody listens at": (at(f"https://127.0.0.1:{closed_port()}"), good, "tcp", ""),
        "a private CA that is not trusted": (["--issuer", issuer, *own[4:]], good, "tls", "--cacert"),
        "an issuer that the server does not know": (at(elsewhere), good, "metadata", "issuer"),
        "plain http": (at(issuer.replace("https://", "http://").replace("127.0.0.1", "192.0.2.1")), good, "settings", "https"),
        "a variable that is not set": (own, {}, "secret", "export S"),
        "a client that the server does not know": ([*own[:4], "-i", "nobody", *own[6:]], good, "request", "nobody"),
        "a wrong secret": (own, {"S": "wrong"}, "request", "secret"),
        "a secret with a line end within": (own, {"S": f"{secret}\n"}, "request", "secret"),
        "a scope that is not this client's": ([*own, "-s", scope], good, "request", scope),
    }


def tried(t, cases):
    """That the doctor says of each what a run says, by code and by step, and gives advice."""
    lost = []
    for name, (given, secrets, step, words) in cases.items():
        run = t.run("--retry", "0", *given, **secrets)
        code, steps = doctor(t, *given, **secrets)
        failed = [each for each, told in steps.items() if told["verdict"] == "fail" and each != "verdict"]
        advice = " ".join(str(told[what]) for told in steps.values() for what in ("detail", "remedy"))
        if code != run.code or failed[:1] != [step] or words not in advice:
            lost.append((name, run.code, code, failed, advice, run.stderr))
    assert not lost, json.dumps(lost, indent=1)


@case
def the_doctor_names_the_step_of_ten_classic_mistakes(t):
    tried(t, mistakes(t, t.server.issuer, "basic", "basic-secret", f"{t.server.issuer}/realms/none", "admin"))


@case
def an_answer_is_explained_as_the_run_explained_it(t):
    given = ["-i", "basic", "--client-secret", "env:S", "-s", "read"]
    run = t.tok(*given, "--error-format", "json", S="wrong")
    told = json.loads(run.failed(3))
    data = ["-d", "grant_type=client_credentials", "-u", "basic:wrong"]
    command = ["curl", "-sSi", "--cacert", t.server.ca, *data, t.server.token_endpoint]
    saved = subprocess.run(command, check=True, capture_output=True, timeout=CASE_TIMEOUT).stdout
    about = {"issuer": t.server.issuer, "client_id": "basic", "client_secret": "env:S", "scope": "read"}
    t.configure(prod=about)
    ran = t.run("explain", "-p", "prod", "-o", "json", stdin=saved)
    explained = report(ran, 3)
    assert (explained["kind"], explained["http_status"]) == ("refused", 401), explained
    assert explained["oauth"]["error"] == told["oauth"]["error"] == "invalid_client", explained
    # The run knew the server's metadata besides.
    begin = "check client_id 'basic' and its client_secret; if they are right, "
    assert begin in told["hint"] and explained["hints"][0].startswith(begin), (told, explained)


@case
def a_run_is_written_down_as_a_har_that_others_read(t):
    alice(t)
    file = t.home / "run.har"
    logged_in(t, "--har", str(file))
    har = json.loads(file.read_text())
    urls = [each["request"]["url"].removeprefix(t.server.issuer) for each in har["log"]["entries"]]
    assert urls[0] == "/.well-known/openid-configuration" and "/token" in urls and "/jwks" in urls, urls
    # Whoever logs in has a browser; it is the one that reads the file as well.
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    environment = {**os.environ, "CHROMIUM": chromium}
    checked = subprocess.run(["node", "har.mjs", file], cwd=HERE, env=environment, capture_output=True, text=True, timeout=CASE_TIMEOUT)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    explained = report(t.run("explain", str(file), "-o", "json"))
    assert explained["exit_code"] == 0 and explained["http_status"] == 200, explained
