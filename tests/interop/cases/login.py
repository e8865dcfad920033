"""Logging in at oidc-provider, by a real browser."""

import json
import shutil
import socket
import subprocess
from urllib.parse import parse_qs, urlsplit

from harness import CASE_TIMEOUT, Skipped, case
from terminal import picture

LATER = ["-q", "--min-valid", "2h"]  # no kept token is good for that long: it is refreshed


def alice(t, client="cli", **settings):
    """A profile of that name."""
    about = {"issuer": t.server.issuer, "client_id": client, "grant_type": "authorization_code"}
    t.configure(alice={**about, "scope": ["openid", "profile"], **settings})


def login(t, visit, *arguments, **secrets):
    """Logs in; gives the run, and what was seen in the browser."""
    ran = t.run("login", "-p", "alice", *arguments, OAUTH2TOK_BROWSER=visit.command, **secrets)
    try:
        return ran, visit.seen()
    except AssertionError as lost:
        raise AssertionError(ran.told(str(lost)))


def logged_in(t, *arguments, person="user1", plan=None, **secrets):
    """The same, which must work; gives what is on stdout, and the page at the end."""
    ran, seen = login(t, t.visit(person, **(plan or {})), *arguments, **secrets)
    stdout = ran.succeeded_raw()
    page = seen["end"]
    assert page["status"] == 200 and page["h1"] == ["You are logged in"], page
    return stdout.rstrip("\n"), page


def is_ours(seen, name, status, address=None):
    """That a page is as all of ours must be, and in the browser nothing happened but what had to."""
    page = seen[name]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page["address"]))
    assert page["status"] == status, page
    assert len(page["h1"]) == 1 and page["title"] and page["size"] < 6144, page
    assert [look for look in page["looks"] if look["wide"] or look["violations"]] == [], page["looks"]
    headers = page["headers"]
    policy = dict(each.strip().partition(" ")[::2] for each in headers["content-security-policy"].split(";"))
    for directive in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy[directive] == "'none'", headers
    wanted = {
        "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
    }
    assert {each: headers.get(each) for each in wanted} == wanted, headers
    assert not [each for each in headers if each.startswith("access-control-")], headers
    assert [line for line in seen["console"] if line.startswith(origin)] == [], seen["console"]
    return origin


def asked(seen, origin):
    """What the browser asked there: method, path and query."""
    return [request.replace(origin, "", 1) for request in seen["requests"] if f" {origin}/" in request]


def authorization(seen):
    """The parameters of the authorization request."""
    [request] = [each for each in seen["requests"] if urlsplit(each.split(" ")[1]).path == "/auth"]
    return {name: value[0] for name, value in parse_qs(urlsplit(request.split(" ")[1]).query).items()}


def refresh_by_hand(t, token, client="cli"):
    """What another program gets for a refresh token: the answer of the token endpoint."""
    data = ["-d", "grant_type=refresh_token", "-d", f"client_id={client}", "--data-urlencode", f"refresh_token={token}"]
    command = ["curl", "-sS", "--cacert", t.server.ca, *data, t.server.token_endpoint]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=CASE_TIMEOUT).stdout)


def owner(t, token):
    return t.owner(token)["sub"]


# -- the browser's way -------------------------------------------------------------------------------------------------


@case
def a_login_in_the_browser_and_then_all_runs_are_silent(t):
    alice(t)
    ran, seen = login(t, t.visit(axe="on"))
    assert ran.succeeded_raw() == "", ran.told("stdout is not empty")
    assert "user1" in ran.stderr and t.server.issuer in ran.stderr, ran.told("who, and where?")
    page = seen["end"]
    origin = is_ours(seen, "end", 200)
    assert page["h1"] == ["You are logged in"] and "user1" in page["text"] and "You can close this tab" in page["text"], page
    assert page["address"] == f"{origin}/callback", page["address"]
    start, callback = asked(seen, origin)
    assert len(start) >= len("GET /") + 22 and "?" not in start and callback.startswith("GET /callback?"), seen["requests"]
    assert {"{0.scheme}://{0.netloc}".format(urlsplit(each.split(" ")[1])) for each in seen["requests"]} == {origin, t.server.issuer}
    sent = authorization(seen)
    assert sent["code_challenge_method"] == "S256" and len(sent["state"]) == len(sent["nonce"]) == 43, sent
    (one, other), requests = t.server.during(lambda: [t.run("-p", "alice").printed_token() for _ in range(2)])
    assert one == other and requests == [] and owner(t, one) == "user1"


@case
def a_login_without_script_in_the_browser_shows_the_same_page(t):
    alice(t)
    ran, seen = login(t, t.visit(script="off"))
    ran.succeeded_raw()
    is_ours(seen, "end", 200)
    assert seen["end"]["h1"] == ["You are logged in"] and "user1" in seen["end"]["text"], seen["end"]


@case
def a_login_that_the_person_refuses(t):
    alice(t)
    ran, seen = login(t, t.visit(deny="yes", axe="on"))
    ran.failed(3, "access_denied", "the person said no")
    origin = is_ours(seen, "end", seen["end"]["status"])
    page = seen["end"]
    assert page["h1"] == ["Login failed"] and page["address"] == f"{origin}/callback", page
    for words in ("access_denied", "the person said no", "The terminal says what to do"):
        assert words in page["text"], page
    t.run("-p", "alice").failed(9, "oauth2tok login -p alice")


@case
def a_login_whose_error_brings_a_script(t):
    bad = "<script>document.title='caught'</script><img src=x onerror=document.title='caught'>"
    alice(t)
    ran, seen = login(t, t.visit(deny="yes", axe="on"), "--auth-param", f"refusal={bad}")
    ran.failed(3, "access_denied", bad)
    is_ours(seen, "end", seen["end"]["status"])
    assert seen["end"]["title"] != "caught" and bad in seen["end"]["text"], seen["end"]


@case
def a_login_by_form_post_from_an_https_page(t):
    alice(t, response_mode="form_post")
    for script in (None, "off"):
        ran, seen = login(t, t.visit(script=script))
        ran.succeeded_raw()
        origin = is_ours(seen, "end", 200)
        assert asked(seen, origin)[1:] == ["POST /callback"] and seen["end"]["address"] == f"{origin}/callback"
        assert seen["end"]["h1"] == ["You are logged in"]


@case
def a_login_is_not_ended_by_another_page_that_leads_there(t):
    alice(t)
    ran, seen = login(t, t.visit(stray="/callback?error=access_denied&error_description=<b>x</b>&state=another", axe="on"))
    ran.succeeded_raw()
    is_ours(seen, "stray", 400)
    assert "not the login that is waiting" in seen["stray"]["text"], seen["stray"]
    assert ran.stderr.count("access_denied") == 1 and "warning:" in ran.stderr, ran.told("no warning")
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"


@case
def a_login_whose_start_address_somebody_else_opened_is_not_kept(t):
    alice(t)
    ran, seen = login(t, t.visit(twice="yes", axe="on"))
    ran.failed(9)
    is_ours(seen, "again", 410)
    t.run("-p", "alice").failed(9, "oauth2tok login -p alice")


@case
def a_login_on_localhost_and_on_the_other_family(t):
    for host in ("localhost", "[::1]"):
        alice(t, redirect_uri=f"http://{host}/callback")
        page = logged_in(t)[1]
        assert urlsplit(page["address"]).netloc.rpartition(":")[0] == host, page


@case
def a_login_with_an_https_redirect_on_loopback(t):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    about = {"redirect_uris": [f"https://localhost:{port}/back"], "token_endpoint_auth_method": "none", "application_type": "web"}
    about["grant_types"] = ["authorization_code", "refresh_token"]
    client = t.server.call("/reg", "-H", "Content-Type: application/json", "-d", json.dumps(about))
    certificate = {"listen_cert": t.credential("leaf.pem"), "listen_key": t.credential("leaf.key")}
    alice(t, client["client_id"], redirect_uri=about["redirect_uris"][0], **certificate)
    assert logged_in(t)[1]["address"] == about["redirect_uris"][0]


@case
def a_login_of_a_client_with_a_secret(t):
    alice(t, "secret-cli", client_secret="env:S")
    token, _ = logged_in(t, "-o", "token", S="secret-cli-secret")
    assert owner(t, token) == "user1"
    assert t.run("-p", "alice", S="secret-cli-secret").printed_token() == token
    # Who has not the secret has not the login.
    t.run("-p", "alice", S="another-secret").failed(9)


@case
def a_login_whose_request_is_pushed(t):
    alice(t, "par-cli")
    ran, seen = login(t, t.visit())
    ran.failed(3, "Pushed Authorization Request")
    alice(t, "par-cli", par=True)
    ran, seen = login(t, t.visit())
    ran.succeeded_raw()
    assert authorization(seen).keys() == {"client_id", "request_uri"}, authorization(seen)
    alice(t, "secret-cli", par=True, client_secret="env:S")
    logged_in(t, S="secret-cli-secret")


@case
def a_login_whose_tokens_are_bound_to_a_key(t):
    alice(t, "dpop-cli", dpop=True)
    ran, seen = login(t, t.visit())
    ran.succeeded_raw()
    assert len(authorization(seen)["dpop_jkt"]) == 43
    for more in ([], LATER):
        assert json.loads(t.run("request", "-p", "alice", *more, t.server.api).succeeded_raw())["sub"] == "user1"


@case
def a_login_of_somebody_else_is_not_kept(t):
    alice(t)
    ran, _ = login(t, t.visit("user2"), "-u", "user1")
    ran.failed(9, "user2", "--prompt select_account")
    t.run("-p", "alice", "-u", "user1").failed(9)
    logged_in(t, "-u", "USER1@example.com", person="user1", OAUTH2TOK_SCOPE="openid email")


@case
def a_login_says_how_to_get_a_refresh_token(t):
    alice(t, "offline-cli")
    ran, _ = login(t, t.visit())
    ran.succeeded_raw()
    assert "offline_access" in ran.stderr, ran.told("no hint")
    alice(t, "offline-cli", scope=["openid", "offline_access"])
    ran, _ = login(t, t.visit())
    ran.succeeded_raw()
    assert "--prompt consent" in ran.stderr, ran.told("no hint")
    ran, _ = login(t, t.visit(), "--prompt", "consent")
    ran.succeeded_raw()
    assert "warning:" not in ran.stderr, ran.told("a warning")


@case
def a_login_hands_kubectl_its_id_token(t):
    alice(t)
    logged_in(t)
    given = ["-p", "alice", "-o", "exec-credential", "--field", "id_token"]
    credential = json.loads(t.run(*given, KUBERNETES_EXEC_INFO='{"spec":{"interactive":false}}').succeeded())
    header, _, _ = credential["status"]["token"].split(".")
    assert header and credential["kind"] == "ExecCredential" and credential["status"]["expirationTimestamp"]


# -- what is kept ------------------------------------------------------------------------------------------------------


@case
def a_login_is_refreshed_in_silence_until_a_stolen_token_ends_it(t):
    alice(t)
    first, _ = logged_in(t, "--field", "refresh_token")
    before = t.server.stats()["by_grant"].get("refresh_token", 0)
    tokens = {t.run("-p", "alice", *LATER).printed_token() for _ in range(2)}
    assert len(tokens) == 2 and t.server.stats()["by_grant"]["refresh_token"] == before + 2
    assert refresh_by_hand(t, first)["error"] == "invalid_grant"
    # The token endpoint has taken it for a theft, and ended the grant for everybody.
    t.run("-p", "alice", *LATER).failed(9, "oauth2tok login -p alice")
    assert login_status(t)[0]["refresh"] == "final"


@case
def a_login_survives_a_server_that_is_out_of_order(t):
    alice(t)
    logged_in(t)
    t.server.call("/disturb?times=1&first=yes")
    t.run("-p", "alice", *LATER, "--retry", "0").failed(6)
    assert owner(t, t.run("-p", "alice", *LATER).printed_token()) == "user1"


def login_status(t, *arguments, code=None):
    ran = t.run("login", "status", "-o", "json", *arguments)
    assert ran.code in (0, 9), ran.told("exit code")
    assert code is None or ran.code == code, ran.told("exit code")
    return [json.loads(line) for line in ran.stdout.splitlines()]


@case
def login_status_says_how_each_profile_stands(t):
    alice(t)
    [told] = login_status(t, code=9)
    assert (told["name"], told["state"]) == ("alice", "none"), told
    logged_in(t)
    [told] = login_status(t, code=0)
    assert 3000 < told["seconds_left"] <= 3600, told
    assert (told["account"], told["issuer"], told["refresh"], told["state"]) == ("user1", t.server.issuer, "renewable", "good"), told
    ran = t.run("login", "status", "-p", "alice")
    name, account, issuer, left, refresh, state = ran.succeeded().split("\t")
    assert (name, account, issuer, refresh, state) == ("alice", "user1", t.server.issuer, "renewable", "good")


@case
def logout_revokes_at_the_server_and_forgets(t):
    alice(t)
    answer = json.loads(logged_in(t, "-o", "json")[0])
    ran = t.run("logout", "-p", "alice")
    assert ran.succeeded_raw() == "", ran.told("stdout is not empty")
    assert refresh_by_hand(t, answer["refresh_token"])["error"] == "invalid_grant"
    status = ["-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {answer['access_token']}"]
    command = ["curl", "-sS", "--cacert", t.server.ca, *status, t.server.api]
    assert subprocess.run(command, capture_output=True, check=True, timeout=CASE_TIMEOUT).stdout == b"401"
    t.run("-p", "alice").failed(9, "oauth2tok login -p alice")
    assert login_status(t, code=9)[0]["state"] == "none"
    assert t.run("logout", "-p", "alice").succeeded_raw() == ""


# -- another device ----------------------------------------------------------------------------------------------------


def device(t, *arguments, **secrets):
    """A run that waits for somebody to enter its code, and what it says."""
    running = t.start("login", "-p", "alice", "--device", "--error-format", "json", *arguments, **secrets)
    return running, running.prompt()


@case
def a_login_on_another_device_by_entering_the_code(t):
    alice(t)
    running, prompt = device(t)
    visit = t.visit(code=prompt["user_code"])
    visit.open(prompt["verification_uri"])
    assert visit.seen()["end"]["h1"] == ["Connected"]
    assert running.ended().succeeded_raw() == ""
    token, requests = t.server.during(lambda: t.run("-p", "alice").printed_token())
    assert requests == [] and owner(t, token) == "user1"
    assert owner(t, t.run("-p", "alice", *LATER).printed_token()) == "user1"
    assert login_status(t, code=0)[0]["account"] == "user1"


@case
def a_login_on_another_device_by_the_complete_address(t):
    alice(t)
    visit = t.visit()
    ran = t.run("login", "-p", "alice", "--device", "--open", OAUTH2TOK_BROWSER=visit.command)
    ran.succeeded_raw()
    assert visit.seen()["end"]["h1"] == ["Connected"]
    assert f"{t.server.issuer}/device\n" in ran.stderr and "Only if you started" in ran.stderr, ran.told("what to do?")
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"


@case
def a_login_on_another_device_that_the_person_refuses(t):
    alice(t)
    running, prompt = device(t)
    visit = t.visit(deny="yes")
    visit.open(prompt["verification_uri_complete"])
    visit.seen()
    running.ended().failed(3, "access_denied")


@case
def a_login_on_another_device_slows_down_when_it_is_told_to(t):
    alice(t, "slow-cli")
    before = len(t.server.call("/requests"))
    running, prompt = device(t)

    def polls():
        return [each.get("error") for each in t.server.call("/requests")[before:] if each["path"] == "/token"]

    while "slow_down" not in polls():
        assert running.child.poll() is None, running.ended().told("it ended")
    visit = t.visit()
    visit.open(prompt["verification_uri_complete"])
    visit.seen()
    running.ended().succeeded_raw()
    assert [each for each in polls() if each] == ["slow_down"], polls()


@case
def a_login_on_another_device_by_a_code_that_a_phone_reads(t):
    if not shutil.which("zbarimg"):
        raise Skipped("A reader of QR codes is needed (zbarimg)")
    alice(t)
    terminal = t.terminal("login", "-p", "alice", "--device", "--qr")
    complete = f"{t.server.issuer}/device?user_code="
    try:
        terminal.until(r"[▀▄█][^▀▄█]*\n[^▀▄█]*\n")
        terminal.until("Only if you started")
        shown = t.home / "terminal.png"
        shown.write_bytes(picture(terminal.text, terminal.columns))
        read = subprocess.run(["zbarimg", "-q", "--raw", shown], capture_output=True, timeout=CASE_TIMEOUT).stdout.decode().strip()
        assert read.startswith(complete), f"{read!r}, and:\n{terminal.text}"
        assert read.removeprefix(complete) in terminal.text
        visit = t.visit()
        visit.open(read)
        visit.seen()
        code, stdout, text = terminal.ended()
        assert (code, stdout) == (0, ""), text
    finally:
        terminal.child.kill()
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"


@case
def a_login_whose_address_is_pasted(t):
    alice(t, redirect_uri="com.example.cli:/callback")
    terminal = t.terminal("login", "-p", "alice", OAUTH2TOK_BROWSER="none")
    try:
        url = terminal.until(rf"\n({t.server.issuer}/auth\?\S+)\n")[1]
        visit = t.visit()
        visit.open(url)
        terminal.type(visit.seen()["end"]["address"] + "\n")
        code, stdout, text = terminal.ended()
        assert (code, stdout) == (0, "") and "code=" not in text.replace(url, ""), text
    finally:
        terminal.child.kill()
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"


# -- in two steps ------------------------------------------------------------------------------------------------------


@case
def a_login_in_two_steps(t):
    alice(t)
    begun = json.loads(t.run("login", "-p", "alice", "--begin").succeeded())
    visit = t.visit()
    visit.open(begun["url"])
    ended = visit.seen()["end"]
    assert ended["nobody"] and ended["address"].startswith(begun["redirect_uri"] + "?"), ended
    finish = ["login", "-p", "alice", "--finish", begun["id"]]
    wrong = ended["address"].replace("state=", "state=x")
    t.run(*finish, stdin=f"{wrong}\n".encode()).failed(4)
    ran = t.run(*finish, stdin=f"{ended['address']}\n".encode())
    assert ran.succeeded_raw() == "" and "user1" in ran.stderr, ran.told("who?")
    t.run(*finish, stdin=f"{ended['address']}\n".encode()).failed(9)
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"


@case
def a_login_in_two_steps_on_another_device(t):
    alice(t)
    begun = json.loads(t.run("login", "-p", "alice", "--device", "--begin").succeeded())
    visit = t.visit(code=begun["user_code"])
    visit.open(begun["verification_uri"])
    visit.seen()
    t.run("login", "-p", "alice", "--device", "--finish", begun["id"]).succeeded_raw()
    assert owner(t, t.run("-p", "alice").printed_token()) == "user1"
