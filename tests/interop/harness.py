"""The servers, the program and what a case has in hand.

A case is a function whose name is a sentence. It gets a `Session`: a clean home directory, the servers, and `tok()` that
runs the program. Cases share the servers, so what they say about counters is always a difference.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path

from terminal import Terminal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASE_TIMEOUT = 60  # seconds that one run of the program may take
SHORT_LIFETIME = 6  # seconds that a token of the clients `short…` lives
CASES = []


def case(function):
    CASES.append(function)
    return function


KEY_OF = {
    **{f"{family}{bits}": "rsa.pem" for family in ("RS", "PS") for bits in (256, 384, 512)},
    **{"ES256": "p256.pem", "ES384": "p384.pem", "ES512": "p521.pem", "EdDSA": "ed25519.pem", "Ed25519": "ed25519.pem"},
}


class Skipped(Exception):
    """Why a case cannot run on this machine."""


# -- the servers and the program ---------------------------------------------------------------------------------------


def make_credentials(directory):
    """What proves who is who, all valid for two days.

    `ca.pem`, a private CA, and of it `leaf` for the servers on 127.0.0.1 and `client` for the machine CN=machine; `self`
    that nobody else signed. The keys that clients sign with: `rsa`, `p256`, `p384`, `p521`, `ed25519`, each with its `.pub`,
    and for `rsa` and `p256` a certificate `.crt`.
    """

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    own = ["req", "-x509", "-days", "2"]
    openssl(*own, *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=oauth2tok interop")
    openssl(*own, *new_key, "-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=self")
    of_the_ca = {
        "leaf": ("/CN=127.0.0.1", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        "client": ("/O=oauth2tok interop/CN=machine", "extendedKeyUsage=clientAuth"),
    }
    for name, (subject, extension) in of_the_ca.items():
        openssl("req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        (directory / f"{name}.ext").write_text(f"{extension}\n")
        signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signing, "-out", f"{name}.pem")
    kinds = {"rsa": ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "ed25519": ["ed25519"]}
    for curve in ("P-256", "P-384", "P-521"):
        kinds[curve.lower().replace("-", "")] = ["ec", "-pkeyopt", f"ec_paramgen_curve:{curve}"]
    for name, kind in kinds.items():
        openssl("genpkey", "-algorithm", *kind, "-out", f"{name}.pem")
        openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub")
    for name in ("rsa", "p256"):
        openssl(*own, "-key", f"{name}.pem", "-out", f"{name}.crt", "-subj", f"/CN={name}")


class Child:
    """A server of `directory` as a child process. It tells its facts in one line of JSON when it is ready, and ends when
    its stdin closes, so it cannot be left behind."""

    def __init__(self, directory, name, *command):
        self.directory, self.name = directory, name
        self.log = directory / f"{name}.starting.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen([*command, directory], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def facts(self):
        """Waits for them."""
        ready = self.child.stdout.readline()
        if not ready:
            raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()}")
        return json.loads(ready)

    def stop(self):
        self.child.stdin.close()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.terminate()
            self.child.wait()


class Server(Child):
    """oidc-provider, see `server.mjs`."""

    def __init__(self, directory):
        super().__init__(directory, "oidc-provider", "node", "server.mjs")
        self.ca = str(directory / "ca.pem")
        facts = self.facts()
        self.issuer = facts["issuer"]
        self.mtls = facts["mtls"]
        self.resource = facts["resource"]
        self.special_id, self.special_secret = facts["special"]
        self.jwks = facts["jwks"]
        self.token_endpoint = f"{self.issuer}/token"
        self.api = f"{self.issuer}/api/me"

    def send(self, path, *curl, to=None):
        """What a client that is not ours gets."""
        command = ["curl", "-sS", "--fail", "--cacert", self.ca, *curl, (to or self.issuer) + path]
        return subprocess.run(command, check=True, capture_output=True, timeout=CASE_TIMEOUT).stdout

    def call(self, path, *curl, to=None):
        """The same as JSON: proof that a token works, or a look at the counters."""
        return json.loads(self.send(path, *curl, to=to))

    def stats(self):
        return self.call("/stats")

    def during(self, action):
        """What `action` gives, and the requests for tokens and to the API that it made."""
        before = len(self.call("/requests"))
        given = action()
        paths = ("/token", "/service-accounts/token", "/api/me", "/api/old")
        return given, [each for each in self.call("/requests")[before:] if each["path"] in paths]


class Keycloak(Child):
    """Keycloak, see `keycloak`. It takes a while to start, so nobody waits for it before `issuer` is asked for."""

    def __init__(self, directory, jwks):
        (directory / "jwks.json").write_text(json.dumps(jwks))
        super().__init__(directory, "Keycloak", "./keycloak")
        self.known = None

    @property
    def issuer(self):
        if self.known is None:
            self.known = self.facts()
        if why := self.known.get("skipped"):
            raise Skipped(why)
        return self.known["issuer"]

    @property
    def token_endpoint(self):
        return f"{self.issuer}/protocol/openid-connect/token"


class Browser(Child):
    """A headless Chromium, see `browser.mjs`. It starts when the first case wants it."""

    def __init__(self, directory, server):
        self.directory, self.child, self.ids = directory, None, itertools.count()
        self.public = urllib.parse.urlsplit(server.issuer).netloc

    @property
    def address(self):
        if self.child is None:
            if not (chromium := os.environ.get("CHROMIUM") or shutil.which("chromium")):
                raise Skipped("A browser is needed (chromium)")
            super().__init__(self.directory, "browser", "env", f"CHROMIUM={chromium}", f"PUBLIC={self.public}", "node", "browser.mjs")
            self.known = self.facts()["address"]
        return self.known

    def plan(self, **plan):
        """A visit to come, as `browser.mjs` reads it."""
        return Visit(self.address, next(self.ids), {name: value for name, value in plan.items() if value is not None})

    def stop(self):
        if self.child:
            super().stop()


class Visit:
    """What somebody does in the browser, once. `command` is what opens an address there."""

    def __init__(self, browser, number, plan):
        self.url, self.seen_at = f"{browser}/visit/{number}?{urllib.parse.urlencode(plan)}", f"{browser}/seen/{number}"
        self.command = f"curl -sS --noproxy * {self.url} --data"

    def open(self, address):
        subprocess.run([*self.command.split(" "), address], check=True, capture_output=True, timeout=CASE_TIMEOUT)

    def seen(self):
        """Waits for its end."""
        curl = ["curl", "-sS", "--noproxy", "*", self.seen_at]
        seen = json.loads(subprocess.run(curl, check=True, capture_output=True, timeout=CASE_TIMEOUT).stdout)
        assert "failed" not in seen, f"the browser got lost: {seen['failed']}"
        return seen


def install():
    """The packages that the lock file names, unless they are there already."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True, stdin=subprocess.DEVNULL)


def build():
    """The path of the program, built if nobody named one."""
    if named := os.environ.get("OAUTH2TOK_BIN"):
        return str(Path(named).resolve())
    command = ["cargo", "build", "--quiet", "--bin", "oauth2tok", "--message-format=json"]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return next(path for line in output.splitlines() if (path := json.loads(line).get("executable")))


class Ran:
    """What one run left: exit code, stdout, stderr."""

    def __init__(self, arguments, code, stdout, stderr):
        self.arguments, self.code, self.stdout, self.stderr = arguments, code, stdout.decode(), stderr.decode()

    def succeeded_raw(self):
        """Exit 0; gives stdout as it is."""
        assert self.code == 0, self.told(f"exit {self.code} instead of 0")
        return self.stdout

    def succeeded(self):
        """Exit 0; gives stdout without its final newline, which must be there."""
        self.succeeded_raw()
        assert self.stdout.endswith("\n"), self.told("no newline at the end of stdout")
        return self.stdout[:-1]

    def printed_token(self):
        """Exit 0, nothing on stderr, one token on stdout."""
        token = self.succeeded()
        assert self.stderr == "", self.told("stderr is not empty")
        assert re.fullmatch(r"[A-Za-z0-9._-]{20,}", token), self.told("stdout is not one token")
        return token

    def failed(self, code, *words):
        """That exit code, an empty stdout, and every one of the words on stderr."""
        assert self.code == code, self.told(f"exit {self.code} instead of {code}")
        assert self.stdout == "", self.told("stdout is not empty")
        for word in words:
            assert word in self.stderr, self.told(f"{word!r} is not on stderr")
        return self.stderr

    def told(self, what):
        return f"{what}\n  ran: {' '.join(self.arguments)}\n  stdout: {self.stdout!r}\n  stderr: {self.stderr!r}"


class Running:
    """A run that a person is to do something for."""

    def __init__(self, command, environment):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.child, self.told = subprocess.Popen(command, env=environment, bufsize=0, **pipes), b""

    def prompt(self):
        """What `--error-format json` asks the person for."""
        while line := self.child.stderr.readline():
            self.told += line
            if (said := json.loads(line))["kind"] == "prompt":
                return said
        raise AssertionError(self.ended().told("it never asked"))

    def ended(self):
        """Waits for the end."""
        stdout, stderr = self.child.communicate(timeout=CASE_TIMEOUT)
        return Ran(self.child.args[1:], self.child.returncode, stdout, self.told + stderr)


class Session:
    """One case's view of the world: the servers, and a home directory that nobody used before."""

    def __init__(self, binary, server, keycloak, browser, home):
        self.binary, self.server, self.keycloak, self.browser, self.home = binary, server, keycloak, browser, home

    def environment(self, secrets):
        places = {f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("CONFIG", "CACHE", "STATE")}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), **places, **secrets}

    def run(self, *arguments, stdin=b"", **secrets):
        """The program with exactly these arguments; `secrets` become environment variables."""
        command = [self.binary, *arguments]
        environment = self.environment(secrets)
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, timeout=CASE_TIMEOUT)
        return Ran(arguments, done.returncode, done.stdout, done.stderr)

    def start(self, *arguments, **secrets):
        """The same, but nobody waits for its end."""
        return Running([self.binary, *arguments], self.environment(secrets))

    def terminal(self, *arguments, **secrets):
        """The same on a terminal."""
        return Terminal([self.binary, *arguments], self.environment(secrets))

    def tok(self, *arguments, stdin=b"", **secrets):
        """The program against this server's issuer, trusting its CA."""
        return self.run("--issuer", self.server.issuer, "--cacert", self.server.ca, *arguments, stdin=stdin, **secrets)

    def client(self, name, *arguments, secret=None, **more):
        """`tok` as one of the server's clients, its secret from the environment."""
        secret = f"{name}-secret" if secret is None else secret
        given = ["--client-id", name, "--client-secret", "env:CLIENT_SECRET"]
        return self.tok(*given, *arguments, CLIENT_SECRET=secret, **more)

    def password(self, name, user, *arguments, secret=None, password=None):
        """The password grant, its warning silenced; a client without a secret is a public one."""
        password = f"password of {user}" if password is None else password
        grant = ["-q", "-g", "password", "--username", user, "--password", "env:USER_PASSWORD", *arguments]
        if secret is None:
            return self.tok("--client-id", name, "-a", "none", *grant, USER_PASSWORD=password)
        return self.client(name, *grant, secret=secret, USER_PASSWORD=password)

    def owner(self, token):
        """Who the protected resource takes the bearer of `token` for: proof that the token is whole and alive."""
        return self.server.call("/api/me", "-H", f"Authorization: Bearer {token}")

    def credential(self, name):
        """The path of a file that `make_credentials` made."""
        return str(self.server.directory / name)

    def signing(self, client, alg, *arguments, key=None, **more):
        """`tok` as a client that signs with `alg`, its key from a file."""
        given = ["-i", client, "-a", "private_key_jwt", "--signing-key", f"file:{self.credential(key or KEY_OF[alg])}"]
        return self.tok(*given, "--signing-alg", alg, *arguments, **more)

    def configure(self, **profiles):
        """A config file with these profiles; JSON is YAML."""
        file = self.home / "config" / "oauth2tok" / "config.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"defaults": {"cacert": self.server.ca}, "profiles": profiles}, indent=1))
        file.chmod(0o600)

    def visit(self, person="user1", **plan):
        """What that person does in the browser, see `browser.mjs`."""
        return self.browser.plan(**{"as": person, "password": f"password of {person}", **plan})
