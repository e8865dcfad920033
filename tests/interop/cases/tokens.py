"""The grants with a secret, what is printed, refusals, trust, the cache, `request`, `exec`, `batch` and `import`."""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness import CASE_TIMEOUT, SHORT_LIFETIME, case

# -- fetching a token --------------------------------------------------------------------------------------------------


@case
def client_credentials_with_basic_gives_a_token_that_works(t):
    assert t.owner(t.client("basic", "--scope", "read").printed_token())["client_id"] == "basic"


@case
def client_credentials_with_post_gives_a_token_that_works(t):
    assert t.owner(t.client("post", "-a", "post").printed_token())["client_id"] == "post"


@case
def an_explicit_token_endpoint_needs_no_discovery(t):
    where = ["--token-endpoint", t.server.token_endpoint, "--cacert", t.server.ca]
    ran = t.run(*where, "--client-id", "basic", "--client-secret", "env:S", S="basic-secret")
    assert t.owner(ran.printed_token())["client_id"] == "basic"


@case
def an_id_and_a_secret_of_special_characters_survive_basic(t):
    # A space in a secret earns a warning, which is not what this is about.
    ran = t.client(t.server.special_id, "-q", secret=t.server.special_secret)
    assert t.owner(ran.printed_token())["client_id"] == t.server.special_id


@case
def an_id_and_a_secret_of_special_characters_survive_post(t):
    ran = t.client(t.server.special_id, "-q", "-a", "client_secret_post", secret=t.server.special_secret)
    assert t.owner(ran.printed_token())["client_id"] == t.server.special_id


@case
def the_password_grant_of_a_public_client_survives_special_characters(t):
    ran = t.password("public", "alice", "--scope", "read", password="wörd+ &=%🔑")
    assert t.owner(ran.printed_token())["sub"] == "alice"


@case
def the_password_grant_of_a_confidential_client_authenticates_both(t):
    owner = t.owner(t.password("app", "user7", secret="app-secret").printed_token())
    assert (owner["client_id"], owner["sub"]) == ("app", "user7")


@case
def a_refresh_token_is_rotated_and_the_old_one_is_refused(t):
    first = json.loads(t.password("public", "user1", "-o", "json").succeeded())

    def refresh(token, *more):
        given = ["--client-id", "public", "-a", "none", "-g", "refresh_token", "--refresh-token", "env:REFRESH"]
        return t.tok(*given, *more, REFRESH=token)

    second = json.loads(refresh(first["refresh_token"], "-o", "json").succeeded())
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert t.owner(second["access_token"])["sub"] == "user1"
    refresh(first["refresh_token"]).failed(3, "invalid_grant")


@case
def a_resource_indicator_gives_a_jwt(t):
    token = t.client("basic", "--scope", "read", "--resource", t.server.resource).printed_token()
    assert token.count(".") == 2 and token.startswith("eyJ")


@case
def a_profile_says_all_that_flags_can_say(t):
    profile = t.home / "idp.yaml"
    profile.write_text(
        f"issuer: {t.server.issuer}\n"
        f"cacert: {t.server.ca}\n"
        "client_id: ${APP}\n"
        "client_secret: env:APP_SECRET\n"
        "token_endpoint_auth_method: client_secret_post\n"
    )
    token = t.run("-p", str(profile), APP="post", APP_SECRET="post-secret").printed_token()
    assert t.owner(token)["client_id"] == "post"


# -- what is printed ---------------------------------------------------------------------------------------------------


@case
def json_output_holds_every_member_and_the_expiry(t):
    answer = json.loads(t.client("basic", "--scope", "read", "-o", "json").succeeded())
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == 3600 and answer["scope"] == "read"
    assert abs(answer["expires_at"] - time.time() - 3600) < 60
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", answer["expiry"])


@case
def one_field_is_printed_raw(t):
    refresh_token = t.password("public", "user2", "--field", "refresh_token").printed_token()
    # The new refresh token is lost, of which a run warns.
    ran = t.tok("-q", "--client-id", "public", "-a", "none", "-g", "refresh_token", "--refresh-token", "stdin",
                stdin=refresh_token.encode() + b"\n")
    assert t.owner(ran.printed_token())["sub"] == "user2"


@case
def an_absent_field_is_exit_4(t):
    t.client("basic", "--field", "id_token").failed(4, "id_token")


@case
def curl_output_is_a_config_that_curl_takes(t):
    config = t.home / "curlrc"
    config.write_text(t.client("basic", "-o", "curl").succeeded() + "\n")
    assert t.server.call("/api/me", "-K", str(config))["client_id"] == "basic"


@case
def the_printed_curl_command_sends_the_same_request(t):
    for method in ("client_secret_basic", "client_secret_post"):
        where = ["--token-endpoint", t.server.token_endpoint, "--cacert", t.server.ca, "-a", method]
        client = ["--client-id", t.server.special_id, "--client-secret", "env:CLIENT_SECRET", "--scope", "read"]
        secret = {"CLIENT_SECRET": t.server.special_secret}
        command = t.run(*where, *client, "--dry-run", "-o", "curl", **secret).succeeded()
        assert t.server.special_secret not in command
        ran = subprocess.run(["sh", "-c", command], env=t.environment(secret), capture_output=True, timeout=CASE_TIMEOUT)
        answer = json.loads(ran.stdout)
        assert t.owner(answer["access_token"])["client_id"] == t.server.special_id, command


@case
def the_password_grant_warns_once_that_it_is_deprecated(t):
    given = ["--client-id", "public", "-a", "none", "-g", "password", "--username", "user5", "--password", "env:P"]
    ran = t.tok(*given, P="password of user5")
    ran.succeeded()
    assert ran.stderr.count("warning:") == 1 and "deprecated" in ran.stderr, ran.told("no warning")


@case
def a_scope_that_was_not_granted_is_a_warning(t):
    ran = t.client("basic", "--scope", "read flying")
    ran.succeeded()
    assert "flying" in ran.stderr and "warning" in ran.stderr, ran.told("no warning")


@case
def verbose_output_shows_neither_secret_nor_token(t):
    ran = t.client("basic", "-v")
    token = ran.succeeded()
    assert t.server.token_endpoint in ran.stderr, ran.told("the endpoint is not in it")
    for hidden in (token, "basic-secret", "YmFzaWM6YmFzaWMtc2VjcmV0"):  # the last: base64 of id:secret
        assert hidden not in ran.stderr, ran.told(f"{hidden} is in it")


# -- refusals ----------------------------------------------------------------------------------------------------------


@case
def a_wrong_secret_is_exit_3_and_is_not_repeated(t):
    before = t.server.stats()["token_requests"]
    errors = t.client("basic", secret="not-the-secret").failed(3, "invalid_client", "client authentication failed", "401")
    assert "not-the-secret" not in errors
    assert t.server.stats()["token_requests"] == before + 1


@case
def a_wrong_password_is_exit_3(t):
    t.password("public", "user3", password="wrong").failed(3, "invalid_grant")


@case
def a_scope_the_client_may_not_have_is_exit_3(t):
    t.client("basic", "--scope", "admin").failed(3, "invalid_scope")


@case
def an_unknown_resource_is_exit_3(t):
    t.client("basic", "--resource", "https://other.example.com/").failed(3, "invalid_target")


@case
def a_wrong_method_is_exit_3_and_the_hint_names_the_other(t):
    ran = t.client("post")
    errors = ran.failed(3, "invalid_client", "hint:")
    assert "client_secret_post" in errors[errors.index("hint:"):], ran.told("the hint does not name client_secret_post")


@case
def a_secret_from_a_client_that_has_none_is_exit_3(t):
    t.client("public", "-g", "password", "--username", "user4", "--password", "env:P", P="password of user4").failed(
        3, "invalid_client"
    )


@case
def an_error_as_json_holds_what_the_server_said(t):
    errors = t.client("basic", "--error-format", "json", secret="not-the-secret").failed(3)
    error = json.loads(errors)
    assert error["exit_code"] == 3 and error["http_status"] == 401
    assert error["oauth"]["error"] == "invalid_client"


# -- trust -------------------------------------------------------------------------------------------------------------


@case
def without_the_ca_nothing_is_sent(t):
    before = t.server.stats()["token_requests"]
    where = ["--token-endpoint", t.server.token_endpoint]
    ran = t.run(*where, "--client-id", "basic", "--client-secret", "env:S", "--retry", "0", S="basic-secret")
    ran.failed(5, "certificate")
    assert t.server.stats()["token_requests"] == before


@case
def another_name_of_the_issuer_is_exit_4_and_nothing_is_sent(t):
    before = t.server.stats()["token_requests"]
    other = t.server.issuer.replace("127.0.0.1", "localhost")
    ran = t.run("--issuer", other, "--cacert", t.server.ca, "--client-id", "basic", "--client-secret", "env:S",
                S="basic-secret")
    ran.failed(4, "issuer")
    assert t.server.stats()["token_requests"] == before


# -- the cache ---------------------------------------------------------------------------------------------------------


@case
def a_kept_token_is_given_again_without_a_request(t):
    before = t.server.stats()["token_requests"]
    tokens = {t.client("basic", "--scope", "read", "--cache").printed_token() for _ in range(3)}
    assert len(tokens) == 1 and t.owner(tokens.pop())["client_id"] == "basic"
    assert t.server.stats()["token_requests"] == before + 1
    t.client("basic", "--scope", "write", "--cache").printed_token()
    assert t.server.stats()["token_requests"] == before + 2


@case
def an_expired_token_of_a_user_is_renewed_with_the_rotating_refresh_token(t):
    def fetch():
        return t.password("short-app", "user20", "--cache", secret="short-app-secret").printed_token()

    before = t.server.stats()["by_grant"]
    tokens = {fetch()}
    for _ in range(2):
        time.sleep(SHORT_LIFETIME + 0.5)
        token = fetch()
        assert t.owner(token)["sub"] == "user20"
        tokens.add(token)
        assert fetch() == token, "the renewed token was not kept"
    assert len(tokens) == 3
    after = t.server.stats()["by_grant"]
    assert after["password"] == before.get("password", 0) + 1
    assert after["refresh_token"] == before.get("refresh_token", 0) + 2


@case
def an_expired_token_of_a_client_is_fetched_anew(t):
    first = t.client("short", "--cache").printed_token()
    time.sleep(SHORT_LIFETIME + 0.5)
    second = t.client("short", "--cache").printed_token()
    assert first != second and t.owner(second)["client_id"] == "short"


@case
def a_wrong_secret_gets_no_kept_token_but_the_servers_refusal(t):
    token = t.client("basic", "--cache").printed_token()
    before = t.server.stats()["token_requests"]
    t.client("basic", "--cache", secret="not-the-secret").failed(3, "invalid_client")
    assert t.server.stats()["token_requests"] == before + 1
    assert t.client("basic", "--cache").printed_token() == token


@case
def a_wrong_password_gets_no_kept_token_but_the_servers_refusal(t):
    t.password("public", "user21", "--cache").printed_token()
    t.password("public", "user21", "--cache", password="wrong").failed(3, "invalid_grant")


@case
def force_new_fetches_and_keeps_what_it_gets(t):
    old = t.client("basic", "--cache").printed_token()
    new = t.client("basic", "--cache", "--force-new").printed_token()
    assert new != old
    assert t.client("basic", "--cache").printed_token() == new


@case
def runs_at_the_same_time_make_one_request(t):
    before = t.server.stats()["token_requests"]
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: t.client("basic", "--cache").printed_token(), range(8)))
    assert len(tokens) == 1
    assert t.server.stats()["token_requests"] == before + 1


@case
def the_cache_is_listed_and_cleared(t):
    token = t.client("basic", "--scope", "read", "--cache").printed_token()
    listed = t.client("basic", "--scope", "read", "cache", "list").succeeded()
    place, scope, expiry, _state = listed.split("\t")
    assert place == t.server.issuer and scope == "read" and expiry.endswith("Z"), listed
    assert token not in listed
    t.client("basic", "--scope", "read", "cache", "clear").succeeded_raw()
    assert t.client("basic", "--scope", "read", "cache", "list").stdout == ""
    assert t.client("basic", "--scope", "read", "--cache").printed_token() != token


# -- using the token ---------------------------------------------------------------------------------------------------


@case
def request_prints_the_answer_of_the_api(t):
    answer = json.loads(t.client("basic", "request", "GET", t.server.api).succeeded_raw())
    assert (answer["client_id"], answer["method"]) == ("basic", "GET")


@case
def request_sends_a_body(t):
    answer = json.loads(t.client("basic", "request", "-d", '{"name":"wörd"}', t.server.api).succeeded_raw())
    assert (answer["method"], answer["received"]) == ("POST", '{"name":"wörd"}')


@case
def a_failing_status_of_the_api_is_exit_8(t):
    t.client("basic", "request", f"{t.server.issuer}/no/such/thing").failed(8, "404")


@case
def request_replaces_a_kept_token_that_was_revoked(t):
    token = t.client("basic", "--cache").printed_token()
    t.server.send("/token/revocation", "-u", "basic:basic-secret", "-d", f"token={token}")
    before = t.server.stats()
    for _ in range(2):
        answer = t.client("basic", "--cache", "request", t.server.api).succeeded_raw()
        assert json.loads(answer)["client_id"] == "basic"
    after = t.server.stats()
    assert after["token_requests"] == before["token_requests"] + 1
    assert after["api_requests"] == before["api_requests"] + 3, "401, 200, and 200 with the kept token"


@case
def exec_gives_the_token_and_keeps_the_secret(t):
    command = 'test -z "$CLIENT_SECRET" && printf %s "$ACCESS_TOKEN"'
    ran = t.client("basic", "exec", "--", "sh", "-c", command)
    assert ran.code == 0, ran.told("the secret is in the environment, or there is no token")
    assert t.owner(ran.stdout)["client_id"] == "basic"
    names = t.client("basic", "exec", "--", "env").succeeded()
    assert "basic-secret" not in names and "CLIENT_SECRET" not in names


@case
def exec_ends_with_the_commands_exit_code_and_starts_nothing_without_a_token(t):
    assert t.client("basic", "exec", "--", "sh", "-c", "exit 42").code == 42
    t.client("basic", "exec", "--", "echo", "started", secret="not-the-secret").failed(3, "invalid_client")


@case
def exec_renews_the_token_in_the_file(t):
    file = t.home / "token"
    script = f'cat "$BEARER_TOKEN_FILE"; echo; sleep {SHORT_LIFETIME + 0.5}; cat "$BEARER_TOKEN_FILE"; test -z "$ACCESS_TOKEN"'
    ran = t.client("short", "exec", "--token-file", str(file), "--", "sh", "-c", script)
    assert ran.code == 0, ran.told("the command failed")
    first, second = ran.stdout.split("\n")
    assert first != second and t.owner(second)["client_id"] == "short"
    assert not file.exists(), "the file outlives the command"


# -- a stream of messages ----------------------------------------------------------------------------------------------


def messages(users):
    """A line for each user; a name with a ! gets a wrong password."""
    passwords = {user: "wrong" if user.endswith("!") else f"password of {user}" for user in users}
    lines = [{"n": n, "username": user.rstrip("!"), "password": passwords[user]} for n, user in enumerate(users)]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@case
def a_batch_gives_each_of_200_users_a_token_in_order(t):
    users = [f"user{n}" for n in range(1000, 1200)]
    before = t.server.stats()["token_requests"]
    ran = t.client("app", "batch", "-q", "-g", "password", "--jobs", "16", stdin=messages(users))
    lines = [json.loads(line) for line in ran.succeeded().split("\n")]
    assert [line["n"] for line in lines] == list(range(200))
    assert [line["username"] for line in lines] == users
    tokens = [line["token"]["access_token"] for line in lines]
    assert len(set(tokens)) == 200
    for n in (0, 99, 199):
        assert t.owner(tokens[n])["sub"] == users[n]
    assert t.server.stats()["token_requests"] == before + 200


@case
def a_wrong_password_in_a_batch_fails_its_message_alone(t):
    users = ["user30", "user31", "user32!", "user33"]
    ran = t.client("app", "batch", "-q", "-g", "password", stdin=messages(users))
    assert ran.code == 3, ran.told(f"exit {ran.code} instead of 3")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ["token" in line for line in lines] == [True, True, False, True]
    error = lines[2]["error"]
    assert (error["exit_code"], error["line"], error["oauth"]["error"]) == (3, 3, "invalid_grant")
    assert t.owner(lines[3]["token"]["access_token"])["sub"] == "user33"


@case
def equal_messages_of_a_batch_are_fetched_once(t):
    before = t.server.stats()["token_requests"]
    ran = t.client("app", "batch", "-q", "-g", "password", "-o", "token", stdin=messages(["user40", "user41"] * 50))
    tokens = ran.succeeded().split("\n")
    assert len(tokens) == 100 and tokens[:2] * 50 == tokens and len(set(tokens)) == 2
    assert t.server.stats()["token_requests"] == before + 2


# -- moving here -------------------------------------------------------------------------------------------------------


@case
def a_vendors_curl_line_becomes_a_profile_that_fetches(t):
    line = (
        f"curl --location --request POST '{t.server.token_endpoint}' \\\n"
        f"  --cacert '{t.server.ca}' \\\n"
        "  --header 'Content-Type: application/x-www-form-urlencoded' \\\n"
        "  --data-urlencode 'grant_type=client_credentials' \\\n"
        "  --data-urlencode 'client_id=post' \\\n"
        "  --data-urlencode 'client_secret=post-secret'\n"
    )
    ran = t.run("import", "--from", "curl", stdin=line.encode())
    profile = t.home / "vendor.yaml"
    profile.write_text(ran.succeeded() + "\n")
    assert "post-secret" not in ran.stdout + ran.stderr, ran.told("the secret is in it")
    variable = re.search(r"client_secret: env:(\w+)", ran.stdout)[1]
    assert t.owner(t.run("-p", str(profile), **{variable: "post-secret"}).printed_token())["client_id"] == "post"
