"""What the shell scripts ask of a demo server.

demo_client.py wait URL PID                     until the server is ready, or its process has ended
demo_client.py username|password URL FILE ROLE  from the demo's credentials
demo_client.py token URL FILE ROLE              an access token, by signing in
demo_client.py check URL TOKEN                  fails unless the token is still accepted
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 180  # seconds; loading the demo is most of it
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def wait(url, pid):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with open_url(url + "/healthz/ready", timeout=5):
                return
        except OSError:  # refused, not ready (503), or too slow
            pass
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            sys.exit("The server ended before it was ready.")
        time.sleep(0.2)
    sys.exit(f"The server was not ready after {PATIENCE} s.")


def user(file, role):
    with open(file, encoding="utf-8") as text:
        users = json.load(text)["users"]
    for one in users:
        if one["role"] == role:
            return one
    sys.exit(f"{file} has no user with the role {role}.")


def token(url, file, role):
    who = user(file, role)
    form = {"grant_type": "password", "username": who["username"], "password": who["password"]}
    request = urllib.request.Request(
        url + "/oauth2/token", data=urllib.parse.urlencode(form).encode(),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
    )
    try:
        with open_url(request, timeout=30) as answer:
            return json.load(answer)["access_token"]
    except urllib.error.HTTPError as error:
        sys.exit(f"Signing in as {role} was answered {error.code}: {error.read().decode(errors='replace')}")


def check(url, bearer):
    request = urllib.request.Request(url + "/v1/me", headers={"Authorization": "Bearer " + bearer})
    try:
        open_url(request, timeout=30).close()
    except urllib.error.HTTPError as error:
        sys.exit(f"GET /v1/me with the token was answered {error.code}.")


def main(what, *arguments):
    if what == "wait":
        wait(*arguments)
    elif what in ("username", "password"):
        print(user(*arguments[1:])[what])
    elif what == "token":
        print(token(*arguments))
    elif what == "check":
        check(*arguments)
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
